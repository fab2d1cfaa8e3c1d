/* SPDX-License-Identifier: Apache-2.0 */
#include <sipward/reason.h>

static const struct sw_reason_row rows[SW_REASON_LIMIT] = {
	[SW_OK] = { SW_CLASS_NONE, 200, "ok", "OK", "Nothing was wrong." },
#define SW_REASON(number, symbol, class, status, slug, phrase, sentence) \
	[number] = { SW_CLASS_##class, status, slug, phrase, sentence },
#include <sipward/reason.def>
#undef SW_REASON
};

const struct sw_reason_row *sw_reason_row(enum sw_reason r)
{
	if ((unsigned)r >= SW_REASON_LIMIT || rows[r].slug == NULL)
		return &rows[SW_R_BUG];
	return &rows[r];
}

const char *sw_reason_slug(enum sw_reason r)
{
	return sw_reason_row(r)->slug;
}

const char *sw_class_name(enum sw_class c)
{
	static const char *const names[] = {
		[SW_CLASS_NONE] = "none",       [SW_CLASS_PARSE] = "parse",
		[SW_CLASS_AUTH] = "auth",       [SW_CLASS_POLICY] = "policy",
		[SW_CLASS_REQUEST] = "request", [SW_CLASS_LIMIT] = "limit",
		[SW_CLASS_BACKEND] = "backend", [SW_CLASS_INTERNAL] = "internal",
	};

	return (unsigned)c < SW_ARRAY_LEN(names) ? names[c] : names[SW_CLASS_INTERNAL];
}

bool sw_reason_find(struct sw_slice slug, enum sw_reason *out)
{
	for (unsigned i = 0; i < SW_REASON_LIMIT; i++) {
		if (rows[i].slug == NULL || !sw_slice_eq(slug, sw_slice_of(rows[i].slug)))
			continue;
		*out = (enum sw_reason)i;
		return true;
	}
	return false;
}
