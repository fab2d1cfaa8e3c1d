/* SPDX-License-Identifier: Apache-2.0 */
/* Lines that can do nothing because of another one, or for want of one. */
#include "conf/build.h"

static bool is_whole(const struct sw_stmt *s, enum sw_key_id key)
{
	return s->key && s->key->id == key && !s->is_broken;
}

/* Is there an earlier client line that takes all that this one would? */
static const struct sw_stmt *find_wider(const struct sw_build *b, const struct sw_stmt *s)
{
	for (const struct sw_stmt *o = b->doc->first; o != s; o = o->next)
		if (is_whole(o, SW_KEY_client) &&
		    sw_slice_has_prefix_nocase(s->word[1].text, o->word[1].text))
			return o;
	return NULL;
}

/* Does some accept line take plain MD5, or may a faulty one have meant to? */
static bool may_take_md5(const struct sw_build *b)
{
	if (b->doc->is_partial)
		return true;
	for (size_t i = 0; i < b->drafts; i++) {
		const struct sw_trunk_draft *d = &b->draft[i];

		if (d->has_faults)
			return true;
		for (size_t j = 0; j < d->trunk.ways; j++)
			if (d->way[j].algs & SW_ALG_BIT(SW_ALG_MD5))
				return true;
	}
	return false;
}

static void order_idle(struct sw_build *b, struct sw_stmt *s)
{
	bool is_order = is_whole(s, SW_KEY_order);
	size_t word = is_order ? 1 : 2;

	if (!is_order && !is_whole(s, SW_KEY_client))
		return;
	struct sw_slice text = s->word[word].text;

	if (!sw_slice_eq(text, SW_LIT("md5-first")) && !sw_slice_eq(text, SW_LIT("md5-alone")) &&
	    !sw_slice_eq(text, SW_LIT("first-only")))
		return;
	if (sw_build_warn(b, SW_LINT_ORDER_IDLE, s,
			  "no accept line takes MD5, so this does nothing"))
		sw_diag_help(b->diags, "remove the line, or add md5 to an accept line");
}

static void clients(struct sw_build *b)
{
	bool has_md5_ways = may_take_md5(b);

	for (struct sw_stmt *s = b->doc->first; s; s = s->next) {
		const struct sw_stmt *o = is_whole(s, SW_KEY_client) ? find_wider(b, s) : NULL;

		if (o && sw_build_warn(b, SW_LINT_CLIENT_IDLE, s,
				       "\"%.*s\" of an earlier line fits whatever this one does",
				       SW_DIAG_S(o->word[1].text)))
			sw_diag_help(b->diags, "move this line before it");
		if (!o && !has_md5_ways)
			order_idle(b, s);
	}
}

static void contacts_idle(struct sw_build *b, const struct sw_trunk_draft *d)
{
	struct sw_stmt *s = d->seen[SW_KEY_contacts];
	const struct sw_stmt *reg = d->seen[SW_KEY_register];

	if (!s || !reg || s->is_broken || reg->is_broken || d->trunk.reg != SW_REGISTER_NO)
		return;
	if (sw_build_warn(b, SW_LINT_CONTACTS_IDLE, s,
			  "\"%.*s\" takes no registrations, so this does nothing",
			  SW_DIAG_S(d->trunk.name)))
		sw_diag_help(b->diags, "remove the line, or  register no");
}

void sw_idle_check(struct sw_build *b)
{
	clients(b);
	for (size_t i = 0; i < b->drafts; i++)
		contacts_idle(b, &b->draft[i]);
}
