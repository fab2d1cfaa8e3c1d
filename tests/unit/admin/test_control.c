/* SPDX-License-Identifier: Apache-2.0 */
/* The whole role in a thread of its own: events in by the ring, questions by the socket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "admin/admin.h"
#include "events.h"
#include "share/ipc.h"

#define RING    64
#define WAIT_MS 5000

struct fixture {
	struct sw_admin_start start;
	struct sw_metrics metrics;
	struct sw_handover handover;
	struct sw_admin_generation generation[2];
	struct sw_conf conf;
	struct sw_listener listener;
	struct sw_trunk trunk;
	struct sw_way way;
	struct sw_user user;
	struct sw_origin origin;
	struct sw_ipc ipc;
	void *ring;
	int parent_fd;
	pthread_t thread;
	char dir[64], path[80];
	char answer[1 << 20];
};

static void fill_conf(struct fixture *f)
{
	f->listener = (struct sw_listener){ .transport = SW_UDP };
	f->listener.addr = (struct sw_addr){ .family = SW_FAMILY_4, .port = 5060 };
	f->way = (struct sw_way){ .factors = SW_FACTOR_BIT(SW_FACTOR_DIGEST),
				  .algs = SW_ALG_ALL,
				  .line = 71,
				  .file = SW_LIT("/etc/sipward/sipward.conf"),
				  .text = SW_LIT("digest sha-256 sha-512-256 md5") };
	f->trunk = (struct sw_trunk){ .name = SW_LIT("people"),
				      .phones = true,
				      .enabled = true,
				      .way = &f->way,
				      .ways = 1,
				      .line = 70,
				      .file = SW_LIT("/etc/sipward/sipward.conf") };
	f->user = (struct sw_user){ .algs = { SW_ALG_ALL }, .origin = 1 };
	assert_true(sw_user_set_names(&f->user, SW_LIT("alice"), f->trunk.name));
	f->origin = (struct sw_origin){ .line = 73, .file = SW_LIT("/etc/sipward/sipward.conf") };
	f->conf.path = SW_LIT("/etc/sipward/sipward.conf");
	f->conf.log = (struct sw_log_setting){ SW_LOG_JSON, SW_LEVEL_NOTICE, { 0 } };
	f->conf.policy = (struct sw_policy){ .realm = SW_LIT("localhost"),
					     .listener = &f->listener,
					     .listeners = 1,
					     .trunk = &f->trunk,
					     .trunks = 1,
					     .user = &f->user,
					     .users = 1,
					     .origin = &f->origin,
					     .nonce_life_s = 300 };
	for (uint32_t i = 0; i < 2; i++)
		f->generation[i] = (struct sw_admin_generation){
			.number = i + 7, .since = { EVENT_AT_US }, .conf = &f->conf, .log_fd = -1
		};
}

static bool make_ring(struct fixture *f)
{
	size_t n = sw_ring_size(RING, sizeof(struct sw_event));

	n = (n + 63) & ~(size_t)63;
	f->ring = aligned_alloc(64, n);
	if (!f->ring)
		return false;
	memset(f->ring, 0, n);
	sw_ring_init(&f->start.events, f->ring, RING, sizeof(struct sw_event));
	return true;
}

static int listen_at(struct fixture *f)
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

static int make(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int pair[2];

	if (!f || !make_ring(f) || !sw_ipc_pair(pair))
		return -1;
	fill_conf(f);
	f->parent_fd = pair[0];
	f->start.parent_fd = pair[1];
	f->start.control_fd = listen_at(f);
	f->start.ring_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	f->start.log_fd = memfd_create("log", MFD_CLOEXEC);
	f->start.metrics = &f->metrics;
	f->start.handover = &f->handover;
	f->start.started = (struct sw_wall){ EVENT_AT_US };
	f->start.pid = 4121;
	atomic_store(&f->metrics.generation, 7);
	sw_handover_offer(&f->handover, &f->generation[0]);
	*state = f;
	return pthread_create(&f->thread, NULL, sw_admin_main, &f->start);
}

static void end_role(struct fixture *f)
{
	assert_true(sw_ipc_send(f->parent_fd, SW_IPC_STOP, 0, (struct sw_slice){ 0 }));
	assert_int_equal(pthread_join(f->thread, NULL), 0);
	f->thread = 0;
}

static int unmake(void **state)
{
	struct fixture *f = *state;

	if (f->thread != 0)
		end_role(f);
	(void)unlink(f->path);
	(void)rmdir(f->dir);
	close(f->start.control_fd);
	close(f->start.ring_fd);
	close(f->start.log_fd);
	close(f->start.parent_fd);
	close(f->parent_fd);
	free(f->ring);
	free(f);
	return 0;
}

static void put(struct fixture *f, struct sw_event d)
{
	const uint64_t one = 1;
	struct sw_event *e = sw_ring_claim(&f->start.events);

	assert_non_null(e);
	*e = d;
	sw_ring_publish(&f->start.events);
	assert_int_equal(write(f->start.ring_fd, &one, sizeof(one)), sizeof(one));
	for (int i = 0; i < WAIT_MS && sw_ring_peek(&f->start.events); i++)
		(void)poll(NULL, 0, 1);
	assert_null(sw_ring_peek(&f->start.events));
}

static int ask(const struct fixture *f, const char *request)
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
static const char *hear(struct fixture *f, int fd, const char *enough)
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
static int get(struct fixture *f, const char *method, const char *target)
{
	char request[4096];
	int fd;

	(void)snprintf(request, sizeof(request),
		       "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", method, target);
	fd = ask(f, request);
	(void)hear(f, fd, NULL);
	close(fd);
	return f->answer[0] != '\0' ? (int)strtol(f->answer + 9, NULL, 10) : 0;
}

static json_t *body(struct fixture *f)
{
	const char *at = strstr(f->answer, "\r\n\r\n");

	return at ? json_loads(at + 4, JSON_REJECT_DUPLICATES, NULL) : NULL;
}

static void assert_message(struct fixture *f, const char *want)
{
	json_t *o = body(f);
	const json_t *error = json_object_get(o, "error");

	assert_string_equal(json_string_value(json_object_get(error, "message")), want);
	json_decref(o);
}

static const struct {
	const char *name, *method, *target;
	int want;
} routes[] = {
	{ "health", "GET", "/healthz", 200 },
	{ "health, head only", "HEAD", "/healthz", 200 },
	{ "ready", "GET", "/readyz", 200 },
	{ "status", "GET", "/v1/status", 200 },
	{ "nothing", "GET", "/", 404 },
	{ "other version", "GET", "/v2/status", 404 },
	{ "longer", "GET", "/v1/status/x", 404 },
	{ "no metrics yet", "GET", "/metrics", 404 },
	{ "id of nobody", "GET", "/v1/explain/000000", 404 },
	{ "no id", "GET", "/v1/explain/", 404 },
	{ "id with a way out", "GET", "/v1/explain/..%2f..%2fetc", 404 },
	{ "which one", "GET", "/v1/explain", 400 },
	{ "last is a switch", "GET", "/v1/explain?last=2", 400 },
	{ "empty Call-ID", "GET", "/v1/explain?call_id=", 400 },
	{ "unknown Call-ID", "GET", "/v1/explain?call_id=x", 404 },
	{ "nothing came yet", "GET", "/v1/explain?last=1", 404 },
	{ "status is read only", "POST", "/v1/status", 405 },
	{ "status cannot go", "DELETE", "/v1/status", 405 },
	{ "a reload is no question", "GET", "/v1/reload", 405 },
	{ "a stop is no question", "GET", "/v1/stop", 405 },
	{ "head of a stop", "HEAD", "/v1/stop", 405 },
	{ "other word", "BREW", "/v1/stop", 405 },
};

static void a_route_answers_its_method_and_nothing_else(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < SW_ARRAY_LEN(routes); i++) {
		print_message("%s\n", routes[i].name);
		assert_int_equal(get(f, routes[i].method, routes[i].target), routes[i].want);
	}
	assert_int_equal(get(f, "POST", "/v1/status"), 405);
	assert_non_null(strstr(f->answer, "Allow: GET"));
}

static void what_is_no_http_gets_no_answer_of_ours(void **state)
{
	struct fixture *f = *state;
	int fd = ask(f, "REGISTER sip:localhost SIP/2.0\r\n\r\n");

	(void)hear(f, fd, NULL);
	assert_null(strstr(f->answer, " 200 "));
	close(fd);
	assert_int_equal(get(f, "GET", "/healthz"), 200);
}

static void a_body_or_a_header_that_is_too_long_is_cut_off(void **state)
{
	static char request[70000];
	struct fixture *f = *state;
	int n = snprintf(request, sizeof(request),
			 "POST /v1/reload HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n");
	int fd;

	memset(request + n, 'x', 60000);
	request[n + 60000] = '\0';
	fd = ask(f, request);
	(void)hear(f, fd, NULL);
	assert_null(strstr(f->answer, " 200 "));
	close(fd);
	n = snprintf(request, sizeof(request), "GET /healthz HTTP/1.1\r\nHost: ");
	memset(request + n, 'x', 60000);
	request[n + 60000] = '\0';
	fd = ask(f, request);
	(void)hear(f, fd, NULL);
	assert_null(strstr(f->answer, " 200 "));
	close(fd);
	assert_int_equal(get(f, "GET", "/healthz"), 200);
}

static void a_decision_is_explained_by_id_call_id_and_last(void **state)
{
	struct fixture *f = *state;
	static const char *const targets[] = { "/v1/explain/7q4kx2",
					       "/v1/explain?call_id=7f1c%40pbx",
					       "/v1/explain?last=1" };

	put(f, event_challenged("7Q4KX1"));
	put(f, event_wrong("7Q4KX2"));
	for (size_t i = 0; i < SW_ARRAY_LEN(targets); i++) {
		json_t *o, *account;

		assert_int_equal(get(f, "GET", targets[i]), 200);
		o = body(f);
		account = json_object_get(o, "account");
		assert_string_equal(json_string_value(json_object_get(o, "reason")),
				    "digest_wrong");
		assert_string_equal(json_string_value(json_object_get(o, "listener")),
				    "udp:0.0.0.0:5060");
		assert_string_equal(json_string_value(json_object_get(
					    json_object_get(account, "user"), "conf")),
				    "/etc/sipward/sipward.conf:73");
		assert_int_equal(json_array_size(json_object_get(account, "before")), 1);
		json_decref(o);
	}
	assert_int_equal(get(f, "GET", "/v1/explain/7Q4KX9"), 404);
	assert_message(f, "This decision is no longer kept, or was never seen here.");
}

/* Listeners come and go: an index would name another one after a reload. */
static void the_listener_is_the_one_that_the_request_came_to(void **state)
{
	struct fixture *f = *state;
	struct sw_event e = event_wrong("7Q4KX2");

	e.at.port = 5070;
	put(f, e);
	assert_int_equal(get(f, "GET", "/v1/explain/7Q4KX2"), 200);
	assert_non_null(strstr(f->answer, "\"listener\":\"udp:0.0.0.0:5070\""));
}

