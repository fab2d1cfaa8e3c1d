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

#include "events.h"
#include "share/clock.h"
#include "role.h"

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
	{ "metrics", "GET", "/metrics", 200 },
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
	struct role *f = *state;

	for (size_t i = 0; i < SW_ARRAY_LEN(routes); i++) {
		print_message("%s\n", routes[i].name);
		assert_int_equal(role_get(f, routes[i].method, routes[i].target), routes[i].want);
	}
	assert_int_equal(role_get(f, "POST", "/v1/status"), 405);
	assert_non_null(strstr(f->answer, "Allow: GET"));
}

static void what_is_no_http_gets_no_answer_of_ours(void **state)
{
	struct role *f = *state;
	int fd = role_ask(f, "REGISTER sip:localhost SIP/2.0\r\n\r\n");

	(void)role_hear(f, fd, NULL);
	assert_null(strstr(f->answer, " 200 "));
	close(fd);
	assert_int_equal(role_get(f, "GET", "/healthz"), 200);
}

static void a_body_or_a_header_that_is_too_long_is_cut_off(void **state)
{
	static char request[70000];
	struct role *f = *state;
	int n = snprintf(request, sizeof(request),
			 "POST /v1/reload HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n");
	int fd;

	memset(request + n, 'x', 60000);
	request[n + 60000] = '\0';
	fd = role_ask(f, request);
	(void)role_hear(f, fd, NULL);
	assert_null(strstr(f->answer, " 200 "));
	close(fd);
	n = snprintf(request, sizeof(request), "GET /healthz HTTP/1.1\r\nHost: ");
	memset(request + n, 'x', 60000);
	request[n + 60000] = '\0';
	fd = role_ask(f, request);
	(void)role_hear(f, fd, NULL);
	assert_null(strstr(f->answer, " 200 "));
	close(fd);
	assert_int_equal(role_get(f, "GET", "/healthz"), 200);
}

static void a_decision_is_explained_by_id_call_id_and_last(void **state)
{
	struct role *f = *state;
	static const char *const targets[] = { "/v1/explain/7q4kx2",
					       "/v1/explain?call_id=7f1c%40pbx",
					       "/v1/explain?last=1" };

	role_put(f, event_challenged("7Q4KX1"));
	role_put(f, event_wrong("7Q4KX2"));
	for (size_t i = 0; i < SW_ARRAY_LEN(targets); i++) {
		json_t *o, *account;

		assert_int_equal(role_get(f, "GET", targets[i]), 200);
		o = role_body(f);
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
	assert_int_equal(role_get(f, "GET", "/v1/explain/7Q4KX9"), 404);
	role_assert_message(f, "This decision is no longer kept, or was never seen here.");
}

/* Listeners come and go: an index would name another one after a reload. */
static void the_listener_is_the_one_that_the_request_came_to(void **state)
{
	struct role *f = *state;
	struct sw_event e = event_wrong("7Q4KX2");

	e.at.port = 5070;
	role_put(f, e);
	assert_int_equal(role_get(f, "GET", "/v1/explain/7Q4KX2"), 200);
	assert_non_null(strstr(f->answer, "\"listener\":\"udp:0.0.0.0:5070\""));
}

static void status_shows_who_came_in_and_what_was_refused(void **state)
{
	struct role *f = *state;
	json_t *o, *trunk;

	role_put(f, event_allowed("7Q4KX1"));
	role_put(f, event_wrong("7Q4KX2"));
	sw_metric_add(&sw_board_metrics(&f->start.board, 0)->act[SW_ACT_ALLOW]);
	sw_metric_add(&sw_board_metrics(&f->start.board, 1)->act[SW_ACT_ALLOW]);
	sw_metric_add(&sw_board_metrics(&f->start.board, 1)->reason[SW_R_DIGEST_WRONG]);
	assert_int_equal(role_get(f, "GET", "/v1/status"), 200);
	o = role_body(f);
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
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(o, "verdicts"), "allowed")), 2);
	assert_int_equal(json_object_size(json_object_get(o, "reasons")), 1);
	json_decref(o);
}

