/* SPDX-License-Identifier: Apache-2.0 */
/* How loud a message of the door is: what is above the configured one is not written. */
#ifndef SIPWARD_LEVEL_H
#define SIPWARD_LEVEL_H

enum sw_level {
	SW_LEVEL_ERROR = 0,
	SW_LEVEL_WARN,
	SW_LEVEL_NOTICE,
	SW_LEVEL_INFO,
	SW_LEVEL_DEBUG,
};

#endif
