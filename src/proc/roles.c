/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/roles.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/secret.h"
#include "obs/event.h"
#include "proc/load_conf.h"
#include "share/clock.h"
#include "share/inherit.h"
#include "store/store.h"

#define NODE_MASK 0xf000u /* bits of the boot number that name the node, which is 0 */

static struct sw_conf *make_conf(void *arg, int document)
{
	struct sw_why why;

	(void)arg;
	return sw_conf_from_document(document, NULL, sw_clock_wall(), &why);
}

static const struct sw_conf_maker maker = { .make = make_conf };

static void name_roles(struct sw_roles *r)
{
	struct sw_board *b = &r->shared.board;

	for (uint32_t i = 0; i < r->n; i++) {
		struct sw_role *role = &r->role[i];

		role->watch.fd = role->peer_fd = -1;
		role->owner = r->setting.owner;
		role->roles = r;
		role->number = i < SW_ROLES_FIRST_WORKER ? 0 : i - SW_ROLES_FIRST_WORKER;
		role->kind = i == 0 ? SW_ROLE_ADMIN : i == 1 ? SW_ROLE_STORE : SW_ROLE_WORKER;
		if (i < SW_ROLES_FIRST_WORKER)
			(void)snprintf(role->name, sizeof(role->name), "%s", i ? "store" : "admin");
		else
			(void)snprintf(role->name, sizeof(role->name), "worker %u", role->number);
		role->cell = i == 0   ? &b->cell[SW_BOARD_ADMIN]
			     : i == 1 ? &b->cell[SW_BOARD_STORE]
				      : sw_board_worker(b, role->number);
	}
}

static bool make_lists(struct sw_roles *r)
{
	r->n = SW_ROLES_FIRST_WORKER + r->setting.workers;
	r->role = calloc(r->n, sizeof(*r->role));
	r->spawn = calloc(r->n, sizeof(*r->spawn));
	r->worker = calloc(r->setting.workers, sizeof(*r->worker));
	if (!r->role || !r->spawn || !r->worker)
		return false;
	name_roles(r);
	return true;
}

