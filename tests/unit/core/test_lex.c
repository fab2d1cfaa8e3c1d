/* SPDX-License-Identifier: Apache-2.0 */
#include "vectors.h"

#include "core/lex.h"

enum reader {
	BLANKS,
	CHAR, /* ':' */
	MARK, /* ',' */
	TOKEN,
	WORD,
	GEN,
	QUOTED,
	DIGITS,
	END,
	USER,
	PARAM_CHARS,
	PARAMS,
	READERS,
};

/* What every reader gives, in one shape; out is empty where there is none. */
static bool read_one(enum reader r, struct lex *lx, struct sw_slice *out)
{
	*out = (struct sw_slice){ 0 };
	switch (r) {
	case BLANKS:
		lex_blanks(lx);
		return true;
	case CHAR:
		return lex_char(lx, ':');
	case MARK:
		return lex_mark(lx, ',');
	case TOKEN:
		return lex_token(lx, out);
	case WORD:
		return lex_run(lx, CH_WORD, out);
	case GEN:
		return lex_run(lx, CH_GEN, out);
	case QUOTED:
		return lex_quoted(lx, out);
	case DIGITS:
		return lex_digits(lx, out);
	case END:
		return lex_end(lx);
	case USER:
		return lex_escaped(lx, CH_USER, out);
	case PARAM_CHARS:
		return lex_escaped(lx, CH_PARAM, out);
	case PARAMS:
		return lex_params(lx, out);
	case READERS:
		break;
	}
	fail();
	return false;
}