static void status_shows_who_came_in_and_what_was_refused(void **state)
{
	struct fixture *f = *state;
	json_t *o, *trunk;

	put(f, event_allowed("7Q4KX1"));
	put(f, event_wrong("7Q4KX2"));
	sw_metric_add(&f->metrics.act[SW_ACT_ALLOW]);
	sw_metric_add(&f->metrics.reason[SW_R_DIGEST_WRONG]);
	assert_int_equal(get(f, "GET", "/v1/status"), 200);
	o = body(f);
	trunk = json_array_get(json_object_get(o, "trunks"), 0);
	assert_int_equal(json_integer_value(json_object_get(o, "pid")), 4121);
	assert_string_equal(json_string_value(json_object_get(o, "realm")), "localhost");
	assert_string_equal(
		json_string_value(json_object_get(json_object_get(trunk, "last_refusal"), "id")),
		"7Q4KX2");
	assert_string_equal(
		json_string_value(json_object_get(json_object_get(trunk, "last_seen"), "alg")),
		"sha-256");
	assert_int_equal(json_object_size(json_object_get(o, "verdicts")), 1);
	assert_int_equal(json_object_size(json_object_get(o, "reasons")), 1);
	json_decref(o);
}

static void a_worker_that_does_not_serve_yet_makes_the_door_not_ready(void **state)
{
	struct fixture *f = *state;

	atomic_store(&f->metrics.generation, 0);
	assert_int_equal(get(f, "GET", "/readyz"), 503);
	assert_int_equal(get(f, "GET", "/healthz"), 200);
}

