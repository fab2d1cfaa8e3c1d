/* SPDX-License-Identifier: Apache-2.0 */
/* The control API of users, with a store role that this test plays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "role.h"

#define JSON "Content-Type: application/json\r\n"
#define LIST "Content-Type: application/x-ndjson\r\n"

/* Send a request; its answer is heard by hear_status. */
static int send_request(const struct role *f, const char *method, const char *target,
			const char *header, const char *body)
{
	char request[4096];

	(void)snprintf(request, sizeof(request),
		       "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%sContent-Length: %zu\r\n"
		       "\r\n%s",
		       method, target, header, strlen(body), body);
	return role_ask(f, request);
}

static int hear_status(struct role *f, int fd)
{
	(void)role_hear(f, fd, NULL);
	close(fd);
	return f->answer[0] != '\0' ? (int)strtol(f->answer + 9, NULL, 10) : 0;
}

/* What the store role is asked next; lines gets what came along, "" if nothing did. */
static void take_ask(struct role *f, char *lines, size_t cap)
{
	enum sw_ipc_got got = SW_IPC_NOTHING;
	int fd = -1;
	ssize_t n = 0;

	for (int i = 0; i < WAIT_MS && got == SW_IPC_NOTHING; i++) {
		got = sw_ipc_receive_fd(f->store_fd, &f->ipc, &fd);
		if (got == SW_IPC_NOTHING)
			(void)poll(NULL, 0, 1);
	}
	assert_int_equal(got, SW_IPC_GOT);
	assert_int_equal(f->ipc.type, SW_IPC_STORE_ASK);
	f->ipc.text[f->ipc.n] = '\0';
	if (fd >= 0) {
		n = read(fd, lines, cap - 1);
		close(fd);
	}
	lines[n > 0 ? n : 0] = '\0';
}

static void give(struct role *f, enum sw_store_answer code, const char *text)
{
	assert_true(sw_ipc_send(f->store_fd, SW_IPC_STORE_ANSWER, code, sw_slice_of(text)));
}

static const struct {
	const char *name, *method, *target, *header, *body;
	enum sw_store_ask code;
	const char *text, *lines;
} asks[] = {
	{ "add", "POST", "/v1/users", LIST, "{\"op\":\"add\",\"name\":\"bob\"}\n", SW_ASK_PUT,
	  "{\"skip_bad\":false,\"try\":false}", "{\"op\":\"add\",\"name\":\"bob\"}\n" },
	{ "add what is right", "POST", "/v1/users?skip_bad=1", LIST, "x\ny\n", SW_ASK_PUT,
	  "{\"skip_bad\":true,\"try\":false}", "x\ny\n" },
	{ "only try", "POST", "/v1/users?try=1&skip_bad=0", LIST, "x\n", SW_ASK_PUT,
	  "{\"skip_bad\":false,\"try\":true}", "x\n" },
	{ "one object", "POST", "/v1/users", "Content-Type: application/json; charset=utf-8\r\n",
	  "{}", SW_ASK_PUT, "{\"skip_bad\":false,\"try\":false}", "{}" },
	{ "nothing", "POST", "/v1/users", LIST, "", SW_ASK_PUT,
	  "{\"skip_bad\":false,\"try\":false}", "" },
	{ "change", "PATCH", "/v1/users/bob", JSON, "{\"enabled\":false}", SW_ASK_PUT, "{}",
	  "{\"op\":\"set\",\"name\":\"bob\",\"enabled\":false}\n" },
	{ "change by several lines", "PATCH", "/v1/users/bob", JSON,
	  " {\r\n\"trunk\":\n\"staff\"\n}\n", SW_ASK_PUT, "{}",
	  "{\"op\":\"set\",\"name\":\"bob\",\"trunk\": \"staff\"}\n" },
	{ "change nothing", "PATCH", "/v1/users/bob", JSON, "{}", SW_ASK_PUT, "{}",
	  "{\"op\":\"set\",\"name\":\"bob\"}\n" },
	{ "password", "POST", "/v1/users/bob/password", JSON, "{\"password\":\"x\"}", SW_ASK_PUT,
	  "{}", "{\"op\":\"set\",\"name\":\"bob\",\"password\":\"x\"}\n" },
	{ "delete", "DELETE", "/v1/users/bob", "", "", SW_ASK_PUT, "{}",
	  "{\"op\":\"del\",\"name\":\"bob\"}\n" },
	{ "a name that would end its string", "DELETE", "/v1/users/b%22%0a%5c", "", "", SW_ASK_PUT,
	  "{}", "{\"op\":\"del\",\"name\":\"b\\u0022\\u000a\\u005c\"}\n" },
	{ "list", "GET", "/v1/users", "", "", SW_ASK_LIST, "{\"after\":\"\",\"limit\":100}", "" },
	{ "next page", "GET", "/v1/users?after=bob&limit=1000", "", "", SW_ASK_LIST,
	  "{\"after\":\"bob\",\"limit\":1000}", "" },
	{ "show", "GET", "/v1/users/bob", "", "", SW_ASK_SHOW, "{\"name\":\"bob\"}", "" },
};

