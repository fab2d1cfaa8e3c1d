/* SPDX-License-Identifier: Apache-2.0 */
#include "core/name.h"

static bool is_name(char c)
{
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
		return true;
	return c != '\0' && memchr("._-+*!~=&$", c, 10);
}

bool sw_name_is_user(struct sw_slice text)
{
	if (text.n == 0 || text.n > SW_NAME_MAX)
		return false;
	for (size_t i = 0; i < text.n; i++)
		if (!is_name(text.p[i]))
			return false;
	return true;
}

bool sw_name_tidy_number(struct sw_slice text, struct sw_buf *out)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if ((c >= '0' && c <= '9') || (c == '+' && out->n == 0))
			sw_buf_char(out, c);
		else if (c == '\0' || !memchr(" -./()", c, 6))
			return false;
	}
	size_t digits = out->n - (out->n > 0 && out->p[0] == '+');

	return sw_buf_ok(out) && digits > 0 && digits <= SW_NUMBER_MAX;
}

bool sw_name_is_reserved(struct sw_slice text)
{
	static const struct sw_slice reserved[] = {
#define SW_RESERVED(word) SW_INIT(word),
#include "core/reserved.def"
#undef SW_RESERVED
	};

	for (size_t i = 0; i < SW_ARRAY_LEN(reserved); i++)
		if (sw_slice_eq(text, reserved[i]))
			return true;
	return false;
}
