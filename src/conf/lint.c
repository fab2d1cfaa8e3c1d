/* SPDX-License-Identifier: Apache-2.0 */
/* Rules that need more than one statement, or the date. Those of one line stand with its key. */
#include "conf/build.h"

#include <stdlib.h>

#include <sipward/nonce.h>

#include "core/authhdr.h"

static bool has_md5(const struct sw_way *w)
{
	return w->algs & SW_ALG_MD5_FORMS;
}

static void nobody(struct sw_build *b)
{
	struct sw_place at = { .file = b->doc->path };

	if (b->doc->is_partial || b->seen[SW_KEY_trunk] || b->seen[SW_KEY_phones])
		return;
	sw_diag_add(b->diags, SW_LINT_NOBODY, &at,
		    "there is no trunk and no phones, so nobody could get in");
	sw_diag_help(b->diags, "%s init --for phones --realm example.com  prints a first file",
		     sw_diag_program);
}

static void md5_open_end(struct sw_build *b, struct sw_trunk_draft *d)
{
	if (d->seen[SW_KEY_md5])
		return;
	for (size_t i = 0; i < d->trunk.ways; i++) {
		if (!has_md5(&d->way[i]))
			continue;
		if (!sw_build_warn(b, SW_LINT_MD5_OPEN_END, d->way_stmt[i],
				   "\"%.*s\" takes MD5 without an end date",
				   SW_DIAG_S(d->trunk.name)))
			continue;
		sw_diag_help(b->diags, "md5 until YYYY-MM-DD, on a line of its own");
		sw_diag_help(b->diags, "or end this line with: because \"…\"");
	}
}

static void md5_until(struct sw_build *b, struct sw_trunk_draft *d)
{
	struct sw_stmt *s = d->seen[SW_KEY_md5];
	bool takes = d->has_faults; /* perhaps */

	if (!s || !s->key || s->is_broken)
		return;
	for (size_t i = 0; i < d->trunk.ways; i++)
		takes |= has_md5(&d->way[i]);
	if (!takes && sw_build_warn(b, SW_LINT_MD5_IDLE, s,
				    "no accept line of \"%.*s\" takes MD5, so this does nothing",
				    SW_DIAG_S(d->trunk.name)))
		sw_diag_help(b->diags, "remove the line, or add md5 to an accept line");
	if (takes && d->trunk.md5_until_s <= sw_wall_s(b->now) &&
	    sw_build_warn(b, SW_LINT_MD5_ENDED, s,
			  "the last day of MD5 for \"%.*s\" has passed; it is refused",
			  SW_DIAG_S(d->trunk.name)))
		sw_diag_help(
			b->diags,
			"take md5 out of the accept line and remove this one, or move the date");
}

static void ways(struct sw_build *b, struct sw_trunk_draft *d)
{
	for (size_t i = 1; i < d->trunk.ways; i++) {
		for (size_t j = 0; j < i; j++) {
			if (d->way[i].algs & ~d->way[j].algs)
				continue;
			if (sw_build_warn(b, SW_LINT_WAY_IDLE, d->way_stmt[i],
					  "line %u admits everybody that this one does",
					  d->way[j].line))
				sw_diag_help(b->diags, "remove one of the two");
			break;
		}
	}
}

static void sess_without_qop(struct sw_build *b, struct sw_trunk_draft *d)
{
	struct sw_stmt *s = d->seen[SW_KEY_qop];
	unsigned algs = 0;

	if (!s || d->has_faults || d->trunk.qops != SW_QOP_BIT(SW_QOP_NONE))
		return;
	for (size_t i = 0; i < d->trunk.ways; i++)
		algs |= d->way[i].algs;
	if (algs == 0 || algs & ~SW_ALG_SESS_FORMS)
		return;
	sw_build_error(
		b, SW_LINT_SESS_QOP, s, 1,
		"\"%.*s\" takes -sess forms alone, which need qop, so nobody can come in by it",
		SW_DIAG_S(d->trunk.name));
	sw_diag_help(b->diags, "qop auth none");
	sw_diag_help(b->diags, "or add the plain form to the accept line");
}

#define SHORT_REQUEST 350
#define ANSWER_FRAME  300 /* of its answer, but for the challenges: Via to CSeq come back */
#define AMPLIFICATION ((size_t)3)

