/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/store_role.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/secret.h"
#include "conf/conf.h"
#include "proc/asked.h"
#include "proc/store_own.h"
#include "share/clock.h"
#include "share/mutex.h"

#define USERS_MANY 2000000
#define USERS_FEW  50000
#define FORGETS    1024 /* records of the ring; a power of two */
#define TURN_MS    1000
#define OWED_MS    10 /* while the worker has not taken all that it is to forget */
#define SWEEP_US   (60 * (uint64_t)SW_US_PER_S)
#define LAST_TRIES 3

/* Zeroed pages that cost nothing until they are touched, and stay out of core dumps. */
static void *map(size_t n)
{
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		       -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	(void)madvise(p, n, MADV_DONTDUMP);
	return p;
}

static void unmap(void *p, size_t n)
{
	if (p)
		munmap(p, n);
}

static bool say_no_memory(struct sw_why *why)
{
	return sw_why_say(why, "there is not enough memory, or not enough free descriptors "
			       "(ulimit -n), for the store");
}

/*
 * Room for what the database has and for what comes: twice as many, and millions where the kernel
 * lends room that nobody touches; else (vm.overcommit_memory 2) a quarter more.
 */
static bool make_room(struct sw_store_role *r)
{
	uint64_t users = sw_store_users(r->store);
	const uint64_t room[] = { 2 * users, USERS_MANY, users + users / 4 + USERS_FEW };

	for (size_t i = users > USERS_MANY / 2 ? 0 : 1; i < SW_ARRAY_LEN(room); i++) {
		r->capacity = (uint32_t)(room[i] < SW_TABLE_SLOTS_MAX ? room[i]
								      : SW_TABLE_SLOTS_MAX);
		r->users_n = sw_users_kept_size(r->capacity);
		r->users_memory = map(r->users_n);
		if (r->users_memory && r->capacity >= users)
			return true;
		unmap(r->users_memory, r->users_n);
		r->users_memory = NULL;
	}
	return false;
}

/* One lock for all shards: the roles are threads of one process, and none of them stops in it. */
static enum sw_lock_got take_users(void *arg, uint32_t shard)
{
	(void)shard;
	return pthread_mutex_lock(arg) == 0 ? SW_LOCK_GOT : SW_LOCK_BUSY;
}

static void give_users(void *arg, uint32_t shard)
{
	(void)shard;
	pthread_mutex_unlock(arg);
}

static bool make_users(struct sw_store_role *r, const uint8_t seed[SW_SEED_LEN])
{
	struct sw_mac_key key;
	bool ok;

	r->none_memory = calloc(1, sw_users_size(&r->none));
	r->mac = sw_mac_new();
	r->hash = sw_hash_new();
	ok = make_room(r) && r->none_memory && r->mac && r->hash &&
	     sw_mac_derive(seed, SW_LIT("users"), &key) &&
	     sw_users_init(&r->users, &r->none, r->none_memory, r->mac, &key) &&
	     pthread_mutex_init(&r->mutex, NULL) == 0;
	sw_secret_wipe(&key, sizeof(key));
	if (!ok)
		return false;
	r->has_mutex = true;
	sw_users_kept_init(&r->users.kept, r->users_memory, r->capacity);
	r->users.kept.shards.locks =
		(struct sw_locks){ .take = take_users, .give = give_users, .arg = &r->mutex };
	return true;
}

static bool make_ways(struct sw_store_role *r)
{
	int pair[2];

	r->changes_n = sw_ring_size(SW_STORE_CHANGES, sizeof(struct sw_change));
	r->forgets_n = sw_ring_size(FORGETS, sizeof(struct sw_forget));
	r->changes_memory = map(r->changes_n);
	r->forgets_memory = map(r->forgets_n);
	r->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	r->way.changes_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (!r->changes_memory || !r->forgets_memory || r->wake_fd < 0 || r->way.changes_fd < 0 ||
	    !sw_ipc_pair(pair))
		return false;
	r->ask_fd = pair[0];
	r->admin_fd = pair[1];
	r->way.is_down = &r->keep.is_down;
	sw_ring_init(&r->way.changes, r->changes_memory, SW_STORE_CHANGES,
		     sizeof(struct sw_change));
	sw_ring_init(&r->way.forgets, r->forgets_memory, FORGETS, sizeof(struct sw_forget));
	return true;
}

static bool load_users(struct sw_store_role *r, struct sw_why *why)
{
	struct sw_store_why cause = { 0 };

	return sw_keeper_load(r, &cause) || sw_why_say(why, "%s", cause.text);
}