/* What admin asks of the parent. */
static enum sw_ipc_type wish(struct fixture *f)
{
	struct pollfd p = { .fd = f->parent_fd, .events = POLLIN };

	assert_int_equal(poll(&p, 1, WAIT_MS), 1);
	assert_int_equal(sw_ipc_receive(f->parent_fd, &f->ipc), SW_IPC_GOT);
	return (enum sw_ipc_type)f->ipc.type;
}

static bool has_wish(struct fixture *f)
{
	struct pollfd p = { .fd = f->parent_fd, .events = POLLIN };

	return poll(&p, 1, 100) == 1;
}

#define RELOAD \
	"POST /v1/reload HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"

static void a_reload_waits_for_the_parent_and_others_are_served_meanwhile(void **state)
{
	struct fixture *f = *state;
	int fd = ask(f, RELOAD);

	assert_int_equal(wish(f), SW_IPC_RELOAD);
	assert_int_equal(get(f, "GET", "/healthz"), 200);
	sw_handover_offer(&f->handover, &f->generation[1]);
	assert_true(sw_ipc_send(f->parent_fd, SW_IPC_RELOADED, 0,
				SW_LIT("x.conf:1:1: warning SW010: forged\n")));
	assert_non_null(strstr(hear(f, fd, NULL), " 200 "));
	assert_non_null(strstr(f->answer, "\"generation\":8,\"text\":\"x.conf:1:1: warning"));
	assert_true(sw_handover_is_on(&f->handover, 8));
	close(fd);
}

