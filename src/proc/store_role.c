/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/store_role.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/secret.h"
#include "conf/conf.h"
#include "proc/asked.h"
#include "proc/store_own.h"
#include "share/clock.h"

#define TURN_MS    250 /* journals are read and synced so often */
#define OWED_MS    10  /* while the worker has not taken all that it is to forget */
#define SWEEP_US   (60 * (uint64_t)SW_US_PER_S)
#define LAST_TRIES 3

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

static bool make_users(struct sw_store_role *r)
{
	struct sw_mac_key key;
	bool ok;

	r->none_memory = calloc(1, sw_users_size(&r->none));
	r->mac = sw_mac_new();
	r->hash = sw_hash_new();
	ok = r->none_memory && r->mac && r->hash &&
	     sw_mac_derive(r->start->seed, SW_LIT("users"), &key) &&
	     sw_users_init(&r->users, &r->none, r->none_memory, r->mac, &key);
	sw_secret_wipe(&key, sizeof(key));
	r->users.kept = r->start->users;
	return ok;
}

static void role_free(struct sw_store_role *r)
{
	sw_intake_free(r->intake);
	sw_store_close(r->store);
	sw_rules_free(r->rules);
	sw_rules_free(r->next);
	sw_rules_free(r->prepared);
	sw_ending_free(&r->ending);
	free(r->none_memory);
	sw_mac_free(r->mac);
	sw_hash_free(r->hash);
	close_fd(r->ask_fd);
	free(r);
}

static struct sw_store_role *role_new(const struct sw_store_start *start)
{
	struct sw_store_role *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->start = start;
	r->keep = start->board.keep;
	r->location = start->location;
	r->ask_fd = start->admin_fd;
	r->is_alone = r->ask_fd < 0;
	r->capacity = start->users.shards.capacity;
	atomic_store(&r->keep->has_list, false);
	if (make_users(r))
		return r;
	role_free(r);
	return NULL;
}

static void set_why(struct sw_store_role *r, const char *text)
{
	sw_sentence_write(&r->keep->why, sw_slice_of(text));
}

void sw_store_role_note(struct sw_store_role *r, enum sw_level level, const char *text)
{
	if (r->ask_fd < 0 && r->early[0] == '\0') {
		(void)snprintf(r->early, sizeof(r->early), "%s", text);
		r->early_level = level;
		return;
	}
	if (!sw_ipc_send(r->ask_fd, SW_IPC_STORE_NOTICE, level, sw_slice_of(text)))
		sw_why_print(text); /* the log does not listen */
}

void sw_store_role_fail(struct sw_store_role *r, const struct sw_store_why *why)
{
	r->why = *why;
	set_why(r, why->text);
	atomic_store(&r->keep->is_down, true);
	r->retry_at.us = sw_clock_mono().us + SW_US_PER_S;
}

/* A line in the log for each news; one that admin does not take now is said at the next turn. */
static void say_state(struct sw_store_role *r)
{
	bool is_down = atomic_load(&r->keep->is_down);
	struct sw_slice text = sw_slice_of(is_down ? r->why.text : "");

	if (sw_slice_eq(text, sw_slice_of(r->said.text)) ||
	    !sw_ipc_send(r->ask_fd, SW_IPC_STORE_NOTICE, is_down ? SW_LEVEL_ERROR : SW_LEVEL_NOTICE,
			 is_down ? text : SW_LIT("the store takes changes again")))
		return;
	(void)snprintf(r->said.text, sizeof(r->said.text), "%.*s", (int)text.n, text.p);
}

static void say_early(struct sw_store_role *r)
{
	if (r->early[0] != '\0' && r->ask_fd >= 0 &&
	    sw_ipc_send(r->ask_fd, SW_IPC_STORE_NOTICE, r->early_level, sw_slice_of(r->early)))
		r->early[0] = '\0';
}

static void be_up(struct sw_store_role *r)
{
	set_why(r, "");
	atomic_store(&r->keep->is_down, false);
}

/* A change that goes to the disk: does it take one again? */
static bool probe(struct sw_store_role *r, struct sw_store_why *why)
{
	if (!sw_store_is_there(r->store, why) && !sw_store_remake(r->store, why))
		return false;
	return sw_store_probe(r->store, sw_clock_wall(), why);
}

/* How long it took, for who asks. */
static void took(struct sw_store_role *r, enum sw_keep_op op, struct sw_mono begun)
{
	sw_keep_took(r->keep, op, sw_clock_mono().us - begun.us);
}

