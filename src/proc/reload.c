/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/reload.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "proc/closing.h"
#include "proc/notify.h"
#include "proc/watch.h"
#include "share/clock.h"

#define PREPARE_US (5 * (uint64_t)SW_US_PER_S)
#define USING_US   (30 * (uint64_t)SW_US_PER_S)

/* To who asked. */

static void answer(struct sw_running *r, uint32_t code, struct sw_slice text)
{
	const struct sw_role *admin = sw_roles_admin(&r->roles);

	for (; r->reload.callers > 0; r->reload.callers--)
		if (admin->state != SW_ROLE_ALIVE ||
		    !sw_ipc_send(admin->watch.fd, SW_IPC_RELOADED, code, text))
			sw_why_print("the control socket does not listen: the answer to a reload "
				     "is lost");
}

static void answer_why(struct sw_running *r, uint32_t code, const char *sentence)
{
	char text[2 * sizeof(struct sw_why) + 32];
	int n = snprintf(text, sizeof(text), "%s\n%s\n\n%s\n",
			 code == SW_IPC_REFUSED ? "configuration" : "unavailable", sentence,
			 sentence);

	answer(r, code, (struct sw_slice){ text, (size_t)n });
}

/* To the board, which admin shows. */

static void count(struct sw_running *r, bool has_failed, const char *why)
{
	struct sw_board_load *l = r->roles.shared.board.load;

	atomic_store(&l->tried_us, sw_clock_wall().us);
	atomic_fetch_add(&l->loads, 1);
	atomic_fetch_add(&l->failures, has_failed ? 1 : 0);
	atomic_store(&l->has_failed, has_failed);
	sw_sentence_write(&l->why, sw_slice_of(why));
	if (has_failed)
		return;
	atomic_store(&l->generation, r->now->number);
	atomic_store(&l->since_us, r->now->since.us);
	atomic_store(&l->loaded_us, sw_clock_wall().us);
}

static enum sw_level level_of(char mark)
{
	return mark == 'E' ? SW_LEVEL_ERROR : SW_LEVEL_WARN;
}

void sw_reload_log(struct sw_running *r, const char *lines, const char *what)
{
	struct sw_slice rest = sw_slice_of(lines);

	while (rest.n > 2) {
		const char *end = memchr(rest.p, '\n', rest.n);
		size_t n = end ? (size_t)(end - rest.p) : rest.n;

		if (n > 2)
			sw_notes_say(&r->notes, level_of(rest.p[0]), "%s: %.*s", what, (int)(n - 2),
				     rest.p + 2);
		rest = sw_slice_from(rest, n < rest.n ? n + 1 : n);
	}
}

/* The load. */

static void drop_load(struct sw_running *r)
{
	sw_load_free(r->reload.load);
	r->reload.load = NULL;
	r->reload.got = NULL;
}

static void be_done(struct sw_running *r)
{
	drop_load(r);
	r->reload.step = SW_RELOAD_NONE;
	sw_notify_ready();
}

static void refuse(struct sw_running *r, uint32_t code, const char *sentence)
{
	sw_notes_say(&r->notes, SW_LEVEL_ERROR, "reload %s: %s",
		     code == SW_IPC_REFUSED ? "refused" : "failed", sentence);
	count(r, true, sentence);
	answer_why(r, code, sentence);
	be_done(r);
}

static void refuse_text(struct sw_running *r, const struct sw_load_report *report)
{
	const char *end = strchr(report->lines, '\n');
	struct sw_why why;

	(void)sw_why_say(&why, "%.*s", end ? (int)(end - report->lines) : 0, report->lines);
	count(r, true, why.text[0] == '\0' ? "" : why.text + 2);
	sw_reload_log(r, report->lines, "reload refused");
	answer(r, SW_IPC_REFUSED, sw_slice_of(report->answer));
	be_done(r);
}

static bool has_users(const struct sw_running *r)
{
	return atomic_load(&r->roles.shared.board.keep->users) > 0;
}

