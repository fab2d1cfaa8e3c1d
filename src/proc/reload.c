/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/reload.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/secret.h"
#include "proc/notify.h"
#include "share/clock.h"

#define TAKE_US (5 * (uint64_t)SW_US_PER_S)

static void log_line(struct sw_running *r, enum sw_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void log_line(struct sw_running *r, enum sw_level level, const char *format, ...)
{
	char text[1200];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (!sw_ipc_send(r->roles.admin_fd, SW_IPC_NOTICE, level, sw_slice_of(text)))
		sw_why_print(text); /* the log does not listen */
}

/* Its first line says where and what; the others show the source. */
static void log_diag(struct sw_running *r, const char *what, const struct sw_diag *d)
{
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);
	const char *end;

	if (!out)
		return;
	sw_diag_print(out, d);
	(void)fclose(out);
	end = text ? memchr(text, '\n', n) : NULL;
	if (end)
		log_line(r, d->is_error ? SW_LEVEL_ERROR : SW_LEVEL_WARN, "%s: %.*s", what,
			 (int)(end - text), text);
	free(text);
}

static void log_diags(struct sw_running *r, const char *what, bool are_errors)
{
	size_t logged = 0;

	for (size_t i = 0; i < r->diags.n && logged < SW_DIAGS_SHOWN; i++) {
		if (r->diags.list[i].is_error != are_errors)
			continue;
		log_diag(r, what, &r->diags.list[i]);
		logged++;
	}
}

void sw_reload_log_warnings(struct sw_running *r, const char *what)
{
	log_diags(r, what, false);
	sw_diags_free(&r->diags);
}

void sw_reload_begin(struct sw_running *r)
{
	r->is_taking = true;
	r->is_told = r->is_late = false;
	r->deadline.us = sw_clock_mono().us + TAKE_US;
	if (!sw_loop_change(&r->loop, &r->admin, 0))
		return; /* admin is gone, and with it what it could wish */
}

static void hear_admin(struct sw_running *r)
{
	if (!sw_loop_change(&r->loop, &r->admin, SW_LOOP_IN))
		return; /* likewise */
}

enum sw_taking sw_reload_look(struct sw_running *r)
{
	uint32_t number = r->now->generation->number;

	if (!r->is_told)
		r->is_told = sw_roles_tell(&r->roles, number);
	if (sw_roles_unanswered(&r->roles) == 0) {
		r->is_taking = false;
		hear_admin(r);
		return sw_roles_missing(&r->roles, number) ? SW_TAKING_FAILED : SW_TAKING_DONE;
	}
	if (r->is_late || sw_clock_mono().us < r->deadline.us)
		return SW_TAKING;
	r->is_late = true;
	hear_admin(r);
	return SW_TAKING_FAILED;
}

static void answer(struct sw_running *r, uint32_t code, struct sw_slice text)
{
	if (!r->has_caller)
		return;
	r->has_caller = false;
	if (!sw_ipc_send(r->roles.admin_fd, SW_IPC_RELOADED, code, text))
		sw_why_print("the control socket does not listen: the answer to a reload is lost");
}

static const struct sw_diag *first_error(const struct sw_diags *diags)
{
	for (size_t i = 0; i < diags->n; i++)
		if (diags->list[i].is_error)
			return &diags->list[i];
	return NULL;
}

/* The three lines that stand before the whole text (share/ipc.def). */
static void print_first(FILE *out, const struct sw_diag *d)
{
	(void)fprintf(out, "SW%03d\n%.*s\n", (int)d->rule, (int)d->message.n, d->message.p);
	if (d->line > 0)
		(void)fprintf(out, "%.*s:%" PRIu32 ":%" PRIu32 "\n", (int)d->file.n, d->file.p,
			      d->line, d->col);
	else
		(void)fprintf(out, "%.*s\n", (int)d->file.n, d->file.n ? d->file.p : "");
}

static void answer_diags(struct sw_running *r, uint32_t code)
{
	const struct sw_diag *error = first_error(&r->diags);
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	if (!out) { /* no memory: the log says it all, and the code that it is so */
		answer(r, code, SW_LIT(""));
		return;
	}
	if (error)
		print_first(out, error);
	sw_diags_print(out, &r->diags, SW_DIAGS_SHOWN);
	(void)fclose(out);
	answer(r, code, (struct sw_slice){ text, text ? n : 0 });
	free(text);
}

static void answer_why(struct sw_running *r, uint32_t code, const char *sentence)
{
	char text[2 * sizeof(struct sw_why) + 32];
	int n = snprintf(text, sizeof(text), "%s\n%s\n\n%s\n",
			 code == SW_IPC_REFUSED ? "configuration" : "unavailable", sentence,
			 sentence);

	answer(r, code, (struct sw_slice){ text, (size_t)n });
}

static void refuse_reload(struct sw_running *r, const struct sw_why *why)
{
	sw_notify_ready();
	if (why->text[0] != '\0') {
		log_line(r, SW_LEVEL_ERROR, "reload refused: %s", why->text);
		answer_why(r, SW_IPC_REFUSED, why->text);
	} else {
		log_diags(r, "reload refused", true);
		answer_diags(r, SW_IPC_REFUSED);
	}
	sw_diags_free(&r->diags);
}

/* What was settled at the start: its place is known to others, who would not find the door. */
static bool is_fixed(const struct sw_conf *next, const char *key, struct sw_slice was,
		     struct sw_slice is, struct sw_why *why)
{
	struct sw_place at = sw_stage_place(next, sw_slice_of(key));

