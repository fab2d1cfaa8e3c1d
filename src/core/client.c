/* SPDX-License-Identifier: Apache-2.0 */
#include "core/client.h"

static const struct sw_client_rule known[] = {
#define SW_CLIENT(prefix, mode) { SW_INIT(prefix), SW_CLIENT_##mode },
#include "core/client.def"
#undef SW_CLIENT
};

static const struct sw_client_rule *find(const struct sw_client_rule *list, size_t n,
					 struct sw_slice user_agent)
{
	for (size_t i = 0; i < n; i++)
		if (sw_slice_has_prefix_nocase(user_agent, list[i].prefix))
			return &list[i];
	return NULL;
}

static enum sw_client_mode mode_of(const struct sw_client_policy *p, struct sw_slice user_agent)
{
	const struct sw_client_rule *r = find(p->rule, p->rules, user_agent);

	if (!r && p->order != SW_ORDER_STRONG)
		r = find(known, SW_ARRAY_LEN(known), user_agent);
	if (r)
		return r->mode;
	return p->order == SW_ORDER_MD5_FIRST ? SW_CLIENT_FIRST_ONLY : SW_CLIENT_ALL;
}

size_t sw_client_order(const struct sw_client_policy *p, struct sw_slice user_agent, unsigned set,
		       struct sw_alg_form out[SW_ALG_FORMS])
{
	static const enum sw_alg order[][3] = {
		[SW_CLIENT_ALL] = { SW_ALG_SHA256, SW_ALG_SHA512_256, SW_ALG_MD5 },
		[SW_CLIENT_FIRST_ONLY] = { SW_ALG_MD5, SW_ALG_SHA256, SW_ALG_SHA512_256 },
	};
	enum sw_client_mode mode = SW_CLIENT_ALL;
	size_t n = 0;

	if (set & SW_ALG_BIT(SW_ALG_MD5))
		mode = mode_of(p, user_agent);
	if (mode == SW_CLIENT_MD5_ALONE) {
		out[0] = (struct sw_alg_form){ .alg = SW_ALG_MD5 };
		return 1;
	}
	for (unsigned i = 0; i < SW_ALG_FORMS; i++) {
		struct sw_alg_form f = { order[mode][i / 2], i % 2 == 1 };

		if (set & sw_alg_form_bit(f))
			out[n++] = f;
	}
	return n;
}
