/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/watch.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "proc/closing.h"
#include "proc/obituary.h"
#include "proc/reload.h"
#include "share/clock.h"

#define HELD_LOOKS   4    /* so often in a row it held a part of a table that others wait for */
#define PREPARING_MS 6000 /* longer than a reload waits for it */

static const struct sw_pulse_limits limits[] = {
	[SW_ROLE_ADMIN] = { 5000, 5000 },
	[SW_ROLE_STORE] = { 10000, 10000 },
	[SW_ROLE_WORKER] = { 1000, 3000 },
};

static bool is_single(const struct sw_running *r)
{
	return r->roles.setting.is_single;
}

/* Deaths. */

/* One that could not begin has said so itself. */
static void die_at_start(struct sw_running *r, const struct sw_obituary *o)
{
	char text[SW_NOTE_TEXT];

	sw_obituary_write(o, text, sizeof(text));
	if (!WIFEXITED(o->status) || WEXITSTATUS(o->status) != EXIT_FAILURE)
		sw_why_print(text);
	r->end = SW_PARENT_FAILED;
	sw_closing_begin(r);
}

/* A thread takes what it held with it. */
static void end_with(struct sw_running *r, const struct sw_role *role)
{
	struct sw_why why;

	(void)sw_why_say(&why, "%s has ended by itself; please report it", role->name);
	sw_why_print(why.text);
	r->end = SW_PARENT_FAILED;
	sw_closing_begin(r);
}

static void tell(struct sw_running *r, const struct sw_obituary *o)
{
	char text[SW_NOTE_TEXT];

	sw_obituary_write(o, text, sizeof(text));
	sw_notes_say(&r->notes, SW_LEVEL_ERROR, "role: %s", text);
}

static void on_dead(struct sw_running *r, struct sw_role *role, int status)
{
	struct sw_obituary o = { .role = role,
				 .board = &r->roles.shared.board,
				 .pid = role->pid,
				 .status = status,
				 .stopped_ms = role->pulse.stopped_ms };

	if (role->kind == SW_ROLE_ADMIN) {
		sw_notes_to(&r->notes, -1);
		r->reload.callers = r->reload.more_callers = 0;
	}
	if (role->pid > 0)
		sw_gauge_bury(&r->gauge, (uint32_t)role->pid);
	sw_roles_bury(&r->roles, role, status);
	if (r->phase >= SW_PHASE_STOPPING_WORKERS)
		return;
	if (is_single(r)) {
		end_with(r, role);
		return;
	}
	if (!r->now) {
		die_at_start(r, &o);
		return;
	}
	o.delay_ms = sw_pulse_die(&role->pulse, sw_clock_mono());
	o.is_running = true;
	tell(r, &o);
}

static bool reap(struct sw_running *r, struct sw_role *role)
{
	int status = 0;

	if (role->pid > 0 && waitpid(role->pid, &status, WNOHANG) != role->pid)
		return false;
	if (role->state == SW_ROLE_ALIVE) {
		sw_parent_hear(r, role); /* its last words */
		sw_roles_leave(role, &r->loop);
	}
	on_dead(r, role, status);
	return true;
}

/* What has closed its pair without ending does not do its work any more. */
void sw_watch_gone(struct sw_running *r, struct sw_role *role)
{
	sw_roles_leave(role, &r->loop);
	if (role->pid > 0)
		(void)kill(role->pid, SIGKILL);
	(void)reap(r, role);
}

void sw_watch_reap(struct sw_running *r)
{
	for (uint32_t i = 0; i < r->roles.n; i++)
		if (r->roles.role[i].state != SW_ROLE_ABSENT && r->roles.role[i].pid > 0)
			(void)reap(r, &r->roles.role[i]);
}

/* Pulses. */

static bool is_building(const struct sw_role *role)
{
	return role->feed.step == SW_FEED_SENDING || role->feed.step == SW_FEED_ASKED;
}

static void stop_still(struct sw_role *role, unsigned ms)
{
	role->pulse.stopped_ms = ms;
	(void)kill(role->pid, SIGKILL);
}

/* Who runs holds a lock for less than a microsecond: its pulse is no matter then. */
static bool holds_too_long(const struct sw_running *r, struct sw_role *role)
{
	bool holds = role->pid > 0 && sw_gauge_is_held_by(&r->gauge, (uint32_t)role->pid);

	role->grip = holds ? role->grip + 1 : 0;
	return role->grip >= HELD_LOOKS;
}