/* All workers are on this generation; 0: on none yet. */
static void serve(struct role *f, uint32_t number)
{
	for (uint32_t i = 0; i < WORKERS; i++)
		atomic_store(&sw_board_worker(&f->start.board, i)->generation, number);
}

static void a_worker_that_does_not_serve_yet_makes_the_door_not_ready(void **state)
{
	struct role *f = *state;

	serve(f, 0);
	assert_int_equal(role_get(f, "GET", "/readyz"), 503);
	assert_int_equal(role_get(f, "GET", "/healthz"), 200);
}

/* What admin asks of the parent. */
static enum sw_ipc_type wish(struct role *f)
{
	struct pollfd p = { .fd = f->parent_fd, .events = POLLIN };

	assert_int_equal(poll(&p, 1, WAIT_MS), 1);
	assert_int_equal(sw_ipc_receive(f->parent_fd, &f->ipc), SW_IPC_GOT);
	return (enum sw_ipc_type)f->ipc.type;
}

static bool has_wish(struct role *f)
{
	struct pollfd p = { .fd = f->parent_fd, .events = POLLIN };

	return poll(&p, 1, 100) == 1;
}

#define RELOAD \
	"POST /v1/reload HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"

static void a_reload_waits_for_the_parent_and_others_are_served_meanwhile(void **state)
{
	struct role *f = *state;
	int fd = role_ask(f, RELOAD);

	assert_int_equal(wish(f), SW_IPC_RELOAD);
	assert_int_equal(role_get(f, "GET", "/healthz"), 200);
	role_use(f, 8);
	assert_true(sw_ipc_send(f->parent_fd, SW_IPC_RELOADED, 0,
				SW_LIT("x.conf:1:1: warning SW010: forged\n")));
	assert_non_null(strstr(role_hear(f, fd, NULL), " 200 "));
	assert_non_null(strstr(f->answer, "\"generation\":8,\"text\":\"x.conf:1:1: warning"));
	close(fd);
}

static void a_refused_reload_is_422_with_the_whole_text(void **state)
{
	struct role *f = *state;
	int fd = role_ask(f, RELOAD);
	json_t *o, *error;

	assert_int_equal(wish(f), SW_IPC_RELOAD);
	assert_true(sw_ipc_send(f->parent_fd, SW_IPC_RELOADED, 4,
				SW_LIT("SW044\nunknown key\nx.conf:3:1\n"
				       "x.conf:3:1: error SW044: unknown key\n    3 | foo\n")));
	assert_non_null(strstr(role_hear(f, fd, NULL), " 422 "));
	o = role_body(f);
	error = json_object_get(o, "error");
	assert_string_equal(json_string_value(json_object_get(error, "code")), "SW044");
	assert_string_equal(json_string_value(json_object_get(error, "at")), "x.conf:3:1");
	assert_non_null(strstr(json_string_value(json_object_get(error, "text")), "3 | foo"));
	json_decref(o);
	close(fd);
}

static void a_reload_that_failed_on_the_way_is_503(void **state)
{
	struct role *f = *state;
	int fd = role_ask(f, RELOAD);

	assert_int_equal(wish(f), SW_IPC_RELOAD);
	assert_true(sw_ipc_send(f->parent_fd, SW_IPC_RELOADED, 1,
				SW_LIT("unavailable\nthe worker\n\nthe worker\n")));
	assert_non_null(strstr(role_hear(f, fd, NULL), " 503 "));
	role_assert_message(f, "the worker");
	close(fd);
}

static void who_asks_during_a_load_gets_the_answer_of_the_next(void **state)
{
	struct role *f = *state;
	int first = role_ask(f, RELOAD), second, third;

	assert_int_equal(wish(f), SW_IPC_RELOAD);
	second = role_ask(f, RELOAD);
	third = role_ask(f, RELOAD);
	assert_false(has_wish(f));
	assert_true(sw_ipc_send(f->parent_fd, SW_IPC_RELOADED, 0, (struct sw_slice){ 0 }));
	assert_non_null(strstr(role_hear(f, first, NULL), " 200 "));
	assert_int_equal(wish(f), SW_IPC_RELOAD);
	assert_true(sw_ipc_send(f->parent_fd, SW_IPC_RELOADED, 4, SW_LIT("error SW001: no\n")));
	assert_non_null(strstr(role_hear(f, second, NULL), " 422 "));
	assert_non_null(strstr(role_hear(f, third, NULL), " 422 "));
	assert_false(has_wish(f));
	close(first);
	close(second);
	close(third);
}

