/* SPDX-License-Identifier: Apache-2.0 */
#include "role.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/hash.h"
#include "conf/diag.h"
#include "conf/document.h"
#include "events.h"
#include "share/area.h"
#include "share/clock.h"

/* Where things stand in it is what the tests expect of the places that admin shows. */
#define TEN_LINES "\n\n\n\n\n\n\n\n\n\n"
static const char text[] =
	"realm localhost\n"
	"listen udp 0.0.0.0:5060\n"
	"store memory\n"
	"log json\n\n\n\n\n\n" TEN_LINES TEN_LINES TEN_LINES TEN_LINES TEN_LINES TEN_LINES
	"phones people {\n"
	"    accept digest sha-256 sha-512-256 md5\n"
	"\n"
	"    user alice env:ALICE\n"
	"}\n";

static enum sw_conf_got read_text(void *arg, const char *path, size_t max, struct sw_arena *arena,
				  struct sw_conf_file *out)
{
	char *copy = sw_arena_alloc(arena, sizeof(text), 1);

	(void)arg;
	(void)path;
	(void)max;
	memcpy(copy, text, sizeof(text));
	*out = (struct sw_conf_file){ .text = { copy, sizeof(text) - 1 }, .mode = 0640 };
	return SW_CONF_GOT;
}

static bool glob_nothing(void *arg, const char *pattern, struct sw_arena *arena,
			 const char *const **paths, size_t *n)
{
	(void)arg;
	(void)pattern;
	(void)arena;
	*paths = NULL;
	*n = 0;
	return true;
}

static const char *password(void *arg, const char *name)
{
	(void)arg;
	return strcmp(name, "ALICE") == 0 ? "a long password of alice 4711" : NULL;
}

static struct sw_conf *load_conf(void)
{
	static const struct sw_conf_source source = { .read = read_text,
						      .glob = glob_nothing,
						      .env = password };
	struct sw_diags diags = { 0 };
	struct sw_hash *hash = sw_hash_new();
	struct sw_conf *c = sw_conf_load(&source, "/etc/sipward/sipward.conf", SW_CONF_RUNTIME,
					 hash, sw_clock_wall(), &diags);

	if (!c)
		sw_diags_print(stdout, &diags, 9);
	sw_diags_free(&diags);
	sw_hash_free(hash);
	return c;
}

static int make_document(const struct sw_conf *c)
{
	static const struct sw_document_head head = { .is_bare = true };
	size_t n = sw_document_size(c, &head);
	void *memory = malloc(n);
	int fd;

	assert_non_null(memory);
	assert_true(sw_document_write(c, &head, memory, n));
	fd = sw_area_seal("document", (struct sw_slice){ memory, n });
	free(memory);
	assert_true(fd >= 0);
	return fd;
}

static void hear_parent(struct role *f, enum sw_ipc_type what, uint32_t number)
{
	struct pollfd p = { .fd = f->parent_fd, .events = POLLIN };

	assert_int_equal(poll(&p, 1, WAIT_MS), 1);
	assert_int_equal(sw_ipc_receive(f->parent_fd, &f->ipc), SW_IPC_GOT);
	assert_int_equal(f->ipc.type, what);
	assert_int_equal(f->ipc.code, number);
}

void role_use(struct role *f, uint32_t number)
{
	struct sw_ipc_prepare head = { .since_us = EVENT_AT_US };
	int fd = make_document(f->conf);

	assert_true(sw_ipc_send_fd(f->parent_fd, SW_IPC_PREPARE, number,
				   (struct sw_slice){ (const char *)&head, sizeof(head) }, fd));
	close(fd);
	hear_parent(f, SW_IPC_PREPARED, number);
	assert_true(sw_ipc_send(f->parent_fd, SW_IPC_USE, number, (struct sw_slice){ 0 }));
	hear_parent(f, SW_IPC_ON, number);
}

void role_begin(struct role *f)
{
	assert_int_equal(pthread_create(&f->thread, NULL, sw_admin_main, &f->start), 0);
	role_use(f, 7);
}

static bool make_board(struct role *f)
{
	struct sw_board *b = &f->start.board;

	f->size = sw_board_size(WORKERS);
	f->memory = mmap(NULL, f->size, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (f->memory == MAP_FAILED)
		return false;
	sw_board_init(b, f->memory, WORKERS);
	atomic_store(b->started_us, EVENT_AT_US);
	for (uint32_t i = 0; i < SW_BOARD_ROLES + WORKERS; i++) {
		atomic_store(&b->cell[i].pid, 4121 + i);
		atomic_store(&b->cell[i].starts, 1);
	}
	for (uint32_t i = 0; i < WORKERS; i++) {
		atomic_store(&sw_board_worker(b, i)->generation, 7);
		f->trace[i] = sw_board_trace(b, i);
		sw_metric_map_use(&f->counts, sw_board_metrics(b, i), 7);
	}
	return true;
}

static int listen_at(struct role *f)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/sipward-test-XXXXXX");
	if (fd < 0 || !mkdtemp(f->dir))
		return -1;
	(void)snprintf(f->path, sizeof(f->path), "%s/control", f->dir);
	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%s", f->path);
	if (bind(fd, (const struct sockaddr *)&a, sizeof(a)) != 0 || listen(fd, 16) != 0)
		return -1;
	return fd;
}

