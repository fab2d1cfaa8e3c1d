/* SPDX-License-Identifier: Apache-2.0 */
#include "import/columns.h"

#include <stdio.h>

#include "base/hex.h"
#include "base/secret.h"
#include "conf/key.h"

#define NEAR_MAX 3 /* letters that a mistyped name of a column may differ in */

static const struct column {
	struct sw_slice name;
	enum sw_row_part part;
} own[] = {
	{ SW_INIT("username"), SW_ROW_NAME },
	{ SW_INIT("password"), SW_ROW_PASSWORD },
	{ SW_INIT("trunk"), SW_ROW_TRUNK },
	{ SW_INIT("aor"), SW_ROW_AOR },
	{ SW_INIT("number"), SW_ROW_NUMBER },
	{ SW_INIT("enabled"), SW_ROW_ENABLED },
	{ SW_INIT("ha1_md5"), SW_ROW_HA1 + SW_ALG_MD5 },
	{ SW_INIT("ha1_sha256"), SW_ROW_HA1 + SW_ALG_SHA256 },
	{ SW_INIT("ha1_sha512_256"), SW_ROW_HA1 + SW_ALG_SHA512_256 },
	{ SW_INIT("ha1b_md5"), SW_ROW_HA1B + SW_ALG_MD5 },
	{ SW_INIT("ha1b_sha256"), SW_ROW_HA1B + SW_ALG_SHA256 },
	{ SW_INIT("ha1b_sha512_256"), SW_ROW_HA1B + SW_ALG_SHA512_256 },
};

/* Kamailio's subscriber; the columns of the longer hashes are OpenSIPS'. */
static const struct column subscriber[] = {
	{ SW_INIT("username"), SW_ROW_NAME },
	{ SW_INIT("domain"), SW_ROW_DOMAIN },
	{ SW_INIT("password"), SW_ROW_PASSWORD },
	{ SW_INIT("ha1"), SW_ROW_HA1 + SW_ALG_MD5 },
	{ SW_INIT("ha1b"), SW_ROW_HA1B + SW_ALG_MD5 },
	{ SW_INIT("ha1_sha256"), SW_ROW_HA1 + SW_ALG_SHA256 },
	{ SW_INIT("ha1_sha512t256"), SW_ROW_HA1 + SW_ALG_SHA512_256 },
};

static const char *const subscriber_words[SW_ROW_PARTS] = {
	[SW_ROW_HA1 + SW_ALG_MD5] = "ha1",
	[SW_ROW_HA1B + SW_ALG_MD5] = "ha1b",
	[SW_ROW_HA1 + SW_ALG_SHA512_256] = "ha1_sha512t256",
};

static const struct column *columns_of(enum sw_columns_kind kind, size_t *n)
{
	*n = kind == SW_COLUMNS_OWN ? SW_ARRAY_LEN(own) : SW_ARRAY_LEN(subscriber);
	return kind == SW_COLUMNS_OWN ? own : subscriber;
}

const char *const *sw_columns_words(enum sw_columns_kind kind)
{
	return kind == SW_COLUMNS_OWN ? NULL : subscriber_words;
}

static const struct column *find(enum sw_columns_kind kind, struct sw_slice name)
{
	size_t n;
	const struct column *list = columns_of(kind, &n);

	name = sw_slice_trim(name);
	for (size_t i = 0; i < n; i++)
		if (sw_slice_eq_nocase(list[i].name, name))
			return &list[i];
	return NULL;
}

size_t sw_columns_known(enum sw_columns_kind kind, const struct sw_slice *name, size_t n)
{
	size_t known = 0;

	for (size_t i = 0; i < n; i++)
		known += find(kind, name[i]) != NULL;
	return known;
}

/* It is not repeated: a file without a header has a user's row here. */
static void say_unknown(const struct sw_columns *c, struct sw_slice name, size_t at, uint64_t line)
{
	const struct column *near = NULL;
	unsigned best = NEAR_MAX + 1;

	for (size_t i = 0; i < SW_ARRAY_LEN(own); i++) {
		unsigned d = name.n > 32 ? best : sw_key_distance(name, own[i].name);

		if (d < best) {
			best = d;
			near = &own[i];
		}
	}
	if (near)
		sw_rows_bad(c->to, line, SW_ROW_WHOLE,
			    "the header's column %zu is none that is known; the nearest is %s",
			    at + 1, near->name.p);
	else
		sw_rows_bad(c->to, line, SW_ROW_WHOLE,
			    "the header's column %zu is none that is known: take it away. There "
			    "are username, password, ha1_md5, ha1_sha256, ha1_sha512_256, "
			    "ha1b_md5, ha1b_sha256, ha1b_sha512_256, trunk, aor, number, enabled",
			    at + 1);
}

