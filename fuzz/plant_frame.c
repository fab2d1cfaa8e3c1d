/* SPDX-License-Identifier: Apache-2.0 */
#include "core/lex.h"
#include "plant.h"

bool __real_sw_slice_u64(struct sw_slice s, uint64_t max, uint64_t *out);
bool __wrap_sw_slice_u64(struct sw_slice s, uint64_t max, uint64_t *out);
bool __real_lex_is_length(struct sw_slice name);
bool __wrap_lex_is_length(struct sw_slice name);
const char *__real_lex_find_control(const char *p, const char *end);
const char *__wrap_lex_find_control(const char *p, const char *end);

/* sign: the framer takes a length that the parser does not. */
bool __wrap_sw_slice_u64(struct sw_slice s, uint64_t max, uint64_t *out)
{
	if (is_planted("sign") && s.n > 1 && (*s.p == '+' || *s.p == '-'))
		s = sw_slice_from(s, 1);
	return __real_sw_slice_u64(s, max, out);
}

/* compact: the framer does not know the short name. */
bool __wrap_lex_is_length(struct sw_slice name)
{
	return __real_lex_is_length(name) && !(is_planted("compact") && name.n == 1);
}

/* cut: a line end that comes in two pieces is missed. */
const char *__wrap_lex_find_control(const char *p, const char *end)
{
	const char *found = __real_lex_find_control(p, end);

	return is_planted("cut") && found && found + 1 == end && *found == '\r' ? NULL : found;
}