static void a_refused_reload_is_422_with_the_whole_text(void **state)
{
	struct fixture *f = *state;
	int fd = ask(f, RELOAD);
	json_t *o, *error;

	assert_int_equal(wish(f), SW_IPC_RELOAD);
	assert_true(sw_ipc_send(f->parent_fd, SW_IPC_RELOADED, 4,
				SW_LIT("SW044\nunknown key\nx.conf:3:1\n"
				       "x.conf:3:1: error SW044: unknown key\n    3 | foo\n")));
	assert_non_null(strstr(hear(f, fd, NULL), " 422 "));
	o = body(f);
	error = json_object_get(o, "error");
	assert_string_equal(json_string_value(json_object_get(error, "code")), "SW044");
	assert_string_equal(json_string_value(json_object_get(error, "at")), "x.conf:3:1");
	assert_non_null(strstr(json_string_value(json_object_get(error, "text")), "3 | foo"));
	json_decref(o);
	close(fd);
}

static void a_reload_that_failed_on_the_way_is_503(void **state)
{
	struct fixture *f = *state;
	int fd = ask(f, RELOAD);

	assert_int_equal(wish(f), SW_IPC_RELOAD);
	assert_true(sw_ipc_send(f->parent_fd, SW_IPC_RELOADED, 1,
				SW_LIT("unavailable\nthe worker\n\nthe worker\n")));
	assert_non_null(strstr(hear(f, fd, NULL), " 503 "));
	assert_message(f, "the worker");
	close(fd);
}

