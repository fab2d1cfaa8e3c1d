/* SPDX-License-Identifier: Apache-2.0 */
#include "core/authparam.h"

bool sw_authparam_next(struct lex *lx, struct sw_slice *name, struct sw_slice *value, bool *more)
{
	if (!lex_token(lx, name) || !lex_mark(lx, '='))
		return false;
	if (!lex_quoted(lx, value) && !lex_token(lx, value))
		return false;
	*more = lex_mark(lx, ',');
	return true;
}

bool sw_authparam_is_escaped(struct sw_slice value)
{
	return value.n > 0 && memchr(value.p, '\\', value.n);
}

static size_t find(const struct sw_slice *name, size_t names, struct sw_slice one)
{
	size_t i = 0;

	while (i < names && !sw_slice_eq_nocase(name[i], one))
		i++;
	return i;
}

enum sw_reason sw_authparam_split(struct sw_slice list, const struct sw_slice *name, size_t names,
				  struct sw_slice *val, unsigned *seen)
{
	struct lex lx = lex_of(list);
	unsigned n = 0;
	bool more;

	*seen = 0;
	do {
		struct sw_slice one, v;

		if (++n > SW_AUTHPARAMS_MAX)
			return SW_R_TOO_MANY;
		if (!sw_authparam_next(&lx, &one, &v, &more))
			return SW_R_DIGEST_SYNTAX;
		size_t i = find(name, names, one);

		if (i == names)
			continue;
		if (sw_authparam_is_escaped(v))
			return SW_R_DIGEST_SYNTAX;
		if (*seen & 1u << i) /* two readers would pick different ones */
			return SW_R_DIGEST_PARAM_TWICE;
		*seen |= 1u << i;
		val[i] = v;
	} while (more);
	return lex_end(&lx) ? SW_OK : SW_R_DIGEST_SYNTAX;
}
