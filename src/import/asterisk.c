/* SPDX-License-Identifier: Apache-2.0 */
#include "import/asterisk.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"

#define TEXT_MAX      ((size_t)64 << 20) /* octets of sections that are held */
#define SETTINGS      ((size_t)4 << 20)  /* in all sections, with what templates give */
#define DEFAULT_REALM SW_LIT("asterisk")

const char *const sw_asterisk_words[SW_ROW_PARTS] = {
	[SW_ROW_AOR] = "aors",
	[SW_ROW_HA1 + SW_ALG_MD5] = "md5_cred",
	[SW_ROW_HA1 + SW_ALG_SHA256] = "password_digest",
	[SW_ROW_HA1 + SW_ALG_SHA512_256] = "password_digest",
	[SW_ROW_DOMAIN] = "realm",
};

struct setting {
	struct setting *next;
	struct sw_slice key, value;
};

struct section {
	struct section *next;
	struct sw_slice name;
	uint64_t line;
	bool is_template;
	struct setting *first, **last;
	const struct section *in, *out; /* who names it as auth, and as outbound_auth */
};

struct file {
	struct sw_rows *to;
	struct sw_arena arena; /* wiped when it is freed */
	struct section *first, **last, *now;
	struct section **by_name; /* hashed, open; a power of two */
	size_t cells, sections, settings, held;
	uint64_t line;
	bool in_comment, is_refused;
};

static bool refuse(struct file *f, const char *why)
{
	f->is_refused = true;
	sw_rows_bad(f->to, f->line, SW_ROW_WHOLE, "%s", why);
	return false;
}

static bool no_memory(struct file *f)
{
	return refuse(f, "no memory");
}

/* FNV-1a: whoever can choose the names in this file only slows his own import. */
static size_t cell_of(const struct file *f, struct sw_slice name)
{
	uint64_t h = 0xcbf29ce484222325U;

	for (size_t i = 0; i < name.n; i++)
		h = (h ^ (unsigned char)name.p[i]) * 0x100000001b3U;
	return (size_t)(h ^ (h >> 32)) & (f->cells - 1);
}

static struct section *find(const struct file *f, struct sw_slice name)
{
	if (f->cells == 0)
		return NULL;
	for (size_t i = cell_of(f, name); f->by_name[i]; i = (i + 1) & (f->cells - 1))
		if (sw_slice_eq(f->by_name[i]->name, name))
			return f->by_name[i];
	return NULL;
}

static void put_cell(struct file *f, struct section *s)
{
	size_t i = cell_of(f, s->name);

	while (f->by_name[i] && !sw_slice_eq(f->by_name[i]->name, s->name))
		i = (i + 1) & (f->cells - 1);
	f->by_name[i] = s; /* the latest of a name is the one that (+) and templates mean */
}

static bool grow_cells(struct file *f)
{
	size_t cells = f->cells == 0 ? 256 : f->cells * 2;
	struct section **by_name;

	if (f->sections * 2 < f->cells)
		return true;
	by_name = calloc(cells, sizeof(struct section *));
	if (!by_name)
		return no_memory(f);
	free(f->by_name);
	f->by_name = by_name;
	f->cells = cells;
	for (struct section *s = f->first; s; s = s->next)
		put_cell(f, s);
	return true;
}

static bool add_setting(struct file *f, struct section *s, struct sw_slice key,
			struct sw_slice value)
{
	struct setting *t;

	if (f->settings++ >= SETTINGS)
		return refuse(f, "more settings than a file of users has");
	t = sw_arena_alloc(&f->arena, 1, sizeof(*t));
	if (!t)
		return no_memory(f);
	t->key = key;
	t->value = value;
	*s->last = t;
	s->last = &t->next;
	return true;
}

/* A section takes what its template has at this place; what is its own comes later and counts. */
static bool inherit(struct file *f, struct section *s, struct sw_slice from)
{
	const struct section *base = find(f, from);

	if (!base)
		return refuse(f, "the section builds on a template that does not stand above it");
	for (const struct setting *t = base->first; t; t = t->next)
		if (!add_setting(f, s, t->key, t->value))
			return false;
	return true;
}

