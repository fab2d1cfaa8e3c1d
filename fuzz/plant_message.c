/* SPDX-License-Identifier: Apache-2.0 */
#include "core/field.h"
#include "core/lex.h"
#include "core/write.h"
#include "plant.h"

bool __real_sw_field_is_once(enum sw_field f);
bool __wrap_sw_field_is_once(enum sw_field f);
struct sw_slice __real_sw_field_name(enum sw_field f);
struct sw_slice __wrap_sw_field_name(enum sw_field f);
void __real_sw_write_value(struct sw_buf *b, struct sw_slice value);
void __wrap_sw_write_value(struct sw_buf *b, struct sw_slice value);
const char *__real_lex_find_control(const char *p, const char *end);
const char *__wrap_lex_find_control(const char *p, const char *end);

/* once: a second From passes. */
bool __wrap_sw_field_is_once(enum sw_field f)
{
	if (is_planted("once") && f == SW_FIELD_FROM)
		return false;
	return __real_sw_field_is_once(f);
}

/* name: one field is written under the name of another. */
struct sw_slice __wrap_sw_field_name(enum sw_field f)
{
	if (is_planted("name") && f == SW_FIELD_SUBJECT)
		f = SW_FIELD_SUPPORTED;
	return __real_sw_field_name(f);
}

/* fold: folded lines go out as they came. */
void __wrap_sw_write_value(struct sw_buf *b, struct sw_slice value)
{
	if (is_planted("fold"))
		sw_buf_put(b, value);
	else
		__real_sw_write_value(b, value);
}

/* control: of control characters only those of line ends are seen. */
const char *__wrap_lex_find_control(const char *p, const char *end)
{
	const char *found = __real_lex_find_control(p, end);

	while (is_planted("control") && found && *found != '\r' && *found != '\n')
		found = __real_lex_find_control(found + 1, end);
	return found;
}
