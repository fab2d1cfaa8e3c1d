/* SPDX-License-Identifier: Apache-2.0 */
/* Names of users, as the configuration and the store take them. */
#ifndef SIPWARD_NAME_H
#define SIPWARD_NAME_H

#include <sipward/user.h>

#include "base/buf.h"

#define SW_NUMBER_MAX 31 /* digits of a telephone number */

/*
 * 1 to SW_NAME_MAX octets of what may stand in a user part without an escape (RFC 3261 25.1), but
 * for quotes and commas: letters, digits and . _ - + * ! ~ = & $
 */
bool sw_name_is_user(struct sw_slice text);

/* Is it a word that ends a list inside a statement? No user and no trunk may be called so. */
bool sw_name_is_reserved(struct sw_slice text);

/*
 * A telephone number as it is kept: digits, with a + in front or not; what people put between them
 * (blanks - . / and round brackets) is left out. false: there is something else in it, no digit, or
 * more than SW_NUMBER_MAX of them.
 */
bool sw_name_tidy_number(struct sw_slice text, struct sw_buf *out);

#endif