static bool make_post(struct sw_roles *r)
{
	uint32_t workers = r->setting.workers;

	if (!sw_area_make(&r->post, sw_post_size(workers), 0))
		return false;
	for (uint32_t i = 0; i < workers; i++) {
		r->post_fd[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		if (r->post_fd[i] < 0)
			return false;
	}
	return true;
}

static bool make_ways(struct sw_roles *r)
{
	uint32_t workers = r->setting.workers;

	if (!sw_area_make(&r->saves, workers * sizeof(struct sw_save_state), 0))
		return false;
	for (uint32_t i = 0; i < workers; i++) {
		r->wake_fd[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		if (r->wake_fd[i] < 0)
			return false;
	}
	r->store.ring_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	r->ring_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	return r->store.ring_fd >= 0 && r->ring_fd >= 0;
}

static void fill_store(struct sw_roles *r)
{
	const struct sw_load_secrets *secrets = &r->secrets;
	const struct sw_tables *t = &r->shared.tables;
	struct sw_store_start *s = &r->store;

	s->admin_fd = s->parent_fd = -1;
	s->board = r->shared.board;
	s->maker = maker;
	s->users = t->users;
	s->location = t->location;
	s->path = sw_facts_is_sqlite(r->setting.facts) ? r->store_path : NULL;
	s->is_power = r->setting.facts->is_power;
	s->workers = r->setting.workers;
	s->is_single = r->setting.is_single;
	s->worker_fd = r->wake_fd;
	s->journal = r->journal;
	s->state = r->saves.p;
	s->has_seal = secrets->has_seal;
	memcpy(s->seed, secrets->seed, sizeof(s->seed));
	memcpy(s->seal, secrets->seal, sizeof(s->seal));
}

static void fill_admin(struct sw_roles *r)
{
	struct sw_admin_start *a = &r->admin;

	a->board = r->shared.board;
	a->control_fd = r->setting.control_fd;
	a->parent_fd = a->store_fd = -1;
	a->ring_fd = r->ring_fd;
	a->log_fd = STDERR_FILENO;
}

/* None to a store that keeps no bindings. */
static struct sw_save_way way_of(const struct sw_roles *r, uint32_t i)
{
	struct sw_save_way way = { .ring_fd = r->store.ring_fd,
				   .is_down = &r->shared.board.keep->is_down };

	if (!r->store.path)
		return way;
	way.state = &r->store.state[i];
	memcpy(way.fd, r->journal[i].fd, sizeof(way.fd));
	way.is_power = r->store.is_power;
	return way;
}

static void fill_worker(struct sw_roles *r, uint32_t i, uint64_t boot)
{
	const struct sw_tables *t = &r->shared.tables;
	struct sw_board *b = &r->shared.board;
	struct sw_worker_start *w = &r->worker[i];

	*w = (struct sw_worker_start){
		.number = i,
		.parent_fd = -1,
		.cell = sw_board_worker(b, i),
		.maker = maker,
		.boot = boot,
		.ahead_us = r->store.ahead_us,
		.location = t->location,
		.replay = t->replay,
		.proven = t->proven,
		.users = t->users,
		.connections = r->setting.facts->capacity.connections,
		.requests = SW_ROLES_REQUESTS,
		.invites = SW_ROLES_INVITES,
		.trace = sw_board_trace(b, i),
		.events = sw_board_events(b, i),
		.want = b->want,
		.ring_fd = r->ring_fd,
		.metrics = sw_board_metrics(b, i),
		.all = sw_board_metrics(b, 0),
		.workers = r->setting.workers,
		.fill = b->fill,
		.saves = way_of(r, i),
		.wake_fd = r->wake_fd[i],
	};
	w->replay.self = i + 1;
	if (r->setting.workers > 1)
		sw_post_open(&w->post, r->post.p, r->setting.workers, i, r->post_fd);
	memcpy(w->key_seed, r->secrets.seed, sizeof(w->key_seed));
}

static bool say_few(struct sw_why *why)
{
	return sw_why_say(why,
			  "there is not enough memory, or not enough free descriptors (ulimit -n), "
			  "for the roles of the door");
}

bool sw_roles_init(struct sw_roles *r, const struct sw_roles_setting *setting,
		   const struct sw_load_secrets *secrets, struct sw_why *why)
{
	uint64_t boot;

	r->setting = *setting;
	r->secrets = *secrets;
	for (uint32_t i = 0; i < SW_POST_WORKERS; i++)
		r->post_fd[i] = r->wake_fd[i] = r->journal[i].fd[0] = r->journal[i].fd[1] = -1;
	r->ring_fd = r->store.ring_fd = -1;
	if (getrandom(&boot, sizeof(boot), 0) != sizeof(boot))
		return sw_why_say(why, "the kernel gives no random octets");
	if (!sw_shared_make(&r->shared, &setting->facts->capacity, setting->workers,
			    r->secrets.seed, why))
		return false;
	if (!make_lists(r) || !make_ways(r) || !make_post(r))
		return say_few(why);
	if (!sw_roles_open_journals(r, why))
		return false;
	fill_store(r);
	r->store.ahead_us = sw_clock_wall().us - (int64_t)sw_clock_mono().us;
	fill_admin(r);
	for (uint32_t i = 0; i < setting->workers; i++)
		fill_worker(r, i, boot & ~(uint64_t)NODE_MASK);
	return true;
}

/* Bodies. */

#define NO_LOCKS "the kernel has no robust futexes: run Linux 5.13 or later"

/*
 * What libraries open at their first use they open before: then it needs no file any more. Threads
 * of one process cannot be told apart by the kernel.
 */
static bool enter(const struct sw_role *role, enum sw_sandbox_role box)
{
	const struct sw_roles *r = role->roles;
	uint32_t layers = 0;
	struct sw_why why = { "" };

	if (r->setting.is_single)
		return true;
	sw_hash_free(sw_hash_new());
	if (!sw_sandbox_enter(r->setting.box, box, &layers, &why)) {
		sw_why_print(why.text);
		return false;
	}
	atomic_store(&role->cell->layers, layers);
	return true;
}

static int run_worker(void *arg)
{
	struct sw_role *role = arg;
	struct sw_roles *r = role->roles;
	struct sw_worker_start *w = &r->worker[role->number];
	struct sw_tables_locks locks;

	if (!sw_shared_open(&r->shared, &locks, &w->users, &w->location, &w->replay)) {
		sw_why_print(NO_LOCKS);
		return EXIT_FAILURE;
	}
	return enter(role, SW_BOX_WORKER) ? sw_worker_main(w) : EXIT_FAILURE;
}

static int run_store(void *arg)
{
	struct sw_role *role = arg;
	struct sw_roles *r = role->roles;
	struct sw_store_start *s = &r->store;
	struct sw_tables_locks locks;

	if (!sw_shared_open(&r->shared, &locks, &s->users, &s->location, NULL)) {
		sw_why_print(NO_LOCKS);
		return EXIT_FAILURE;
	}
	sw_store_prepare_library();
	return enter(role, SW_BOX_STORE) ? sw_store_main(s) : EXIT_FAILURE;
}

/* What only the store needs to know. */
static void forget_seal(void *arg)
{
	struct sw_roles *r = arg;

	sw_secret_wipe(&r->secrets, sizeof(r->secrets));
	sw_secret_wipe(r->store.seal, sizeof(r->store.seal));
}

/* And what it need not. */
static void forget_secrets(void *arg)
{
	struct sw_roles *r = arg;

	sw_secret_wipe(&r->secrets, sizeof(r->secrets));
}

/* The other of the two that talk with one another; NULL: a worker. */
static struct sw_role *peer_of(const struct sw_roles *r, const struct sw_role *role)
{
	if (role->kind == SW_ROLE_WORKER)
		return NULL;
	return role->kind == SW_ROLE_ADMIN ? sw_roles_store(r) : sw_roles_admin(r);
}

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/*
 * A new way between admin and the store, when one of them begins and the other is there. *fd is its
 * end, the other's is sent to it. Without one it goes on alone, which it can.
 */
static bool make_peers(const struct sw_roles *r, const struct sw_role *role, int *fd)
{
	struct sw_role *peer = peer_of(r, role);
	int pair[2];

	*fd = -1;
	if (!peer || peer->state != SW_ROLE_ALIVE)
		return true;
	if (!sw_ipc_pair(pair))
		return false;
	close_one(&peer->peer_fd);
	*fd = pair[0];
	peer->peer_fd = pair[1];
	return true;
}

static void keep(struct sw_spawn *s, int fd)
{
	if (fd >= 0 && s->kept_n < SW_SPAWN_KEPT)
		s->kept[s->kept_n++] = fd;
}

static bool prepare_worker(struct sw_roles *r, struct sw_role *role, struct sw_spawn *s)
{
	struct sw_worker_start *w = &r->worker[role->number];

	w->start = role->starts + 1;
	w->turned_us = atomic_load(&role->cell->turned_us);
	w->parent_fd = s->pair;
	s->body = run_worker;
	s->arg = role;
	s->forget = forget_seal;
	keep(s, w->ring_fd);
	keep(s, w->saves.ring_fd);
	keep(s, w->wake_fd);
	for (uint32_t f = 0; f < SW_JOURNALS; f++)
		keep(s, r->journal[role->number].fd[f]);
	for (uint32_t i = 0; i < r->setting.workers; i++)
		keep(s, r->post_fd[i]);
	return getrandom(w->random_seed, sizeof(w->random_seed), 0) == sizeof(w->random_seed);
}

static bool prepare_store(struct sw_roles *r, struct sw_role *role, struct sw_spawn *s)
{
	struct sw_store_start *st = &r->store;

	st->start = role->starts + 1;
	st->parent_fd = s->pair;
	s->body = run_store;
	s->arg = role;
	s->forget = forget_secrets;
	keep(s, st->ring_fd);
	for (uint32_t i = 0; i < r->setting.workers; i++) {
		keep(s, r->wake_fd[i]);
		keep(s, r->journal[i].fd[0]);
		keep(s, r->journal[i].fd[1]);
	}
	if (!make_peers(r, role, &st->admin_fd))
		return false;
	keep(s, st->admin_fd);
	return true;
}

/* An end whose other end is closed: nobody is there yet. */
static bool make_deaf(int *fd)
{
	int pair[2];

	if (!sw_ipc_pair(pair))
		return false;
	close(pair[1]);
	*fd = pair[0];
	return true;
}

static int run_admin(void *arg)
{
	struct sw_roles *r = arg;

	return r->setting.admin(&r->admin);
}

static bool prepare_admin(struct sw_roles *r, struct sw_role *role, struct sw_spawn *s)
{
	struct sw_admin_start *a = &r->admin;

	a->parent_fd = s->pair;
	s->body = run_admin;
	s->arg = r;
	s->program = s->is_thread ? NULL : r->setting.admin_program;
	if (!make_peers(r, role, &a->store_fd) || (a->store_fd < 0 && !make_deaf(&a->store_fd)))
		return false;
	/* In this order: see share/inherit.h. */
	keep(s, r->shared.board_fd);
	keep(s, a->control_fd);
	keep(s, a->ring_fd);
	keep(s, a->store_fd);
	return true;
}

static bool prepare(struct sw_roles *r, struct sw_role *role, struct sw_spawn *s)
{
	if (role->kind == SW_ROLE_ADMIN)
		return prepare_admin(r, role, s);
	keep(s, r->setting.lock_fd);
	return role->kind == SW_ROLE_STORE ? prepare_store(r, role, s) : prepare_worker(r, role, s);
}

/* The end that it has, or would have had. */
static void close_peer(struct sw_roles *r, const struct sw_role *role)
{
	if (role->kind == SW_ROLE_STORE)
		close_one(&r->store.admin_fd);
	if (role->kind == SW_ROLE_ADMIN)
		close_one(&r->admin.store_fd);
}

/* What the parent keeps of what it has just given away. */
static void settle(struct sw_roles *r, struct sw_role *role, const struct sw_spawn *s)
{
	struct sw_board_cell *c = role->cell;

	atomic_store(&c->pid, (uint32_t)(s->is_thread ? getpid() : role->pid));
	atomic_store(&c->starts, ++role->starts);
	atomic_store(&c->generation, 0);
	atomic_store(&c->is_waiting, 1);
	atomic_store(&c->turned_us, sw_clock_mono().us);
	atomic_store(&c->started_us, sw_clock_wall().us);
	sw_pulse_begin(&role->pulse, c, sw_clock_mono());
	if (s->is_thread)
		return;
	if (role->kind == SW_ROLE_WORKER)
		sw_secret_wipe(r->worker[role->number].random_seed, SW_SEED_LEN);
	close_peer(r, role);
}

static bool send_begin(const struct sw_roles *r, const struct sw_role *role)
{
	const struct sw_sandbox_setting *box = r->setting.box;
	const struct sw_inherit_begin begin = {
		.parent = getpid(),
		.is_off = box->is_off,
		.is_required = box->is_required,
		.is_root = box->who.is_root,
		.has_user = box->who.has_user,
		.uid = box->who.uid,
		.gid = box->who.gid,
	};

	return sw_ipc_send(role->watch.fd, SW_IPC_BEGIN, 0,
			   (struct sw_slice){ (const char *)&begin, sizeof(begin) });
}

bool sw_roles_begin(struct sw_roles *r, struct sw_role *role, struct sw_loop *loop, sw_loop_fn fn,
		    struct sw_why *why)
{
	struct sw_spawn *s = &r->spawn[role - r->role];
	int pair[2];

	if (!sw_ipc_pair(pair))
		return say_few(why);
	*s = (struct sw_spawn){ .pair = pair[1],
				.is_thread = r->setting.is_single,
				.forget_arg = r };
	role->feed = (struct sw_feed){ 0 };
	role->is_gone = role->is_full = false;
	role->watch = (struct sw_watch){ .fd = pair[0], .fn = fn, .arg = role };
	if (!sw_loop_add(loop, &role->watch, SW_LOOP_IN) || !prepare(r, role, s)) {
		close(pair[1]);
		sw_roles_leave(role, loop);
		role->state = SW_ROLE_ABSENT;
		return say_few(why);
	}
	if (!sw_spawn(role, s, why)) {
		close_peer(r, role);
		sw_roles_leave(role, loop);
		role->state = SW_ROLE_ABSENT;
		return false;
	}
	settle(r, role, s);
	return !s->program || send_begin(r, role) || say_few(why);
}

void sw_roles_leave(struct sw_role *role, struct sw_loop *loop)
{
	if (role->watch.fd < 0)
		return;
	sw_loop_remove(loop, &role->watch);
	close_one(&role->watch.fd);
	role->state = SW_ROLE_DYING;
}

void sw_roles_bury(struct sw_roles *r, struct sw_role *role, int status)
{
	struct sw_spawn *s = &r->spawn[role - r->role];

	if (s->is_thread)
		(void)pthread_join(role->thread, NULL);
	close_one(&role->peer_fd);
	role->feed = (struct sw_feed){ 0 };
	role->state = SW_ROLE_ABSENT;
	atomic_store(&role->cell->pid, 0);
	atomic_store(&role->cell->ended, (uint32_t)status);
}

struct sw_feed_to sw_roles_to(const struct sw_role *role)
{
	static const enum sw_feed_share share[] = {
		[SW_ROLE_ADMIN] = SW_FEED_LOG,
		[SW_ROLE_STORE] = SW_FEED_NOTHING,
		[SW_ROLE_WORKER] = SW_FEED_SOCKETS,
	};

	return (struct sw_feed_to){
		.fd = role->watch.fd,
		.share = share[role->kind],
		.worker = role->number,
	};
}

bool sw_roles_push_peer(struct sw_role *role)
{
	if (role->peer_fd < 0)
		return true;
	if (!sw_ipc_send_fd(role->watch.fd, SW_IPC_PEER, 0, SW_LIT(""), role->peer_fd))
		return false;
	close_one(&role->peer_fd);
	return true;
}

/* All that roles share, from this process alone. */
static void close_areas(struct sw_roles *r)
{
	sw_area_close(&r->post);
	sw_area_close(&r->saves);
	sw_shared_free(&r->shared);
}

void sw_roles_forget_all(void *arg)
{
	struct sw_roles *r = arg;

	sw_secret_wipe(&r->secrets, sizeof(r->secrets));
	sw_secret_wipe(&r->store.seed, sizeof(r->store.seed));
	sw_secret_wipe(&r->store.seal, sizeof(r->store.seal));
	for (uint32_t i = 0; r->worker && i < r->setting.workers; i++)
		sw_secret_wipe(r->worker[i].key_seed, sizeof(r->worker[i].key_seed));
	close_areas(r);
}

void sw_roles_free(struct sw_roles *r)
{
	if (r->setting.workers == 0)
		return;
	close_one(&r->ring_fd);
	close_one(&r->store.ring_fd);
	for (uint32_t i = 0; i < SW_POST_WORKERS; i++) {
		close_one(&r->post_fd[i]);
		close_one(&r->wake_fd[i]);
	}
	sw_journals_close(r->journal, SW_POST_WORKERS);
	close_areas(r);
	if (r->worker)
		sw_secret_wipe(r->worker, r->setting.workers * sizeof(*r->worker));
	sw_secret_wipe(&r->store, sizeof(r->store));
	sw_secret_wipe(&r->secrets, sizeof(r->secrets));
	free(r->role);
	free(r->spawn);
	free(r->worker);
}
