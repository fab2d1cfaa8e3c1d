/* SPDX-License-Identifier: Apache-2.0 */
/* Making a seal key: 64 hexadecimal digits in a file of mode 0640 that was not there before. */
#ifndef SIPWARD_SEALKEY_H
#define SIPWARD_SEALKEY_H

enum sw_sealkey {
	SW_SEALKEY_MADE = 0,
	SW_SEALKEY_THERE,  /* a file of this name: it is left as it is */
	SW_SEALKEY_CANNOT, /* errno says why; nothing is left behind */
};

enum sw_sealkey sw_sealkey_make(const char *path);

#endif
