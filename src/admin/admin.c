/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/admin.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <microhttpd.h>

#include "admin/control.h"
#include "admin/drain.h"
#include "admin/loopback.h"
#include "admin/prepare.h"
#include "obs/text.h"
#include "share/clock.h"
#include "share/ipc.h"

#define TURN_MS    1000
#define MESSAGE    1024
#define LOST_SAY_S 10

struct role {
	struct sw_admin_state state;
	struct sw_control control;
	struct sw_drain drain;
	struct sw_prepare next, now;    /* the generation that may come, and the one that is used */
	struct sw_loopback loopback[2]; /* of the one that is used, and of the next */
	unsigned loopback_now;
	struct sw_ipc ipc;
	int64_t lost_said_s;
	uint64_t lines_lost; /* that the board has */
	bool has_control, over;
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
		sw_buf_u64(&b, (uint64_t)sw_admin_pid(&r->state));
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
		       (json_int_t)sw_admin_pid(&r->state), "gen", (json_int_t)g->number,
		       "listeners", (json_int_t)p->listeners, "trunks", (json_int_t)p->trunks,
		       "users", (json_int_t)p->users));
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

/* Tell the workers which decisions are to come: those for the log, or all that are made. */
static void say_wanted(struct role *r)
{
	bool all = r->has_control && sw_control_is_followed(&r->control);
	enum sw_level level = all ? SW_LEVEL_DEBUG : r->state.log.level;

	sw_board_want(&r->state.start->board, level);
}

static void use_generation(struct role *r, const struct sw_admin_generation *g)
{
	bool is_first = !r->state.generation;

	if (!sw_seen_use(&r->state.seen, &g->conf->policy))
		note(r, SW_LEVEL_ERROR, "log", SW_LIT("no memory: trunks keep their old list"),
		     NULL);
	r->state.generation = g;
	sw_log_use(&r->state.log, &g->conf->log, g->log_fd);
	say_wanted(r);
	if (!g->is_demo) /* its banner has said so */
		note_generation(r, g, is_first);
	for (size_t i = 0; i < g->conf->risks; i++)
		note_risk(r, &g->conf->risk[i]);
	atomic_store(&r->state.start->board.cell[SW_BOARD_ADMIN].generation, g->number);
}

static void tell_parent(struct role *r, enum sw_ipc_type type, uint32_t code, struct sw_slice text)
{
	if (!sw_ipc_send(r->state.start->parent_fd, type, code, text))
		note(r, SW_LEVEL_ERROR, "log", SW_LIT("the parent does not listen to admin"), NULL);
}

static struct sw_loopback *next_loopback(struct role *r)
{
	return &r->loopback[1 - r->loopback_now];
}

static void forget_prepared(struct role *r)
{
	sw_loopback_end(next_loopback(r));
	sw_prepare_forget(&r->next);
}

/* It answers nobody before it is run. The socket is its own from here on. */
static bool start_loopback(struct role *r)
{
	int *fd = &r->next.fd[SW_INHERIT_ADDRESS];

	if (*fd < 0)
		return true;
	if (!sw_loopback_start(next_loopback(r), &r->state, *fd)) {
		r->next.why = SW_LIT("the address of admin cannot be served: the HTTP server "
				     "does not start");
		return false;
	}
	*fd = -1;
	return true;
}

static void answer_prepared(struct role *r)
{
	struct sw_prepare *p = &r->next;
	uint32_t number = p->generation.number;

	if (!sw_prepare_is_whole(p))
		return;
	if (p->conf && start_loopback(r)) {
		tell_parent(r, SW_IPC_PREPARED, number, (struct sw_slice){ 0 });
		return;
	}
	tell_parent(r, p->is_refused ? SW_IPC_REFUSES : SW_IPC_UNABLE, number, p->why);
	forget_prepared(r);
}

/* What was prepared; the old one goes when nothing of the role points into it any more. */
static void use_prepared(struct role *r, uint32_t number)
{
	struct sw_prepare old = r->now;

	if (!sw_prepare_is_whole(&r->next) || !r->next.conf || r->next.generation.number != number)
		return;
	r->now = r->next;
	r->next = (struct sw_prepare){ 0 };
	use_generation(r, &r->now.generation);
	sw_prepare_forget(&old);
	sw_loopback_end(&r->loopback[r->loopback_now]);
	r->loopback_now = 1 - r->loopback_now;
	tell_parent(r, SW_IPC_ON, number, (struct sw_slice){ 0 });
}

