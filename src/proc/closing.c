/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/closing.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proc/notify.h"
#include "proc/reload.h"
#include "proc/watch.h"
#include "share/clock.h"

#define DRAIN_US (10 * (uint64_t)SW_US_PER_S)

static enum sw_role_kind kind_of(enum sw_phase phase)
{
	static const enum sw_role_kind kind[SW_PHASE_ENDED + 1] = {
		[SW_PHASE_STOPPING_WORKERS] = SW_ROLE_WORKER,
		[SW_PHASE_STOPPING_STORE] = SW_ROLE_STORE,
		[SW_PHASE_STOPPING_ADMIN] = SW_ROLE_ADMIN,
	};

	return kind[phase];
}

/* A full pair is closed instead: to a role a parent that is gone means the same. */
static void tell_to_end(struct sw_role *role)
{
	if (role->state == SW_ROLE_ALIVE &&
	    !sw_ipc_send(role->watch.fd, SW_IPC_STOP, 0, SW_LIT("")))
		(void)shutdown(role->watch.fd, SHUT_RDWR);
}

/* Each kind has its own time: what one took is not the next one's fault. */
static void stop_next(struct sw_running *r, enum sw_phase phase)
{
	r->phase = phase;
	r->deadline.us = sw_clock_mono().us + DRAIN_US;
	for (uint32_t i = 0; i < r->roles.n; i++)
		if (r->roles.role[i].kind == kind_of(phase))
			tell_to_end(&r->roles.role[i]);
}

void sw_closing_begin(struct sw_running *r)
{
	if (r->phase >= SW_PHASE_STOPPING_WORKERS)
		return;
	sw_notify_stopping();
	sw_reload_end(r);
	stop_next(r, SW_PHASE_STOPPING_WORKERS);
}

void sw_closing_at_once(struct sw_running *r)
{
	sw_load_free(r->reload.load);
	sw_watch_kill(r);
	sw_sockfile_remove(&r->claim.control);
	_exit(EXIT_FAILURE);
}

void sw_closing_on_signal(struct sw_running *r)
{
	if (r->phase >= SW_PHASE_STOPPING_WORKERS)
		sw_closing_at_once(r);
	sw_closing_begin(r);
}

/* A thread cannot be cut off alone. */
static void cut_off(struct sw_running *r, const struct sw_role *role)
{
	struct sw_why why;

	(void)sw_why_say(&why, "%s did not end within 10 s and is cut off", role->name);
	sw_why_print(why.text);
	r->end = SW_PARENT_FAILED;
	if (role->pid <= 0)
		sw_closing_at_once(r);
	(void)kill(role->pid, SIGKILL);
}

/* Are all of this phase gone? Those that take too long are helped. */
static bool has_ended(struct sw_running *r)
{
	bool is_late = sw_clock_mono().us >= r->deadline.us;
	bool are_gone = true;

	for (uint32_t i = 0; i < r->roles.n; i++) {
		struct sw_role *role = &r->roles.role[i];

		if (role->kind != kind_of(r->phase) || role->state == SW_ROLE_ABSENT)
			continue;
		are_gone = false;
		if (is_late)
			cut_off(r, role);
	}
	if (is_late)
		r->deadline.us += DRAIN_US;
	return are_gone;
}

void sw_closing_turn(struct sw_running *r)
{
	while (r->phase < SW_PHASE_ENDED && has_ended(r)) {
		if (r->phase + 1 < SW_PHASE_ENDED)
			stop_next(r, r->phase + 1);
		else
			r->phase = SW_PHASE_ENDED;
	}
}