/* Octets of a challenge with all that every trunk together takes. */
static size_t challenge_size(const struct sw_build *b, const struct sw_offer *all)
{
	static const char nonce[SW_NONCE_TEXT];
	char text[4096];
	struct sw_buf out = sw_buf_over(text, sizeof(text));

	for (unsigned i = 2 * SW_ALG_MD5; i < 2 * SW_ALG_COUNT; i++) {
		struct sw_challenge c = {
			.form = { (enum sw_alg)(i / 2), i % 2 == 1 },
			.qops = all->qops,
			.realm = b->conf->policy.realm,
			.nonce = { nonce, sizeof(nonce) },
			.stale = true,
		};

		if (all->algs & sw_alg_form_bit(c.form))
			sw_challenge_write(&out, true, &c);
	}
	return ANSWER_FRAME + out.n;
}

static void put_forms(struct sw_buf *out, unsigned algs)
{
	for (unsigned i = 2 * SW_ALG_MD5; i < 2 * SW_ALG_COUNT; i++) {
		struct sw_alg_form form = { (enum sw_alg)(i / 2), i % 2 == 1 };

		if (!(algs & sw_alg_form_bit(form)))
			continue;
		sw_buf_str(out, out->n > 0 ? " " : "");
		sw_buf_str(out, sw_alg_form_word(form));
	}
}

static bool listens_udp(const struct sw_build *b)
{
	for (size_t i = 0; i < b->conf->policy.listeners; i++)
		if (b->listener[i].transport == SW_UDP)
			return true;
	return false;
}

/* The last accept line with one of these forms. */
static struct sw_stmt *find_accept(const struct sw_build *b, unsigned algs)
{
	struct sw_stmt *found = NULL;

	for (size_t i = 0; i < b->drafts; i++)
		for (size_t j = 0; b->draft[i].trunk.enabled && j < b->draft[i].trunk.ways; j++)
			if (b->draft[i].way[j].algs & algs)
				found = b->draft[i].way_stmt[j];
	return found;
}

static void offer_long(struct sw_build *b)
{
	struct sw_offer all = { 0 };
	char text[128];
	struct sw_buf words = sw_buf_over(text, sizeof(text));

	for (size_t i = 0; i < b->drafts; i++) {
		struct sw_trunk t = b->draft[i].trunk;
		struct sw_policy p = { .trunk = &t, .trunks = 1 };

		t.way = b->draft[i].way;
		struct sw_offer one = sw_policy_common_set(&p, b->now);

		all.algs |= one.algs;
		all.qops |= one.qops;
	}
	size_t n = challenge_size(b, &all);
	unsigned spare = all.algs & SW_ALG_SESS_FORMS;
	struct sw_stmt *s = find_accept(b, spare ? spare : all.algs);

	if (n <= AMPLIFICATION * SHORT_REQUEST || !s || !listens_udp(b))
		return;
	if (!sw_build_warn(
		    b, SW_LINT_OFFER_LONG, s,
		    "a challenge with all that is taken has about %zu octets: over UDP a request "
		    "of fewer than %zu gets silence",
		    n, n / AMPLIFICATION + 1))
		return;
	put_forms(&words, spare ? spare : all.algs & SW_ALG_BIT(SW_ALG_SHA512_256));
	if (words.n > 0)
		sw_diag_help(b->diags, "take out what no client needs: %s", sw_buf_text(&words));
	else
		sw_diag_help(b->diags, "a shorter realm makes each challenge shorter");
}

bool sw_lint_keeps_users(const struct sw_build *b)
{
	const struct sw_stmt *s = b->seen[SW_KEY_store];

	return !s || s->is_broken || s->words < 2 ||
	       !sw_slice_eq(s->word[1].text, SW_LIT("memory"));
}

/* Users of a store are not known here. */
static void empty(struct sw_build *b, struct sw_trunk_draft *d)
{
	struct sw_place at;

	if (sw_lint_keeps_users(b) || d->users > 0 || !d->trunk.enabled || d->has_faults ||
	    b->doc->is_partial || d->trunk.ways == 0)
		return;
	at = sw_read_span(d->stmt, 0, d->stmt->words - 1);
	sw_diag_add(b->diags, SW_LINT_TRUNK_EMPTY, &at,
		    "\"%.*s\" has no user, so nobody can come in by it", SW_DIAG_S(d->trunk.name));
	sw_diag_help(b->diags, "user NAME file:PATH");
	sw_diag_help(b->diags, "or, while it is being prepared: enabled no");
}

