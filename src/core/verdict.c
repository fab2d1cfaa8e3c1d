/* SPDX-License-Identifier: Apache-2.0 */
#include "core/verdict.h"

const char *sw_factor_name(enum sw_factor f)
{
	return f == SW_FACTOR_DIGEST ? "digest" : "none";
}

const char *sw_known_name(enum sw_known k)
{
	if (k == SW_KNOWN_ADDRESS)
		return "address";
	return k == SW_KNOWN_FLOW ? "connection" : "nothing";
}

const char *sw_act_name(enum sw_act a)
{
	static const char *const names[SW_ACT_COUNT] = {
		[SW_ACT_REFUSE] = "refused",
		[SW_ACT_CHALLENGE] = "challenged",
		[SW_ACT_ALLOW] = "allowed",
		[SW_ACT_DROP] = "dropped",
	};

	return (unsigned)a < SW_ACT_COUNT ? names[a] : names[SW_ACT_REFUSE];
}

static const struct {
	const char *slug, *sentence;
} warns[SW_WARN_COUNT] = {
#define SW_WARN(symbol, slug, sentence) [SW_WARN_##symbol] = { slug, sentence },
#include "core/warn.def"
#undef SW_WARN
};

const char *sw_warn_slug(enum sw_warn w)
{
	return (unsigned)w < SW_WARN_COUNT ? warns[w].slug : "none";
}

const char *sw_warn_sentence(enum sw_warn w)
{
	return (unsigned)w < SW_WARN_COUNT ? warns[w].sentence : "";
}