static void a_stop_is_told_to_the_parent(void **state)
{
	struct role *f = *state;

	assert_int_equal(role_get(f, "POST", "/v1/stop"), 202);
	assert_int_equal(wish(f), SW_IPC_STOP);
}

static void who_waits_when_the_door_ends_is_told(void **state)
{
	struct role *f = *state;
	int reload = role_ask(f, RELOAD);
	int events = role_ask(f, "GET /v1/events HTTP/1.0\r\n\r\n");

	assert_int_equal(wish(f), SW_IPC_RELOAD);
	(void)role_hear(f, events, "as they are made");
	role_end(f);
	assert_non_null(strstr(role_hear(f, reload, NULL), " 503 "));
	(void)role_hear(f, events, NULL);
	close(reload);
	close(events);
}

static void a_follower_sees_what_its_filter_admits(void **state)
{
	struct role *f = *state;
	int fd = role_ask(f, "GET /v1/events?trunk=people&reason=digest_* HTTP/1.0\r\n\r\n");
	struct sw_event other = event_wrong("OTHER0");

	(void)role_hear(f, fd, "as they are made");
	EVENT_SET(other.trunk, "people2");
	role_put(f, other);
	role_put(f, event_allowed("A00000"));
	role_put(f, event_challenged("C00000"));
	role_put(f, event_wrong("W00000"));
	(void)role_hear(f, fd, "\n\n");
	assert_non_null(strstr(f->answer, "data: {\"v\":1,"));
	assert_non_null(strstr(f->answer, "W00000"));
	assert_null(strstr(f->answer, "A00000"));
	assert_null(strstr(f->answer, "C00000"));
	assert_null(strstr(f->answer, "OTHER0"));
	close(fd);
}

static void a_follower_that_does_not_read_is_let_go_and_costs_nobody(void **state)
{
	struct role *f = *state;
	int small = 2048;
	int fd = role_ask(f, "GET /v1/events HTTP/1.0\r\n\r\n");

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	for (unsigned i = 0; i < 2000; i++)
		role_put(f, event_wrong("W00000"));
	assert_int_equal(role_get(f, "GET", "/healthz"), 200);
	(void)role_hear(f, fd, NULL);
	assert_non_null(strstr(f->answer, "too slow"));
	close(fd);
}

static void followers_are_few(void **state)
{
	struct role *f = *state;
	int fd[8];

	for (size_t i = 0; i < SW_ARRAY_LEN(fd); i++) {
		fd[i] = role_ask(f, "GET /v1/events HTTP/1.0\r\n\r\n");
		(void)role_hear(f, fd[i], "as they are made");
	}
	assert_int_equal(role_get(f, "GET", "/v1/events"), 503);
	role_assert_message(f, "Too many follow already: 8. End one of them.");
	for (size_t i = 0; i < SW_ARRAY_LEN(fd); i++)
		close(fd[i]);
}

static void the_place_of_a_follower_that_went_away_is_given_at_once(void **state)
{
	struct role *f = *state;
	int fd[8], next;

	for (size_t i = 0; i < SW_ARRAY_LEN(fd); i++) {
		fd[i] = role_ask(f, "GET /v1/events HTTP/1.0\r\n\r\n");
		(void)role_hear(f, fd[i], "as they are made");
	}
	close(fd[3]);
	next = role_ask(f, "GET /v1/events HTTP/1.0\r\n\r\n");
	assert_non_null(strstr(role_hear(f, next, "as they are made"), " 200 "));
	role_put(f, event_wrong("W00000"));
	assert_non_null(strstr(role_hear(f, next, "W00000"), "W00000"));
	assert_non_null(strstr(role_hear(f, fd[0], "W00000"), "W00000"));
	close(next);
	for (size_t i = 0; i < SW_ARRAY_LEN(fd); i++)
		if (i != 3)
			close(fd[i]);
}

