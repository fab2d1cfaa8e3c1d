/* SPDX-License-Identifier: Apache-2.0 */
#include "vectors.h"

#include "core/field.h"

static const struct {
	enum sw_field field;
	struct sw_slice name;
	char compact;
} rows[] = {
#define SW_FIELD(symbol, name, compact, kind, syntax) { SW_FIELD_##symbol, SW_INIT(name), compact },
#include "core/field.def"
#undef SW_FIELD
};

static void every_field_is_found_by_its_name_in_any_case(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		char upper[64], lower[64];

		for (size_t k = 0; k < rows[i].name.n; k++) {
			char c = rows[i].name.p[k];
			bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';

			upper[k] = letter ? (char)(c & ~0x20) : c;
			lower[k] = letter ? (char)(c | 0x20) : c;
		}
		assert_int_equal(sw_field_find(rows[i].name), rows[i].field);
		assert_int_equal(sw_field_find((struct sw_slice){ upper, rows[i].name.n }),
				 rows[i].field);
		assert_int_equal(sw_field_find((struct sw_slice){ lower, rows[i].name.n }),
				 rows[i].field);
		assert_true(sw_slice_eq(sw_field_name(rows[i].field), rows[i].name));
	}
}

/* RFC 3261 7.3.3 */
static void every_compact_form_is_found_and_none_means_two(void **state)
{
	bool seen[128] = { 0 };

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		char c = rows[i].compact, upper = (char)(c & ~0x20);

		if (c == 0)
			continue;
		assert_false(seen[(unsigned char)c]);
		seen[(unsigned char)c] = true;
		assert_int_equal(sw_field_find((struct sw_slice){ &c, 1 }), rows[i].field);
		assert_int_equal(sw_field_find((struct sw_slice){ &upper, 1 }), rows[i].field);
	}
}

static void rows_stand_in_the_order_of_their_lengths(void **state)
{
	(void)state;
	for (size_t i = 1; i < SW_ARRAY_LEN(rows); i++)
		assert_true(rows[i - 1].name.n <= rows[i].name.n);
}

static void what_is_not_in_the_table_is_some_other_field(void **state)
{
	static const struct sw_slice others[] = {
		SW_INIT(""),      SW_INIT("z"),       SW_INIT("@"),          SW_INIT("\0"),
		SW_INIT("X-Via"), SW_INIT("Vi"),      SW_INIT("Viaa"),       SW_INIT("C_eq"),
		SW_INIT("Tp"),    SW_INIT("Contacd"), SW_INIT("Call+ID"),    SW_INIT("Call\rID"),
		SW_INIT("Fr0m"),  SW_INIT("T\xef"),   SW_INIT("Via\0Route"),
	};
	char longer[300] = { 0 };

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(others); i++)
		assert_int_equal(sw_field_find(others[i]), SW_FIELD_OTHER);
	for (size_t n = 2; n <= sizeof(longer); n++)
		assert_int_equal(sw_field_find((struct sw_slice){ longer, n }), SW_FIELD_OTHER);
	assert_int_equal(sw_field_name(SW_FIELD_OTHER).n, 0);
	assert_false(sw_field_is_once(SW_FIELD_OTHER));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_is_found_by_its_name_in_any_case),
		cmocka_unit_test(every_compact_form_is_found_and_none_means_two),
		cmocka_unit_test(rows_stand_in_the_order_of_their_lengths),
		cmocka_unit_test(what_is_not_in_the_table_is_some_other_field),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