/* What workers have written and the database does not have, and since when that is so. */
static void tell_waiting(struct sw_store_role *r)
{
	uint64_t n = sw_intake_waiting(r->intake);
	int64_t since = atomic_load(&r->keep->journal_oldest_us);

	atomic_store(&r->keep->journal_waiting, n);
	if (n == 0 || since == 0)
		atomic_store(&r->keep->journal_oldest_us, n > 0 ? sw_clock_wall().us : 0);
}

static bool take_some(struct sw_store_role *r, bool *more, struct sw_store_why *why)
{
	struct sw_mono begun = sw_clock_mono();
	bool has_any = sw_intake_waiting(r->intake) > 0;
	bool ok = sw_intake_take(r->intake, sw_store_steady(r->start), more, why);

	if (has_any)
		took(r, SW_KEEP_WRITE, begun);
	tell_waiting(r);
	return ok;
}

static bool sync_journals(struct sw_store_role *r, struct sw_mono mono, struct sw_store_why *why)
{
	bool is_synced = sw_intake_is_synced(r->intake);
	bool ok = sw_intake_sync(r->intake, mono, sw_store_steady(r->start), why);

	if (!is_synced && sw_intake_is_synced(r->intake))
		took(r, SW_KEEP_SYNC, mono);
	return ok;
}

static bool take_all(struct sw_store_role *r, struct sw_store_why *why)
{
	bool more = true;

	while (more) {
		if (!take_some(r, &more, why) || (more && !sync_journals(r, sw_clock_mono(), why)))
			return false;
	}
	return true;
}

/* On the disk, short, and there; and every worker can write its own. */
static bool keep_journals(struct sw_store_role *r, struct sw_store_why *why)
{
	struct sw_mono mono = sw_clock_mono();
	struct sw_wall now = sw_store_steady(r->start);

	if (!sync_journals(r, mono, why))
		return false;
	if (sw_intake_is_synced(r->intake))
		atomic_store(&r->keep->synced_us, now.us);
	return sw_intake_turn(r->intake, mono, now, why) && !sw_intake_is_stuck(r->intake, why);
}

static void retry(struct sw_store_role *r)
{
	struct sw_store_why why = { 0 };

	if (probe(r, &why) && (!r->is_behind || sw_keeper_load(r, &why)) && take_all(r, &why) &&
	    keep_journals(r, &why))
		be_up(r);
	else
		sw_store_role_fail(r, &why);
}

static void look(struct sw_store_role *r, struct sw_mono now)
{
	struct sw_store_why why = { 0 };

	if (!sw_store_is_there(r->store, &why)) {
		sw_store_role_fail(r, &why);
		r->retry_at = now; /* it may be made again at once */
	}
}

/* Right behind what takes all. */
static bool sweep(struct sw_store_role *r, struct sw_store_why *why)
{
	uint64_t now_us = sw_clock_mono().us;
	bool done = false, ok;

	if (now_us < r->sweep_at.us)
		return true;
	ok = sw_intake_sweep(r->intake, sw_store_steady(r->start), &done, why);
	if (done)
		r->sweep_at.us = now_us + SWEEP_US;
	return ok;
}

static void take_asks(struct sw_store_role *r)
{
	struct sw_mono begun;
	int fd;

	while (!r->is_alone) {
		enum sw_ipc_got got = sw_ipc_receive_fd(r->ask_fd, &r->ipc, &fd);

		if (got == SW_IPC_GONE)
			r->is_alone = true;
		if (got != SW_IPC_GOT)
			return;
		begun = sw_clock_mono();
		if (r->ipc.type == SW_IPC_STORE_ASK)
			sw_asked(r, fd);
		took(r, SW_KEEP_USERS, begun);
		sw_store_role_breathe(r);
		if (fd >= 0)
			close(fd);
	}
}

static struct sw_board_cell *cell_of(const struct sw_store_role *r)
{
	return &r->start->board.cell[SW_BOARD_STORE];
}

void sw_store_turn(struct sw_store_role *r)
{
	sw_board_begin_turn(cell_of(r), sw_clock_mono());
}

static void sleep_until_something(struct sw_store_role *r)
{
	struct pollfd p[] = {
		{ .fd = r->start->ring_fd, .events = POLLIN },
		{ .fd = r->start->parent_fd, .events = POLLIN },
		{ .fd = r->is_alone ? -1 : r->ask_fd, .events = POLLIN },
	};
	uint64_t rung;

	sw_board_end_turn(cell_of(r), sw_clock_mono());
	if (poll(p, SW_ARRAY_LEN(p), r->ending.aors > 0 ? OWED_MS : TURN_MS) > 0 &&
	    (p[0].revents & POLLIN) && read(p[0].fd, &rung, sizeof(rung)) < 0)
		return; /* rung again at the next turn */
}

