/* SPDX-License-Identifier: Apache-2.0 */
#include "vectors.h"

#include <stdlib.h>

#include "base/hex.h"

/* A block may not be empty, so that of no octets has one in front. */
struct sw_slice exact_copy(struct sw_slice s)
{
	char *p = malloc(s.n > 0 ? s.n : 1);

	assert_non_null(p);
	if (s.n == 0)
		return (struct sw_slice){ p + 1, 0 };
	memcpy(p, s.p, s.n);
	return (struct sw_slice){ p, s.n };
}

void exact_free(struct sw_slice s)
{
	char *p = (char *)(uintptr_t)s.p;

	free(s.n > 0 ? p : p - 1);
}

struct sw_slice exact_file(const char *name)
{
	char path[512];
	FILE *f;
	long n;

	snprintf(path, sizeof(path), SIPWARD_VECTORS "/%s", name);
	f = fopen(path, "rb");
	if (!f)
		fail_msg("no %s", path);
	assert_int_equal(fseek(f, 0, SEEK_END), 0);
	n = ftell(f);
	assert_in_range(n, 1, 1 << 20);
	rewind(f);
	char *p = malloc((size_t)n);

	assert_non_null(p);
	assert_int_equal(fread(p, 1, (size_t)n, f), n);
	fclose(f);
	return (struct sw_slice){ p, (size_t)n };
}

void each_beginning(struct sw_slice s, void (*probe)(struct sw_slice part))
{
	for (size_t n = 0; n < s.n; n++) {
		struct sw_slice part = exact_copy((struct sw_slice){ s.p, n });

		probe(part);
		exact_free(part);
	}
}

uint64_t next_number(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15u);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

void vectors_open(struct vectors *v, const char *name)
{
	*v = (struct vectors){ .text = exact_file(name) };
}

static void forget_octets(struct vectors *v)
{
	for (size_t i = 0; i < VECTORS_FIELDS_MAX; i++) {
		if (v->octets[i].p)
			exact_free(v->octets[i]);
		v->octets[i] = (struct sw_slice){ 0 };
	}
}

void vectors_close(struct vectors *v)
{
	forget_octets(v);
	exact_free(v->text);
}

static void split(struct vectors *v, struct sw_slice line)
{
	const char *end = line.p + line.n;

	v->fields = 0;
	for (const char *p = line.p; p <= end && v->fields < VECTORS_FIELDS_MAX; v->fields++) {
		const char *tab = memchr(p, '\t', (size_t)(end - p));
		struct sw_slice f = { p, (size_t)((tab ? tab : end) - p) };

		if (sw_slice_eq(f, SW_LIT("-")))
			f.n = 0;
		v->field[v->fields] = f;
		p = tab ? tab + 1 : end + 1;
	}
}

bool vectors_next(struct vectors *v, size_t fields)
{
	forget_octets(v);
	while (v->at < v->text.n) {
		const char *p = v->text.p + v->at;
		const char *lf = memchr(p, '\n', v->text.n - v->at);

		assert_non_null(lf);
		v->at = (size_t)(lf - v->text.p) + 1;
		v->line++;
		if (lf == p || *p == '#')
			continue;
		split(v, (struct sw_slice){ p, (size_t)(lf - p) });
		print_message("%u: %.*s\n", v->line, (int)v->field[0].n, v->field[0].p);
		assert_int_equal(v->fields, fields);
		return true;
	}
	return false;
}

struct sw_slice vectors_octets(struct vectors *v, size_t field)
{
	struct sw_slice from = v->field[field];
	char *to = malloc(from.n + 1);
	size_t n = 0;
	uint8_t octet;

	assert_non_null(to);
	assert_null(v->octets[field].p);
	for (size_t i = 0; i < from.n; i++, n++) {
		to[n] = from.p[i];
		if (from.p[i] != '%')
			continue;
		assert_true(i + 2 < from.n);
		assert_true(sw_hex_parse((struct sw_slice){ from.p + i + 1, 2 }, &octet, 1));
		to[n] = (char)octet;
		i += 2;
	}
	v->octets[field] = exact_copy((struct sw_slice){ to, n });
	free(to);
	return v->octets[field];
}

enum sw_reason vectors_reason(const struct vectors *v, size_t field)
{
	enum sw_reason r;

	if (!sw_reason_find(v->field[field], &r))
		fail_msg("line %u: no reason has the slug %.*s", v->line, (int)v->field[field].n,
			 v->field[field].p);
	return r;
}

bool vectors_is(const struct vectors *v, size_t field, const char *word)
{
	return sw_slice_eq(v->field[field], sw_slice_of(word));
}