static void look_at(struct sw_running *r, struct sw_role *role)
{
	struct sw_pulse_limits l = limits[role->kind];
	bool is_pending = false;
	unsigned ms;

	if (role->state != SW_ROLE_ALIVE || role->pulse.stopped_ms > 0)
		return;
	if (holds_too_long(r, role)) {
		stop_still(role, HELD_LOOKS * SW_PULSE_LOOK_MS);
		return;
	}
	if (is_building(role) && l.idle_ms < PREPARING_MS)
		l = (struct sw_pulse_limits){ PREPARING_MS, PREPARING_MS };
	if (role->kind == SW_ROLE_WORKER && r->now && role->feed.stage == r->now)
		is_pending = sw_sockets_wait(&r->now->sockets, role->number);
	ms = sw_pulse_look(&role->pulse, role->cell, is_pending, &l);
	if (ms > 0 && !is_single(r))
		stop_still(role, ms);
}

static void look(struct sw_running *r)
{
	for (uint32_t i = 0; i < r->roles.n; i++)
		look_at(r, &r->roles.role[i]);
	sw_gauge_look(&r->gauge, &r->notes);
	sw_watch_reap(r);
}

/* Successors. */

static void begin_again(struct sw_running *r, struct sw_role *role)
{
	struct sw_why why = { "" };

	if (sw_roles_begin(&r->roles, role, &r->loop, sw_parent_on_role, &why))
		return;
	role->pulse.retry_at.us = sw_clock_mono().us + SW_US_PER_S;
	sw_notes_say(&r->notes, SW_LEVEL_ERROR, "role: %s; it is tried again in 1 s", why.text);
}

static bool is_due(const struct sw_role *role, struct sw_mono now)
{
	return role->state == SW_ROLE_ABSENT && role->pulse.retry_at.us > 0 &&
	       role->pulse.retry_at.us <= now.us;
}

void sw_watch_turn(struct sw_running *r, struct sw_mono now)
{
	if (now.us >= r->look_at.us) {
		r->look_at.us = now.us + (uint64_t)SW_PULSE_LOOK_MS * 1000;
		look(r);
	}
	for (uint32_t i = 0; i < r->roles.n && r->phase <= SW_PHASE_RUNNING; i++)
		if (is_due(&r->roles.role[i], now))
			begin_again(r, &r->roles.role[i]);
}

int sw_watch_wait_ms(const struct sw_running *r, struct sw_mono now)
{
	uint64_t at = r->look_at.us;

	for (uint32_t i = 0; i < r->roles.n; i++) {
		const struct sw_role *role = &r->roles.role[i];

		if (role->state == SW_ROLE_ABSENT && role->pulse.retry_at.us > 0 &&
		    role->pulse.retry_at.us < at)
			at = role->pulse.retry_at.us;
	}
	return at <= now.us ? 0 : (int)((at - now.us + 999) / 1000);
}

void sw_watch_back(struct sw_running *r, struct sw_role *role)
{
	uint64_t died = role->pulse.died[0].us;

	if (died == 0 || role->pulse.is_back_said)
		return;
	role->pulse.is_back_said = true;
	sw_notes_say(&r->notes, SW_LEVEL_NOTICE, "role: %s is back (pid %lld) after %llu ms",
		     role->name, (long long)role->pid,
		     (unsigned long long)((sw_clock_mono().us - died) / 1000));
}

void sw_watch_unable(struct sw_running *r, struct sw_role *role, struct sw_slice why)
{
	sw_notes_say(&r->notes, SW_LEVEL_ERROR, "role: %s (pid %lld) cannot serve: %.*s",
		     role->name, (long long)role->pid, (int)why.n, why.p);
	if (role->pid > 0)
		(void)kill(role->pid, SIGKILL);
}

void sw_watch_kill(struct sw_running *r)
{
	for (uint32_t i = 0; i < r->roles.n; i++) {
		struct sw_role *role = &r->roles.role[i];
		int status;

		if (role->state == SW_ROLE_ABSENT || role->pid <= 0)
			continue;
		(void)kill(role->pid, SIGKILL);
		while (waitpid(role->pid, &status, 0) < 0 && errno == EINTR)
			;
		role->state = SW_ROLE_ABSENT;
	}
}
