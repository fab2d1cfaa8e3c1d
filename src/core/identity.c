/* SPDX-License-Identifier: Apache-2.0 */
#include "core/identity.h"

enum sw_reason sw_identity_register(const struct sw_policy *p, const struct sw_user *user,
				    const struct sw_uri *to, const struct sw_addr *local)
{
	if (!sw_uri_is_sip(to))
		return SW_R_URI_SYNTAX;
	if (!sw_policy_is_ours(p, &to->host, local))
		return SW_R_DOMAIN;
	if (!to->has_user || !sw_user_has_aor(user, to->user))
		return SW_R_IDENTITY_AOR;
	return SW_OK;
}
