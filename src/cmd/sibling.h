/* SPDX-License-Identifier: Apache-2.0 */
/* sipward-admin, asked which version it is: it has libraries that this program does not have. */
#ifndef SIPWARD_SIBLING_H
#define SIPWARD_SIBLING_H

#include <stddef.h>

/* "sipward-admin 0.1.0 (libmicrohttpd 0.9.75)", or why it does not say; ends with NUL. */
void sw_sibling_version(char *out, size_t n);

#endif