	if (sw_slice_eq(was, is))
		return true;
	(void)sw_why_say(why, "%s cannot change while the door runs (it is %.*s): restart", key,
			 (int)was.n, was.p);
	if (at.line > 0)
		sw_why_add(why, ", or take the change back (%.*s:%" PRIu32 ")", (int)at.file.n,
			   at.file.p, at.line);
	return false;
}

static struct sw_slice store_of(const struct sw_conf *c)
{
	return c->store.is_sqlite ? c->store.path : SW_LIT("memory");
}

/* What the store keeps of passwords is good for one realm. */
static bool is_realm_fixed(const struct sw_running *r, const struct sw_conf *now,
			   const struct sw_conf *next, struct sw_why *why)
{
	const struct sw_keep *keep = sw_store_role_keep(r->roles.store);

	return atomic_load(&keep->users) == 0 ||
	       is_fixed(next, "realm", now->policy.realm, next->policy.realm, why);
}

/* Users are sealed with the key of the start, and the next start would not open them. */
static bool is_seal_fixed(const struct sw_conf *now, const struct sw_conf *next, struct sw_why *why)
{
	const struct sw_seal_setting *was = &now->seal, *is = &next->seal;
	struct sw_slice name = is->path.p ? is->path : is->reference;

	if (!now->store.is_sqlite || !was->has_key ||
	    (is->has_key && sw_secret_eq(was->key, is->key, sizeof(was->key))))
		return true;
	return sw_why_say(why,
			  "the seal key cannot change while the door runs (%.*s is %s): users are "
			  "sealed with the one that it began with, so put that back",
			  (int)name.n, name.p, is->has_key ? "another one" : "not there");
}

static bool may_follow(struct sw_running *r, const struct sw_conf *next, struct sw_why *why)
{
	const struct sw_conf *now = r->now->generation->conf;

	return is_fixed(next, "run", now->run, next->run, why) &&
	       is_fixed(next, "control", now->control, next->control, why) &&
	       is_fixed(next, "store", store_of(now), store_of(next), why) &&
	       is_seal_fixed(now, next, why) && is_realm_fixed(r, now, next, why) &&
	       sw_store_role_may_follow(r->roles.store, &now->policy, &next->policy, why);
}

static struct sw_stage *make_next(struct sw_running *r, struct sw_why *why)
{
	struct sw_conf *conf = sw_stage_load(&r->setting->source, &r->diags, why);
	struct sw_stage *next;

	if (!conf)
		return NULL;
	if (!may_follow(r, conf, why)) {
		sw_conf_free(conf);
		return NULL;
	}
	sw_stage_fit(conf, r->rooms, &r->diags);
	next = sw_stage_new(conf, ++r->made, r->seed, r->now, why);
	if (!next)
		return NULL;
	next->admin.is_demo = r->setting->source.is_demo;
	sw_store_role_lend(r->roles.store, next->generation);
	return next;
}

static void go_over(struct sw_running *r, struct sw_stage *to)
{
	r->old = r->now;
	r->now = to;
	sw_roles_offer(&r->roles, to->generation, &to->admin);
	sw_reload_begin(r);
}

void sw_reload_start(struct sw_running *r, bool has_caller)
{
	struct sw_why why = { "" };
	struct sw_stage *next = NULL;

	r->has_caller = has_caller;
	r->has_hup = false; /* whatever came before is read now */
	sw_notify_reloading(sw_clock_mono());
	if (r->old)
		(void)sw_why_say(&why, "%s: restart the door", r->trouble.text);
	else
		next = make_next(r, &why);
	if (next)
		go_over(r, next);
	else
		refuse_reload(r, &why);
}

void sw_reload_finish(struct sw_running *r)
{
	sw_notify_ready();
	sw_stage_free(r->old, r->now);
	r->old = NULL;
	if (r->is_going_back) {
		r->is_going_back = false;
		answer_why(r, SW_IPC_FAILED, r->trouble.text);
		sw_diags_free(&r->diags);
	} else {
		answer_diags(r, 0);
		sw_reload_log_warnings(r, "reload");
	}
}

/* A role that does not even come back: what it was offered must stay, and nothing new can come. */
static void stay_between(struct sw_running *r)
{
	sw_notify_ready();
	sw_why_add(&r->trouble, ", and %s does not answer",
		   sw_roles_name(sw_roles_missing(&r->roles, r->now->generation->number)));
	log_line(r, SW_LEVEL_ERROR, "reload failed: %s", r->trouble.text);
	answer_why(r, SW_IPC_FAILED, r->trouble.text);
}

static const char *cause_of_going_back(struct sw_running *r, uint32_t number)
{
	const char *refusal;

	if (r->is_late)
		return " within 5 s";
	refusal = sw_store_role_refusal(r->roles.store);
	if (sw_roles_missing(&r->roles, number) != SW_ROLE_STORE || refusal[0] == '\0')
		return ": the kernel refuses to watch a socket";
	(void)sw_why_say(&r->cause, ": %s", refusal);
	return r->cause.text;
}

void sw_reload_go_back(struct sw_running *r)
{
	uint32_t number = r->now->generation->number;

	if (r->is_going_back) {
		stay_between(r);
		return;
	}
	(void)sw_why_say(&r->trouble,
			 "%s did not go over to generation %" PRIu32 "%s; the door goes back to "
			 "generation %" PRIu32,
			 sw_roles_name(sw_roles_missing(&r->roles, number)), number,
			 cause_of_going_back(r, number), r->old->generation->number);
	log_line(r, SW_LEVEL_ERROR, "reload failed: %s", r->trouble.text);
	r->is_going_back = true;
	go_over(r, r->old);
}