/* Whoever waits for the disk first: a batch for the database takes longer. */
static void go_on(struct sw_store_role *r)
{
	struct sw_store_why why = { 0 };

	if (!sync_journals(r, sw_clock_mono(), &why) || !take_all(r, &why) || !sweep(r, &why) ||
	    !keep_journals(r, &why) ||
	    !sw_ending_write(&r->ending, r->store, sw_store_steady(r->start), &why))
		sw_store_role_fail(r, &why);
}

/* A long list has the database; journals are synced all the same, and its pulse goes on. */
void sw_store_role_breathe(struct sw_store_role *r)
{
	sw_store_turn(r);
	sw_intake_sync_alone(r->intake, sw_clock_mono());
}

/* What users are gone from is not forgotten in silence. */
static void say_short(struct sw_store_role *r)
{
	if (!r->ending.is_short)
		return;
	r->ending.is_short = false;
	sw_store_role_note(r, SW_LEVEL_WARN,
			   "the machine has no memory left: registrations of users that were "
			   "removed or changed stay until their time is over; make room, and "
			   "reload the door to end them now");
}

/* The database refuses, but what journals took was promised, and some wait until it is synced. */
static void go_on_alone(struct sw_store_role *r)
{
	struct sw_store_why why;

	if (sw_store_is_there(r->store, &why)) /* else the next start would not look there */
		sw_store_role_breathe(r);
}

static void work(struct sw_store_role *r)
{
	struct sw_mono now = sw_clock_mono();

	sw_store_use_next(r);
	say_early(r);
	take_asks(r);
	if (!atomic_load(&r->keep->is_down))
		look(r, now);
	say_state(r);
	if (atomic_load(&r->keep->is_down) && now.us >= r->retry_at.us)
		retry(r);
	if (atomic_load(&r->keep->is_down))
		go_on_alone(r);
	else
		go_on(r);
	sw_ending_again(&r->ending, &r->location, r->mac);
	say_short(r);
	say_state(r);
}

/* Before there is a generation in use nobody is answered: what admin asks waits. */
static void turn(struct sw_store_role *r)
{
	sw_store_hear(r);
	if (r->rules || r->next)
		work(r);
	if (!atomic_load(&r->is_stopped))
		sleep_until_something(r);
}

/* What was acknowledged is where the next start will look: in the database, or in a journal. */
static bool is_all_kept(struct sw_store_role *r, struct sw_store_why *why)
{
	return sw_store_is_there(r->store, why) &&
	       sw_ending_write(&r->ending, r->store, sw_store_steady(r->start), why) &&
	       sw_intake_finish(r->intake, sw_store_steady(r->start), why);
}

/* What the database refuses three times stays in the journals, and the next start takes it. */
static void write_rest(struct sw_store_role *r)
{
	struct timespec pause = { .tv_sec = 1 };
	struct sw_store_why why = { 0 };
	bool ok = false;

	for (int i = 0; i < LAST_TRIES && !ok; i++) {
		if (i > 0)
			nanosleep(&pause, NULL);
		ok = is_all_kept(r, &why);
		if (!ok) {
			sw_store_role_fail(r, &why);
			retry(r);
		}
	}
	say_state(r);
	if (!sw_store_is_there(r->store, &why))
		(void)sw_why_say(&r->lost,
				 "the users of the store (%llu) and registrations are "
				 "lost: %s",
				 (unsigned long long)sw_store_users(r->store), r->why.text);
	else if (sw_intake_has_held(r->intake) && sw_intake_is_stuck(r->intake, &why))
		(void)sw_why_say(&r->lost, "ends of registrations could not be stored: %s",
				 why.text);
}

static void end(struct sw_store_role *r)
{
	if (!r->store || !r->rules)
		return;
	take_asks(r);
	write_rest(r);
	if (r->lost.text[0] != '\0' &&
	    !sw_ipc_send(r->start->parent_fd, SW_IPC_LOST, 0, sw_slice_of(r->lost.text)))
		sw_why_print(r->lost.text);
}

int sw_store_main(const struct sw_store_start *start)
{
	struct sw_store_role *r = role_new(start);

	if (!r)
		return EXIT_FAILURE;
	r->sweep_at.us = sw_clock_mono().us + SWEEP_US;
	while (!atomic_load(&r->is_stopped))
		turn(r);
	end(r);
	role_free(r);
	return EXIT_SUCCESS;
}