static struct section *new_section(struct file *f, struct sw_slice name)
{
	struct section *s = grow_cells(f) ? sw_arena_alloc(&f->arena, 1, sizeof(*s)) : NULL;

	if (!s) {
		if (!f->is_refused)
			(void)no_memory(f);
		return NULL;
	}
	s->last = &s->first;
	s->line = f->line;
	s->name = sw_arena_copy(&f->arena, name);
	*f->last = s;
	f->last = &s->next;
	f->sections++;
	return s;
}

/* The list in the round brackets behind a section's name: ! + or names of templates. */
static bool take_bases(struct file *f, struct sw_slice name, struct sw_slice list)
{
	bool adds = sw_slice_eq(sw_slice_trim(list), SW_LIT("+"));
	struct section *s = adds ? find(f, name) : new_section(f, name);

	if (adds && !s)
		return refuse(f, "(+) adds to a section that does not stand above");
	if (!s || adds) {
		f->now = s;
		return s != NULL;
	}
	while (list.n > 0) {
		const char *end = memchr(list.p, ',', list.n);
		size_t n = end ? (size_t)(end - list.p) : list.n;
		struct sw_slice one = sw_slice_trim((struct sw_slice){ list.p, n });

		list = sw_slice_from(list, end ? n + 1 : n);
		if (sw_slice_eq(one, SW_LIT("!")))
			s->is_template = true;
		else if (one.n > 0 && !inherit(f, s, one))
			return false;
	}
	put_cell(f, s);
	f->now = s;
	return true;
}

/* [name] [name](!) [name](one,two) [name](+) */
static bool take_section(struct file *f, struct sw_slice line)
{
	const char *end = memchr(line.p, ']', line.n);
	struct sw_slice name, rest;

	if (!end)
		return refuse(f, "a section's name is not closed by ]");
	name = sw_slice_trim((struct sw_slice){ line.p + 1, (size_t)(end - line.p) - 1 });
	rest = sw_slice_trim(sw_slice_from(line, (size_t)(end - line.p) + 1));
	if (rest.n == 0)
		return take_bases(f, name, rest);
	if (rest.n < 2 || rest.p[0] != '(' || rest.p[rest.n - 1] != ')')
		return refuse(f, "behind a section's name only (!), (+) or (template) may stand");
	return take_bases(f, name, (struct sw_slice){ rest.p + 1, rest.n - 2 });
}

/* key = value, key => value */
static bool take_setting(struct file *f, struct sw_slice line)
{
	const char *equals = memchr(line.p, '=', line.n);
	size_t n = equals ? (size_t)(equals - line.p) : 0;
	struct sw_slice key, value;

	if (!equals)
		return refuse(f, "this is neither [section] nor key = value");
	if (!f->now)
		return refuse(f, "a setting stands before the first [section]");
	key = sw_slice_trim((struct sw_slice){ line.p, n });
	value = sw_slice_from(line, n + 1);
	if (value.n > 0 && value.p[0] == '>')
		value = sw_slice_from(value, 1);
	key = sw_arena_copy(&f->arena, key);
	value = sw_arena_copy(&f->arena, sw_slice_trim(value));
	return key.p && value.p ? add_setting(f, f->now, key, value) : no_memory(f);
}

/* Cut the comment off; "\;" is a semicolon. In place, and gives what is left. */
static size_t cut_comment(struct file *f, char *p, size_t n)
{
	size_t to = 0;

	for (size_t i = 0; i < n; i++) {
		struct sw_slice rest = { p + i, n - i };

		if (f->in_comment) {
			if (!sw_slice_has_prefix(rest, SW_LIT("--;")))
				continue;
			f->in_comment = false;
			i += 2;
		} else if (sw_slice_has_prefix(rest, SW_LIT("\\;"))) {
			p[to++] = ';';
			i++;
		} else if (sw_slice_has_prefix(rest, SW_LIT(";--")) &&
			   (rest.n < 4 || rest.p[3] != '-')) {
			f->in_comment = true;
			i += 2;
		} else if (p[i] == ';') {
			break;
		} else {
			p[to++] = p[i];
		}
	}
	return to;
}