/* A password goes alone and by its own address, however it is spelt. */
static void a_password_is_set_by_itself(void **state)
{
	static const struct {
		const char *name, *method, *target, *body;
	} rows[] = {
		{ "another key", "POST", "/v1/users/bob/password", "{\"enabled\":false}" },
		{ "one more", "POST", "/v1/users/bob/password",
		  "{\"password\":\"x\",\"enabled\":false}" },
		{ "twice", "POST", "/v1/users/bob/password",
		  "{\"password\":\"x\",\"password\":\"y\"}" },
		{ "nothing", "POST", "/v1/users/bob/password", "{}" },
		{ "inside something else", "POST", "/v1/users/bob/password",
		  "{\"a\":{\"password\":\"x\"}}" },
		{ "as a value", "POST", "/v1/users/bob/password", "{\"a\":\"password\"}" },
		{ "by PATCH", "PATCH", "/v1/users/bob", "{\"password\":\"x\"}" },
		{ "by PATCH, last", "PATCH", "/v1/users/bob",
		  "{\"aor\":[\"a\",\"b\"],\"password\":\"x\"}" },
		{ "by PATCH, behind a quote", "PATCH", "/v1/users/bob",
		  "{\"trunk\":\"\\\",\\\"\",\"password\":\"x\"}" },
		{ "by PATCH, escaped", "PATCH", "/v1/users/bob", "{\"p\\u0061ssword\":\"x\"}" },
	};
	struct role *f = *state;

	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		int fd = send_request(f, rows[i].method, rows[i].target, JSON, rows[i].body);

		print_message("%s\n", rows[i].name);
		assert_int_equal(hear_status(f, fd), 422);
		assert_int_equal(sw_ipc_receive(f->store_fd, &f->ipc), SW_IPC_NOTHING);
	}
}

static void what_comes_in_is_asked_of_the_store_role(void **state)
{
	struct role *f = *state;
	char lines[1024];

	for (size_t i = 0; i < SW_ARRAY_LEN(asks); i++) {
		int fd = send_request(f, asks[i].method, asks[i].target, asks[i].header,
				      asks[i].body);

		print_message("%s\n", asks[i].name);
		take_ask(f, lines, sizeof(lines));
		assert_int_equal(f->ipc.code, asks[i].code);
		assert_string_equal(f->ipc.text, asks[i].text);
		assert_string_equal(lines, asks[i].lines);
		give(f, SW_ANSWER_DONE, "{\"users\":[],\"next\":null}");
		assert_int_equal(hear_status(f, fd), 200);
	}
}

