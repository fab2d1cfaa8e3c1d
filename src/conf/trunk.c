/* SPDX-License-Identifier: Apache-2.0 */
/* trunk and phones: the blocks and the keys inside them, but for passwords (user.c). */
#include "conf/build.h"
#include "conf/value.h"

static bool name_is_right(struct sw_build *b, struct sw_stmt *s)
{
	struct sw_slice name = s->word[1].text;

	if (sw_key_is_reserved(name)) {
		sw_build_error(b, SW_LINT_NAME_RESERVED, s, 1,
			       "\"%.*s\" is a word of the language, so no name", SW_DIAG_S(name));
		return false;
	}
	if (sw_value_is_trunk_name(name))
		return true;
	if (name.n > SW_NAME_MAX)
		sw_build_error(b, SW_LINT_NAME_FORM, s, 1, "the name is longer than %d octets",
			       SW_NAME_MAX);
	else
		sw_build_error(
			b, SW_LINT_NAME_FORM, s, 1,
			"\"%.*s\" is no name: letters, digits and . _ -, a letter or digit first",
			SW_DIAG_S(name));
	return false;
}

static struct sw_trunk_draft *find(struct sw_build *b, struct sw_slice name)
{
	for (size_t i = 0; i < b->drafts; i++)
		if (sw_slice_eq(b->draft[i].trunk.name, name))
			return &b->draft[i];
	return NULL;
}

/* A block of this name stands already: an included file may add to it, once. */
static void add_piece(struct sw_build *b, struct sw_trunk_draft *d, struct sw_stmt *s, bool phones)
{
	struct sw_stmt *piece = d->stmt;
	bool may_add = s->file->depth > 0;

	if (d->trunk.phones != phones) {
		sw_build_error(b, SW_LINT_TRUNK_TWICE, s, 1,
			       "a trunk and phones cannot both be called %.*s",
			       SW_DIAG_S(d->trunk.name));
		sw_diag_help(b->diags, "the other is at %.*s:%u", SW_DIAG_S(piece->file->path),
			     piece->word[0].line);
		return;
	}
	for (; piece->more; piece = piece->more)
		may_add = may_add && piece->file != s->file;
	if (may_add && piece->file != s->file) {
		piece->more = s;
		s->is_added = true;
		return;
	}
	sw_build_error(b, SW_LINT_BLOCK_TWICE, s, 1, "this block stands twice");
	sw_diag_help(b->diags, "the first is at %.*s:%u", SW_DIAG_S(piece->file->path),
		     piece->word[0].line);
}

static void add_trunk(struct sw_build *b, struct sw_stmt *s, bool phones)
{
	struct sw_trunk_draft *d = name_is_right(b, s) ? find(b, s->word[1].text) : NULL;
	struct sw_trunk_draft *list;

	if (d) {
		add_piece(b, d, s, phones);
		return;
	}
	list = sw_build_grow(b, b->draft, b->drafts, sizeof(*list));
	if (!list)
		return;
	b->draft = list;
	d = &b->draft[b->drafts++];
	*d = (struct sw_trunk_draft){ .stmt = s, .has_faults = s->is_broken };
	if (!s->is_broken)
		d->trunk.name = s->word[1].text;
	d->trunk.phones = phones;
	d->trunk.enabled = true;
	d->trunk.md5_until_s = INT64_MAX;
	d->trunk.contacts = phones ? 10 : 1;
	d->trunk.line = s->word[0].line;
	d->trunk.file = s->file->path;
}

void sw_set_trunk(struct sw_build *b, struct sw_stmt *s)
{
	add_trunk(b, s, false);
}

void sw_set_phones(struct sw_build *b, struct sw_stmt *s)
{
	add_trunk(b, s, true);
}

/* The words of a statement behind its key, with one blank between. */
static struct sw_slice text_of(struct sw_build *b, const struct sw_stmt *s)
{
	size_t n = 0;
	struct sw_buf out;
	char *p;

	for (size_t i = 1; i < s->words; i++)
		n += s->word[i].text.n + 1;
	p = sw_arena_alloc(&b->conf->arena, n, 1);
	b->no_memory |= !p;
	out = sw_buf_over(p, p ? n : 0);
	for (size_t i = 1; i < s->words; i++) {
		if (i > 1)
			sw_buf_char(&out, ' ');
		sw_buf_put(&out, s->word[i].text);
	}
	return sw_buf_slice(&out);
}

/* The algorithms behind `digest`; 0 after an error. */
static unsigned digest_algs(struct sw_build *b, struct sw_stmt *s)
{
	static const struct sw_choice words[] = {
		{ SW_INIT("md5"), SW_ALG_BIT(SW_ALG_MD5), false },
		{ SW_INIT("sha-256"), SW_ALG_BIT(SW_ALG_SHA256), false },
		{ SW_INIT("sha-512-256"), SW_ALG_BIT(SW_ALG_SHA512_256), false },
		{ SW_INIT("md5-sess"), SW_ALG_SESS(SW_ALG_MD5), false },
		{ SW_INIT("sha-256-sess"), SW_ALG_SESS(SW_ALG_SHA256), false },
		{ SW_INIT("sha-512-256-sess"), SW_ALG_SESS(SW_ALG_SHA512_256), false },
		{ SW_INIT("and"), 0, true },
		{ SW_INIT("over"), 0, true },
	};
	unsigned algs = 0;

	for (size_t i = 2; i < s->words; i++) {
		int alg = sw_build_choice(b, s, i, words, SW_ARRAY_LEN(words));

		if (alg < 0)
			return 0;
		if (algs & (unsigned)alg) {
			sw_build_error(b, SW_LINT_WORD_TWICE, s, i, "the algorithm stands twice");
			return 0;
		}
		algs |= (unsigned)alg;
	}
	return algs ? algs : SW_ALG_STRONG;
}

