/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/expose.h"

#include <stdlib.h>

#include "admin/expose_own.h"
#include "admin/status.h"
#include "base/hash.h"

static uint64_t load32(const _Atomic uint32_t *v)
{
	return atomic_load_explicit(v, memory_order_relaxed);
}

/* Of all workers: the counter, or the gauge, that stands `at` octets into their metrics. */
static uint64_t sum(const struct sw_exposed *x, size_t at)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < x->board->workers; i++) {
		const char *m = (const void *)sw_board_metrics(x->board, i);

		n += sw_metric_read((const _Atomic uint64_t *)(const void *)(m + at));
	}
	return n;
}

static uint64_t sum32(const struct sw_exposed *x, size_t at)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < x->board->workers; i++) {
		const char *m = (const void *)sw_board_metrics(x->board, i);

		n += load32((const _Atomic uint32_t *)(const void *)(m + at));
	}
	return n;
}

#define SUM(x, field)   sum((x), offsetof(struct sw_metrics, field))
#define SUM32(x, field) sum32((x), offsetof(struct sw_metrics, field))

/* Transports that a listener can have in this version. */
static const enum sw_transport transports[] = { SW_UDP, SW_TCP };

static void put_label(struct sw_exposed *x, const char *name, const char *value)
{
	sw_page_label(&x->page, name, sw_slice_of(value));
}

static void build(struct sw_exposed *x)
{
	sw_page_begin(&x->page, "");
	put_label(x, "version", SIPWARD_VERSION);
	put_label(x, "openssl", sw_hash_library());
	sw_page_u64(&x->page, 1);
}

static void start(struct sw_exposed *x)
{
	sw_page_begin(&x->page, "");
	sw_page_seconds(&x->page, (uint64_t)atomic_load(x->board->started_us));
}

static void put_requests(struct sw_exposed *x, enum sw_transport t, unsigned method,
			 const char *name)
{
	for (unsigned act = 0; act < SW_ACT_COUNT; act++) {
		size_t at = offsetof(struct sw_metrics, requests) +
			    ((t * SW_METRIC_METHODS + method) * SW_ACT_COUNT + act) *
				    sizeof(uint64_t);

		sw_page_begin(&x->page, "");
		put_label(x, "transport", sw_transport_name(t));
		put_label(x, "method", name);
		put_label(x, "verdict", sw_act_name((enum sw_act)act));
		sw_page_u64(&x->page, sum(x, at));
	}
}

static void requests(struct sw_exposed *x)
{
	static const char *const methods[SW_METRIC_METHODS] = {
		[SW_METHOD_OTHER] = "other",
#define SW_METHOD(symbol) [SW_METHOD_##symbol] = #symbol,
#include "core/method.def"
#undef SW_METHOD
	};

	for (size_t i = 0; i < SW_ARRAY_LEN(transports); i++)
		for (unsigned m = 0; m < SW_METRIC_METHODS; m++)
			put_requests(x, transports[i], m, methods[m]);
}

static void put_bucket(struct sw_exposed *x, enum sw_transport t, size_t bucket, uint64_t n)
{
	static const char *const ends[SW_METRIC_BUCKETS] = {
		"2e-06",  "5e-06",  "1e-05", "2e-05", "5e-05", "0.0001",
		"0.0002", "0.0005", "0.001", "0.005", "0.02",  "+Inf",
	};

	sw_page_begin(&x->page, "_bucket");
	put_label(x, "transport", sw_transport_name(t));
	put_label(x, "le", ends[bucket]);
	sw_page_u64(&x->page, n);
}

/* The count is that of the last bucket, of the same moment. */
static void put_times(struct sw_exposed *x, enum sw_transport t)
{
	size_t at = offsetof(struct sw_metrics, time) + t * sizeof(struct sw_metric_time);
	uint64_t n = 0;

	for (size_t i = 0; i < SW_METRIC_BUCKETS; i++) {
		n += sum(x, at + i * sizeof(uint64_t));
		put_bucket(x, t, i, n);
	}
	sw_page_begin(&x->page, "_sum");
	put_label(x, "transport", sw_transport_name(t));
	sw_page_seconds(&x->page, sum(x, at + offsetof(struct sw_metric_time, us)));
	sw_page_begin(&x->page, "_count");
	put_label(x, "transport", sw_transport_name(t));
	sw_page_u64(&x->page, n);
}

