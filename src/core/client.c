/* SPDX-License-Identifier: Apache-2.0 */
#include "core/client.h"

enum mode {
	ALL,
	FIRST_ONLY,
	MD5_ALONE
};

static const struct {
	struct sw_slice prefix;
	enum mode mode;
} clients[] = {
#define SW_CLIENT(prefix, mode) { SW_INIT(prefix), mode },
#include "core/client.def"
#undef SW_CLIENT
};

static enum mode mode_of(struct sw_slice user_agent)
{
	for (size_t i = 0; i < SW_ARRAY_LEN(clients); i++)
		if (sw_slice_has_prefix_nocase(user_agent, clients[i].prefix))
			return clients[i].mode;
	return ALL;
}

size_t sw_client_order(struct sw_slice user_agent, unsigned set, enum sw_alg out[SW_ALG_COUNT])
{
	static const enum sw_alg order[][3] = {
		[ALL] = { SW_ALG_SHA256, SW_ALG_SHA512_256, SW_ALG_MD5 },
		[FIRST_ONLY] = { SW_ALG_MD5, SW_ALG_SHA256, SW_ALG_SHA512_256 },
		[MD5_ALONE] = { SW_ALG_MD5, SW_ALG_NONE, SW_ALG_NONE },
	};
	enum mode mode = set & SW_ALG_BIT(SW_ALG_MD5) ? mode_of(user_agent) : ALL;
	size_t n = 0;

	for (size_t i = 0; i < 3; i++)
		if (order[mode][i] != SW_ALG_NONE && (set & SW_ALG_BIT(order[mode][i])))
			out[n++] = order[mode][i];
	return n;
}