/* Room was made at the start: what stands there now comes at the next one. */
static void log_waiting(struct sw_running *r, const struct sw_facts *next)
{
	struct sw_why sentence;

	for (size_t n = 0; sw_facts_waits(&r->first, next, n, &sentence); n++)
		sw_notes_say(&r->notes, SW_LEVEL_WARN, "reload: %s", sentence.text);
}

/* The same for who asked, in the form of other warnings. */
static void answer_loaded(struct sw_running *r, const struct sw_load_report *report)
{
	char text[SW_LOAD_SHOWN + 4 * sizeof(struct sw_why)];
	struct sw_buf b = sw_buf_over(text, sizeof(text));
	struct sw_why sentence;

	sw_buf_str(&b, report->answer);
	for (size_t n = 0; sw_facts_waits(&r->first, &report->facts, n, &sentence); n++) {
		sw_buf_str(&b, "warning: ");
		sw_buf_str(&b, sentence.text);
		sw_buf_char(&b, '\n');
	}
	answer(r, SW_IPC_DONE, sw_buf_ok(&b) ? sw_buf_slice(&b) : sw_slice_of(report->answer));
}

static struct sw_stage *make_next(struct sw_running *r, struct sw_why *why)
{
	struct sw_facts *facts = &r->next_facts;
	uint32_t rooms = r->first.capacity.connections;

	*facts = r->reload.got->report->facts;
	if (!sw_facts_may_follow(&r->now->facts, facts, has_users(r), why))
		return NULL;
	if (facts->connections_max > rooms)
		facts->connections_max = rooms;
	return sw_stage_new(r->reload.load, facts, ++r->made, r->roles.setting.workers, r->now,
			    why);
}

static void take_loaded(struct sw_running *r)
{
	struct sw_why why = { "" };

	r->next = make_next(r, &why);
	if (!r->next) {
		refuse(r, SW_IPC_REFUSED, why.text);
		return;
	}
	sw_stage_fit(r->next, r->roles.setting.is_single, &why);
	if (why.text[0] != '\0')
		sw_notes_say(&r->notes, SW_LEVEL_WARN, "reload: %s", why.text);
	log_waiting(r, &r->reload.got->report->facts);
	sw_reload_begin(r);
}

static void take_load(struct sw_running *r)
{
	const struct sw_load_result *got = r->reload.got;

	sw_load_watch_take(&r->files, &r->reload.seen, got->end == SW_LOAD_LOADED, sw_clock_mono());
	switch (got->end) {
	case SW_LOAD_LOADED:
		take_loaded(r);
		break;
	case SW_LOAD_REFUSED:
		refuse_text(r, got->report);
		break;
	default:
		refuse(r, SW_IPC_FAILED, got->why.text);
	}
}

static void start(struct sw_running *r)
{
	struct sw_why why = { "" };

	r->reload.is_wanted = false;
	r->reload.callers = r->reload.more_callers;
	r->reload.more_callers = 0;
	sw_notify_reloading(sw_clock_mono());
	r->reload.load = sw_load_start(&r->load_setting, &r->reload.seen, &r->loop, &why);
	if (r->reload.load)
		r->reload.step = SW_RELOAD_LOADING;
	else
		refuse(r, SW_IPC_FAILED, why.text);
}

void sw_reload_want(struct sw_running *r, uint32_t callers)
{
	r->reload.is_wanted = true;
	r->reload.more_callers += callers;
}

/* The two steps. */

void sw_reload_begin(struct sw_running *r)
{
	r->reload.step = SW_RELOAD_PREPARING;
	r->reload.why.text[0] = '\0';
	r->reload.is_refused = false;
	r->reload.deadline.us = sw_clock_mono().us + PREPARE_US;
}

/* Who begins takes what counts; what is prepared comes after that. */
static void choose(struct sw_running *r, struct sw_feed *f)
{
	if (!f->stage && (r->now || r->next))
		sw_feed_begin(f, r->now ? r->now : r->next);
	else if (r->next && f->stage == r->now && f->step == SW_FEED_ON)
		sw_feed_begin(f, r->next);
}

