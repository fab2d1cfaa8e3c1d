/* SPDX-License-Identifier: Apache-2.0 */
#include "vectors.h"

#include <stdlib.h>

#include "sip/change.h"

static struct sw_binding a_binding(size_t text_n, size_t path_n)
{
	struct sw_binding b;

	memset(&b, 0, sizeof(b));
	b.id = UINT64_MAX - 1;
	b.expires_s = 2000000000;
	b.refreshed_us = -1;
	b.flow = (uint64_t)1 << 63;
	b.granted_s = UINT32_MAX;
	b.cseq = 7;
	b.reg_id = 1;
	b.q = 1000;
	b.transport = SW_WSS;
	memset(b.call_id, 0xab, sizeof(b.call_id));
	memset(b.instance, 0xcd, sizeof(b.instance));
	b.src = (struct sw_addr){ SW_FAMILY_4, 5060, 0, { 192, 0, 2, 1 } };
	b.at = (struct sw_addr){ SW_FAMILY_6, 65535, 9, { 0xfe, 0x80, [15] = 1 } };
	b.aor_n = SW_NAME_MAX;
	b.user_n = 3;
	b.text_n = (uint16_t)text_n;
	b.path_n = (uint16_t)path_n;
	b.uri_at = 1;
	b.uri_n = (uint16_t)(text_n - 1);
	memset(b.aor, 'a', sizeof(b.aor));
	memcpy(b.user, "bob", 3);
	memset(b.text, 't', text_n);
	memset(b.path, 'p', path_n);
	return b;
}

static void assert_same(const struct sw_binding *a, const struct sw_binding *b)
{
	assert_int_equal(a->id, b->id);
	assert_memory_equal(a, b, offsetof(struct sw_binding, q));
	assert_int_equal(a->q, b->q);
	assert_int_equal(a->transport, b->transport);
	assert_memory_equal(a->call_id, b->call_id, SW_MAC_LEN);
	assert_memory_equal(a->instance, b->instance, SW_MAC_LEN);
	assert_true(sw_addr_eq(&a->src, &b->src) && sw_addr_eq(&a->at, &b->at));
	assert_int_equal(a->at.scope, b->at.scope);
	assert_int_equal(a->aor_n, b->aor_n);
	assert_int_equal(a->user_n, b->user_n);
	assert_int_equal(a->uri_at, b->uri_at);
	assert_int_equal(a->uri_n, b->uri_n);
	assert_int_equal(a->text_n, b->text_n);
	assert_int_equal(a->path_n, b->path_n);
	assert_memory_equal(a->aor, b->aor, a->aor_n);
	assert_memory_equal(a->user, b->user, a->user_n);
	assert_memory_equal(a->text, b->text, a->text_n);
	assert_memory_equal(a->path, b->path, a->path_n);
}

static char room[SW_CHANGE_MAX];

static struct sw_slice octets_of(const struct sw_binding *b)
{
	struct sw_buf out = sw_buf_over(room, sizeof(room));

	sw_change_put(&out, b);
	assert_true(sw_buf_ok(&out));
	return sw_buf_slice(&out);
}

static void what_was_written_is_read(void **state)
{
	static const struct {
		size_t text_n, path_n;
	} rows[] = { { 25, 0 }, { 1, 1 }, { SW_CONTACT_TEXT, SW_ROUTE_TEXT } };

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		struct sw_binding b = a_binding(rows[i].text_n, rows[i].path_n);
		struct sw_slice exact = exact_copy(octets_of(&b));
		struct sw_change got;

		memset(&got, 0x55, sizeof(got));
		assert_true(sw_change_parse(exact, &got));
		assert_false(got.is_gone);
		assert_same(&b, &got.binding);
		exact_free(exact);
	}
}

static void an_end_is_its_id(void **state)
{
	struct sw_buf out = sw_buf_over(room, sizeof(room));
	struct sw_change got;

	(void)state;
	sw_change_end(&out, 0x8000000000000001);
	assert_int_equal(out.n, 9);
	assert_true(sw_change_parse(sw_buf_slice(&out), &got));
	assert_true(got.is_gone);
	assert_int_equal(got.binding.id, 0x8000000000000001);
}

static void refuse(struct sw_slice part)
{
	struct sw_change got;

	assert_false(sw_change_parse(part, &got));
}

static void what_is_cut_or_too_long_is_refused(void **state)
{
	struct sw_binding b = a_binding(25, 13);
	struct sw_slice s = octets_of(&b);
	struct sw_change got;

	(void)state;
	each_beginning(s, refuse);
	room[s.n] = 0;
	assert_false(sw_change_parse((struct sw_slice){ s.p, s.n + 1 }, &got));
	assert_false(sw_change_parse((struct sw_slice){ NULL, 0 }, &got));
}

/* Where a checksum fails to see it: whatever is read then can be a binding. */
static void any_octets_give_what_can_be_or_nothing(void **state)
{
	struct sw_binding b = a_binding(25, 13);
	struct sw_slice s = octets_of(&b);
	uint64_t random = 1;

	(void)state;
	for (unsigned i = 0; i < 200000; i++) {
		uint64_t r = next_number(&random);
		size_t at = (size_t)(r >> 8) % s.n;
		char was = room[at];
		struct sw_change got;

		room[at] = (char)r;
		if (sw_change_parse(s, &got) && !got.is_gone) {
			assert_in_range(got.binding.text_n, 0, SW_CONTACT_TEXT);
			assert_in_range(got.binding.path_n, 0, SW_ROUTE_TEXT);
			assert_in_range(got.binding.uri_at + got.binding.uri_n, 0,
					got.binding.text_n);
			assert_in_range(got.binding.transport, 0, SW_TRANSPORT_COUNT - 1);
		}
		room[at] = was;
	}
}

static void what_cannot_be_is_not_written(void **state)
{
	struct sw_binding b = a_binding(25, 0);
	struct sw_buf out = sw_buf_over(room, sizeof(room));

	(void)state;
	b.text_n = SW_CONTACT_TEXT + 1;
	sw_change_put(&out, &b);
	assert_int_equal(out.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_written_is_read),
		cmocka_unit_test(an_end_is_its_id),
		cmocka_unit_test(what_is_cut_or_too_long_is_refused),
		cmocka_unit_test(any_octets_give_what_can_be_or_nothing),
		cmocka_unit_test(what_cannot_be_is_not_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
