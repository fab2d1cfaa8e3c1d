/* SPDX-License-Identifier: Apache-2.0 */
#include "store/claims.h"

#include <stdlib.h>

struct claim {
	struct sw_slice text;
	const struct sw_user *by;
	bool is_name;
};

struct sw_claims {
	size_t n;
	struct claim list[]; /* by text */
};

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static int compare(struct sw_slice a, struct sw_slice b)
{
	for (size_t i = 0; i < a.n && i < b.n; i++)
		if (lower(a.p[i]) != lower(b.p[i]))
			return lower(a.p[i]) < lower(b.p[i]) ? -1 : 1;
	return a.n == b.n ? 0 : a.n < b.n ? -1 : 1;
}

static int by_text(const void *a, const void *b)
{
	const struct claim *left = a, *right = b;

	return compare(left->text, right->text);
}

static size_t count(const struct sw_policy *p)
{
	struct sw_user_aor one;
	size_t n = p->users;

	for (size_t i = 0; i < p->users; i++)
		for (size_t at = 0; sw_user_aor_next(&p->user[i], &at, &one);)
			n += one.kind == SW_AOR_USER;
	return n;
}

static void add_all(struct sw_claims *c, const struct sw_user *u)
{
	struct sw_user_aor one;

	c->list[c->n++] = (struct claim){ sw_user_name(u), u, true };
	for (size_t at = 0; sw_user_aor_next(u, &at, &one);)
		if (one.kind == SW_AOR_USER)
			c->list[c->n++] = (struct claim){ one.text, u, false };
}

struct sw_claims *sw_claims_new(const struct sw_policy *p)
{
	struct sw_claims *c = calloc(1, sizeof(*c) + count(p) * sizeof(c->list[0]));

	if (!c)
		return NULL;
	for (size_t i = 0; i < p->users; i++)
		add_all(c, &p->user[i]);
	qsort(c->list, c->n, sizeof(c->list[0]), by_text);
	return c;
}

void sw_claims_free(struct sw_claims *c)
{
	free(c);
}

/* The first claim that is not before text. */
static size_t seek(const struct sw_claims *c, struct sw_slice text)
{
	size_t low = 0, high = c->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(c->list[middle].text, text) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static enum sw_clash check_name(const struct sw_claims *c, const struct sw_user *u,
				const struct sw_user **by)
{
	struct sw_slice name = sw_user_name(u);

	for (size_t i = seek(c, name); i < c->n && compare(c->list[i].text, name) == 0; i++) {
		const struct claim *one = &c->list[i];

		if (!one->is_name)
			continue;
		*by = one->by;
		if (!sw_slice_eq(one->text, name))
			return SW_CLASH_ALIKE;
		if (!one->by->is_reserved)
			return SW_CLASH_USER;
		if (!sw_slice_eq(sw_user_trunk(one->by), sw_user_trunk(u)))
			return SW_CLASH_TRUNK;
	}
	return SW_CLASH_NONE;
}

/* Is it somebody else's? A name that is only kept is its user's own. */
static bool is_claimed(const struct sw_claims *c, const struct sw_user *u, struct sw_slice text,
		       const struct sw_user **by)
{
	for (size_t i = seek(c, text); i < c->n && compare(c->list[i].text, text) == 0; i++) {
		*by = c->list[i].by;
		if (!sw_slice_eq(sw_user_name(*by), sw_user_name(u)))
			return true;
	}
	return false;
}

enum sw_clash sw_claims_check(const struct sw_claims *c, const struct sw_user *u,
			      const struct sw_user **by, struct sw_slice *text)
{
	enum sw_clash clash = check_name(c, u, by);
	struct sw_user_aor one;
	bool has_aor = false;

	*text = sw_user_name(u);
	if (clash != SW_CLASH_NONE)
		return clash;
	for (size_t at = 0; sw_user_aor_next(u, &at, &one);) {
		if (one.kind != SW_AOR_USER)
			continue;
		has_aor = true;
		*text = one.text;
		if (is_claimed(c, u, one.text, by))
			return SW_CLASH_ADDRESS;
	}
	*text = sw_user_name(u);
	return !has_aor && is_claimed(c, u, *text, by) ? SW_CLASH_ADDRESS : SW_CLASH_NONE;
}