static bool has_part(const struct sw_columns *c, enum sw_row_part part)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->part[i] == part)
			return true;
	return false;
}

static bool take_name(struct sw_columns *c, struct sw_slice name, uint64_t line)
{
	const struct column *column = find(c->kind, name);

	if (!column && c->kind == SW_COLUMNS_OWN) {
		say_unknown(c, sw_slice_trim(name), c->n, line);
		return false;
	}
	if (column && has_part(c, column->part)) {
		sw_rows_bad(c->to, line, SW_ROW_WHOLE, "the column %s stands twice in the header",
			    column->name.p);
		return false;
	}
	c->part[c->n++] = column ? column->part : SW_ROW_WHOLE;
	return true;
}

static bool has_secret(const struct sw_columns *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->part[i] == SW_ROW_PASSWORD ||
		    (c->part[i] >= SW_ROW_HA1 && c->part[i] < SW_ROW_DOMAIN))
			return true;
	return false;
}

bool sw_columns_read(struct sw_columns *c, const struct sw_slice *name, size_t n, uint64_t line)
{
	c->n = 0;
	if (sw_columns_known(c->kind, name, n) == 0) {
		sw_rows_bad(c->to, line, SW_ROW_WHOLE,
			    "this is no header: the first line names the columns, such as  "
			    "username,password,trunk");
		return false;
	}
	for (size_t i = 0; i < n; i++)
		if (!take_name(c, name[i], line))
			return false;
	if (!has_part(c, SW_ROW_NAME))
		sw_rows_bad(c->to, line, SW_ROW_WHOLE, "the header has no column username");
	else if (!has_secret(c))
		sw_rows_bad(c->to, line, SW_ROW_WHOLE,
			    "the header has neither a column password nor one of a hash (%s)",
			    c->kind == SW_COLUMNS_OWN ? "ha1_md5, ha1_sha256, ha1_sha512_256"
						      : "ha1");
	else
		return true;
	return false;
}

static bool set_enabled(struct sw_columns *c, struct sw_row *row, struct sw_slice v)
{
	static const struct sw_slice yes[] = { SW_INIT("yes"), SW_INIT("true"), SW_INIT("1") };
	static const struct sw_slice no[] = { SW_INIT("no"), SW_INIT("false"), SW_INIT("0") };

	if (v.n == 0)
		return true;
	for (size_t i = 0; i < SW_ARRAY_LEN(no); i++) {
		row->is_off |= sw_slice_eq_nocase(v, no[i]);
		if (row->is_off || sw_slice_eq_nocase(v, yes[i]))
			return true;
	}
	sw_rows_bad(c->to, row->line, SW_ROW_ENABLED, "this is neither yes nor no");
	return false;
}

/* A blank at an end that no quotes hold is more often a slip than part of a password. */
static bool set_password(struct sw_columns *c, struct sw_row *row, struct sw_slice v, bool quoted)
{
	if (!quoted && sw_slice_trim(v).n != v.n) {
		sw_rows_bad(c->to, row->line, SW_ROW_PASSWORD,
			    "a blank at its begin or end: take it away, or put all into quotes");
		return false;
	}
	row->password = v;
	row->has_password = v.n > 0;
	return true;
}

static bool is_our_domain(struct sw_columns *c, struct sw_row *row, struct sw_slice v)
{
	if (v.n == 0 || c->to->realm.n == 0 || sw_slice_eq_nocase(v, c->to->realm))
		return true;
	sw_rows_bad(c->to, row->line, SW_ROW_DOMAIN,
		    "the domain is not ours (%.*s), so its hashes are good for nothing here",
		    (int)c->to->realm.n, c->to->realm.p);
	return false;
}

/* An empty field says nothing. */
static struct sw_slice list_of(struct sw_slice text)
{
	return text.n > 0 ? text : (struct sw_slice){ 0 };
}

static bool set(struct sw_columns *c, struct sw_row *row, enum sw_row_part part, struct sw_slice v,
		bool quoted)
{
	struct sw_slice text = sw_slice_trim(v);

	switch (part) {
	case SW_ROW_WHOLE:
		return true;
	case SW_ROW_NAME:
		row->name = text;
		return true;
	case SW_ROW_PASSWORD:
		return set_password(c, row, v, quoted);
	case SW_ROW_TRUNK:
		row->trunk = text;
		return true;
	case SW_ROW_AOR:
		row->aors = list_of(text);
		return true;
	case SW_ROW_NUMBER:
		row->numbers = list_of(text);
		return true;
	case SW_ROW_DOMAIN:
		return is_our_domain(c, row, text);
	case SW_ROW_ENABLED:
		return set_enabled(c, row, text);
	default:
		break;
	}
	if (part >= SW_ROW_HA1B)
		row->ha1_at[part - SW_ROW_HA1B] = text;
	else
		row->ha1[part - SW_ROW_HA1] = text;
	return true;
}

