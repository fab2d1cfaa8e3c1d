/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/key.h"

#include "core/name.h"

#define LONGEST 32

static const struct sw_key keys[SW_KEY_COUNT] = {
#define ONCE  SW_KEY_ONCE
#define MANY  SW_KEY_MANY
#define BLOCK SW_KEY_BLOCK
#define MUST  true
#define MAY   false
#define SW_KEY(place, symbol, name, value, example, most, often, need, fallback, sentence) \
	[SW_KEY_##symbol] = { SW_KEY_##symbol, SW_KEY_##place, name,  value,               \
			      example,         most,           often, need },
#include "conf/key.def"
#undef SW_KEY
#undef ONCE
#undef MANY
#undef BLOCK
#undef MUST
#undef MAY
};

static const struct {
	enum sw_key_place place;
	struct sw_slice name;
} laters[] = {
#define SW_LATER(place, name) { SW_KEY_##place, SW_INIT(name) },
#include "conf/later.def"
#undef SW_LATER
};

const struct sw_key *sw_key_row(enum sw_key_id id)
{
	return &keys[id];
}

const struct sw_key *sw_key_find(enum sw_key_place place, struct sw_slice name)
{
	for (size_t i = 1; i < SW_KEY_COUNT; i++)
		if (keys[i].place == place && sw_slice_eq(name, sw_slice_of(keys[i].name)))
			return &keys[i];
	return NULL;
}

bool sw_key_is_later(enum sw_key_place place, struct sw_slice name)
{
	for (size_t i = 0; i < SW_ARRAY_LEN(laters); i++)
		if (laters[i].place == place && sw_slice_eq(name, laters[i].name))
			return true;
	return false;
}

const struct sw_key *sw_key_nearest(enum sw_key_place place, struct sw_slice name)
{
	const struct sw_key *best = NULL;
	unsigned least = LONGEST;

	for (size_t i = 1; i < SW_KEY_COUNT; i++) {
		struct sw_slice key = sw_slice_of(keys[i].name);
		unsigned d = sw_key_distance(name, key);

		if (keys[i].place != place || d >= least || !sw_key_is_near(name, key))
			continue;
		least = d;
		best = &keys[i];
	}
	return best;
}

bool sw_key_is_reserved(struct sw_slice word)
{
	return sw_name_is_reserved(word);
}

static bool same(struct sw_slice a, size_t i, struct sw_slice b, size_t j)
{
	return sw_slice_eq_nocase((struct sw_slice){ a.p + i, 1 }, (struct sw_slice){ b.p + j, 1 });
}

static unsigned least_of(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Optimal string alignment: three rows of the usual table. */
unsigned sw_key_distance(struct sw_slice a, struct sw_slice b)
{
	unsigned row[3][LONGEST + 1];

	a.n = a.n < LONGEST ? a.n : LONGEST;
	b.n = b.n < LONGEST ? b.n : LONGEST;
	for (size_t j = 0; j <= b.n; j++)
		row[0][j] = (unsigned)j;
	for (size_t i = 1; i <= a.n; i++) {
		unsigned *now = row[i % 3], *up = row[(i + 2) % 3], *upper = row[(i + 1) % 3];

		now[0] = (unsigned)i;
		for (size_t j = 1; j <= b.n; j++) {
			bool eq = same(a, i - 1, b, j - 1);

			now[j] = least_of(least_of(up[j], now[j - 1]) + 1, up[j - 1] + !eq);
			if (i > 1 && j > 1 && same(a, i - 1, b, j - 2) && same(a, i - 2, b, j - 1))
				now[j] = least_of(now[j], upper[j - 2] + 1);
		}
	}
	return row[a.n % 3][b.n];
}

bool sw_key_is_near(struct sw_slice a, struct sw_slice b)
{
	unsigned d = sw_key_distance(a, b);

	return d <= 2 && d < b.n / 2 + (b.n < 4);
}