static void take_event(void *arg, const struct sw_event *e)
{
	struct role *r = arg;

	sw_log_decision(&r->state.log, e);
	if (r->has_control)
		sw_control_decision(&r->control, e);
}

static void say_dropped(struct role *r, uint32_t worker)
{
	_Atomic uint64_t *said = &r->state.start->board.log->said[worker];
	uint64_t dropped = sw_drain_dropped(&r->drain, worker);
	uint64_t before = sw_metric_read(said);
	uint64_t more = dropped > before ? dropped - before : 0;
	char room[MESSAGE];
	struct sw_buf b = sw_buf_over(room, sizeof(room));

	if (more == 0)
		return;
	sw_buf_u64(&b, more);
	sw_buf_str(&b, " decisions of worker ");
	sw_buf_u64(&b, worker);
	sw_buf_str(&b, " came faster than the log takes them; counters and explain have them");
	note(r, SW_LEVEL_WARN, "log", sw_buf_slice(&b),
	     json_pack("{s:I,s:I}", "lost", (json_int_t)more, "worker", (json_int_t)worker));
	atomic_store_explicit(said, dropped, memory_order_relaxed);
}

static void say_lost(struct role *r, struct sw_wall now)
{
	if (sw_wall_s(now) - r->lost_said_s < LOST_SAY_S)
		return;
	r->lost_said_s = sw_wall_s(now);
	for (uint32_t i = 0; i < r->drain.workers; i++)
		say_dropped(r, i);
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
	if (sw_slice_has_prefix(text, SW_LIT("role: ")))
		return "role";
	return sw_slice_has_prefix(text, SW_LIT("reload")) ? "reload" : "notice";
}

static void lose_store(struct role *r)
{
	r->state.has_store = false;
	if (r->has_control)
		sw_control_store_gone(&r->control);
}

/* The store role has begun anew: what was asked of the old one is not answered any more. */
static void take_peer(struct role *r, int fd)
{
	if (fd < 0)
		return;
	lose_store(r);
	if (r->state.is_store_ours)
		close(r->state.store_fd);
	r->state.store_fd = fd;
	r->state.is_store_ours = true;
	r->state.has_store = true;
}

/* A file that admin has itself is simply another one from here on. */
static void reopen(struct role *r, int fd)
{
	struct sw_prepare *now = &r->now;

	if (fd < 0)
		return;
	if (!now->is_there) {
		sw_log_reopen(&r->state.log, fd);
		return;
	}
	if (now->fd[SW_INHERIT_LOG] < 0) { /* it writes to standard error now */
		close(fd);
		return;
	}
	sw_log_use(&r->state.log, &now->conf->log, fd);
	close(now->fd[SW_INHERIT_LOG]);
	now->fd[SW_INHERIT_LOG] = now->generation.log_fd = fd;
}

/* What comes with a descriptor; it is taken. */
static void take_with(struct role *r, const struct sw_ipc *m, int fd)
{
	switch ((enum sw_ipc_type)m->type) {
	case SW_IPC_PREPARE:
		sw_loopback_end(next_loopback(r));
		sw_prepare_begin(&r->next, m, fd);
		answer_prepared(r);
		break;
	case SW_IPC_SOCKET:
		sw_prepare_put(&r->next, m, fd);
		answer_prepared(r);
		break;
	case SW_IPC_PEER:
		take_peer(r, fd);
		break;
	case SW_IPC_REOPEN:
		reopen(r, fd);
		break;
	default:
		if (fd >= 0)
			close(fd);
		break;
	}
}

static void obey(struct role *r, const struct sw_ipc *m)
{
	struct sw_slice text = { m->text, m->n };

	switch ((enum sw_ipc_type)m->type) {
	case SW_IPC_STOP:
		r->over = true;
		break;
	case SW_IPC_USE:
		use_prepared(r, m->code);
		break;
	case SW_IPC_FORGET:
		forget_prepared(r);
		break;
	case SW_IPC_NOTICE:
		note(r, level_of(m->code), event_of(text), text, NULL);
		break;
	case SW_IPC_RELOADED:
		if (r->has_control)
			sw_control_reloaded(&r->control, m->code, text);
		break;
	default:
		break;
	}
}

