/* SPDX-License-Identifier: Apache-2.0 */
/* Bindings as rows of SQLite. */
#include "store/sqlite.h"

/* Columns in the order of SW_SQL_BINDINGS; parameters count from 1. */
enum column {
	ID,
	AOR,
	USER,
	EXPIRES,
	REFRESHED,
	GRANTED,
	CSEQ,
	REG_ID,
	Q,
	CALL_ID,
	INSTANCE,
	TRANSPORT,
	SOURCE,
	LOCAL,
	FLOW,
	CONTACT,
	URI_AT,
	URI_N,
	PATH,
	SEQ,
};

#define ADDRESS_MAX 80 /* octets of an address and its port as text */

static void bind_number(sqlite3_stmt *s, enum column c, int64_t n)
{
	(void)sqlite3_bind_int64(s, (int)c + 1, n);
}

static void bind_text(sqlite3_stmt *s, enum column c, const char *p, size_t n)
{
	sw_sqlite_text(s, (int)c + 1, (struct sw_slice){ p, n });
}

/* Copied by SQLite: the room is gone before the statement runs. */
static void bind_address(sqlite3_stmt *s, enum column c, const struct sw_addr *a)
{
	char room[ADDRESS_MAX];
	struct sw_buf b = sw_buf_over(room, sizeof(room));

	sw_addr_write(&b, a);
	(void)sqlite3_bind_text64(s, (int)c + 1, b.p, b.n, SQLITE_TRANSIENT, SQLITE_UTF8);
}

static void bind_hash(sqlite3_stmt *s, enum column c, const uint8_t hash[SW_MAC_LEN])
{
	sw_sqlite_blob(s, (int)c + 1, (struct sw_slice){ (const char *)hash, SW_MAC_LEN });
}

bool sw_bindings_put(void *arg, const struct sw_binding *b, uint64_t seq, struct sw_store_why *why)
{
	sqlite3_stmt *s = sw_sqlite_use(arg, SW_SQL_PUT_BINDING);

	bind_number(s, ID, (int64_t)b->id);
	bind_text(s, AOR, b->aor, b->aor_n);
	bind_text(s, USER, b->user, b->user_n);
	bind_number(s, EXPIRES, b->expires_s);
	bind_number(s, REFRESHED, b->refreshed_us);
	bind_number(s, GRANTED, b->granted_s);
	bind_number(s, CSEQ, b->cseq);
	bind_number(s, REG_ID, b->reg_id);
	bind_number(s, Q, b->q);
	bind_hash(s, CALL_ID, b->call_id);
	bind_hash(s, INSTANCE, b->instance);
	bind_number(s, TRANSPORT, b->transport);
	bind_address(s, SOURCE, &b->src);
	bind_address(s, LOCAL, &b->at);
	bind_number(s, FLOW, (int64_t)b->flow);
	bind_text(s, CONTACT, b->text, b->text_n);
	bind_number(s, URI_AT, b->uri_at);
	bind_number(s, URI_N, b->uri_n);
	bind_text(s, PATH, b->path, b->path_n);
	bind_number(s, SEQ, (int64_t)seq);
	return sw_sqlite_run(arg, s, why);
}

bool sw_bindings_drop(void *arg, uint64_t id, struct sw_store_stamp stamp, struct sw_store_why *why)
{
	sqlite3_stmt *s = sw_sqlite_use(arg, SW_SQL_MARK_ENDED);

	(void)sqlite3_bind_int64(s, 1, (int64_t)id);
	(void)sqlite3_bind_int64(s, 2, (int64_t)stamp.seq);
	(void)sqlite3_bind_int64(s, 3, sw_wall_s(stamp.at));
	if (!sw_sqlite_run(arg, s, why))
		return false;
	s = sw_sqlite_use(arg, SW_SQL_DROP_BINDING);
	(void)sqlite3_bind_int64(s, 1, (int64_t)id);
	(void)sqlite3_bind_int64(s, 2, (int64_t)stamp.seq);
	return sw_sqlite_run(arg, s, why);
}

bool sw_bindings_drop_marks(void *arg, struct sw_store_stamp before, struct sw_store_why *why)
{
	sqlite3_stmt *s = sw_sqlite_use(arg, SW_SQL_DROP_MARKS);

	(void)sqlite3_bind_int64(s, 1, sw_wall_s(before.at));
	(void)sqlite3_bind_int64(s, 2, (int64_t)before.seq);
	return sw_sqlite_run(arg, s, why);
}

