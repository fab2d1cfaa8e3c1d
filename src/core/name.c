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