struct sw_store_role *sw_store_role_new(struct sw_store *store, const uint8_t seed[SW_SEED_LEN],
					int worker_fd, struct sw_why *why)
{
	struct sw_store_role *r = calloc(1, sizeof(*r));

	if (!r) {
		sw_store_close(store);
		(void)say_no_memory(why);
		return NULL;
	}
	r->store = store;
	r->worker_fd = worker_fd;
	r->wake_fd = r->way.changes_fd = r->ask_fd = r->admin_fd = -1;
	(void)snprintf(r->keep.name, sizeof(r->keep.name), "%s", sw_store_name(store));
	if (!make_users(r, seed) || !make_ways(r))
		(void)say_no_memory(why);
	else if (load_users(r, why))
		return r;
	sw_store_role_free(r);
	return NULL;
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

void sw_store_role_free(struct sw_store_role *r)
{
	if (!r)
		return;
	sw_store_close(r->store);
	sw_rules_free(r->rules);
	sw_rules_free(r->next);
	unmap(r->users_memory, r->users_n);
	unmap(r->changes_memory, r->changes_n);
	unmap(r->forgets_memory, r->forgets_n);
	sw_changes_free(r);
	sw_keeper_free(r);
	free(r->none_memory);
	sw_mac_free(r->mac);
	sw_hash_free(r->hash);
	if (r->has_mutex)
		pthread_mutex_destroy(&r->mutex);
	close_fd(r->wake_fd);
	close_fd(r->way.changes_fd);
	close_fd(r->ask_fd);
	close_fd(r->admin_fd);
	free(r);
}

void sw_store_role_lend(struct sw_store_role *r, struct sw_generation *g)
{
	g->users.kept = r->users.kept;
}

struct sw_save_way sw_store_role_way(const struct sw_store_role *r)
{
	return r->way;
}

int sw_store_role_admin_fd(const struct sw_store_role *r)
{
	return r->admin_fd;
}

const struct sw_keep *sw_store_role_keep(const struct sw_store_role *r)
{
	return &r->keep;
}

struct sw_handover *sw_store_role_cell(struct sw_store_role *r)
{
	return &r->cell;
}

static void ring(int fd)
{
	const uint64_t one = 1;

	if (write(fd, &one, sizeof(one)) < 0)
		return; /* the counter is full, so it is readable */
}

void sw_store_role_wake(struct sw_store_role *r)
{
	ring(r->wake_fd);
}

void sw_store_role_stop(struct sw_store_role *r)
{
	atomic_store_explicit(&r->is_stopped, true, memory_order_release);
	ring(r->wake_fd);
}

const char *sw_store_role_refusal(const struct sw_store_role *r)
{
	return r->refusal.text;
}

const char *sw_store_role_lost(const struct sw_store_role *r)
{
	return r->lost.text;
}

static void set_why(struct sw_store_role *r, const char *text)
{
	sw_sentence_write(&r->keep.why, sw_slice_of(text));
}

void sw_store_role_note(const struct sw_store_role *r, enum sw_level level, const char *text)
{
	if (!sw_ipc_send(r->ask_fd, SW_IPC_STORE_NOTICE, level, sw_slice_of(text)))
		sw_why_print(text); /* the log does not listen */
}

void sw_store_role_fail(struct sw_store_role *r, const struct sw_store_why *why)
{
	r->why = *why;
	set_why(r, why->text);
	atomic_store(&r->keep.is_down, true);
	r->retry_at.us = sw_clock_mono().us + SW_US_PER_S;
}

/* The answer to what cannot be followed is the one that it goes on with. */
void sw_store_role_take_generation(struct sw_store_role *r)
{
	const struct sw_generation *g = sw_handover_take(&r->cell);
	struct sw_rules *rules;

	if (!g)
		return;
	r->refusal.text[0] = '\0';
	rules = sw_rules_new(&g->conf->policy);
	if (!rules)
		(void)say_no_memory(&r->refusal);
	if (!rules || !sw_follow_may(r, &rules->policy)) {
		sw_rules_free(rules);
		sw_handover_answer(&r->cell, r->on);
		return;
	}
	sw_rules_free(r->next);
	r->next = rules;
	r->on = g->number;
	sw_handover_answer(&r->cell, g->number);
}

void sw_store_role_use_next(struct sw_store_role *r)
{
	if (!r->next)
		return;
	sw_rules_free(r->rules);
	r->rules = r->next;
	r->next = NULL;
}

/* A line in the log for each news; one that admin does not take now is said at the next turn. */
static void say_state(struct sw_store_role *r)
{
	bool is_down = atomic_load(&r->keep.is_down);
	struct sw_slice text = sw_slice_of(is_down ? r->why.text : "");

	if (sw_slice_eq(text, sw_slice_of(r->said)) ||
	    !sw_ipc_send(r->ask_fd, SW_IPC_STORE_NOTICE, is_down ? SW_LEVEL_ERROR : SW_LEVEL_NOTICE,
			 is_down ? text : SW_LIT("the store takes changes again")))
		return;
	(void)snprintf(r->said, sizeof(r->said), "%.*s", (int)text.n, text.p);
}

static void be_up(struct sw_store_role *r)
{
	set_why(r, "");
	atomic_store(&r->keep.is_down, false);
}

/* A change that goes to the disk: does it take one again? */
static bool probe(struct sw_store_role *r, struct sw_store_why *why)
{
	if (!sw_store_is_there(r->store, why) && !sw_store_remake(r->store, why))
		return false;
	return sw_store_probe(r->store, sw_clock_wall(), why);
}

static void retry(struct sw_store_role *r)
{
	struct sw_store_why why = { 0 };

	if (!probe(r, &why) || (r->is_behind && !sw_keeper_load(r, &why))) {
		sw_store_role_fail(r, &why);
		return;
	}
	while (sw_changes_write(r))
		;
	if (sw_changes_waiting(r) == 0)
		be_up(r);
}

static void look(struct sw_store_role *r, struct sw_mono now)
{
	struct sw_store_why why = { 0 };

	if (!sw_store_is_there(r->store, &why)) {
		sw_store_role_fail(r, &why);
		r->retry_at = now; /* it may be made again at once */
	} else if (now.us >= r->sweep_at.us) {
		r->sweep_at.us = now.us + SWEEP_US;
		if (!sw_store_begin(r->store, true, &why) ||
		    !sw_store_drop_ended(r->store, sw_clock_wall(), false, &why) ||
		    !sw_store_commit(r->store, &why)) {
			sw_store_rollback(r->store);
			sw_store_role_fail(r, &why);
		}
	}
}

static void take_asks(struct sw_store_role *r)
{
	int fd;

	while (!r->is_alone) {
		enum sw_ipc_got got = sw_ipc_receive_fd(r->ask_fd, &r->ipc, &fd);

		if (got == SW_IPC_GONE)
			r->is_alone = true;
		if (got != SW_IPC_GOT)
			return;
		if (r->ipc.type == SW_IPC_STORE_ASK)
			sw_asked(r, fd);
		sw_changes_set_aside(r);
		if (fd >= 0)
			close(fd);
	}
}

static void sleep_until_something(struct sw_store_role *r)
{
	struct pollfd p[] = {
		{ .fd = r->wake_fd, .events = POLLIN },
		{ .fd = r->way.changes_fd, .events = POLLIN },
		{ .fd = r->is_alone ? -1 : r->ask_fd, .events = POLLIN },
	};
	uint64_t rung;

	if (poll(p, SW_ARRAY_LEN(p), r->owed.n > 0 ? OWED_MS : TURN_MS) <= 0)
		return;
	for (size_t i = 0; i < 2; i++)
		if ((p[i].revents & POLLIN) && read(p[i].fd, &rung, sizeof(rung)) < 0)
			continue; /* rung again at the next turn */
}

static void turn(struct sw_store_role *r)
{
	struct sw_mono now = sw_clock_mono();

	sw_store_role_take_generation(r);
	sw_store_role_use_next(r);
	take_asks(r);
	if (!atomic_load(&r->keep.is_down))
		look(r, now);
	say_state(r);
	if (atomic_load(&r->keep.is_down) && now.us >= r->retry_at.us)
		retry(r);
	while (!atomic_load(&r->keep.is_down) && sw_changes_write(r))
		;
	sw_keeper_send_owed(r);
	say_state(r);
	sleep_until_something(r);
}

/* Is all that was acknowledged where the next start will look? */
static bool is_all_kept(struct sw_store_role *r, struct sw_store_why *why)
{
	return sw_store_is_there(r->store, why) && sw_changes_waiting(r) == 0;
}

/* What the database refuses three times is lost, and the parent says so. */
static void write_rest(struct sw_store_role *r)
{
	struct timespec pause = { .tv_sec = 1 };
	struct sw_store_why why;

	for (int i = 0; i < LAST_TRIES && !is_all_kept(r, &why); i++) {
		if (i > 0)
			nanosleep(&pause, NULL);
		retry(r);
	}
	say_state(r);
	if (!sw_store_is_there(r->store, &why))
		(void)sw_why_say(&r->lost,
				 "the users of the store (%llu) and registrations are "
				 "lost: %s",
				 (unsigned long long)sw_store_users(r->store), r->why.text);
	else if (sw_changes_waiting(r) > 0)
		(void)sw_why_say(&r->lost, "%zu changes of registrations could not be stored: %s",
				 sw_changes_waiting(r), r->why.text);
}

void *sw_store_role_main(void *arg)
{
	struct sw_store_role *r = arg;

	r->sweep_at.us = sw_clock_mono().us + SWEEP_US;
	while (!atomic_load_explicit(&r->is_stopped, memory_order_acquire))
		turn(r);
	take_asks(r);
	write_rest(r);
	return NULL;
}