bool sw_bindings_last_seq(void *arg, uint64_t *seq, struct sw_store_why *why)
{
	struct sw_sqlite *a = arg;
	sqlite3_stmt *s = sw_sqlite_use(a, SW_SQL_LAST_SEQ);
	bool ok = sqlite3_step(s) == SQLITE_ROW || sw_sqlite_fail(a, why);

	if (ok)
		*seq = (uint64_t)sqlite3_column_int64(s, 0);
	sw_sqlite_done(s);
	return ok;
}

bool sw_bindings_drop_ended(void *arg, struct sw_wall now, bool flows, struct sw_store_why *why)
{
	sqlite3_stmt *s = sw_sqlite_use(arg, SW_SQL_DROP_ENDED);

	(void)sqlite3_bind_int64(s, 1, sw_wall_s(now));
	(void)sqlite3_bind_int(s, 2, flows);
	return sw_sqlite_run(arg, s, why);
}

/* The octets of a column, at most `most`, to out; false: there are more. */
static bool take(sqlite3_stmt *s, enum column c, void *out, size_t most, uint16_t *n)
{
	struct sw_slice octets = sw_sqlite_octets(s, (int)c);

	if (octets.n > most)
		return false;
	if (octets.n > 0)
		memcpy(out, octets.p, octets.n);
	*n = (uint16_t)octets.n;
	return true;
}

static bool take_number(sqlite3_stmt *s, enum column c, int64_t most, int64_t *n)
{
	*n = sqlite3_column_int64(s, (int)c);
	return *n >= 0 && *n <= most;
}

static bool take_texts(sqlite3_stmt *s, struct sw_binding *b)
{
	uint16_t n;

	return take(s, AOR, b->aor, sizeof(b->aor), &b->aor_n) &&
	       take(s, USER, b->user, sizeof(b->user), &b->user_n) &&
	       take(s, CONTACT, b->text, sizeof(b->text), &b->text_n) &&
	       take(s, PATH, b->path, sizeof(b->path), &b->path_n) &&
	       take(s, CALL_ID, b->call_id, sizeof(b->call_id), &n) && n == SW_MAC_LEN &&
	       take(s, INSTANCE, b->instance, sizeof(b->instance), &n) && n == SW_MAC_LEN;
}

static bool take_numbers(sqlite3_stmt *s, struct sw_binding *b)
{
	int64_t granted, cseq, reg_id, q, transport, at, n;

	if (!take_number(s, GRANTED, UINT32_MAX, &granted) ||
	    !take_number(s, CSEQ, UINT32_MAX, &cseq) ||
	    !take_number(s, REG_ID, UINT32_MAX, &reg_id) || !take_number(s, Q, 1000, &q) ||
	    !take_number(s, TRANSPORT, SW_TRANSPORT_COUNT - 1, &transport) ||
	    !take_number(s, URI_AT, b->text_n, &at) || !take_number(s, URI_N, b->text_n - at, &n))
		return false;
	b->id = (uint64_t)sqlite3_column_int64(s, ID);
	b->expires_s = sqlite3_column_int64(s, EXPIRES);
	b->refreshed_us = sqlite3_column_int64(s, REFRESHED);
	b->granted_s = (uint32_t)granted;
	b->cseq = (uint32_t)cseq;
	b->reg_id = (uint32_t)reg_id;
	b->q = (uint16_t)q;
	b->transport = (uint8_t)transport;
	b->flow = (uint64_t)sqlite3_column_int64(s, FLOW);
	b->uri_at = (uint16_t)at;
	b->uri_n = (uint16_t)n;
	return true;
}

/* false: no binding could look like this; somebody else has written it. */
static bool take_row(sqlite3_stmt *s, struct sw_binding *b)
{
	return take_texts(s, b) && take_numbers(s, b) &&
	       sw_addr_parse_port(sw_sqlite_octets(s, SOURCE), &b->src) &&
	       sw_addr_parse_port(sw_sqlite_octets(s, LOCAL), &b->at);
}

bool sw_bindings_each(void *arg, sw_store_binding_fn fn, void *fn_arg, struct sw_store_why *why)
{
	struct sw_sqlite *a = arg;
	sqlite3_stmt *s = sw_sqlite_use(a, SW_SQL_BINDINGS);
	int code;

	while ((code = sqlite3_step(s)) == SQLITE_ROW) {
		struct sw_binding b = { 0 };

		if (!fn(fn_arg, take_row(s, &b) ? &b : NULL))
			break;
	}
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		(void)sw_sqlite_fail(a, why);
	sw_sqlite_done(s);
	return code == SQLITE_ROW || code == SQLITE_DONE;
}
