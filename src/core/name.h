/* SPDX-License-Identifier: Apache-2.0 */
/* Names of users, as the configuration and the store take them. */
#ifndef SIPWARD_NAME_H
#define SIPWARD_NAME_H

#include <sipward/user.h>

/*
 * 1 to SW_NAME_MAX octets of what may stand in a user part without an escape (RFC 3261 25.1), but
 * for quotes and commas: letters, digits and . _ - + * ! ~ = & $
 */
bool sw_name_is_user(struct sw_slice text);

#endif
