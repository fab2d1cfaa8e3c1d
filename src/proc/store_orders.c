/* SPDX-License-Identifier: Apache-2.0 */
/* What the parent orders the store role to do (share/ipc.h). */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "proc/database.h"
#include "proc/store_own.h"
#include "share/clock.h"

#define NO_MEMORY "there is not enough memory for this configuration"

static void answer(const struct sw_store_role *r, enum sw_ipc_type type, uint32_t number,
		   const char *text)
{
	if (!sw_ipc_send(r->start->parent_fd, type, number, sw_slice_of(text)))
		return; /* a parent that does not read is gone, or will ask again */
}

/* The document has no key: that came with the start. */
static void give_seal(const struct sw_store_start *start, struct sw_conf *conf)
{
	conf->seal.has_key = start->has_seal;
	memcpy(conf->seal.key, start->seal, sizeof(conf->seal.key));
}

/* SW_IPC_PREPARED, UNABLE or REFUSES; *why for both. */
static enum sw_ipc_type open_store(struct sw_store_role *r, struct sw_conf *conf,
				   struct sw_why *why)
{
	give_seal(r->start, conf);
	switch (sw_database_open(conf, false, &r->store, why)) {
	case SW_DATABASE_OPEN:
		break;
	case SW_DATABASE_CONF:
		return SW_IPC_REFUSES;
	default:
		return SW_IPC_UNABLE;
	}
	(void)snprintf(r->keep->name, sizeof(r->keep->name), "%s", sw_store_name(r->store));
	return SW_IPC_PREPARED;
}

static void on_news(void *arg, enum sw_level level, const char *text)
{
	sw_store_role_note(arg, level, text);
}

static bool ask_for_journal(void *arg, uint32_t number)
{
	const struct sw_store_role *r = arg;

	return sw_ipc_send(r->start->parent_fd, SW_IPC_JOURNAL, number, SW_LIT(""));
}

static void on_turn(void *arg)
{
	sw_store_turn(arg);
}

static bool make_intake(struct sw_store_role *r)
{
	const struct sw_store_start *s = r->start;
	const struct sw_intake_start start = {
		.store = r->store,
		.path = s->path,
		.workers = s->workers,
		.journal = s->journal,
		.state = s->state,
		.location = &r->location,
		.worker_fd = s->worker_fd,
		.is_power = s->is_power,
		.is_first = s->start == 1,
		.ask = s->is_single ? NULL : ask_for_journal,
		.say = on_news,
		.turn = on_turn,
		.arg = r,
	};

	r->intake = sw_intake_new(&start);
	return r->intake != NULL;
}

/*
 * What journals of an earlier start have; users, then who of them is where: a life after the first
 * finds the bindings in their table.
 */
static bool load(struct sw_store_role *r, struct sw_generation *g, struct sw_why *why)
{
	struct sw_store_why cause = { 0 };
	struct sw_mono begun = sw_clock_mono();
	bool ok = true;

	g->users.kept = r->users.kept;
	if (!r->intake && !make_intake(r))
		return sw_why_say(why, NO_MEMORY);
	if (!sw_intake_recover(r->intake, sw_store_steady(r->start), &cause) ||
	    !sw_keeper_load(r, &cause))
		return sw_why_say(why, "%s", cause.text);
	if (r->start->start == 1)
		ok = sw_registered_load(r, &g->users, sw_store_steady(r->start), why);
	else
		sw_registered_judge(r, &g->users);
	sw_keep_took(r->keep, SW_KEEP_READ, sw_clock_mono().us - begun.us);
	return ok;
}

static enum sw_ipc_type judge(struct sw_store_role *r, const struct sw_policy *policy)
{
	struct sw_rules *rules = sw_rules_new(policy);

	if (!rules) {
		(void)sw_why_say(&r->refusal, NO_MEMORY);
		return SW_IPC_UNABLE;
	}
	if (!sw_follow_may(r, &rules->policy)) {
		sw_rules_free(rules);
		return SW_IPC_REFUSES;
	}
	r->prepared = rules;
	return SW_IPC_PREPARED;
}