void sw_set_accept(struct sw_build *b, struct sw_stmt *s)
{
	static const struct sw_choice factors[] = {
		{ SW_INIT("digest"), SW_FACTOR_DIGEST, false },
		{ SW_INIT("ip"), 0, true },
		{ SW_INIT("cert"), 0, true },
		{ SW_INIT("token"), 0, true },
	};
	struct sw_trunk_draft *d = b->at;
	struct sw_way *ways;
	struct sw_stmt **stmts;
	unsigned algs;

	if (sw_build_choice(b, s, 1, factors, SW_ARRAY_LEN(factors)) < 0)
		return;
	algs = digest_algs(b, s);
	if (algs == 0)
		return;
	ways = sw_build_grow(b, d->way, d->trunk.ways, sizeof(*ways));
	stmts = sw_build_grow(b, d->way_stmt, d->trunk.ways, sizeof(struct sw_stmt *));
	if (!ways || !stmts)
		return;
	d->way = ways;
	d->way_stmt = stmts;
	d->way_stmt[d->trunk.ways] = s;
	d->way[d->trunk.ways++] = (struct sw_way){
		.factors = SW_FACTOR_BIT(SW_FACTOR_DIGEST),
		.algs = algs,
		.line = s->word[0].line,
		.file = s->file->path,
		.text = text_of(b, s),
	};
}

void sw_set_md5(struct sw_build *b, struct sw_stmt *s)
{
	static const struct sw_choice until[] = { { SW_INIT("until"), 0, false } };
	struct sw_slice text;
	int64_t end_s;

	if (sw_build_choice(b, s, 1, until, 1) < 0 || !sw_build_has(b, s, 2))
		return;
	text = s->word[2].text;
	if (!sw_value_date_end_s(text, &end_s)) {
		sw_build_error(b, SW_LINT_VALUE_DATE, s, 2, "\"%.*s\" is no date", SW_DIAG_S(text));
		sw_diag_help(b->diags, "md5 until YYYY-MM-DD, the last day");
		return;
	}
	b->at->trunk.md5_until_s = end_s;
	b->at->trunk.md5_until_text = text;
}

void sw_set_register(struct sw_build *b, struct sw_stmt *s)
{
	static const struct sw_choice words[] = {
		{ SW_INIT("here"), SW_REGISTER_HERE, false },
		{ SW_INIT("no"), SW_REGISTER_NO, false },
		{ SW_INIT("pbx"), 0, true },
	};
	int where = sw_build_choice(b, s, 1, words, SW_ARRAY_LEN(words));

	if (where >= 0 && sw_build_ends(b, s, 2))
		b->at->trunk.reg = (enum sw_trunk_register)where;
}

void sw_set_enabled(struct sw_build *b, struct sw_stmt *s)
{
	static const struct sw_choice words[] = {
		{ SW_INIT("yes"), 1, false },
		{ SW_INIT("no"), 0, false },
	};
	int on = sw_build_choice(b, s, 1, words, SW_ARRAY_LEN(words));

	if (on >= 0)
		b->at->trunk.enabled = on == 1;
}

void sw_set_qop(struct sw_build *b, struct sw_stmt *s)
{
	static const struct sw_choice words[] = {
		{ SW_INIT("auth"), SW_QOP_AUTH, false },
		{ SW_INIT("auth-int"), SW_QOP_AUTH_INT, false },
		{ SW_INIT("none"), SW_QOP_NONE, false },
	};
	unsigned qops = 0;

	for (size_t i = 1; i < s->words; i++) {
		int qop = sw_build_choice(b, s, i, words, SW_ARRAY_LEN(words));

		if (qop < 0)
			return;
		if (qops & SW_QOP_BIT((unsigned)qop))
			sw_build_error(b, SW_LINT_WORD_TWICE, s, i, "the qop stands twice");
		qops |= SW_QOP_BIT((unsigned)qop);
	}
	b->at->trunk.qops = qops;
}

void sw_set_uri_match(struct sw_build *b, struct sw_stmt *s)
{
	static const struct sw_choice words[] = {
		{ SW_INIT("host"), 0, false },
		{ SW_INIT("exact"), 1, false },
	};

	b->at->trunk.uri_exact = sw_build_choice(b, s, 1, words, SW_ARRAY_LEN(words)) == 1;
}

void sw_set_trunk_expires(struct sw_build *b, struct sw_stmt *s)
{
	struct sw_trunk *t = &b->at->trunk;

	(void)sw_build_expires(b, s, &t->expires_min_s, &t->expires_max_s);
}

void sw_set_contacts(struct sw_build *b, struct sw_stmt *s)
{
	static const struct sw_choice words[] = { { SW_INIT("refuse"), 1, false } };
	struct sw_trunk *t = &b->at->trunk;
	struct sw_slice text = s->word[1].text;
	uint64_t n;

	if (!sw_slice_u64(text, SW_CONTACTS_MAX, &n) || n == 0) {
		sw_build_error(b, SW_LINT_VALUE_RANGE, s, 1,
			       "contacts takes a number from 1 to %d, not %.*s", SW_CONTACTS_MAX,
			       SW_DIAG_S(text));
		return;
	}
	t->contacts = (uint32_t)n;
	if (s->words > 2)
		t->contacts_refuse = sw_build_choice(b, s, 2, words, 1) == 1;
}