static const struct {
	const char *name;
	enum reader reader;
	struct sw_slice in;
	bool ok;
	struct sw_slice out;
	size_t taken;
} rows[] = {
	{ "blanks", BLANKS, SW_INIT(" \t x"), true, SW_INIT(""), 3 },
	{ "no blanks", BLANKS, SW_INIT("x"), true, SW_INIT(""), 0 },
	{ "a fold", BLANKS, SW_INIT("\r\n x"), true, SW_INIT(""), 3 },
	{ "folds and blanks", BLANKS, SW_INIT(" \r\n\t\r\n  x"), true, SW_INIT(""), 8 },
	{ "CR LF and no blank is no fold", BLANKS, SW_INIT(" \r\nx"), true, SW_INIT(""), 1 },
	{ "CR LF at the end is no fold", BLANKS, SW_INIT("\r\n"), true, SW_INIT(""), 0 },
	{ "a bare LF is no fold", BLANKS, SW_INIT("\n x"), true, SW_INIT(""), 0 },
	{ "a bare CR is no fold", BLANKS, SW_INIT("\r x"), true, SW_INIT(""), 0 },
	{ "form feed is no blank", BLANKS, SW_INIT("\fx"), true, SW_INIT(""), 0 },
	{ "this octet", CHAR, SW_INIT("::"), true, SW_INIT(""), 1 },
	{ "another octet", CHAR, SW_INIT(";"), false, SW_INIT(""), 0 },
	{ "no octet", CHAR, SW_INIT(""), false, SW_INIT(""), 0 },
	{ "a blank before the octet", CHAR, SW_INIT(" :"), false, SW_INIT(""), 0 },
	{ "a comma", MARK, SW_INIT(",x"), true, SW_INIT(""), 1 },
	{ "a comma among blanks", MARK, SW_INIT(" , x"), true, SW_INIT(""), 3 },
	{ "a comma among folds", MARK, SW_INIT("\r\n ,\r\n\tx"), true, SW_INIT(""), 7 },
	{ "blanks without a comma", MARK, SW_INIT("  x"), false, SW_INIT(""), 0 },
	{ "blanks and the end", MARK, SW_INIT("  "), false, SW_INIT(""), 0 },
	{ "a token", TOKEN, SW_INIT("a9-.!%*_+`'~ "), true, SW_INIT("a9-.!%*_+`'~"), 12 },
	{ "a token up to =", TOKEN, SW_INIT("nc=1"), true, SW_INIT("nc"), 2 },
	{ "no token: a separator", TOKEN, SW_INIT("(x"), false, SW_INIT(""), 0 },
	{ "no token: a quote", TOKEN, SW_INIT("\"x\""), false, SW_INIT(""), 0 },
	{ "no token: a blank", TOKEN, SW_INIT(" x"), false, SW_INIT(""), 0 },
	{ "no token: above 127", TOKEN, SW_INIT("\xe4"), false, SW_INIT(""), 0 },
	{ "no token: NUL", TOKEN, SW_INIT("\0"), false, SW_INIT(""), 0 },
	{ "no token: nothing", TOKEN, SW_INIT(""), false, SW_INIT(""), 0 },
	{ "a word of Call-ID", WORD, SW_INIT("(a<b>:\\\"/[c]?{d})@"), true,
	  SW_INIT("(a<b>:\\\"/[c]?{d})"), 17 },
	{ "no word: a comma", WORD, SW_INIT(","), false, SW_INIT(""), 0 },
	{ "no word: a semicolon", WORD, SW_INIT(";"), false, SW_INIT(""), 0 },
	{ "a host as value", GEN, SW_INIT("[2001:db8::1];x"), true, SW_INIT("[2001:db8::1]"), 13 },
	{ "no value: =", GEN, SW_INIT("=x"), false, SW_INIT(""), 0 },
	{ "a quoted string", QUOTED, SW_INIT("\"a b\"x"), true, SW_INIT("a b"), 5 },
	{ "an empty one", QUOTED, SW_INIT("\"\""), true, SW_INIT(""), 2 },
	{ "an escaped quote", QUOTED, SW_INIT("\"a\\\"b\""), true, SW_INIT("a\\\"b"), 6 },
	{ "an escaped backslash", QUOTED, SW_INIT("\"a\\\\\"b\""), true, SW_INIT("a\\\\"), 5 },
	{ "not closed", QUOTED, SW_INIT("\"a"), false, SW_INIT(""), 0 },
	{ "closed by an escaped quote only", QUOTED, SW_INIT("\"a\\\""), false, SW_INIT(""), 0 },
	{ "a backslash at the end", QUOTED, SW_INIT("\"a\\"), false, SW_INIT(""), 0 },
	{ "a quote alone", QUOTED, SW_INIT("\""), false, SW_INIT(""), 0 },
	{ "not quoted", QUOTED, SW_INIT("a\"b\""), false, SW_INIT(""), 0 },
	{ "digits", DIGITS, SW_INIT("0042x"), true, SW_INIT("0042"), 4 },
	{ "no digits", DIGITS, SW_INIT("x1"), false, SW_INIT(""), 0 },
	{ "a sign is no digit", DIGITS, SW_INIT("+1"), false, SW_INIT(""), 0 },
	{ "the end", END, SW_INIT(""), true, SW_INIT(""), 0 },
	{ "blanks and the end, too", END, SW_INIT(" \r\n "), true, SW_INIT(""), 4 },
	{ "a user", USER, SW_INIT("a;b=c?/&$,+(1)@"), true, SW_INIT("a;b=c?/&$,+(1)"), 14 },
	{ "an escape", USER, SW_INIT("%61%C3%a4@"), true, SW_INIT("%61%C3%a4"), 9 },
	{ "an escape of one digit", USER, SW_INIT("a%6"), true, SW_INIT("a"), 1 },
	{ "an escape of no digit", USER, SW_INIT("a%zz"), true, SW_INIT("a"), 1 },
	{ "an escape of half a digit", USER, SW_INIT("%6z"), false, SW_INIT(""), 0 },
	{ "a per cent sign at the end", USER, SW_INIT("%"), false, SW_INIT(""), 0 },
	{ "no user: a colon", USER, SW_INIT(":"), false, SW_INIT(""), 0 },
	{ "no user: a bracket", USER, SW_INIT("[a"), false, SW_INIT(""), 0 },
	{ "a URI parameter", PARAM_CHARS, SW_INIT("[a/b]:&+$;"), true, SW_INIT("[a/b]:&+$"), 9 },
	{ "no URI parameter: ?", PARAM_CHARS, SW_INIT("?"), false, SW_INIT(""), 0 },
	{ "parameters", PARAMS, SW_INIT(";a=b;c;d=\"e;f\",x"), true, SW_INIT("a=b;c;d=\"e;f\""),
	  14 },
	{ "parameters among blanks", PARAMS, SW_INIT(" ; a = b ; c ,x"), true, SW_INIT("a = b ; c"),
	  12 },
	{ "no parameters", PARAMS, SW_INIT("x"), true, SW_INIT(""), 0 },
	{ "a semicolon alone", PARAMS, SW_INIT(";"), false, SW_INIT(""), 0 },
	{ "two semicolons", PARAMS, SW_INIT(";;a"), false, SW_INIT(""), 0 },
	{ "no name", PARAMS, SW_INIT(";=a"), false, SW_INIT(""), 0 },
	{ "no value behind =", PARAMS, SW_INIT(";a="), false, SW_INIT(""), 0 },
	{ "a value not closed", PARAMS, SW_INIT(";a=\"b"), false, SW_INIT(""), 0 },
};