/* The tables before the rules are judged by them: who stands in both places? */
static enum sw_ipc_type prepare_with(struct sw_store_role *r, struct sw_generation *g)
{
	bool is_first = !r->store;
	enum sw_ipc_type type = is_first ? open_store(r, g->conf, &r->refusal) : SW_IPC_PREPARED;

	if (type == SW_IPC_PREPARED && is_first && !load(r, g, &r->refusal))
		type = SW_IPC_UNABLE;
	return type == SW_IPC_PREPARED ? judge(r, &g->conf->policy) : type;
}

/* A generation for the index of its users; nothing of it is needed afterwards. */
static struct sw_generation *make(const struct sw_store_role *r, int document)
{
	const struct sw_conf_maker *maker = &r->start->maker;
	struct sw_conf *conf = maker->make(maker->arg, document);
	struct sw_generation *g = NULL;

	if (conf)
		g = sw_generation_new(conf, r->number, sw_clock_wall(), r->start->seed);
	if (conf && !g)
		sw_conf_free(conf);
	return g;
}

static void drop_prepared(struct sw_store_role *r)
{
	const struct sw_rules *now = r->next ? r->next : r->rules;
	struct sw_store_why why;

	if (!r->prepared)
		return;
	sw_rules_free(r->prepared);
	r->prepared = NULL;
	if (now && !sw_store_set_realm(r->store, now->policy.realm, &why))
		sw_store_role_fail(r, &why);
}

static void prepare(struct sw_store_role *r, int document)
{
	struct sw_generation *g;
	enum sw_ipc_type type;

	drop_prepared(r);
	r->number = r->order.code;
	g = make(r, document);
	if (!g) {
		answer(r, SW_IPC_UNABLE, r->number, NO_MEMORY);
		return;
	}
	r->refusal.text[0] = '\0';
	type = prepare_with(r, g);
	sw_generation_free(g);
	answer(r, type, r->number, type == SW_IPC_PREPARED ? "" : r->refusal.text);
}

static void use(struct sw_store_role *r)
{
	if (!r->prepared || r->number != r->order.code)
		return;
	sw_rules_free(r->next);
	r->next = r->prepared;
	r->prepared = NULL;
	atomic_store(&r->start->board.cell[SW_BOARD_STORE].generation, r->number);
	answer(r, SW_IPC_ON, r->number, "");
}

void sw_store_use_next(struct sw_store_role *r)
{
	if (!r->next)
		return;
	sw_rules_free(r->rules);
	r->rules = r->next;
	r->next = NULL;
}

static void take_peer(struct sw_store_role *r, int fd)
{
	if (r->ask_fd >= 0)
		close(r->ask_fd);
	r->ask_fd = fd;
	r->is_alone = fd < 0;
}

/* Without it the store may be down, and can be up now. */
static bool take_journal(struct sw_store_role *r, int fd)
{
	r->order.text[r->order.n < SW_IPC_TEXT ? r->order.n : SW_IPC_TEXT - 1] = '\0';
	r->retry_at.us = 0;
	return r->intake && sw_intake_given(r->intake, r->order.code, fd, r->order.text);
}

static void obey(struct sw_store_role *r, int fd)
{
	bool is_kept = false;

	switch (r->order.type) {
	case SW_IPC_PREPARE:
		prepare(r, fd);
		break;
	case SW_IPC_USE:
		use(r);
		break;
	case SW_IPC_FORGET:
		if (r->number == r->order.code)
			drop_prepared(r);
		break;
	case SW_IPC_JOURNAL:
		is_kept = take_journal(r, fd);
		break;
	case SW_IPC_PEER:
		take_peer(r, fd);
		is_kept = true;
		break;
	case SW_IPC_STOP:
		atomic_store(&r->is_stopped, true);
		break;
	default:
		break;
	}
	if (fd >= 0 && !is_kept)
		close(fd);
}

void sw_store_hear(struct sw_store_role *r)
{
	int fd;

	sw_store_turn(r);
	while (!atomic_load(&r->is_stopped)) {
		enum sw_ipc_got got = sw_ipc_receive_fd(r->start->parent_fd, &r->order, &fd);

		if (got == SW_IPC_GONE)
			atomic_store(&r->is_stopped, true);
		if (got != SW_IPC_GOT)
			return;
		obey(r, fd);
	}
}