/* Does the hash in the row come from the password in it? Both are given. */
static bool belongs(const struct sw_columns *c, const struct sw_row *row, enum sw_alg alg)
{
	uint8_t kept[sizeof(((struct sw_ha1 *)NULL)->octets)];
	size_t n = alg == SW_ALG_MD5 ? 16 : 32;
	struct sw_ha1 made;
	bool same;

	if (!sw_hex_parse(row->ha1[alg], kept, n))
		return false;
	same = sw_digest_ha1(c->hash, alg, row->name, c->to->realm, row->password, &made) &&
	       sw_secret_eq(made.octets, kept, n);
	sw_secret_wipe(&made, sizeof(made));
	sw_secret_wipe(kept, sizeof(kept));
	return same;
}

/* A subscriber often has both. The password says more, if the hash is really of it. */
static bool prefer_password(struct sw_columns *c, struct sw_row *row)
{
	for (enum sw_alg a = SW_ALG_MD5; row->has_password && a < SW_ALG_COUNT; a++) {
		if (row->ha1[a].n > 0 && c->hash && c->to->realm.n > 0 && !belongs(c, row, a)) {
			sw_rows_bad(c->to, row->line, SW_ROW_HA1 + a,
				    "the hash is not of this password in our realm (%.*s): empty "
				    "the one that is not in use",
				    (int)c->to->realm.n, c->to->realm.p);
			return false;
		}
	}
	for (enum sw_alg a = SW_ALG_MD5; row->has_password && a < SW_ALG_COUNT; a++)
		row->ha1[a] = row->ha1_at[a] = (struct sw_slice){ 0 };
	return true;
}

void sw_columns_row(struct sw_columns *c, const struct sw_slice *field, const bool *is_quoted,
		    size_t n, uint64_t line)
{
	struct sw_row row = { .line = line };

	if (n != c->n) {
		sw_rows_bad(c->to, line, SW_ROW_WHOLE,
			    "the row has %zu fields, the header %zu: is a separator missing, or "
			    "one in a field that is not in quotes?",
			    n, c->n);
		return;
	}
	for (size_t i = 0; i < n; i++)
		if (!set(c, &row, c->part[i], field[i], is_quoted && is_quoted[i]))
			return;
	if (c->kind == SW_COLUMNS_SUBSCRIBER && !prefer_password(c, &row))
		return;
	sw_rows_take(c->to, &row);
}

static void say_fault(struct sw_columns *c, const struct sw_csv *csv)
{
	enum sw_row_part part = csv->fault_at < c->n ? c->part[csv->fault_at] : SW_ROW_WHOLE;

	sw_rows_bad(c->to, csv->began, part, "%s", csv->fault);
}

static struct sw_slice first_line(struct sw_feed *feed)
{
	struct sw_slice s = sw_feed_look(feed, SW_CSV_RECORD_MAX);
	const char *end = s.n > 0 ? memchr(s.p, '\n', s.n) : NULL;

	return (struct sw_slice){ s.p, end ? (size_t)(end - s.p) : s.n };
}

static void begin(struct sw_columns *c, struct sw_csv *csv, struct sw_feed *feed)
{
	*csv = (struct sw_csv){ .feed = feed, .line = 1 };
	sw_feed_drop_mark(feed);
	csv->between = sw_csv_between(first_line(feed));
	/* MySQL's client writes tabs and no quotes */
	if (c->kind == SW_COLUMNS_SUBSCRIBER && csv->between == '\t')
		csv->form = SW_CSV_BACKSLASH;
}

static bool read_header(struct sw_columns *c, struct sw_csv *csv)
{
	c->n = 0;
	switch (sw_csv_next(csv)) {
	case SW_CSV_RECORD:
		return sw_columns_read(c, csv->field, csv->n, csv->began);
	case SW_CSV_BAD:
		say_fault(c, csv);
		return false;
	case SW_CSV_END:
		break;
	}
	if (csv->feed->error == 0)
		sw_rows_bad(c->to, 0, SW_ROW_WHOLE, "the file is empty");
	return false;
}

bool sw_columns_file(struct sw_columns *c, struct sw_feed *feed)
{
	struct sw_csv csv;
	enum sw_csv_got got;

	begin(c, &csv, feed);
	if (!read_header(c, &csv))
		return false;
	while ((got = sw_csv_next(&csv)) != SW_CSV_END) {
		if (got == SW_CSV_BAD)
			say_fault(c, &csv);
		else
			sw_columns_row(c, csv.field, csv.is_quoted, csv.n, csv.began);
	}
	return feed->error == 0;
}