static void a_filter_longer_than_any_name_is_no_filter(void **state)
{
	static char target[400];
	struct role *f = *state;
	int n = snprintf(target, sizeof(target), "/v1/events?trunk=");

	memset(target + n, 'x', 200);
	assert_int_equal(role_get(f, "GET", target), 400);
	role_assert_message(f, "The filter is longer than any name.");
}

/* Admin may be on another one for a moment, when the worker could not follow. */
static void status_shows_the_generation_that_serves(void **state)
{
	struct role *f = *state;
	const json_t *g;
	json_t *o;

	for (uint32_t number = 6; number <= 7; number++) {
		serve(f, number);
		assert_int_equal(role_get(f, "GET", "/v1/status"), 200);
		o = role_body(f);
		g = json_object_get(o, "generation");
		assert_int_equal(json_integer_value(json_object_get(g, "number")), number);
		assert_int_equal(json_is_string(json_object_get(g, "since")), number == 7);
		json_decref(o);
	}
}

static void decisions_of_every_worker_are_explained_and_the_newest_is_found(void **state)
{
	struct role *f = *state;

	role_put_at(f, 1, event_wrong("W0RKR1"));
	role_put_at(f, 0, event_allowed("W0RKR0"));
	assert_int_equal(role_get(f, "GET", "/v1/explain/W0RKR1"), 200);
	assert_int_equal(role_get(f, "GET", "/v1/explain/W0RKR0"), 200);
	assert_int_equal(role_get(f, "GET", "/v1/explain?last=1"), 200);
	assert_non_null(strstr(f->answer, "\"id\":\"W0RKR0\""));
}

static void a_successor_explains_what_was_decided_before_it(void **state)
{
	struct role *f = *state;
	json_t *o, *trunk;

	role_put(f, event_allowed("BEF0R1"));
	role_put(f, event_wrong("BEF0R2"));
	assert_int_equal(role_get(f, "GET", "/v1/explain/BEF0R1"), 200);
	role_end(f);
	role_begin(f);
	assert_int_equal(role_get(f, "GET", "/v1/explain/BEF0R1"), 200);
	assert_int_equal(role_get(f, "GET", "/v1/explain?last=1"), 200);
	assert_non_null(strstr(f->answer, "\"id\":\"BEF0R2\""));
	assert_int_equal(role_get(f, "GET", "/v1/status"), 200);
	o = role_body(f);
	trunk = json_array_get(json_object_get(o, "trunks"), 0);
	assert_string_equal(
		json_string_value(json_object_get(json_object_get(trunk, "last_refusal"), "id")),
		"BEF0R2");
	assert_true(json_is_object(json_object_get(trunk, "last_seen")));
	json_decref(o);
}

static void a_worker_that_is_not_up_makes_the_door_not_ready(void **state)
{
	struct role *f = *state;

	atomic_store(&sw_board_worker(&f->start.board, 0)->pid, 0);
	assert_int_equal(role_get(f, "GET", "/readyz"), 503);
	assert_non_null(strstr(f->answer, "\"missing\":[\"workers\"]"));
	assert_non_null(strstr(f->answer, "\"serving\":1,\"of\":2"));
	atomic_store(&sw_board_worker(&f->start.board, 1)->pid, 0);
	assert_int_equal(role_get(f, "GET", "/readyz"), 503);
	assert_non_null(strstr(f->answer, "\"missing\":[\"listeners\"]"));
	assert_int_equal(role_get(f, "GET", "/healthz"), 200);
}

