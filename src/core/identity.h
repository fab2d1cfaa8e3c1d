/* SPDX-License-Identifier: Apache-2.0 */
/* Which addresses-of-record a proven user may speak for (RFC 3261 10.3). */
#ifndef SIPWARD_IDENTITY_H
#define SIPWARD_IDENTITY_H

#include <sipward/policy.h>

/*
 * May this user register this To? Its host must be ours (SW_R_DOMAIN), its user part one of the
 * user's addresses after unescaping (SW_R_IDENTITY_AOR); a To that is no SIP address is
 * SW_R_URI_SYNTAX.
 */
SW_MUST enum sw_reason sw_identity_register(const struct sw_policy *p, const struct sw_user *user,
					    const struct sw_uri *to, const struct sw_addr *local);

#endif