static const struct {
	const char *name, *method, *target, *header, *body;
	int want;
} refusals[] = {
	{ "another method", "PUT", "/v1/users", LIST, "x", 405 },
	{ "all of them", "DELETE", "/v1/users", "", "", 405 },
	{ "put one", "PUT", "/v1/users/bob", JSON, "{}", 405 },
	{ "post one", "POST", "/v1/users/bob", JSON, "{}", 405 },
	{ "read a password", "GET", "/v1/users/bob/password", "", "", 405 },
	{ "something below", "GET", "/v1/users/bob/hash", "", "", 404 },
	{ "something below a password", "POST", "/v1/users/bob/password/x", JSON, "{}", 404 },
	{ "nobody", "GET", "/v1/users/", "", "", 404 },
	{ "nobody's password", "POST", "/v1/users//password", JSON, "{}", 404 },
	{ "a form", "POST", "/v1/users", "Content-Type: application/x-www-form-urlencoded\r\n",
	  "name=bob", 415 },
	{ "no type", "POST", "/v1/users", "", "{}", 415 },
	{ "CSV", "POST", "/v1/users", "Content-Type: text/csv\r\n", "username\n", 415 },
	{ "a list for one", "PATCH", "/v1/users/bob", LIST, "{}", 415 },
	{ "a password as text", "POST", "/v1/users/bob/password", "Content-Type: text/plain\r\n",
	  "x", 415 },
	{ "a limit of nothing", "GET", "/v1/users?limit=0", "", "", 400 },
	{ "a limit that is none", "GET", "/v1/users?limit=x", "", "", 400 },
	{ "a limit too high", "GET", "/v1/users?limit=1001", "", "", 400 },
	{ "change without a body", "PATCH", "/v1/users/bob", JSON, "", 400 },
	{ "change by no object", "PATCH", "/v1/users/bob", JSON, "\"x\"", 400 },
	{ "change by a list", "PATCH", "/v1/users/bob", JSON, "[{}]", 400 },
	{ "change by half an object", "PATCH", "/v1/users/bob", JSON, "{\"enabled\":", 400 },
	{ "change by a bracket", "PATCH", "/v1/users/bob", JSON, "{", 400 },
};

static void what_is_wrong_is_refused_before_the_store_role_hears_of_it(void **state)
{
	struct role *f = *state;

	for (size_t i = 0; i < SW_ARRAY_LEN(refusals); i++) {
		int fd = send_request(f, refusals[i].method, refusals[i].target, refusals[i].header,
				      refusals[i].body);

		print_message("%s\n", refusals[i].name);
		assert_int_equal(hear_status(f, fd), refusals[i].want);
	}
	assert_int_equal(role_get(f, "PUT", "/v1/users"), 405);
	assert_non_null(strstr(f->answer, "Allow: GET, POST\r\n"));
	assert_int_equal(sw_ipc_receive(f->store_fd, &f->ipc), SW_IPC_NOTHING);
}

static const struct {
	const char *name;
	enum sw_store_answer code;
	const char *text;
	int want;
	const char *message; /* NULL: the text itself */
} answers[] = {
	{ "a user", SW_ANSWER_DONE, "{\"name\":\"bob\"}", 200, NULL },
	{ "nobody", SW_ANSWER_NO_USER, "{\"message\":\"No bob.\"}", 404, "No bob." },
	{ "not understood", SW_ANSWER_BAD_ASK, "{\"message\":\"What?\"}", 400, "What?" },
	{ "disk full", SW_ANSWER_FAILED, "{\"message\":\"Full.\"}", 503, "Full." },
	{ "bad rows", SW_ANSWER_BAD_ROWS,
	  "{\"added\":0,\"bad\":1,\"rows\":[{\"row\":1,\"name\":\"bob\",\"message\":\"Is there.\"}]}",
	  422, "Is there." },
	{ "a code of no meaning", (enum sw_store_answer)99, "{\"message\":\"?\"}", 503, "?" },
};