int role_make(void **state)
{
	struct role *f = calloc(1, sizeof(*f));
	int pair[2], store[2];

	if (!f)
		return -1;
	f->conf = load_conf();
	if (!f->conf || !sw_metric_map_init(&f->counts, &f->conf->policy) || !make_board(f) ||
	    !sw_ipc_pair(pair) || !sw_ipc_pair(store))
		return -1;
	f->parent_fd = pair[0];
	f->start.parent_fd = pair[1];
	f->store_fd = store[0];
	f->start.store_fd = store[1];
	f->start.control_fd = listen_at(f);
	f->start.ring_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	f->start.log_fd = memfd_create("log", MFD_CLOEXEC);
	*state = f;
	role_begin(f);
	return 0;
}

void role_end(struct role *f)
{
	assert_true(sw_ipc_send(f->parent_fd, SW_IPC_STOP, 0, (struct sw_slice){ 0 }));
	assert_int_equal(pthread_join(f->thread, NULL), 0);
	f->thread = 0;
}

int role_unmake(void **state)
{
	struct role *f = *state;

	if (f->thread != 0)
		role_end(f);
	(void)unlink(f->path);
	(void)rmdir(f->dir);
	close(f->start.control_fd);
	close(f->start.ring_fd);
	close(f->start.log_fd);
	close(f->start.parent_fd);
	close(f->start.store_fd);
	if (f->store_fd >= 0)
		close(f->store_fd);
	close(f->parent_fd);
	(void)munmap(f->memory, f->size);
	sw_metric_map_free(&f->counts);
	sw_conf_free(f->conf);
	free(f);
	return 0;
}

/* What the worker does with each decision but the ring. */
static void keep(struct role *f, uint32_t worker, const struct sw_event *d)
{
	struct sw_account a = {
		.verdict = { .act = (enum sw_act)d->act,
			     .reason = (enum sw_reason)d->reason,
			     .subject = { .factor = (enum sw_factor)d->factor,
					  .alg = (enum sw_alg)d->alg } },
		.at = { d->at_us },
	};

	memcpy(a.id, d->id, sizeof(a.id));
	sw_trace_put(&f->trace[worker], d, sw_clock_mono());
	sw_metric_see(sw_metric_place(sw_board_metrics(&f->start.board, worker), &f->counts,
				      &f->conf->policy.trunk[0]),
		      &a);
}

void role_put_at(struct role *f, uint32_t worker, struct sw_event d)
{
	const uint64_t one = 1;
	struct sw_ring ring = sw_board_events(&f->start.board, worker);
	struct sw_event *e = sw_ring_claim(&ring);

	assert_non_null(e);
	keep(f, worker, &d);
	*e = d;
	sw_ring_publish(&ring);
	assert_int_equal(write(f->start.ring_fd, &one, sizeof(one)), sizeof(one));
	for (int i = 0; i < WAIT_MS && sw_ring_peek(&ring); i++)
		(void)poll(NULL, 0, 1);
	assert_null(sw_ring_peek(&ring));
}

void role_put(struct role *f, struct sw_event d)
{
	role_put_at(f, 0, d);
}

int role_ask(const struct role *f, const char *request)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	size_t n = strlen(request);

	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%s", f->path);
	assert_int_equal(connect(fd, (const struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(send(fd, request, n, MSG_NOSIGNAL), n);
	return fd;
}

/* Everything until the end of the connection, or until `enough` is in it. */
const char *role_hear(struct role *f, int fd, const char *enough)
{
	size_t n = 0;

	f->answer[0] = '\0';
	while (n < sizeof(f->answer) - 1 && (!enough || !strstr(f->answer, enough))) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		ssize_t got;

		assert_int_equal(poll(&p, 1, WAIT_MS), 1);
		got = recv(fd, f->answer + n, sizeof(f->answer) - 1 - n, 0);
		if (got <= 0)
			break;
		n += (size_t)got;
		f->answer[n] = '\0';
	}
	return f->answer;
}

/* The status of a request without a body; the answer is in f->answer. */
int role_get(struct role *f, const char *method, const char *target)
{
	char request[4096];
	int fd;

	(void)snprintf(request, sizeof(request),
		       "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", method, target);
	fd = role_ask(f, request);
	(void)role_hear(f, fd, NULL);
	close(fd);
	return f->answer[0] != '\0' ? (int)strtol(f->answer + 9, NULL, 10) : 0;
}

json_t *role_body(struct role *f)
{
	const char *at = strstr(f->answer, "\r\n\r\n");

	return at ? json_loads(at + 4, JSON_REJECT_DUPLICATES, NULL) : NULL;
}

void role_assert_message(struct role *f, const char *want)
{
	json_t *o = role_body(f);
	const json_t *error = json_object_get(o, "error");

	assert_string_equal(json_string_value(json_object_get(error, "message")), want);
	json_decref(o);
}