static void decision(struct sw_exposed *x)
{
	for (size_t i = 0; i < SW_ARRAY_LEN(transports); i++)
		put_times(x, transports[i]);
}

static void put_reason(struct sw_exposed *x, enum sw_reason r)
{
	sw_page_begin(&x->page, "");
	put_label(x, "reason", sw_reason_slug(r));
	sw_page_u64(&x->page,
		    sum(x, offsetof(struct sw_metrics, reason) + (size_t)r * sizeof(uint64_t)));
}

static void reasons(struct sw_exposed *x)
{
	put_reason(x, SW_OK);
#define SW_REASON(number, symbol, class, status, slug, phrase, sentence) \
	put_reason(x, SW_R_##symbol);
#include <sipward/reason.def>
#undef SW_REASON
}

static void again(struct sw_exposed *x)
{
	sw_page_plain_u64(&x->page, SUM(x, again));
}

static void handed(struct sw_exposed *x)
{
	sw_page_begin(&x->page, "");
	put_label(x, "result", "sent");
	sw_page_u64(&x->page, SUM(x, handed));
	sw_page_begin(&x->page, "");
	put_label(x, "result", "lost");
	sw_page_u64(&x->page, SUM(x, handed_lost));
}

static void unsent(struct sw_exposed *x)
{
	sw_page_begin(&x->page, "");
	put_label(x, "cause", "kernel");
	sw_page_u64(&x->page, SUM(x, send_failed));
	sw_page_begin(&x->page, "");
	put_label(x, "cause", "flow_gone");
	sw_page_u64(&x->page, SUM(x, flow_gone));
}

static void risks(struct sw_exposed *x)
{
	const struct sw_admin_generation *g = x->state->generation;

	sw_page_plain_u64(&x->page, g ? g->conf->risks : 0);
}

static void connections(struct sw_exposed *x)
{
	uint64_t proven = SUM32(x, proven), open = SUM32(x, connections);

	sw_page_begin(&x->page, "");
	put_label(x, "transport", "tcp");
	put_label(x, "state", "proven");
	sw_page_u64(&x->page, proven);
	sw_page_begin(&x->page, "");
	put_label(x, "transport", "tcp");
	put_label(x, "state", "unproven");
	sw_page_u64(&x->page, open > proven ? open - proven : 0);
}

static void connections_limit(struct sw_exposed *x)
{
	sw_page_plain_u64(&x->page, SUM32(x, connections_max));
}

static void transactions(struct sw_exposed *x)
{
	sw_page_plain_u64(&x->page, SUM32(x, transactions));
}

static double ratio(uint64_t used, uint64_t capacity)
{
	return capacity > 0 ? (double)used / (double)capacity : 0.0;
}

static double fullest_ring(const struct sw_board *b)
{
	double most = 0.0;

	for (uint32_t i = 0; i < b->workers; i++) {
		struct sw_ring ring = sw_board_events(b, i);
		uint32_t room = sw_ring_room(&ring);
		double fill = room <= SW_BOARD_EVENTS ? 1.0 - ratio(room, SW_BOARD_EVENTS) : 1.0;

		most = fill > most ? fill : most;
	}
	return most;
}

static void put_fill(struct sw_exposed *x, const char *table, double value)
{
	sw_page_begin(&x->page, "");
	put_label(x, "table", table);
	sw_page_real(&x->page, value);
}

static void fill(struct sw_exposed *x)
{
	for (unsigned t = 0; t < SW_BOARD_TABLES; t++) {
		const struct sw_board_fill *f = &x->board->fill[t];

		put_fill(x, sw_board_table_name((enum sw_board_table)t),
			 ratio(sw_metric_read(&f->used), sw_metric_read(&f->capacity)));
	}
	put_fill(x, "connections", ratio(SUM32(x, connections), SUM32(x, connections_max)));
	put_fill(x, "events", fullest_ring(x->board));
}

/* Of each table of the board: the number that stands `at` octets into its fill. */
static void put_tables(struct sw_exposed *x, size_t at)
{
	for (unsigned t = 0; t < SW_BOARD_TABLES; t++) {
		const char *f = (const void *)&x->board->fill[t];

		sw_page_begin(&x->page, "");
		put_label(x, "table", sw_board_table_name((enum sw_board_table)t));
		sw_page_u64(&x->page,
			    sw_metric_read((const _Atomic uint64_t *)(const void *)(f + at)));
	}
}

static void used(struct sw_exposed *x)
{
	put_tables(x, offsetof(struct sw_board_fill, used));
}

static void lock_waits(struct sw_exposed *x)
{
	put_tables(x, offsetof(struct sw_board_fill, waits));
}

static void lock_stuck(struct sw_exposed *x)
{
	put_tables(x, offsetof(struct sw_board_fill, stuck));
}

static void lock_busy(struct sw_exposed *x)
{
	put_tables(x, offsetof(struct sw_board_fill, busy));
}

static void lock_orphans(struct sw_exposed *x)
{
	put_tables(x, offsetof(struct sw_board_fill, orphans));
}

static void generation(struct sw_exposed *x)
{
	uint32_t number;

	(void)sw_status_serving(x->state, &number);
	sw_page_plain_u64(&x->page, number);
}

static void load_ok(struct sw_exposed *x)
{
	sw_page_plain_u64(&x->page, !load32(&x->board->load->has_failed));
}

static void load_time(struct sw_exposed *x)
{
	sw_page_begin(&x->page, "");
	sw_page_seconds(&x->page, (uint64_t)atomic_load(&x->board->load->loaded_us));
}

static void loads(struct sw_exposed *x)
{
	sw_page_begin(&x->page, "");
	put_label(x, "result", "done");
	sw_page_u64(&x->page, load32(&x->board->load->loads));
	sw_page_begin(&x->page, "");
	put_label(x, "result", "failed");
	sw_page_u64(&x->page, load32(&x->board->load->failures));
}

/* "sqlite" of "sqlite /var/lib/sipward/sipward.db". */
static struct sw_slice store_kind(const struct sw_keep *keep)
{
	struct sw_slice name = sw_keep_name(keep);
	const char *end = name.n > 0 ? memchr(name.p, ' ', name.n) : NULL;

	if (end)
		name.n = (size_t)(end - name.p);
	return name;
}

static void store_up(struct sw_exposed *x)
{
	const struct sw_keep *keep = x->board->keep;

	sw_page_begin(&x->page, "");
	sw_page_label(&x->page, "store", store_kind(keep));
	sw_page_u64(&x->page, !atomic_load(&keep->is_down));
}

static void store_users(struct sw_exposed *x)
{
	const struct sw_keep *keep = x->board->keep;

	sw_page_begin(&x->page, "");
	sw_page_label(&x->page, "store", store_kind(keep));
	sw_page_u64(&x->page, sw_metric_read(&keep->users));
}

static void begin_op(struct sw_exposed *x, const char *suffix, const struct sw_keep *keep,
		     unsigned op)
{
	static const char *const ops[SW_KEEP_OPS] = {
		[SW_KEEP_READ] = "read",
		[SW_KEEP_WRITE] = "write",
		[SW_KEEP_USERS] = "users",
		[SW_KEEP_SYNC] = "sync",
	};

	sw_page_begin(&x->page, suffix);
	sw_page_label(&x->page, "store", store_kind(keep));
	put_label(x, "op", ops[op]);
}

static void store_seconds(struct sw_exposed *x)
{
	const struct sw_keep *keep = x->board->keep;

	for (unsigned op = 0; op < SW_KEEP_OPS; op++) {
		begin_op(x, "_sum", keep, op);
		sw_page_seconds(&x->page, sw_metric_read(&keep->took[op].us));
		begin_op(x, "_count", keep, op);
		sw_page_u64(&x->page, sw_metric_read(&keep->took[op].n));
	}
}

static void journal_waiting(struct sw_exposed *x)
{
	sw_page_plain_u64(&x->page, sw_metric_read(&x->board->keep->journal_waiting));
}

static void journal_behind(struct sw_exposed *x)
{
	int64_t oldest = atomic_load(&x->board->keep->journal_oldest_us);

	sw_page_begin(&x->page, "");
	sw_page_seconds(&x->page,
			oldest > 0 && x->now.us > oldest ? (uint64_t)(x->now.us - oldest) : 0);
}

static void log_lost(struct sw_exposed *x)
{
	sw_page_plain_u64(&x->page, sw_metric_read(&x->board->log->lines_lost));
}

/* Who writes the samples of each family. */
static void (*const writers[SW_FAMILY_IDS])(struct sw_exposed *x) = {
	[SW_FAMILY_ID_BUILD] = build,
	[SW_FAMILY_ID_START] = start,
	[SW_FAMILY_ID_REQUESTS] = requests,
	[SW_FAMILY_ID_DECISION] = decision,
	[SW_FAMILY_ID_REASONS] = reasons,
	[SW_FAMILY_ID_AGAIN] = again,
	[SW_FAMILY_ID_HANDED] = handed,
	[SW_FAMILY_ID_UNSENT] = unsent,
	[SW_FAMILY_ID_ACCEPTED] = sw_expose_accepted,
	[SW_FAMILY_ID_REFUSED] = sw_expose_refused,
	[SW_FAMILY_ID_WARNINGS] = sw_expose_warnings,
	[SW_FAMILY_ID_MD5_DAYS] = sw_expose_md5_days,
	[SW_FAMILY_ID_RISKS] = risks,
	[SW_FAMILY_ID_CHALLENGES] = sw_expose_challenges,
	[SW_FAMILY_ID_STALE] = sw_expose_stale,
	[SW_FAMILY_ID_KERNEL_DROPS] = sw_expose_kernel_drops,
	[SW_FAMILY_ID_CONNECTIONS] = connections,
	[SW_FAMILY_ID_CONNECTIONS_LIMIT] = connections_limit,
	[SW_FAMILY_ID_TRANSACTIONS] = transactions,
	[SW_FAMILY_ID_FILL] = fill,
	[SW_FAMILY_ID_USED] = used,
	[SW_FAMILY_ID_LOCK_WAITS] = lock_waits,
	[SW_FAMILY_ID_LOCK_STUCK] = lock_stuck,
	[SW_FAMILY_ID_LOCK_BUSY] = lock_busy,
	[SW_FAMILY_ID_LOCK_ORPHANS] = lock_orphans,
	[SW_FAMILY_ID_GENERATION] = generation,
	[SW_FAMILY_ID_LOAD_OK] = load_ok,
	[SW_FAMILY_ID_LOAD_TIME] = load_time,
	[SW_FAMILY_ID_LOADS] = loads,
	[SW_FAMILY_ID_STORE_UP] = store_up,
	[SW_FAMILY_ID_STORE_USERS] = store_users,
	[SW_FAMILY_ID_STORE_SECONDS] = store_seconds,
	[SW_FAMILY_ID_JOURNAL_WAITING] = journal_waiting,
	[SW_FAMILY_ID_JOURNAL_BEHIND] = journal_behind,
	[SW_FAMILY_ID_ROLE_UP] = sw_expose_role_up,
	[SW_FAMILY_ID_ROLE_RESTARTS] = sw_expose_role_restarts,
	[SW_FAMILY_ID_ROLE_CPU] = sw_expose_role_cpu,
	[SW_FAMILY_ID_BUSY] = sw_expose_busy,
	[SW_FAMILY_ID_BUSY_SECONDS] = sw_expose_busy_seconds,
	[SW_FAMILY_ID_SANDBOX] = sw_expose_sandbox,
	[SW_FAMILY_ID_EVENTS_DROPPED] = sw_expose_events_dropped,
	[SW_FAMILY_ID_LOG_LOST] = log_lost,
	[SW_FAMILY_ID_PROCESS_CPU] = sw_expose_process_cpu,
	[SW_FAMILY_ID_PROCESS_START] = sw_expose_process_start,
	[SW_FAMILY_ID_PROCESS_RESIDENT] = sw_expose_process_resident,
	[SW_FAMILY_ID_PROCESS_VIRTUAL] = sw_expose_process_virtual,
	[SW_FAMILY_ID_PROCESS_FDS] = sw_expose_process_fds,
};

char *sw_expose(const struct sw_admin_state *s, struct sw_wall now, size_t *n)
{
	struct sw_exposed x = { .state = s,
				.board = &s->start->board,
				.policy = s->generation ? &s->generation->conf->policy : NULL,
				.now = now };

	for (unsigned i = 0; i < SW_FAMILY_IDS; i++) {
		sw_page_family(&x.page, (enum sw_family_id)i);
		writers[i](&x);
	}
	*n = x.page.n;
	if (!x.page.is_broken)
		return x.page.p;
	free(x.page.p);
	return NULL;
}