static void a_store_that_is_down_makes_the_door_not_ready_and_says_why(void **state)
{
	struct role *f = *state;
	struct sw_keep *keep = f->start.board.keep;

	(void)snprintf(keep->name, sizeof(keep->name), "sqlite /x.db");
	sw_sentence_write(&keep->why, SW_LIT("the disk is full"));
	atomic_store(&keep->is_down, true);
	assert_int_equal(role_get(f, "GET", "/readyz"), 503);
	assert_non_null(strstr(f->answer, "\"missing\":[\"store\"]"));
	assert_non_null(strstr(f->answer, "the disk is full"));
	atomic_store(&keep->is_down, false);
	assert_int_equal(role_get(f, "GET", "/readyz"), 200);
}

/* Since when its turn lasts is two seconds and more ago, and it does not wait. */
static void a_worker_that_is_stuck_is_named_and_does_not_count_as_serving(void **state)
{
	struct role *f = *state;
	struct sw_board_cell *c = sw_board_worker(&f->start.board, 1);

	atomic_store(&c->turned_us, sw_clock_mono().us - 3 * SW_US_PER_S);
	assert_int_equal(role_get(f, "GET", "/v1/status"), 200);
	assert_non_null(strstr(f->answer, "\"state\":\"stuck\""));
	assert_int_equal(role_get(f, "GET", "/readyz"), 503);
	assert_non_null(strstr(f->answer, "\"serving\":1,\"of\":2"));
	atomic_store(&c->is_waiting, 1);
	assert_int_equal(role_get(f, "GET", "/readyz"), 200);
	assert_non_null(strstr(f->answer, "\"serving\":2,\"of\":2"));
}

static void decisions_that_a_ring_refused_are_counted_and_said_by_worker(void **state)
{
	struct role *f = *state;
	struct sw_ring ring = sw_board_events(&f->start.board, 1);
	bool was_said = false;

	role_end(f); /* it says so when it begins, and then at most every 10 s */
	while (sw_ring_lost(&ring) == 0) {
		struct sw_event *e = sw_ring_claim(&ring);

		if (e)
			*e = event_challenged("FL00D0");
		if (e)
			sw_ring_publish(&ring);
	}
	role_begin(f);
	assert_int_equal(role_get(f, "GET", "/metrics"), 200);
	assert_null(strstr(f->answer, "sipward_events_dropped_total{worker=\"1\"} 0\n"));
	assert_non_null(strstr(f->answer, "sipward_events_dropped_total{worker=\"0\"} 0\n"));
	for (int i = 0; i < 200 && !was_said; i++) {
		ssize_t n = pread(f->start.log_fd, f->answer, sizeof(f->answer) - 1, 0);

		f->answer[n > 0 ? n : 0] = '\0';
		was_said = strstr(f->answer, "decisions of worker 1 came faster") != NULL;
		(void)poll(NULL, 0, 10);
	}
	assert_true(was_said);
}

static void the_log_begins_and_ends_with_the_door(void **state)
{
	struct role *f = *state;
	ssize_t n;

	role_put(f, event_wrong("W00000"));
	assert_true(sw_ipc_send(f->parent_fd, SW_IPC_NOTICE, SW_LEVEL_WARN, SW_LIT("the parent")));
	role_end(f);
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
	struct role *f = *state;

	assert_int_equal(role_get(f, "GET", "/healthz"), 200);
	assert_int_equal(shutdown(f->parent_fd, SHUT_RDWR), 0);
	assert_int_equal(pthread_join(f->thread, NULL), 0);
	f->thread = 0;
}

int main(void)
{
#define ROW(test) cmocka_unit_test_setup_teardown(test, role_make, role_unmake)
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
		ROW(decisions_of_every_worker_are_explained_and_the_newest_is_found),
		ROW(a_successor_explains_what_was_decided_before_it),
		ROW(a_worker_that_is_not_up_makes_the_door_not_ready),
		ROW(a_store_that_is_down_makes_the_door_not_ready_and_says_why),
		ROW(a_worker_that_is_stuck_is_named_and_does_not_count_as_serving),
		ROW(decisions_that_a_ring_refused_are_counted_and_said_by_worker),
		ROW(the_log_begins_and_ends_with_the_door),
		ROW(a_parent_that_is_gone_ends_the_role),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