static void answers_have_their_status(void **state)
{
	struct role *f = *state;
	char lines[64];

	for (size_t i = 0; i < SW_ARRAY_LEN(answers); i++) {
		int fd = send_request(f, "GET", "/v1/users/bob", "", "");

		print_message("%s\n", answers[i].name);
		take_ask(f, lines, sizeof(lines));
		give(f, answers[i].code, answers[i].text);
		assert_int_equal(hear_status(f, fd), answers[i].want);
		if (answers[i].message)
			role_assert_message(f, answers[i].message);
		else
			assert_non_null(strstr(f->answer, answers[i].text));
	}
}

static void an_answer_of_nonsense_is_an_error(void **state)
{
	struct role *f = *state;
	char lines[64];
	int fd = send_request(f, "GET", "/v1/users", "", "");

	take_ask(f, lines, sizeof(lines));
	give(f, SW_ANSWER_DONE, "nonsense");
	assert_int_equal(hear_status(f, fd), 503);
	give(f, SW_ANSWER_DONE, "{}"); /* nobody waits */
	assert_int_equal(role_get(f, "GET", "/healthz"), 200);
}

static void a_long_answer_comes_in_a_descriptor(void **state)
{
	struct role *f = *state;
	const char *text = "{\"users\":[{\"name\":\"bob\"}],\"next\":\"bob\"}";
	static const char *const targets[] = { "/v1/users", "/v1/users?after=a" };
	char lines[64];

	for (size_t i = 0; i < SW_ARRAY_LEN(targets); i++) {
		int fd = send_request(f, "GET", targets[i], "", "");
		int file = memfd_create("answer", 0);

		take_ask(f, lines, sizeof(lines));
		assert_int_equal(write(file, text, strlen(text)), (ssize_t)strlen(text));
		assert_true(sw_ipc_send_fd(f->store_fd, SW_IPC_STORE_ANSWER, SW_ANSWER_DONE,
					   (struct sw_slice){ 0 }, file));
		close(file);
		assert_int_equal(hear_status(f, fd), 200);
		assert_non_null(strstr(f->answer, "\"next\":\"bob\""));
	}
}

/* alice is of the configuration (role.c). */
static void users_of_the_configuration_are_told_with_their_place(void **state)
{
	struct role *f = *state;
	char lines[64];
	json_t *o;
	int fd;

	assert_int_equal(role_get(f, "GET", "/v1/users/alice"), 200);
	o = role_body(f);
	assert_string_equal(json_string_value(json_object_get(o, "conf")),
			    "/etc/sipward/sipward.conf:73");
	assert_string_equal(json_string_value(json_object_get(o, "trunk")), "people");
	json_decref(o);
	fd = send_request(f, "GET", "/v1/users", "", "");
	take_ask(f, lines, sizeof(lines));
	give(f, SW_ANSWER_DONE, "{\"users\":[],\"next\":null}");
	assert_int_equal(hear_status(f, fd), 200);
	o = role_body(f);
	assert_int_equal(json_array_size(json_object_get(o, "configured")), 1);
	json_decref(o);
}

static void callers_get_their_own_answers_in_order(void **state)
{
	struct role *f = *state;
	char target[32], text[32], lines[64];
	int fd[8];

	for (int i = 0; i < 8; i++) {
		(void)snprintf(target, sizeof(target), "/v1/users/u%d", i);
		fd[i] = send_request(f, "GET", target, "", "");
		take_ask(f, lines, sizeof(lines));
	}
	for (int i = 0; i < 8; i++) {
		(void)snprintf(text, sizeof(text), "{\"n\":%d}", i);
		give(f, SW_ANSWER_DONE, text);
	}
	for (int i = 7; i >= 0; i--) {
		(void)snprintf(text, sizeof(text), "{\"n\":%d}", i);
		assert_int_equal(hear_status(f, fd[i]), 200);
		assert_non_null(strstr(f->answer, text));
	}
}

