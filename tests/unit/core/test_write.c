/* SPDX-License-Identifier: Apache-2.0 */
#include "vectors.h"

#include "core/write.h"

static char memory[512];

static struct sw_buf room(size_t cap)
{
	memset(memory, '.', sizeof(memory));
	return sw_buf_over(memory, cap);
}

static void a_folded_value_becomes_one_line(void **state)
{
	static const struct {
		const char *name;
		struct sw_slice in;
		const char *want;
	} rows[] = {
		{ "no fold", SW_INIT("a \t b"), "a \t b" },
		{ "a fold", SW_INIT("a\r\n b"), "a b" },
		{ "a fold by tab, and blanks", SW_INIT("a\r\n\t  \t b"), "a b" },
		{ "two folds", SW_INIT("a\r\n b\r\n c"), "a b c" },
		{ "a fold of nothing", SW_INIT("a\r\n \r\n b"), "a b" },
		{ "a fold first", SW_INIT("\r\n a"), " a" },
		{ "nothing", SW_INIT(""), "" },
	};

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		struct sw_slice in = exact_copy(rows[i].in);
		struct sw_buf b = room(sizeof(memory));

		print_message("%s\n", rows[i].name);
		sw_write_value(&b, in);
		assert_string_equal(sw_buf_text(&b), rows[i].want);
		exact_free(in);
	}
}

static void try_value(struct sw_slice part)
{
	struct sw_buf b = room(sizeof(memory));

	sw_write_value(&b, part);
	assert_true(sw_buf_ok(&b) && b.n <= part.n + 1);
	assert_null(memchr(b.p, '\r', b.n)); /* no line of ours can be ended by a value */
}

static void no_value_cut_short_anywhere_ends_a_line(void **state)
{
	(void)state;
	each_beginning(SW_LIT("<sip:a@h>\r\n ;x=\"y\"\r\n\t \r\n ;z\r\n \r"), try_value);
}

static void a_field_is_one_line(void **state)
{
	struct sw_buf b = room(sizeof(memory));

	(void)state;
	sw_write_field(&b, SW_LIT("Subject"), SW_LIT("a\r\n b"));
	sw_write_field(&b, SW_LIT("X"), SW_LIT(""));
	sw_write_number(&b, SW_LIT("Expires"), 3600);
	sw_write_number(&b, SW_LIT("CSeq"), UINT64_MAX);
	assert_string_equal(sw_buf_text(&b), "Subject: a b\r\nX: \r\nExpires: 3600\r\n"
					     "CSeq: 18446744073709551615\r\n");
}

static void a_field_that_does_not_fit_is_seen_at_the_end(void **state)
{
	(void)state;
	for (size_t cap = 0; cap < 14; cap++) {
		struct sw_buf b = room(cap);

		sw_write_field(&b, SW_LIT("Subject"), SW_LIT("a\r\n b"));
		assert_false(sw_buf_ok(&b));
		assert_int_equal(memory[cap], '.');
	}
}

static const struct {
	const char *name;
	struct sw_slice in;
	const char *want; /* without received and RPORT */
} params[] = {
	{ "none", SW_INIT(""), "" },
	{ "as they are", SW_INIT("a=b;C;d=\"e;\\\"f\""), ";a=b;C;d=\"e;\\\"f\"" },
	{ "blanks round semicolons go", SW_INIT("a=b ; c \t;\r\n d"), ";a=b;c;d" },
	{ "blanks round = stay", SW_INIT("a = b;c"), ";a = b;c" },
	{ "a fold round = becomes a blank", SW_INIT("a\r\n =\r\n b"), ";a = b" },
	{ "the first left out", SW_INIT("received=1;a"), ";a" },
	{ "the last left out", SW_INIT("a;rport"), ";a" },
	{ "all left out", SW_INIT("rport=1;received=\"x\""), "" },
	{ "in any case, each time", SW_INIT("RECEIVED=1;a;Received=2"), ";a" },
	{ "only the whole name", SW_INIT("received2=1;rpor"), ";received2=1;rpor" },
	{ "not in quotes", SW_INIT("a=\";rport;\""), ";a=\";rport;\"" },
	{ "nothing behind a fault", SW_INIT("a;=b;c"), ";a" },
};

static void parameters_are_written_but_for_those_left_out(void **state)
{
	static const struct sw_slice skip[] = { SW_INIT("received"), SW_INIT("rport") };

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(params); i++) {
		struct sw_slice in = exact_copy(params[i].in);
		struct sw_buf b = room(sizeof(memory));

		print_message("%s\n", params[i].name);
		sw_write_params(&b, in, skip, SW_ARRAY_LEN(skip));
		assert_string_equal(sw_buf_text(&b), params[i].want);
		exact_free(in);
	}
	struct sw_buf b = room(sizeof(memory));

	sw_write_params(&b, SW_LIT("received=1;rport"), NULL, 0);
	assert_string_equal(sw_buf_text(&b), ";received=1;rport");
}

static void try_params(struct sw_slice part)
{
	static const struct sw_slice skip[] = { SW_INIT("d") };
	struct sw_buf b = room(sizeof(memory));

	sw_write_params(&b, part, skip, 1);
	assert_true(sw_buf_ok(&b) && b.n <= part.n + 1);
	assert_null(memchr(b.p, '\r', b.n));
}

static void parameters_cut_short_anywhere_are_safe(void **state)
{
	(void)state;
	each_beginning(SW_LIT("a = b\r\n ; c;\r\n\td=\"e;\\\"\" ;f=[::1];g"), try_params);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_folded_value_becomes_one_line),
		cmocka_unit_test(no_value_cut_short_anywhere_ends_a_line),
		cmocka_unit_test(a_field_is_one_line),
		cmocka_unit_test(a_field_that_does_not_fit_is_seen_at_the_end),
		cmocka_unit_test(parameters_are_written_but_for_those_left_out),
		cmocka_unit_test(parameters_cut_short_anywhere_are_safe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