/* At the start nobody is served before the bindings that the store kept are in their table. */
static bool may_use(const struct sw_running *r, const struct sw_role *role)
{
	if (role->feed.stage != r->now)
		return false;
	return role->kind != SW_ROLE_WORKER || r->phase != SW_PHASE_STARTING ||
	       sw_roles_store(&r->roles)->feed.step == SW_FEED_ON;
}

static void push_one(struct sw_running *r, struct sw_role *role)
{
	struct sw_feed_to to = sw_roles_to(role);
	bool is_through = sw_roles_push_peer(role);

	choose(r, &role->feed);
	to.may_use = may_use(r, role);
	if (is_through && role->feed.stage)
		is_through = sw_feed_push(&role->feed, &to);
	if (is_through == !role->is_full)
		return;
	role->is_full = !is_through;
	if (!sw_loop_change(&r->loop, &role->watch, SW_LOOP_IN | (is_through ? 0 : SW_LOOP_OUT)))
		return; /* it is tried again at the next turn anyway */
}

void sw_reload_push(struct sw_running *r)
{
	for (uint32_t i = 0; i < r->roles.n && r->phase < SW_PHASE_STOPPING_WORKERS; i++)
		if (r->roles.role[i].state == SW_ROLE_ALIVE)
			push_one(r, &r->roles.role[i]);
}

void sw_reload_hear(struct sw_running *r, struct sw_role *role, const struct sw_ipc *m)
{
	if (!sw_feed_hear(&role->feed, m))
		return;
	if (role->feed.step == SW_FEED_ON && role->kind == SW_ROLE_ADMIN)
		sw_notes_to(&r->notes, role->watch.fd); /* it has the log now */
	if (role->feed.step == SW_FEED_ON && r->phase == SW_PHASE_RUNNING)
		sw_watch_back(r, role);
	if (role->feed.step != SW_FEED_UNABLE)
		return;
	if (role->feed.stage != r->next) {
		sw_watch_unable(r, role, (struct sw_slice){ m->text, m->n });
		return;
	}
	r->reload.is_refused |= role->feed.is_refused;
	if (r->reload.why.text[0] == '\0')
		(void)sw_why_say(&r->reload.why, "%.*s", (int)m->n, m->text);
	r->reload.unable = role;
}

static bool lacks(const struct sw_role *role, const struct sw_stage *stage, enum sw_feed_step step)
{
	return role->state == SW_ROLE_ALIVE &&
	       (role->feed.stage != stage || role->feed.step < step);
}

/* Who lives and is not that far; NULL: nobody. */
static const struct sw_role *who_lacks(const struct sw_running *r, const struct sw_stage *stage,
				       enum sw_feed_step step)
{
	for (uint32_t i = 0; i < r->roles.n; i++) {
		const struct sw_role *role = &r->roles.role[i];

		if (lacks(role, stage, step))
			return role;
	}
	return NULL;
}

static void forget_next(struct sw_running *r)
{
	for (uint32_t i = 0; i < r->roles.n; i++)
		if (r->roles.role[i].feed.stage == r->next)
			sw_feed_begin(&r->roles.role[i].feed, r->now);
	sw_stage_free(r->next, r->now);
	r->next = NULL;
}

/* Nothing serves yet, so there is nothing to go back to. */
static void fail_start(struct sw_running *r, const char *sentence)
{
	sw_why_print(sentence);
	r->end = r->reload.is_refused ? SW_PARENT_CONF : SW_PARENT_FAILED;
	r->reload.step = SW_RELOAD_NONE;
	sw_closing_begin(r);
}

static void go_back(struct sw_running *r)
{
	struct sw_why why;

	if (r->phase == SW_PHASE_STARTING) {
		fail_start(r, r->reload.why.text);
		return;
	}
	if (r->reload.is_refused)
		why = r->reload.why;
	else
		(void)sw_why_say(&why,
				 "%s cannot serve generation %" PRIu32 ": %s; generation %" PRIu32
				 " goes on",
				 r->reload.unable->name, r->next->number, r->reload.why.text,
				 r->now->number);
	forget_next(r);
	refuse(r, r->reload.is_refused ? SW_IPC_REFUSED : SW_IPC_FAILED, why.text);
}

