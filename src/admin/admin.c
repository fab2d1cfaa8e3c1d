/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/admin.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <microhttpd.h>

#include "admin/control.h"
#include "obs/text.h"
#include "share/clock.h"
#include "share/ipc.h"

#define TURN_MS    1000
#define BATCH      512 /* records between two looks at everything else */
#define MESSAGE    1024
#define LOST_SAY_S 10

static const uint32_t recent_size[SW_RECENT_KINDS] = {
	[SW_RECENT_JUDGED] = 4096,
	[SW_RECENT_UNPROVEN] = 2048,
	[SW_RECENT_SILENT] = 512,
};

struct role {
	struct sw_admin_state state;
	struct sw_control control;
	struct sw_ipc ipc;
	uint64_t lost_said;
	int64_t lost_said_s;
	bool has_control, has_store, over;
};

const char *sw_admin_http_version(void)
{
	return MHD_get_version();
}

/* Touched at once: later the role grows by nothing that strangers send. */
static void *map(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

static void note(struct role *r, enum sw_level level, const char *event, struct sw_slice message,
		 json_t *more)
{
	sw_log_note(&r->state.log, &(struct sw_log_note){ .level = level,
							  .event = event,
							  .at = sw_clock_wall(),
							  .message = message,
							  .more = more });
}

static void note_generation(struct role *r, const struct sw_admin_generation *g, bool is_first)
{
	const struct sw_policy *p = &g->conf->policy;
	char room[MESSAGE];
	struct sw_buf b = sw_buf_over(room, sizeof(room));

	if (is_first) {
		sw_buf_str(&b, "sipward " SIPWARD_VERSION " pid ");
		sw_buf_u64(&b, (uint64_t)r->state.start->pid);
		sw_buf_str(&b, ", ");
	}
	sw_buf_str(&b, "generation ");
	sw_buf_u64(&b, g->number);
	sw_buf_str(&b, " of ");
	sw_buf_put(&b, g->conf->path);
	sw_buf_str(&b, ": listeners ");
	sw_buf_u64(&b, p->listeners);
	sw_buf_str(&b, ", trunks ");
	sw_buf_u64(&b, p->trunks);
	sw_buf_str(&b, ", users of its own ");
	sw_buf_u64(&b, p->users);
	note(r, SW_LEVEL_NOTICE, is_first ? "start" : "reload", sw_buf_slice(&b),
	     json_pack("{s:s,s:I,s:I,s:I,s:I,s:I}", "version", SIPWARD_VERSION, "pid",
		       (json_int_t)r->state.start->pid, "gen", (json_int_t)g->number, "listeners",
		       (json_int_t)p->listeners, "trunks", (json_int_t)p->trunks, "users",
		       (json_int_t)p->users));
}

static void note_risk(struct role *r, const struct sw_risk *risk)
{
	char place[MESSAGE], room[MESSAGE];
	struct sw_buf at = sw_buf_over(place, sizeof(place));
	struct sw_buf b = sw_buf_over(room, sizeof(room));

	sw_buf_put(&at, risk->file);
	sw_buf_char(&at, ':');
	sw_buf_u64(&at, risk->line);
	sw_buf_put(&b, risk->rule);
	sw_buf_str(&b, " accepted at ");
	sw_buf_put(&b, sw_buf_slice(&at));
	sw_buf_str(&b, " because ");
	sw_text_quote(&b, risk->because);
	note(r, SW_LEVEL_NOTICE, "risk", sw_buf_slice(&b),
	     json_pack("{s:s%,s:s%,s:s%}", "rule", risk->rule.p, risk->rule.n, "because",
		       risk->because.p, risk->because.n, "conf", at.p, at.n));
}

/* The old generation is not touched after this: the parent may free it. */
static void take_generation(struct role *r)
{
	const struct sw_admin_generation *g = sw_handover_take(r->state.start->handover);
	bool is_first = !r->state.generation;

	if (!g)
		return;
	if (!sw_seen_use(&r->state.seen, &g->conf->policy))
		note(r, SW_LEVEL_ERROR, "log", SW_LIT("no memory: trunks keep their old list"),
		     NULL);
	r->state.generation = g;
	sw_log_use(&r->state.log, &g->conf->log, g->log_fd);
	if (!g->is_demo) /* its banner has said so */
		note_generation(r, g, is_first);
	for (size_t i = 0; i < g->conf->risks; i++)
		note_risk(r, &g->conf->risk[i]);
	sw_handover_answer(r->state.start->handover, g->number);
}

/* A copy is judged: the worker may have been taken over, and the ring is its. */
static void take_event(struct role *r, struct sw_event e)
{
	sw_recent_put(&r->state.recent, &e);
	sw_seen_note(&r->state.seen, &e);
	sw_log_decision(&r->state.log, &e);
	if (r->has_control)
		sw_control_decision(&r->control, &e);
}

/* Up to a batch; true: there is more. */
static bool take_events(struct role *r)
{
	struct sw_ring ring = r->state.start->events;

	for (unsigned i = 0; i < BATCH; i++) {
		const struct sw_event *e = sw_ring_peek(&ring);

		if (!e)
			return false;
		take_event(r, *e);
		sw_ring_drop(&ring);
	}
	return true;
}

static void say_lost(struct role *r, struct sw_wall now)
{
	uint64_t lost = sw_ring_lost(&r->state.start->events);
	char room[MESSAGE];
	struct sw_buf b = sw_buf_over(room, sizeof(room));

	if (lost == r->lost_said || sw_wall_s(now) - r->lost_said_s < LOST_SAY_S)
		return;
	sw_buf_u64(&b, lost - r->lost_said);
	sw_buf_str(&b, " decisions came faster than they could be kept; the counters have them");
	note(r, SW_LEVEL_WARN, "log", sw_buf_slice(&b),
	     json_pack("{s:I}", "lost", (json_int_t)(lost - r->lost_said)));
	r->lost_said = lost;
	r->lost_said_s = sw_wall_s(now);
}

static enum sw_level level_of(uint32_t code)
{
	return code <= SW_LEVEL_DEBUG ? (enum sw_level)code : SW_LEVEL_ERROR;
}

/* What the parent says of a start or a reload begins with that word and is found under it. */
static const char *event_of(struct sw_slice text)
{
	if (sw_slice_has_prefix(text, SW_LIT("start")))
		return "start";
	return sw_slice_has_prefix(text, SW_LIT("reload")) ? "reload" : "notice";
}

static void obey(struct role *r, const struct sw_ipc *m)
{
	struct sw_slice text = { m->text, m->n };

	switch ((enum sw_ipc_type)m->type) {
	case SW_IPC_STOP:
		r->over = true;
		break;
	case SW_IPC_REOPEN:
		sw_log_reopen(&r->state.log, (int)m->code);
		break;
	case SW_IPC_GENERATION:
		take_generation(r);
		break;
	case SW_IPC_NOTICE:
		note(r, level_of(m->code), event_of(text), text, NULL);
		break;
	case SW_IPC_RELOADED:
		take_generation(r);
		if (r->has_control)
			sw_control_reloaded(&r->control, m->code, text);
		break;
	default: /* ours to send, or other roles' */
		break;
	}
}

static void listen_to_parent(struct role *r)
{
	for (;;) {
		enum sw_ipc_got got = sw_ipc_receive(r->state.start->parent_fd, &r->ipc);

		if (got == SW_IPC_GONE)
			r->over = true;
		if (got != SW_IPC_GOT)
			return;
		obey(r, &r->ipc);
	}
}

static void hear_store(struct role *r, const struct sw_ipc *m, int fd)
{
	if (m->type == SW_IPC_STORE_NOTICE)
		note(r, level_of(m->code), "store", (struct sw_slice){ m->text, m->n }, NULL);
	if (m->type == SW_IPC_STORE_ANSWER && r->has_control)
		sw_control_stored(&r->control, m->code, (struct sw_slice){ m->text, m->n }, fd);
	else if (fd >= 0)
		close(fd);
}

static void lose_store(struct role *r)
{
	r->has_store = false;
	if (r->has_control)
		sw_control_store_gone(&r->control);
}

/* A store role that is gone is what the parent hears of; nothing is asked of it any more. */
static void listen_to_store(struct role *r)
{
	int fd;

	while (r->has_store) {
		enum sw_ipc_got got = sw_ipc_receive_fd(r->state.start->store_fd, &r->ipc, &fd);

		if (got == SW_IPC_GONE)
			lose_store(r);
		if (got != SW_IPC_GOT)
			return;
		hear_store(r, &r->ipc, fd);
	}
}

static void sleep_until_something(struct role *r, int most_ms)
{
	const struct sw_admin_start *start = r->state.start;
	struct pollfd p[] = {
		{ .fd = start->ring_fd, .events = POLLIN },
		{ .fd = start->parent_fd, .events = POLLIN },
		{ .fd = r->has_store ? start->store_fd : -1, .events = POLLIN },
		{ .fd = r->has_control ? sw_control_fd(&r->control) : -1, .events = POLLIN },
	};
	uint64_t rung;

	if (poll(p, SW_ARRAY_LEN(p), most_ms) > 0 && (p[0].revents & POLLIN))
		while (read(start->ring_fd, &rung, sizeof(rung)) < 0)
			if (errno != EINTR)
				break;
}

static void turn(struct role *r)
{
	struct sw_wall now;
	int wait_ms;

	listen_to_parent(r);
	listen_to_store(r);
	wait_ms = take_events(r) ? 0 : TURN_MS;
	now = sw_clock_wall();
	say_lost(r, now);
	if (r->has_control)
		sw_control_run(&r->control, now);
	sw_log_flush(&r->state.log, now);
	if (r->has_control)
		wait_ms = sw_control_wait_ms(&r->control, wait_ms);
	if (!r->over)
		sleep_until_something(r, wait_ms);
}

static void end(struct role *r)
{
	while (take_events(r))
		;
	listen_to_store(r);
	if (r->has_control)
		sw_control_end(&r->control, sw_clock_wall());
	if (r->state.generation && !r->state.generation->is_demo)
		note(r, SW_LEVEL_NOTICE, "stop", SW_LIT("sipward ends"), NULL);
	sw_log_end(&r->state.log, sw_clock_wall());
	sw_seen_free(&r->state.seen);
}

/* A client that goes away in the middle of an answer is no reason to die. */
static void block_sigpipe(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static void run(struct role *r)
{
	take_generation(r);
	r->has_store = r->state.start->store_fd >= 0;
	r->has_control = sw_control_start(&r->control, &r->state);
	if (!r->has_control)
		note(r, SW_LEVEL_ERROR, "log",
		     SW_LIT("the control socket cannot be served; explain and status will not work"),
		     NULL);
	while (!r->over)
		turn(r);
	end(r);
}

void *sw_admin_main(void *arg)
{
	const struct sw_admin_start *start = arg;
	struct role *r = map(sizeof(*r));
	size_t kept = sw_recent_size(recent_size);
	void *memory = map(kept);

	block_sigpipe();
	if (r && memory) {
		r->state.start = start;
		sw_log_init(&r->state.log, start->log_fd);
		sw_recent_init(&r->state.recent, memory, recent_size);
		run(r);
	}
	if (memory)
		munmap(memory, kept);
	if (r)
		munmap(r, sizeof(*r));
	return NULL;
}