static void a_reader_takes_what_it_names_or_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		struct sw_slice in = exact_copy(rows[i].in), out;
		struct lex lx = lex_of(in);

		print_message("%s\n", rows[i].name);
		assert_int_equal(read_one(rows[i].reader, &lx, &out), rows[i].ok);
		assert_int_equal(lx.p - in.p, rows[i].taken);
		if (rows[i].ok)
			assert_true(sw_slice_eq(out, rows[i].out));
		exact_free(in);
	}
}

/* A list that begins well and ends badly is refused, whatever of it was taken. */
static void a_list_that_ends_badly_is_refused(void **state)
{
	static const struct sw_slice bad[] = { SW_INIT(";a;"), SW_INIT(";a=b;;c"), SW_INIT(";a;=b"),
					       SW_INIT(";a;b="), SW_INIT(";a=b ; \"c\"") };
	struct sw_slice out;

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(bad); i++) {
		struct lex lx = lex_of(bad[i]);

		assert_false(lex_params(&lx, &out));
	}
}

static void the_end_is_only_where_nothing_is_left(void **state)
{
	struct lex lx = lex_of(SW_LIT("  x"));

	(void)state;
	assert_false(lex_end(&lx));
	lx = lex_of((struct sw_slice){ 0 });
	assert_true(lex_end(&lx));
}

static void parameters_come_one_by_one(void **state)
{
	struct lex lx = lex_of(SW_LIT("a=b ; C;d=\"e;\\\"f\"; g = [::1]"));
	struct sw_slice name, value;

	(void)state;
	assert_true(lex_param(&lx, &name, &value));
	assert_true(sw_slice_eq(name, SW_LIT("a")) && sw_slice_eq(value, SW_LIT("b")));
	assert_true(lex_param(&lx, &name, &value));
	assert_true(sw_slice_eq(name, SW_LIT("C")) && value.n == 0);
	assert_true(lex_param(&lx, &name, &value));
	assert_true(sw_slice_eq(name, SW_LIT("d")) && sw_slice_eq(value, SW_LIT("e;\\\"f")));
	assert_true(lex_param(&lx, &name, &value));
	assert_true(sw_slice_eq(name, SW_LIT("g")) && sw_slice_eq(value, SW_LIT("[::1]")));
	assert_int_equal(lex_left(&lx), 0);
	assert_false(lex_param(&lx, &name, &value));
}

static void try_part(struct sw_slice part)
{
	struct sw_slice out, name, value;

	for (unsigned r = BLANKS; r < READERS; r++)
		for (size_t at = 0; at <= part.n; at++) {
			struct lex lx = { .p = part.p + at, .end = part.p + part.n };

			read_one((enum reader)r, &lx, &out);
			assert_true(lx.p >= part.p + at && lx.p <= part.p + part.n);
			lx = (struct lex){ .p = part.p + at, .end = part.p + part.n };
			if (lex_param(&lx, &name, &value))
				assert_true(lx.p > part.p + at && lx.p <= part.p + part.n);
		}
}

static void no_reader_looks_past_the_end(void **state)
{
	(void)state;
	each_beginning(SW_LIT(" \r\n\t;a=\"b\\\"c\\\\\";d=%41%4;e = [::1]\r\n ,%6 12"), try_part);
}

/* RFC 3261 25.1, spelled out: letters and digits, and what else each class has. */
static void classes_hold_what_the_grammar_says(void **state)
{
	static const struct {
		const char *name, *also;
		uint8_t class;
	} classes[] = {
		{ "alphanum", "", CH_ALNUM },
		{ "token", "-.!%*_+`'~", CH_TOKEN },
		{ "word", "-.!%*_+`'~()<>:\\\"/[]?{}", CH_WORD },
		{ "user", "-_.!~*'()&=+$,;?/", CH_USER },
		{ "password", "-_.!~*'()&=+$,", CH_PASSWORD },
		{ "paramchar", "-_.!~*'()[]/:&+$", CH_PARAM },
		{ "hnv", "-_.!~*'()[]/?:+$", CH_URI_HEADER },
		{ "gen-value", "-.!%*_+`'~[]:", CH_GEN },
	};

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(classes); i++) {
		print_message("%s\n", classes[i].name);
		for (int c = 0; c < 256; c++) {
			bool alnum = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
				     (c >= 'a' && c <= 'z');
			bool also = c > 0 && strchr(classes[i].also, c);

			assert_int_equal(lex_is((char)c, classes[i].class), alnum || also);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reader_takes_what_it_names_or_nothing),
		cmocka_unit_test(a_list_that_ends_badly_is_refused),
		cmocka_unit_test(the_end_is_only_where_nothing_is_left),
		cmocka_unit_test(parameters_come_one_by_one),
		cmocka_unit_test(no_reader_looks_past_the_end),
		cmocka_unit_test(classes_hold_what_the_grammar_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
