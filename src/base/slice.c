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

/* Do eight octets differ in more than the case of letters? */
static bool differ(uint64_t a, uint64_t b)
{
	const uint64_t ones = 0x0101010101010101, tops = 0x80 * ones, cases = 0x20 * ones;
	uint64_t diff = a ^ b, x = (a | cases) & ~tops;
	uint64_t letters = (x + (0x80 - 'a') * ones) & ~(x + (0x7f - 'z') * ones) & ~a & tops;

	return (diff & ~(letters >> 2)) != 0;
}

static bool differ_few(const char *a, const char *b, size_t n)
{
	for (; n > 0; n--, a++, b++)
		if (*a != *b && differ((unsigned char)*a, (unsigned char)*b))
			return true;
	return false;
}

static bool differ4(const char *a, const char *b)
{
	return load4(a) != load4(b) && differ(load4(a), load4(b));
}

static bool differ8(const char *a, const char *b)
{
	return load8(a) != load8(b) && differ(load8(a), load8(b));
}

/* By words, the last of which may begin in the one before. */
bool sw_slice_same_letters(const char *a, const char *b, size_t n)
{
	if (n < 4)
		return !differ_few(a, b, n);
	if (n < 8)
		return !differ4(a, b) && !differ4(a + n - 4, b + n - 4);
	for (size_t i = 0; i < n - 8; i += 8)
		if (differ8(a + i, b + i))
			return false;
	return !differ8(a + n - 8, b + n - 8);
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