static bool take_line(struct file *f, char *p, size_t n)
{
	struct sw_slice line;

	f->held += n;
	if (f->held > TEXT_MAX)
		return refuse(f, "the file is larger than 64 MiB");
	line = sw_slice_trim((struct sw_slice){ p, cut_comment(f, p, n) });
	if (line.n == 0)
		return true;
	if (line.p[0] == '#')
		return refuse(f, "other files that are included here are not read: write all into "
				 "one file, or import each of them");
	return line.p[0] == '[' ? take_section(f, line) : take_setting(f, line);
}

/* The last one counts, as Asterisk reads it. */
static struct sw_slice setting(const struct section *s, struct sw_slice key)
{
	struct sw_slice found = { 0 };

	for (const struct setting *t = s->first; t; t = t->next)
		if (sw_slice_eq_nocase(t->key, key))
			found = t->value;
	return found;
}

static bool is_type(const struct section *s, struct sw_slice type)
{
	return !s->is_template && sw_slice_eq_nocase(setting(s, SW_LIT("type")), type);
}

/* The sections of one type by their names: an endpoint, its auth and its aor often share one. */
static void index_auths(struct file *f)
{
	if (f->cells > 0)
		memset(f->by_name, 0, f->cells * sizeof(struct section *));
	for (struct section *s = f->first; s; s = s->next)
		if (is_type(s, SW_LIT("auth")))
			put_cell(f, s);
}

static void note_users(struct file *f, const struct section *s, struct sw_slice list, bool is_out)
{
	while (list.n > 0) {
		const char *end = memchr(list.p, ',', list.n);
		size_t n = end ? (size_t)(end - list.p) : list.n;
		struct section *auth = find(f, sw_slice_trim((struct sw_slice){ list.p, n }));

		list = sw_slice_from(list, end ? n + 1 : n);
		if (auth && is_out)
			auth->out = s;
		else if (auth && !auth->in)
			auth->in = s;
	}
}

/* Which sections name which auth, once for all. */
static void note_uses(struct file *f)
{
	index_auths(f);
	for (const struct section *s = f->first; s; s = s->next) {
		if (s->is_template)
			continue;
		note_users(f, s, setting(s, SW_LIT("auth")), false);
		note_users(f, s, setting(s, SW_LIT("outbound_auth")), true);
	}
}

static struct sw_slice global_realm(const struct file *f)
{
	for (const struct section *s = f->first; s; s = s->next) {
		struct sw_slice realm = setting(s, SW_LIT("default_realm"));

		if (is_type(s, SW_LIT("global")) && realm.n > 0)
			return realm;
	}
	return DEFAULT_REALM;
}

/* Its hashes are of a realm that must be ours. */
static bool realm_is_ours(struct file *f, const struct section *s)
{
	struct sw_slice realm = setting(s, SW_LIT("realm"));

	if (realm.n == 0)
		realm = global_realm(f);
	if (f->to->realm.n == 0 || sw_slice_eq(realm, f->to->realm))
		return true;
	sw_rows_bad(f->to, s->line, SW_ROW_DOMAIN,
		    "the hash is of another realm than ours (%.*s), so it is good for nothing "
		    "here: set the password anew",
		    (int)f->to->realm.n, f->to->realm.p);
	return false;
}

static bool take_digests(struct file *f, const struct section *s, struct sw_row *row)
{
	static const struct {
		struct sw_slice name;
		enum sw_alg alg;
	} algs[] = {
		{ SW_INIT("MD5:"), SW_ALG_MD5 },
		{ SW_INIT("SHA-256:"), SW_ALG_SHA256 },
		{ SW_INIT("SHA-512-256:"), SW_ALG_SHA512_256 },
	};

	for (const struct setting *t = s->first; t; t = t->next) {
		size_t i = 0;

		if (!sw_slice_eq_nocase(t->key, SW_LIT("password_digest")))
			continue;
		while (i < SW_ARRAY_LEN(algs) &&
		       !sw_slice_has_prefix_nocase(t->value, algs[i].name))
			i++;
		if (i == SW_ARRAY_LEN(algs)) {
			sw_rows_bad(f->to, row->line,
				    (enum sw_row_part)(SW_ROW_HA1 + SW_ALG_SHA256),
				    "this begins with none of MD5:, SHA-256: and SHA-512-256:");
			return false;
		}
		row->ha1[algs[i].alg] = sw_slice_from(t->value, algs[i].name.n);
	}
	return true;
}

