/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/roles.h"

#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/secret.h"
#include "obs/event.h"
#include "share/clock.h"
#include "share/ipc.h"

#define NODE_MASK 0xf000u /* bits of the boot number that name the node, which is 0 */

/*
 * Zeroed pages, never given back. MAP_NORESERVE: they cost nothing until they are touched, which
 * only the proven do; MAP_POPULATE: now and never more, for what strangers fill too.
 */
static void *map(size_t n, int how)
{
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | how, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

static bool make_tables(struct sw_worker_start *start)
{
	void *bindings = map(sw_location_size(SW_ROLES_BINDINGS), MAP_NORESERVE);
	void *nonces = map(sw_replay_size(SW_ROLES_NONCES), MAP_NORESERVE);
	void *txns = map(sw_txns_size(SW_ROLES_REQUESTS, SW_ROLES_INVITES), MAP_NORESERVE);
	void *proven = map(sw_proven_size(SW_ROLES_SOURCES), MAP_NORESERVE);
	struct sw_mac_key key;

	if (!bindings || !nonces || !txns || !proven ||
	    !sw_mac_derive(start->key_seed, SW_LIT("location"), &key))
		return false;
	sw_location_init(&start->location, bindings, SW_ROLES_BINDINGS, &key);
	if (!sw_mac_derive(start->key_seed, SW_LIT("proven"), &key))
		return false;
	sw_proven_init(&start->proven, proven, SW_ROLES_SOURCES, &key);
	sw_secret_wipe(&key, sizeof(key));
	sw_replay_init(&start->replay, nonces, SW_ROLES_NONCES);
	sw_txns_init(&start->txns, txns, SW_ROLES_REQUESTS, SW_ROLES_INVITES);
	return true;
}

/* Touched at once: later it grows by nothing that strangers send. */
static bool make_board(struct sw_roles *r)
{
	void *memory = map(sw_board_size(1), MAP_POPULATE);
	struct sw_board *b = &r->admin.board;

	if (!memory)
		return false;
	sw_board_init(b, memory, 1);
	atomic_store(b->started_us, sw_clock_wall().us);
	for (size_t i = 0; i < SW_BOARD_ROLES + 1; i++) {
		if (i == SW_BOARD_CONF)
			continue;
		atomic_store(&b->cell[i].pid, (uint32_t)getpid());
		atomic_store(&b->cell[i].starts, 1);
		atomic_store(&b->cell[i].started_us, sw_clock_wall().us);
	}
	r->worker_start.events = sw_board_events(b, 0);
	return true;
}

static bool make_descriptors(struct sw_roles *r)
{
	int pair[2];

	r->ended_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	r->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	r->admin.ring_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (r->ended_fd < 0 || r->wake_fd < 0 || r->admin.ring_fd < 0 || !sw_ipc_pair(pair))
		return false;
	r->admin_fd = pair[0];
	r->admin.parent_fd = pair[1];
	return true;
}

static bool draw_seeds(struct sw_worker_start *start, const uint8_t seed[SW_SEED_LEN])
{
	uint64_t boot;

	memcpy(start->key_seed, seed, SW_SEED_LEN);
	if (getrandom(&boot, sizeof(boot), 0) != sizeof(boot) ||
	    getrandom(start->random_seed, SW_SEED_LEN, 0) != SW_SEED_LEN)
		return false;
	start->boot = boot & ~(uint64_t)NODE_MASK;
	return true;
}

const char *sw_roles_name(unsigned set)
{
	static const char *const names[] = {
		[SW_ROLE_WORKER] = "the worker",
		[SW_ROLE_ADMIN] = "the admin role",
		[SW_ROLE_STORE] = "the store role",
		[SW_ROLE_WORKER | SW_ROLE_ADMIN] = "the worker and the admin role",
		[SW_ROLE_WORKER | SW_ROLE_STORE] = "the worker and the store role",
		[SW_ROLE_ADMIN | SW_ROLE_STORE] = "the admin and the store role",
		[SW_ROLE_WORKER | SW_ROLE_ADMIN |
			SW_ROLE_STORE] = "the worker, the admin and the store role",
	};

	return set < SW_ARRAY_LEN(names) && names[set] ? names[set] : "nobody";
}

static bool say_few(struct sw_why *why)
{
	return sw_why_say(why,
			  "there is not enough memory, or not enough free descriptors (ulimit -n), "
			  "to start the worker");
}

static void fill_admin(struct sw_roles *r)
{
	r->admin.handover = &r->admin_cell;
	r->admin.log_fd = STDERR_FILENO;
	r->admin.store_fd = sw_store_role_admin_fd(r->store);
	r->admin.store = sw_store_role_keep(r->store);
}

bool sw_roles_init(struct sw_roles *r, const uint8_t seed[SW_SEED_LEN], struct sw_store *store,
		   struct sw_why *why)
{
	struct sw_worker_start *start = &r->worker_start;

	memset(r, 0, sizeof(*r));
	if (!make_descriptors(r) || !draw_seeds(start, seed) || !make_tables(start) ||
	    !make_board(r)) {
		sw_store_close(store);
		return say_few(why);
	}
	r->store = sw_store_role_new(store, seed, r->wake_fd, why);
	if (!r->store)
		return false;
	fill_admin(r);
	return true;
}

bool sw_roles_make_worker(struct sw_roles *r, struct sw_generation *first, struct sw_why *why)
{
	struct sw_worker_start *start = &r->worker_start;

	sw_store_role_lend(r->store, first);
	sw_handover_offer(sw_store_role_cell(r->store), first);
	if (!sw_store_role_load(r->store, first, &start->location, sw_clock_wall(), why))
		return false;
	sw_handover_offer(&r->worker_cell, first);
	start->handover = &r->worker_cell;
	start->wake_fd = r->wake_fd;
	start->ring_fd = r->admin.ring_fd;
	start->metrics = sw_board_metrics(&r->admin.board, 0);
	start->saves = sw_store_role_way(r->store);
	r->worker = sw_worker_new(start);
	sw_secret_wipe(start, sizeof(*start));
	return r->worker || say_few(why);
}

static void say_ended(struct sw_roles *r, unsigned role)
{
	const uint64_t one = 1;

	atomic_fetch_or_explicit(&r->ended, role, memory_order_release);
	if (write(r->ended_fd, &one, sizeof(one)) < 0)
		return; /* the counter is full, so it is readable */
}

static void *run_worker(void *arg)
{
	struct sw_roles *r = arg;

	(void)sw_worker_main(r->worker);
	say_ended(r, SW_ROLE_WORKER);
	return NULL;
}

static void *run_admin(void *arg)
{
	struct sw_roles *r = arg;

	(void)sw_admin_main(&r->admin);
	say_ended(r, SW_ROLE_ADMIN);
	return NULL;
}

static void *run_store(void *arg)
{
	struct sw_roles *r = arg;

	(void)sw_store_role_main(r->store);
	say_ended(r, SW_ROLE_STORE);
	return NULL;
}

static bool start_thread(struct sw_roles *r, unsigned role, pthread_t *thread,
			 void *(*body)(void *), const char *name)
{
	if (pthread_create(thread, NULL, body, r) != 0)
		return false;
	(void)pthread_setname_np(*thread, name);
	r->started |= role;
	return true;
}

bool sw_roles_start(struct sw_roles *r, int control_fd, const struct sw_admin_generation *first,
		    struct sw_why *why)
{
	r->admin.control_fd = control_fd;
	sw_handover_offer(&r->admin_cell, first);
	if (sw_roles_tell(r, first->number) &&
	    start_thread(r, SW_ROLE_ADMIN, &r->admin_thread, run_admin, "sipward-admin") &&
	    start_thread(r, SW_ROLE_STORE, &r->store_thread, run_store, "sipward-store") &&
	    start_thread(r, SW_ROLE_WORKER, &r->worker_thread, run_worker, "sipward-worker"))
		return true;
	return sw_why_say(why, "the kernel gives no more threads: raise the limit (ulimit -u)");
}

void sw_roles_offer(struct sw_roles *r, const struct sw_generation *g,
		    const struct sw_admin_generation *a)
{
	const uint64_t one = 1;

	if (!sw_handover_is_on(&r->worker_cell, g->number))
		sw_handover_offer(&r->worker_cell, g);
	if (!sw_handover_is_on(&r->admin_cell, a->number))
		sw_handover_offer(&r->admin_cell, a);
	if (!sw_handover_is_on(sw_store_role_cell(r->store), g->number))
		sw_handover_offer(sw_store_role_cell(r->store), g);
	sw_store_role_wake(r->store);
	if (write(r->wake_fd, &one, sizeof(one)) < 0)
		return; /* the counter is full, so it is readable */
}

bool sw_roles_tell(struct sw_roles *r, uint32_t number)
{
	return sw_ipc_send(r->admin_fd, SW_IPC_GENERATION, number, SW_LIT(""));
}

unsigned sw_roles_unanswered(struct sw_roles *r)
{
	return (sw_handover_is_answered(&r->worker_cell) ? 0 : SW_ROLE_WORKER) |
	       (sw_handover_is_answered(&r->admin_cell) ? 0 : SW_ROLE_ADMIN) |
	       (sw_handover_is_answered(sw_store_role_cell(r->store)) ? 0 : SW_ROLE_STORE);
}

unsigned sw_roles_missing(struct sw_roles *r, uint32_t number)
{
	return (sw_handover_is_on(&r->worker_cell, number) ? 0 : SW_ROLE_WORKER) |
	       (sw_handover_is_on(&r->admin_cell, number) ? 0 : SW_ROLE_ADMIN) |
	       (sw_handover_is_on(sw_store_role_cell(r->store), number) ? 0 : SW_ROLE_STORE);
}

unsigned sw_roles_ended(struct sw_roles *r)
{
	return atomic_load_explicit(&r->ended, memory_order_acquire);
}

void sw_roles_stop_worker(struct sw_roles *r)
{
	sw_worker_stop(r->worker);
}

void sw_roles_stop_store(struct sw_roles *r)
{
	sw_store_role_stop(r->store);
}

void sw_roles_stop_admin(struct sw_roles *r)
{
	/* A full socket is closed instead: to admin a parent that is gone means the same. */
	if (!sw_ipc_send(r->admin_fd, SW_IPC_STOP, 0, SW_LIT("")))
		(void)shutdown(r->admin_fd, SHUT_RDWR);
}

void sw_roles_join(struct sw_roles *r)
{
	if (r->started & SW_ROLE_WORKER)
		pthread_join(r->worker_thread, NULL);
	if (r->started & SW_ROLE_ADMIN)
		pthread_join(r->admin_thread, NULL);
	if (r->started & SW_ROLE_STORE)
		pthread_join(r->store_thread, NULL);
	r->started = 0;
}

void sw_roles_free(struct sw_roles *r)
{
	sw_worker_free(r->worker);
	r->worker = NULL;
	sw_store_role_free(r->store);
	r->store = NULL;
	sw_secret_wipe(&r->worker_start, sizeof(r->worker_start));
}