/* The store may read many users when it begins; its pulse says whether it is at work. */
static bool is_late(struct sw_running *r)
{
	const struct sw_role *slow = who_lacks(r, r->next, SW_FEED_PREPARED);

	if (!slow || sw_clock_mono().us < r->reload.deadline.us ||
	    (r->phase == SW_PHASE_STARTING && slow->kind == SW_ROLE_STORE))
		return false;
	r->reload.unable = slow;
	(void)sw_why_say(&r->reload.why,
			 r->phase == SW_PHASE_STARTING ? "%s did not start within 5 s"
						       : "%s did not answer within 5 s",
			 slow->name);
	return true;
}

static void turn_preparing(struct sw_running *r)
{
	if (r->reload.unable) {
		go_back(r);
	} else if (!who_lacks(r, r->next, SW_FEED_PREPARED)) {
		r->old = r->now;
		r->now = r->next;
		r->next = NULL;
		r->reload.step = SW_RELOAD_USING;
		r->reload.deadline.us = sw_clock_mono().us + USING_US;
	} else if (is_late(r)) {
		go_back(r);
	}
	r->reload.unable = NULL;
}

/* As in is_late: a store that begins may read for long. */
static bool may_be_late(const struct sw_role *role, struct sw_mono now)
{
	return role->pulse.begun.us + USING_US > now.us ||
	       (role->kind == SW_ROLE_STORE && role->feed.step < SW_FEED_PREPARED);
}

/* One that has a pulse and does not go over would keep the old stage, and who waits, for ever. */
static void end_late(struct sw_running *r)
{
	const struct sw_slice why = SW_LIT("it did not go over to the generation that counts "
					   "within 30 s");
	struct sw_mono now = sw_clock_mono();

	if (now.us < r->reload.deadline.us)
		return;
	r->reload.deadline.us = now.us + USING_US;
	for (uint32_t i = 0; i < r->roles.n; i++) {
		struct sw_role *role = &r->roles.role[i];

		if (lacks(role, r->now, SW_FEED_ON) && !may_be_late(role, now))
			sw_watch_unable(r, role, why);
	}
}

static void turn_using(struct sw_running *r)
{
	const struct sw_load_report *report = r->reload.got ? r->reload.got->report : NULL;

	if (who_lacks(r, r->now, SW_FEED_ON)) {
		end_late(r);
		return;
	}
	sw_stage_free(r->old, r->now);
	r->old = NULL;
	count(r, false, "");
	if (report) {
		answer_loaded(r, report);
		sw_reload_log(r, report->lines, "reload");
	}
	be_done(r);
}

static void turn_loading(struct sw_running *r)
{
	r->reload.got = sw_load_done(r->reload.load, sw_clock_mono());
	if (r->reload.got)
		take_load(r);
}

void sw_reload_turn(struct sw_running *r)
{
	switch (r->reload.step) {
	case SW_RELOAD_NONE:
		if (r->reload.is_wanted && r->phase == SW_PHASE_RUNNING)
			start(r);
		break;
	case SW_RELOAD_LOADING:
		turn_loading(r);
		break;
	case SW_RELOAD_PREPARING:
		turn_preparing(r);
		break;
	case SW_RELOAD_USING:
		turn_using(r);
		break;
	}
}

int sw_reload_wait_ms(const struct sw_running *r, struct sw_mono now)
{
	int ms;

	switch (r->reload.step) {
	case SW_RELOAD_LOADING:
		ms = sw_load_wait_ms(r->reload.load, now);
		return ms < 0 ? 0 : ms;
	case SW_RELOAD_NONE:
		return r->reload.is_wanted && r->phase == SW_PHASE_RUNNING ? 0 : INT32_MAX;
	default:
		return INT32_MAX; /* the pulses are looked at often enough */
	}
}

void sw_reload_end(struct sw_running *r)
{
	drop_load(r);
	r->reload.step = SW_RELOAD_NONE;
	r->reload.is_wanted = false;
}