static void listen_to_parent(struct role *r)
{
	int fd;

	for (;;) {
		enum sw_ipc_got got = sw_ipc_receive_fd(r->state.start->parent_fd, &r->ipc, &fd);

		if (got == SW_IPC_GONE)
			r->over = true;
		if (got != SW_IPC_GOT)
			return;
		take_with(r, &r->ipc, fd);
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

/* A store role that is gone is what the parent hears of; nothing is asked of it any more. */
static void listen_to_store(struct role *r)
{
	int fd;

	/* What it says before there is a log waits. */
	while (r->state.has_store && r->state.generation) {
		enum sw_ipc_got got = sw_ipc_receive_fd(r->state.store_fd, &r->ipc, &fd);

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
		{ .fd = r->state.has_store ? r->state.store_fd : -1, .events = POLLIN },
		{ .fd = r->has_control ? sw_control_fd(&r->control) : -1, .events = POLLIN },
		{ .fd = sw_loopback_fd(&r->loopback[r->loopback_now]), .events = POLLIN },
	};
	uint64_t rung;

	if (poll(p, SW_ARRAY_LEN(p), most_ms) > 0 && (p[0].revents & POLLIN))
		while (read(start->ring_fd, &rung, sizeof(rung)) < 0)
			if (errno != EINTR)
				break;
}

/* The log counts from its own start; the board goes on. */
static void count_lost_lines(struct role *r)
{
	_Atomic uint64_t *all = &r->state.start->board.log->lines_lost;

	atomic_store_explicit(all, sw_metric_read(all) + r->state.log.lost - r->lines_lost,
			      memory_order_relaxed);
	r->lines_lost = r->state.log.lost;
}

static void turn(struct role *r)
{
	struct sw_board_cell *cell = &r->state.start->board.cell[SW_BOARD_ADMIN];
	struct sw_wall now;
	int wait_ms;

	sw_board_begin_turn(cell, sw_clock_mono());
	listen_to_parent(r);
	listen_to_store(r);
	wait_ms = sw_drain_some(&r->drain, take_event, r) ? 0 : TURN_MS;
	now = sw_clock_wall();
	say_lost(r, now);
	if (r->has_control)
		sw_control_run(&r->control, now);
	say_wanted(r);
	sw_loopback_run(&r->loopback[r->loopback_now], now);
	sw_log_flush(&r->state.log, now);
	count_lost_lines(r);
	if (r->has_control)
		wait_ms = sw_control_wait_ms(&r->control, wait_ms);
	wait_ms = sw_loopback_wait_ms(&r->loopback[r->loopback_now], wait_ms);
	sw_busy_look(&r->state.busy, &r->state.start->board, sw_clock_mono());
	sw_board_end_turn(cell, sw_clock_mono());
	if (!r->over)
		sleep_until_something(r, wait_ms);
}

static void end(struct role *r)
{
	sw_drain_rest(&r->drain, take_event, r);
	listen_to_store(r);
	if (r->has_control)
		sw_control_end(&r->control, sw_clock_wall());
	if (r->state.generation && !r->state.generation->is_demo)
		note(r, SW_LEVEL_NOTICE, "stop", SW_LIT("sipward ends"), NULL);
	sw_log_end(&r->state.log, sw_clock_wall());
	sw_seen_free(&r->state.seen);
	forget_prepared(r);
	sw_loopback_end(&r->loopback[r->loopback_now]);
	sw_prepare_forget(&r->now);
	if (r->state.is_store_ours)
		close(r->state.store_fd);
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
	r->has_control = sw_control_start(&r->control, &r->state);
	if (!r->has_control)
		note(r, SW_LEVEL_ERROR, "log",
		     SW_LIT("the control socket cannot be served; explain and status will not work"),
		     NULL);
	while (!r->over)
		turn(r);
	end(r);
}

static void begin(struct role *r, const struct sw_admin_start *start)
{
	struct rlimit fds;

	if (getrlimit(RLIMIT_NOFILE, &fds) == 0)
		r->state.fds_max = fds.rlim_cur;
	r->state.start = start;
	r->state.began = sw_clock_wall();
	r->state.statm_fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	r->state.store_fd = start->store_fd;
	r->state.has_store = start->store_fd >= 0;
	sw_log_init(&r->state.log, start->log_fd);
	sw_recent_init(&r->state.recent, &start->board);
	sw_drain_init(&r->drain, &start->board);
}

void *sw_admin_main(void *arg)
{
	const struct sw_admin_start *start = arg;
	struct role *r = map(sizeof(*r));

	block_sigpipe();
	if (!r)
		return NULL;
	begin(r, start);
	if (!start->enter || start->enter(start->enter_arg))
		run(r);
	if (r->state.statm_fd >= 0)
		close(r->state.statm_fd);
	munmap(r, sizeof(*r));
	return NULL;
}
