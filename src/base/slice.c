/* SPDX-License-Identifier: Apache-2.0 */
#include <sipward/slice.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static uint64_t load8(const char *p)
{
	uint64_t x;

	memcpy(&x, p, sizeof(x));
	return x;
}

static uint32_t load4(const char *p)
{
	uint32_t x;

	memcpy(&x, p, sizeof(x));
	return x;
}

/* Words of which the last may begin in the one before. */
static bool same_octets(const char *a, const char *b, size_t n)
{
	if (n < 4)
		return n == 0 || (a[0] == b[0] && a[n - 1] == b[n - 1] && a[n / 2] == b[n / 2]);
	if (n < 8)
		return load4(a) == load4(b) && load4(a + n - 4) == load4(b + n - 4);
	for (size_t i = 0; i < n - 8; i += 8)
		if (load8(a + i) != load8(b + i))
			return false;
	return load8(a + n - 8) == load8(b + n - 8);
}

/* Apart, so that the many pairs that are spelt alike need no registers saved. */
__attribute__((noinline)) static bool same_in_any_case(const char *a, const char *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char differs = (unsigned char)(a[i] ^ b[i]),
			      c = (unsigned char)(a[i] | 0x20);

		if (differs && (differs != 0x20 || c < 'a' || c > 'z'))
			return false;
	}
	return true;
}

bool sw_slice_same_letters(const char *a, const char *b, size_t n)
{
	return same_octets(a, b, n) || same_in_any_case(a, b, n);
}

bool sw_slice_has_prefix(struct sw_slice s, struct sw_slice prefix)
{
	return s.n >= prefix.n && sw_slice_eq((struct sw_slice){ s.p, prefix.n }, prefix);
}

bool sw_slice_has_prefix_nocase(struct sw_slice s, struct sw_slice prefix)
{
	return s.n >= prefix.n && sw_slice_eq_nocase((struct sw_slice){ s.p, prefix.n }, prefix);
}

struct sw_slice sw_slice_from(struct sw_slice s, size_t at)
{
	if (at >= s.n)
		return (struct sw_slice){ 0 };
	return (struct sw_slice){ s.p + at, s.n - at };
}

struct sw_slice sw_slice_trim(struct sw_slice s)
{
	while (s.n > 0 && is_blank(s.p[0]))
		s = sw_slice_from(s, 1);
	while (s.n > 0 && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

struct sw_slice sw_slice_of(const char *text)
{
	return (struct sw_slice){ text, strlen(text) };
}

bool sw_slice_u64(struct sw_slice s, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;

	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned d = (unsigned char)s.p[i] - '0';

		if (d > 9 || d > max || v > max / 10 || v * 10 > max - d)
			return false;
		v = v * 10 + d;
	}
	*out = v;
	return true;
}