static void reserved_names(struct sw_build *b)
{
	for (size_t i = 0; i < b->conf->policy.users && !sw_lint_keeps_users(b); i++) {
		struct sw_stmt *s = b->user_stmt[i];

		if (!b->user[i].is_reserved)
			continue;
		sw_build_error(b, SW_LINT_SECRET_NONE, s, 1,
			       "store memory keeps no users: say where the password is");
		sw_diag_help(b->diags, "user %.*s file:/etc/sipward/secret/%.*s",
			     SW_DIAG_S(s->word[1].text), SW_DIAG_S(s->word[1].text));
	}
}

struct named {
	struct sw_slice name;
	size_t index;
};

static int by_name(const void *left, const void *right)
{
	const struct named *a = left, *b = right;
	size_t n = a->name.n < b->name.n ? a->name.n : b->name.n;

	for (size_t i = 0; i < n; i++) {
		int x = a->name.p[i] | (a->name.p[i] >= 'A' && a->name.p[i] <= 'Z' ? 0x20 : 0);
		int y = b->name.p[i] | (b->name.p[i] >= 'A' && b->name.p[i] <= 'Z' ? 0x20 : 0);

		if (x != y)
			return x - y;
	}
	if (a->name.n != b->name.n)
		return a->name.n < b->name.n ? -1 : 1;
	return a->index < b->index ? -1 : a->index > b->index;
}

static void same_user(struct sw_build *b, const struct named *first, const struct named *second)
{
	struct sw_stmt *s = b->user_stmt[second->index];
	const struct sw_origin *o = &b->origin[first->index];

	if (!sw_slice_eq_nocase(first->name, second->name))
		return;
	if (sw_slice_eq(first->name, second->name))
		sw_build_error(b, SW_LINT_USER_TWICE, s, 1, "the user %.*s stands twice",
			       SW_DIAG_S(first->name));
	else
		sw_build_error(b, SW_LINT_USER_ALIKE, s, 1,
			       "the user %.*s differs from %.*s only in case",
			       SW_DIAG_S(second->name), SW_DIAG_S(first->name));
	sw_diag_help(b->diags, "the other is at %.*s:%u, in \"%.*s\"", SW_DIAG_S(o->file), o->line,
		     SW_DIAG_S(b->draft[b->user_draft[first->index]].trunk.name));
}

/* Sorted, because a file may hold ten thousands of users. */
static void users(struct sw_build *b)
{
	size_t n = b->conf->policy.users;
	struct named *list = n > 0 ? sw_arena_alloc(&b->conf->arena, n, sizeof(*list)) : NULL;

	if (n > 0 && !list)
		b->no_memory = true;
	if (!list)
		return;
	for (size_t i = 0; i < n; i++)
		list[i] = (struct named){ sw_user_name(&b->user[i]), i };
	qsort(list, n, sizeof(*list), by_name);
	for (size_t i = 1; i < n; i++)
		same_user(b, &list[i - 1], &list[i]);
}

static void idle_because(struct sw_build *b, struct sw_stmt *first)
{
	for (struct sw_stmt *s = first; s; s = s->next) {
		struct sw_place at;

		if (!s->because || s->warned || s->is_broken || !s->key)
			continue;
		if (b->depth == SW_CONF_PLAIN && s->key->id == SW_KEY_user)
			continue; /* only its password can warn, and that was not read */
		at = sw_words_place(s->file, &s->because[-1], s->word[0].text);
		sw_diag_add(b->diags, SW_LINT_BECAUSE_IDLE, &at,
			    "there is no warning here that because could accept");
		sw_diag_help(b->diags, "remove it, or move it to the line that warns");
	}
}

void sw_lint(struct sw_build *b)
{
	nobody(b);
	for (size_t i = 0; i < b->drafts; i++) {
		md5_open_end(b, &b->draft[i]);
		md5_until(b, &b->draft[i]);
		ways(b, &b->draft[i]);
		sess_without_qop(b, &b->draft[i]);
		empty(b, &b->draft[i]);
	}
	offer_long(b);
	sw_idle_check(b);
	sw_machine_check(b);
	users(b);
	reserved_names(b);
	idle_because(b, b->doc->first);
	for (size_t i = 0; i < b->drafts; i++)
		for (const struct sw_stmt *piece = b->draft[i].stmt; piece; piece = piece->more)
			idle_because(b, piece->first);
}