static bool has_hash(const struct sw_row *row)
{
	for (enum sw_alg a = SW_ALG_MD5; a < SW_ALG_COUNT; a++)
		if (row->ha1[a].n > 0)
			return true;
	return false;
}

static bool take_secret(struct file *f, const struct section *s, struct sw_row *row)
{
	struct sw_slice type = setting(s, SW_LIT("auth_type"));

	if (sw_slice_eq_nocase(type, SW_LIT("google_oauth"))) {
		sw_rows_bad(f->to, s->line, SW_ROW_WHOLE, "auth_type google_oauth is no digest");
		return false;
	}
	row->password = setting(s, SW_LIT("password"));
	if (sw_slice_eq_nocase(type, SW_LIT("md5")))
		row->password = (struct sw_slice){ 0 };
	row->has_password = row->password.n > 0;
	if (row->has_password) /* Asterisk takes it before any hash */
		return true;
	row->ha1[SW_ALG_MD5] = setting(s, SW_LIT("md5_cred"));
	return take_digests(f, s, row) && (!has_hash(row) || realm_is_ours(f, s));
}

/* "a,b" as "a;b": our own way to join. */
static struct sw_slice joined(struct file *f, struct sw_slice list)
{
	char *p = sw_arena_alloc(&f->arena, list.n + 1, 1);

	for (size_t i = 0; p && i < list.n; i++)
		p[i] = list.p[i] == ',' ? ';' : list.p[i];
	return (struct sw_slice){ p, p ? list.n : 0 };
}

static void take_user(struct file *f, const struct section *s)
{
	struct sw_row row = { .line = s->line, .name = setting(s, SW_LIT("username")) };
	struct sw_slice aors = { 0 };

	if (!s->in && s->out) {
		if (f->to->skipped)
			f->to->skipped(
				f->to->arg, s->line,
				"outbound_auth names it: Asterisk logs in with it elsewhere");
		return;
	}
	if (s->in)
		aors = setting(s->in, SW_LIT("aors"));
	if (aors.n > 0 && !sw_slice_eq(aors, row.name))
		row.aors = joined(f, aors);
	if (take_secret(f, s, &row))
		sw_rows_take(f->to, &row);
}

/* false: there is nothing in it that could be a user. */
static bool take_users(struct file *f)
{
	uint64_t found = 0;

	note_uses(f);
	for (const struct section *s = f->first; s; s = s->next) {
		if (!is_type(s, SW_LIT("auth")))
			continue;
		found++;
		take_user(f, s);
	}
	if (found == 0)
		sw_rows_bad(f->to, 0, SW_ROW_WHOLE,
			    "the file has no section of type=auth: is it a pjsip.conf?");
	return found > 0;
}

bool sw_asterisk_is(struct sw_slice line)
{
	line = sw_slice_trim(line);
	return line.n > 0 && (line.p[0] == '[' || line.p[0] == ';' ||
			      sw_slice_has_prefix(line, SW_LIT("#include")) ||
			      sw_slice_has_prefix(line, SW_LIT("#tryinclude")) ||
			      sw_slice_has_prefix(line, SW_LIT("#exec")));
}

static void read_lines(struct file *f, struct sw_feed *feed)
{
	enum sw_feed_line got;
	char *p;
	size_t n;

	sw_feed_drop_mark(feed);
	while (!f->is_refused && (got = sw_feed_line(feed, &p, &n)) != SW_FEED_END) {
		f->line++;
		if (got == SW_FEED_LONG)
			(void)refuse(f, "the line is too long");
		else
			(void)take_line(f, p, n);
	}
}

bool sw_asterisk_file(struct sw_rows *to, struct sw_feed *feed)
{
	struct file f = { .to = to };
	bool ok;

	f.last = &f.first;
	read_lines(&f, feed);
	ok = !f.is_refused && feed->error == 0 && take_users(&f);
	free(f.by_name);
	sw_arena_free(&f.arena);
	return ok;
}