static void a_body_that_is_too_large_is_refused_by_its_length(void **state)
{
	struct role *f = *state;
	int fd = role_ask(f, "POST /v1/users HTTP/1.1\r\nHost: x\r\n" LIST
			     "Content-Length: 536870913\r\n\r\n");

	assert_int_equal(hear_status(f, fd), 413);
	fd = role_ask(f, "PATCH /v1/users/bob HTTP/1.1\r\nHost: x\r\n" JSON
			 "Content-Length: 32769\r\n\r\n");
	assert_int_equal(hear_status(f, fd), 413);
	fd = role_ask(f,
		      "POST /v1/users HTTP/1.1\r\nHost: x\r\n" LIST "Content-Length: -1\r\n\r\n");
	assert_true(hear_status(f, fd) >= 400);
}

/* In chunks no length is told before: it is cut off where it gets too long. */
static void a_body_in_chunks_has_the_same_bound(void **state)
{
	struct role *f = *state;
	static char request[80000];
	int n = snprintf(request, sizeof(request),
			 "PATCH /v1/users/bob HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" JSON
			 "Transfer-Encoding: chunked\r\n\r\nea60\r\n");
	int fd;

	memset(request + n, ' ', 60000);
	(void)snprintf(request + n + 60000, 16, "\r\n0\r\n\r\n");
	fd = role_ask(f, request);
	assert_int_equal(hear_status(f, fd), 413);
	assert_int_equal(sw_ipc_receive(f->store_fd, &f->ipc), SW_IPC_NOTHING);
	assert_int_equal(role_get(f, "GET", "/healthz"), 200);
}

static void a_store_role_that_goes_leaves_nobody_waiting(void **state)
{
	struct role *f = *state;
	char lines[64];
	int first = send_request(f, "GET", "/v1/users/bob", "", "");
	int second = send_request(f, "DELETE", "/v1/users/bob", "", "");

	take_ask(f, lines, sizeof(lines));
	take_ask(f, lines, sizeof(lines));
	close(f->store_fd);
	f->store_fd = -1;
	assert_int_equal(hear_status(f, first), 503);
	assert_int_equal(hear_status(f, second), 503);
	assert_int_equal(role_get(f, "GET", "/v1/users/bob"), 503);
	assert_int_equal(role_get(f, "GET", "/v1/users/alice"), 200);
}

static void an_end_leaves_nobody_waiting(void **state)
{
	struct role *f = *state;
	char lines[64];
	int fd = send_request(f, "GET", "/v1/users/bob", "", "");

	take_ask(f, lines, sizeof(lines));
	role_end(f);
	assert_int_equal(hear_status(f, fd), 503);
}

/* What a body holds is nowhere in the log. */
static void nothing_of_a_body_is_logged(void **state)
{
	struct role *f = *state;
	char lines[256], log[8192];
	ssize_t n;
	int fd = send_request(f, "POST", "/v1/users/bob/password", JSON,
			      "{\"password\":\"canary-Vb4e\"}");

	take_ask(f, lines, sizeof(lines));
	give(f, SW_ANSWER_BAD_ROWS, "{\"rows\":[]}");
	assert_int_equal(hear_status(f, fd), 422);
	role_end(f);
	n = pread(f->start.log_fd, log, sizeof(log) - 1, 0);
	log[n > 0 ? n : 0] = '\0';
	assert_null(strstr(log, "canary"));
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, role_make, role_unmake)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(what_comes_in_is_asked_of_the_store_role),
		ROW(what_is_wrong_is_refused_before_the_store_role_hears_of_it),
		ROW(answers_have_their_status),
		ROW(an_answer_of_nonsense_is_an_error),
		ROW(a_long_answer_comes_in_a_descriptor),
		ROW(users_of_the_configuration_are_told_with_their_place),
		ROW(callers_get_their_own_answers_in_order),
		ROW(a_body_that_is_too_large_is_refused_by_its_length),
		ROW(a_password_is_set_by_itself),
		ROW(a_body_in_chunks_has_the_same_bound),
		ROW(a_store_role_that_goes_leaves_nobody_waiting),
		ROW(an_end_leaves_nobody_waiting),
		ROW(nothing_of_a_body_is_logged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
