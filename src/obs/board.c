/* SPDX-License-Identifier: Apache-2.0 */
#include "obs/board.h"

#define MAGIC 0x64726177706973u /* "sipward" */
#define PAGE  ((size_t)4096)

const uint32_t sw_board_traces[SW_TRACE_KINDS] = {
	[SW_TRACE_JUDGED] = 4096,
	[SW_TRACE_UNPROVEN] = 2048,
	[SW_TRACE_SILENT] = 512,
};

struct head {
	uint64_t magic;
	uint32_t version, workers;
	uint64_t size;
	uint64_t layout; /* of the structures that this was compiled with */
	_Atomic int64_t started_us;
};

/* Where each part begins, in the order in which they lie. */
struct plan {
	size_t cell, fill, load, keep, log, want, metrics, trace, ring, end;
};

static size_t up(size_t n, size_t to)
{
	return (n + to - 1) / to * to;
}

static size_t ring_size(void)
{
	return up(sw_ring_size(SW_BOARD_EVENTS, sizeof(struct sw_event)), PAGE);
}

static size_t trace_size(void)
{
	size_t n = 0;

	for (unsigned k = 0; k < SW_TRACE_KINDS; k++)
		n += sw_board_traces[k];
	return up(n * sizeof(struct sw_trace_slot), PAGE);
}

static struct plan plan_for(uint32_t workers)
{
	struct plan p = { .cell = up(sizeof(struct head), 64) };

	p.fill = p.cell + (SW_BOARD_ROLES + workers) * sizeof(struct sw_board_cell);
	p.load = p.fill + SW_BOARD_TABLES * sizeof(struct sw_board_fill);
	p.keep = up(p.load + sizeof(struct sw_board_load), 64);
	p.log = up(p.keep + sizeof(struct sw_keep), 64);
	p.want = up(p.log + sizeof(struct sw_board_log), 64);
	p.metrics = up(p.want + sizeof(struct sw_board_want), PAGE);
	p.trace = up(p.metrics + workers * sizeof(struct sw_metrics), PAGE);
	p.ring = p.trace + workers * trace_size();
	p.end = p.ring + workers * ring_size();
	return p;
}

/* Two builds whose structures differ in size do not share a board. */
static uint64_t layout(void)
{
	static const size_t sizes[] = {
		sizeof(struct head),          sizeof(struct sw_board_cell),
		sizeof(struct sw_board_fill), sizeof(struct sw_board_load),
		sizeof(struct sw_keep),       sizeof(struct sw_metrics),
		sizeof(struct sw_event),      sizeof(struct sw_trace_slot),
		sizeof(struct sw_board_log),  SW_REASON_LIMIT,
	};
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < SW_ARRAY_LEN(sizes); i++)
		h = (h ^ sizes[i]) * 0x100000001b3u;
	return h;
}

size_t sw_board_size(uint32_t workers)
{
	return plan_for(workers).end;
}

static void view(struct sw_board *b, char *memory, uint32_t workers)
{
	struct plan p = plan_for(workers);

	*b = (struct sw_board){
		.workers = workers,
		.started_us = &((struct head *)(void *)memory)->started_us,
		.cell = (void *)(memory + p.cell),
		.fill = (void *)(memory + p.fill),
		.load = (void *)(memory + p.load),
		.keep = (void *)(memory + p.keep),
		.log = (void *)(memory + p.log),
		.metrics = (void *)(memory + p.metrics),
		.want = (void *)(memory + p.want),
		.trace = memory + p.trace,
		.ring = memory + p.ring,
	};
}

void sw_board_init(struct sw_board *b, void *memory, uint32_t workers)
{
	struct head *h = memory;

	h->magic = MAGIC;
	h->version = SW_BOARD_VERSION;
	h->workers = workers;
	h->size = sw_board_size(workers);
	h->layout = layout();
	view(b, memory, workers);
}

bool sw_board_open(struct sw_board *b, void *memory, size_t size)
{
	struct head h;

	if (size < sizeof(h) || (uintptr_t)memory % PAGE != 0)
		return false;
	memcpy(&h, memory, offsetof(struct head, started_us));
	if (h.magic != MAGIC || h.version != SW_BOARD_VERSION || h.layout != layout() ||
	    h.workers < 1 || h.workers > SW_BOARD_WORKERS || h.size != sw_board_size(h.workers) ||
	    size < h.size)
		return false;
	view(b, memory, h.workers);
	return true;
}

struct sw_trace sw_board_trace(const struct sw_board *b, uint32_t worker)
{
	struct sw_trace t;

	sw_trace_init(&t, (void *)((char *)b->trace + worker * trace_size()), sw_board_traces);
	return t;
}

struct sw_ring sw_board_events(const struct sw_board *b, uint32_t worker)
{
	struct sw_ring r;

	sw_ring_init(&r, (char *)b->ring + worker * ring_size(), SW_BOARD_EVENTS,
		     sizeof(struct sw_event));
	return r;
}

const char *sw_board_role_name(enum sw_board_role r)
{
	static const char *const names[] = {
		[SW_BOARD_PARENT] = "parent",
		[SW_BOARD_CONF] = "conf",
		[SW_BOARD_STORE] = "store",
		[SW_BOARD_ADMIN] = "admin",
	};

	return r < SW_ARRAY_LEN(names) ? names[r] : "none";
}

const char *sw_board_table_name(enum sw_board_table t)
{
	static const char *const names[] = {
		[SW_BOARD_USERS] = "users",
		[SW_BOARD_BINDINGS] = "bindings",
		[SW_BOARD_NONCES] = "nonces",
	};

	return t < SW_ARRAY_LEN(names) ? names[t] : "none";
}
