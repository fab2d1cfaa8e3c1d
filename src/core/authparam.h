/* SPDX-License-Identifier: Apache-2.0 */
/* auth-param lists (RFC 3261 25.1): what challenges and credentials are made of. */
#ifndef SIPWARD_AUTHPARAM_H
#define SIPWARD_AUTHPARAM_H

#include <sipward/reason.h>

#include "core/lex.h"

#define SW_AUTHPARAMS_MAX 20

/*
 * Next parameter: name, and value without quotes, escapes and all. more says whether another one
 * follows; false is a fault of syntax, and the cursor is anywhere.
 */
SW_MUST bool sw_authparam_next(struct lex *lx, struct sw_slice *name, struct sw_slice *value,
			       bool *more);

/* Has the value a backslash? Readers differ on whether it is hashed, so such values are refused. */
bool sw_authparam_is_escaped(struct sw_slice value);

/*
 * Split a whole list: the value of name[i] into val[i], and bit i into *seen, at most 32 names.
 * val[i] is written only for names that stand there.
 * Others are skipped. Refused: SW_R_DIGEST_SYNTAX (also a backslash in what is named),
 * SW_R_DIGEST_PARAM_TWICE, SW_R_TOO_MANY (more than SW_AUTHPARAMS_MAX).
 */
SW_MUST enum sw_reason sw_authparam_split(struct sw_slice list, const struct sw_slice *name,
					  size_t names, struct sw_slice *val, unsigned *seen);

#endif
