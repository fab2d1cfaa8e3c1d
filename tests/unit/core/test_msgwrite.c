/* SPDX-License-Identifier: Apache-2.0 */
#include "vectors.h"

#include "core/msgwrite.h"
#include "core/write.h"

static struct sw_msg first, second;

static struct sw_slice write(const struct sw_msg *m, char *room, size_t cap)
{
	struct sw_buf b = sw_buf_over(room, cap);

	sw_msg_write(&b, m);
	assert_true(sw_buf_ok(&b));
	return sw_buf_slice(&b);
}

static void a_message_is_written_in_one_spelling(void **state)
{
	static const char in[] = "\r\nOPTIONS sip:bob@h SIP/2.0\r\n"
				 "v :SIP/2.0/UDP\r\n h;branch=b , SIP/2.0/UDP i\r\n"
				 "FROM: \"A\r\n\t B\"  <sip:a@h> ;tag=1\r\n"
				 "t:sip:b@h\r\n"
				 "x-Own :  y \r\n \r\n"
				 "l: 003\r\n"
				 "i: c\r\n"
				 "k:\r\n"
				 "CSeq: 1\r\n OPTIONS\r\n\r\nabcdef";
	static const char out[] = "OPTIONS sip:bob@h SIP/2.0\r\n"
				  "Via: SIP/2.0/UDP h;branch=b , SIP/2.0/UDP i\r\n"
				  "From: \"A B\"  <sip:a@h> ;tag=1\r\n"
				  "To: sip:b@h\r\n"
				  "x-Own: y\r\n"
				  "Content-Length: 3\r\n"
				  "Call-ID: c\r\n"
				  "Supported: \r\n"
				  "CSeq: 1 OPTIONS\r\n\r\nabc";
	char room[1024];

	(void)state;
	assert_int_equal(sw_msg_parse((struct sw_slice){ in, sizeof(in) - 1 }, &first), SW_OK);
	struct sw_slice got = write(&first, room, sizeof(room));

	assert_int_equal(got.n, sizeof(out) - 1);
	assert_memory_equal(got.p, out, got.n);
}

static void a_length_is_added_and_a_phrase_kept(void **state)
{
	static const char in[] = "sip/2.0 200 All is\twell\r\nVia: SIP/2.0/UDP h\r\nf: sip:a@h\r\n"
				 "To: sip:b@h\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\n\r\nab";
	static const char out[] =
		"SIP/2.0 200 All is\twell\r\nVia: SIP/2.0/UDP h\r\nFrom: sip:a@h\r\n"
		"To: sip:b@h\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\n"
		"Content-Length: 2\r\n\r\nab";
	char room[1024];

	(void)state;
	assert_int_equal(sw_msg_parse((struct sw_slice){ in, sizeof(in) - 1 }, &first), SW_OK);
	struct sw_slice got = write(&first, room, sizeof(room));

	assert_int_equal(got.n, sizeof(out) - 1);
	assert_memory_equal(got.p, out, got.n);
}

/* The same but for spelling: values with folds and without. */
static void is_same_value(struct sw_slice a, struct sw_slice b)
{
	char one[70000], two[70000];
	struct sw_buf x = sw_buf_over(one, sizeof(one)), y = sw_buf_over(two, sizeof(two));

	sw_write_value(&x, a);
	sw_write_value(&y, b);
	assert_true(sw_slice_eq(sw_buf_slice(&x), sw_buf_slice(&y)));
}

static void is_same(const struct sw_msg *a, const struct sw_msg *b)
{
	size_t missing = sw_msg_header(a, SW_FIELD_CONTENT_LENGTH) ? 0 : 1;

	assert_int_equal(a->is_response, b->is_response);
	assert_int_equal(a->status, b->status);
	assert_true(sw_slice_eq(a->method_text, b->method_text));
	assert_true(sw_slice_eq(a->ruri_text, b->ruri_text));
	assert_true(sw_slice_eq(a->body, b->body));
	assert_true(sw_slice_eq(a->via.branch, b->via.branch));
	assert_true(sw_slice_eq(a->from.tag, b->from.tag));
	assert_true(sw_slice_eq(a->to.uri_text, b->to.uri_text));
	assert_int_equal(a->cseq.number, b->cseq.number);
	assert_int_equal(a->headers + missing, b->headers);
	for (size_t i = 0; i < a->headers; i++) {
		assert_int_equal(a->header[i].field, b->header[i].field);
		if (a->header[i].field != SW_FIELD_CONTENT_LENGTH)
			is_same_value(a->header[i].value, b->header[i].value);
	}
}

static void what_is_written_is_read_as_the_same_message(void **state)
{
	static const char *const tables[] = { "sip/edge.txt", "sip/rfc4475.txt", "sip/rfc5118.txt",
					      "sip/flows.txt" };
	static char room[140000], again[140000];
	struct vectors v;
	char path[80];

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(tables); i++) {
		vectors_open(&v, tables[i]);
		while (vectors_next(&v, 8)) {
			if (!vectors_is(&v, 1, "ok"))
				continue;
			snprintf(path, sizeof(path), "sip/%.*s", (int)v.field[0].n, v.field[0].p);
			struct sw_slice octets = exact_file(path);

			assert_int_equal(sw_msg_parse(octets, &first), SW_OK);
			struct sw_slice got = write(&first, room, sizeof(room));

			assert_int_equal(sw_msg_parse_stream(got, false, &second), SW_OK);
			is_same(&first, &second);
			struct sw_slice twice = write(&second, again, sizeof(again));

			assert_true(sw_slice_eq(got, twice));
			exact_free(octets);
		}
		vectors_close(&v);
	}
}

static void what_does_not_fit_is_told(void **state)
{
	static const char in[] = "OPTIONS sip:h SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nf: sip:a@h\r\n"
				 "To: sip:b@h\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\n\r\nab";
	char room[200];

	(void)state;
	assert_int_equal(sw_msg_parse((struct sw_slice){ in, sizeof(in) - 1 }, &first), SW_OK);
	size_t whole = write(&first, room, sizeof(room)).n;

	for (size_t cap = 0; cap < whole; cap++) {
		struct sw_buf b = sw_buf_over(room, cap);

		sw_msg_write(&b, &first);
		assert_false(sw_buf_ok(&b));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_is_written_in_one_spelling),
		cmocka_unit_test(a_length_is_added_and_a_phrase_kept),
		cmocka_unit_test(what_is_written_is_read_as_the_same_message),
		cmocka_unit_test(what_does_not_fit_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