static void who_asks_during_a_load_gets_the_answer_of_the_next(void **state)
{
	struct fixture *f = *state;
	int first = ask(f, RELOAD), second, third;

	assert_int_equal(wish(f), SW_IPC_RELOAD);
	second = ask(f, RELOAD);
	third = ask(f, RELOAD);
	assert_false(has_wish(f));
	assert_true(sw_ipc_send(f->parent_fd, SW_IPC_RELOADED, 0, (struct sw_slice){ 0 }));
	assert_non_null(strstr(hear(f, first, NULL), " 200 "));
	assert_int_equal(wish(f), SW_IPC_RELOAD);
	assert_true(sw_ipc_send(f->parent_fd, SW_IPC_RELOADED, 4, SW_LIT("error SW001: no\n")));
	assert_non_null(strstr(hear(f, second, NULL), " 422 "));
	assert_non_null(strstr(hear(f, third, NULL), " 422 "));
	assert_false(has_wish(f));
	close(first);
	close(second);
	close(third);
}

static void a_stop_is_told_to_the_parent(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(get(f, "POST", "/v1/stop"), 202);
	assert_int_equal(wish(f), SW_IPC_STOP);
}

static void who_waits_when_the_door_ends_is_told(void **state)
{
	struct fixture *f = *state;
	int reload = ask(f, RELOAD);
	int events = ask(f, "GET /v1/events HTTP/1.0\r\n\r\n");

	assert_int_equal(wish(f), SW_IPC_RELOAD);
	(void)hear(f, events, "as they are made");
	end_role(f);
	assert_non_null(strstr(hear(f, reload, NULL), " 503 "));
	(void)hear(f, events, NULL);
	close(reload);
	close(events);
}

static void a_follower_sees_what_its_filter_admits(void **state)
{
	struct fixture *f = *state;
	int fd = ask(f, "GET /v1/events?trunk=people&reason=digest_* HTTP/1.0\r\n\r\n");
	struct sw_event other = event_wrong("OTHER0");

	(void)hear(f, fd, "as they are made");
	EVENT_SET(other.trunk, "people2");
	put(f, other);
	put(f, event_allowed("A00000"));
	put(f, event_challenged("C00000"));
	put(f, event_wrong("W00000"));
	(void)hear(f, fd, "\n\n");
	assert_non_null(strstr(f->answer, "data: {\"v\":1,"));
	assert_non_null(strstr(f->answer, "W00000"));
	assert_null(strstr(f->answer, "A00000"));
	assert_null(strstr(f->answer, "C00000"));
	assert_null(strstr(f->answer, "OTHER0"));
	close(fd);
}

static void a_follower_that_does_not_read_is_let_go_and_costs_nobody(void **state)
{
	struct fixture *f = *state;
	int small = 2048;
	int fd = ask(f, "GET /v1/events HTTP/1.0\r\n\r\n");

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	for (unsigned i = 0; i < 2000; i++)
		put(f, event_wrong("W00000"));
	assert_int_equal(get(f, "GET", "/healthz"), 200);
	(void)hear(f, fd, NULL);
	assert_non_null(strstr(f->answer, "too slow"));
	close(fd);
}

static void followers_are_few(void **state)
{
	struct fixture *f = *state;
	int fd[8];

	for (size_t i = 0; i < SW_ARRAY_LEN(fd); i++) {
		fd[i] = ask(f, "GET /v1/events HTTP/1.0\r\n\r\n");
		(void)hear(f, fd[i], "as they are made");
	}
	assert_int_equal(get(f, "GET", "/v1/events"), 503);
	assert_message(f, "Too many follow already: 8. End one of them.");
	for (size_t i = 0; i < SW_ARRAY_LEN(fd); i++)
		close(fd[i]);
}

static void the_place_of_a_follower_that_went_away_is_given_at_once(void **state)
{
	struct fixture *f = *state;
	int fd[8], next;

	for (size_t i = 0; i < SW_ARRAY_LEN(fd); i++) {
		fd[i] = ask(f, "GET /v1/events HTTP/1.0\r\n\r\n");
		(void)hear(f, fd[i], "as they are made");
	}
	close(fd[3]);
	next = ask(f, "GET /v1/events HTTP/1.0\r\n\r\n");
	assert_non_null(strstr(hear(f, next, "as they are made"), " 200 "));
	put(f, event_wrong("W00000"));
	assert_non_null(strstr(hear(f, next, "W00000"), "W00000"));
	assert_non_null(strstr(hear(f, fd[0], "W00000"), "W00000"));
	close(next);
	for (size_t i = 0; i < SW_ARRAY_LEN(fd); i++)
		if (i != 3)
			close(fd[i]);
}

static void a_filter_longer_than_any_name_is_no_filter(void **state)
{
	static char target[400];
	struct fixture *f = *state;
	int n = snprintf(target, sizeof(target), "/v1/events?trunk=");

	memset(target + n, 'x', 200);
	assert_int_equal(get(f, "GET", target), 400);
	assert_message(f, "The filter is longer than any name.");
}

/* Admin may be on another one for a moment, when the worker could not follow. */
static void status_shows_the_generation_that_serves(void **state)
{
	struct fixture *f = *state;
	const json_t *g;
	json_t *o;

	for (uint32_t number = 6; number <= 7; number++) {
		atomic_store(&f->metrics.generation, number);
		assert_int_equal(get(f, "GET", "/v1/status"), 200);
		o = body(f);
		g = json_object_get(o, "generation");
		assert_int_equal(json_integer_value(json_object_get(g, "number")), number);
		assert_int_equal(json_is_string(json_object_get(g, "since")), number == 7);
		json_decref(o);
	}
}

static void the_log_begins_and_ends_with_the_door(void **state)
{
	struct fixture *f = *state;
	ssize_t n;

	put(f, event_wrong("W00000"));
	assert_true(sw_ipc_send(f->parent_fd, SW_IPC_NOTICE, SW_LEVEL_WARN, SW_LIT("the parent")));
	end_role(f);
	n = pread(f->start.log_fd, f->answer, sizeof(f->answer) - 1, 0);
	assert_true(n > 0);
	f->answer[n] = '\0';
	assert_non_null(strstr(f->answer, "\"event\":\"start\""));
	assert_non_null(strstr(f->answer, "W00000"));
	assert_non_null(strstr(f->answer, "\"message\":\"the parent\""));
	assert_non_null(strstr(f->answer, "\"event\":\"stop\""));
}

static void a_parent_that_is_gone_ends_the_role(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(get(f, "GET", "/healthz"), 200);
	assert_int_equal(shutdown(f->parent_fd, SHUT_RDWR), 0);
	assert_int_equal(pthread_join(f->thread, NULL), 0);
	f->thread = 0;
}

int main(void)
{
#define ROW(test) cmocka_unit_test_setup_teardown(test, make, unmake)
	const struct CMUnitTest tests[] = {
		ROW(a_route_answers_its_method_and_nothing_else),
		ROW(what_is_no_http_gets_no_answer_of_ours),
		ROW(a_body_or_a_header_that_is_too_long_is_cut_off),
		ROW(a_decision_is_explained_by_id_call_id_and_last),
		ROW(the_listener_is_the_one_that_the_request_came_to),
		ROW(status_shows_who_came_in_and_what_was_refused),
		ROW(a_worker_that_does_not_serve_yet_makes_the_door_not_ready),
		ROW(a_reload_waits_for_the_parent_and_others_are_served_meanwhile),
		ROW(a_refused_reload_is_422_with_the_whole_text),
		ROW(a_reload_that_failed_on_the_way_is_503),
		ROW(who_asks_during_a_load_gets_the_answer_of_the_next),
		ROW(a_stop_is_told_to_the_parent),
		ROW(who_waits_when_the_door_ends_is_told),
		ROW(a_follower_sees_what_its_filter_admits),
		ROW(a_follower_that_does_not_read_is_let_go_and_costs_nobody),
		ROW(followers_are_few),
		ROW(the_place_of_a_follower_that_went_away_is_given_at_once),
		ROW(a_filter_longer_than_any_name_is_no_filter),
		ROW(status_shows_the_generation_that_serves),
		ROW(the_log_begins_and_ends_with_the_door),
		ROW(a_parent_that_is_gone_ends_the_role),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
