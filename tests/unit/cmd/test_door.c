/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "cmd/door.h"
#include "cmd/talk.h"

/* A folder with sockets: one alive, one that nobody listens on any more, one that is no socket. */
struct fixture {
	char dir[64];
	struct sw_door alive, other, dead, file, none;
	int alive_fd, other_fd;
	char conf[96];
};

static int listen_at(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&a, sizeof(a)) != 0 || listen(fd, 8) != 0)
		return -1;
	return fd;
}

static void name(const struct fixture *f, const char *what, struct sw_door *d)
{
	assert_true((size_t)snprintf(d->path, sizeof(d->path), "%s/%s", f->dir, what) <
		    sizeof(d->path));
}

static void write_file(const char *path, const char *text)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	assert_true(fputs(text, out) >= 0);
	assert_int_equal(fclose(out), 0);
}

static int make(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int fd;

	if (!f)
		return -1;
	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/sipward-test-XXXXXX");
	if (!mkdtemp(f->dir))
		return -1;
	name(f, "alive", &f->alive);
	name(f, "other", &f->other);
	name(f, "dead", &f->dead);
	name(f, "file", &f->file);
	name(f, "none", &f->none);
	f->alive_fd = listen_at(f->alive.path);
	f->other_fd = listen_at(f->other.path);
	fd = listen_at(f->dead.path);
	if (f->alive_fd < 0 || f->other_fd < 0 || fd < 0)
		return -1;
	close(fd);
	write_file(f->file.path, "no socket\n");
	(void)snprintf(f->conf, sizeof(f->conf), "%s/sipward.conf", f->dir);
	(void)unsetenv("SIPWARD_CONTROL");
	*state = f;
	return 0;
}

static int unmake(void **state)
{
	struct fixture *f = *state;
	const char *const paths[] = { f->alive.path, f->other.path, f->dead.path, f->file.path,
				      f->conf };

	(void)unsetenv("SIPWARD_CONTROL");
	close(f->alive_fd);
	close(f->other_fd);
	for (size_t i = 0; i < SW_ARRAY_LEN(paths); i++)
		(void)unlink(paths[i]);
	(void)rmdir(f->dir);
	free(f);
	return 0;
}

static void a_path_that_is_named_is_taken_only_if_somebody_listens(void **state)
{
	struct fixture *f = *state;
	const struct sw_door *const gone[] = { &f->dead, &f->file, &f->none };
	struct sw_door d;

	assert_int_equal(sw_door_find(f->alive.path, NULL, false, &d), SW_EXIT_OK);
	assert_string_equal(d.path, f->alive.path);
	for (size_t i = 0; i < SW_ARRAY_LEN(gone); i++)
		assert_int_equal(sw_door_find(gone[i]->path, NULL, false, &d), SW_EXIT_NOT_RUNNING);
	assert_int_equal(sw_door_find("", NULL, false, &d), SW_EXIT_NOT_RUNNING);
}

static void a_path_too_long_for_a_socket_is_wrong_usage(void **state)
{
	char path[200];
	struct sw_door d;

	(void)state;
	memset(path, 'x', sizeof(path));
	path[108] = '\0';
	assert_int_equal(sw_door_find(path, NULL, false, &d), SW_EXIT_USAGE);
	path[107] = '\0';
	assert_int_equal(sw_door_find(path, NULL, false, &d), SW_EXIT_NOT_RUNNING);
}

#define REST                          \
	"realm example.com\n"         \
	"listen udp 127.0.0.1:5060\n" \
	"phones staff {\n accept digest sha-256\n user a env:A\n}\n"

/* A configuration that names this socket, with more lines behind it. */
static void write_conf(const struct fixture *f, const struct sw_door *control, const char *more)
{
	char text[512];

	(void)snprintf(text, sizeof(text), "control %s\n" REST "%s", control->path, more);
	write_file(f->conf, text);
}

static void the_command_line_goes_before_the_environment(void **state)
{
	struct fixture *f = *state;
	struct sw_door d;

	write_conf(f, &f->other, "");
	assert_int_equal(setenv("SIPWARD_CONTROL", f->alive.path, 1), 0);
	assert_int_equal(sw_door_find(f->other.path, "/no/such.conf", false, &d), SW_EXIT_OK);
	assert_string_equal(d.path, f->other.path);
	assert_int_equal(sw_door_find(NULL, f->conf, false, &d), SW_EXIT_OK);
	assert_string_equal(d.path, f->other.path);
	assert_int_equal(sw_door_find(NULL, "/no/such.conf", false, &d), SW_EXIT_CONF);
	assert_int_equal(sw_door_find(NULL, NULL, false, &d), SW_EXIT_OK);
	assert_string_equal(d.path, f->alive.path);
	assert_int_equal(setenv("SIPWARD_CONTROL", f->dead.path, 1), 0);
	assert_int_equal(sw_door_find(NULL, NULL, false, &d), SW_EXIT_NOT_RUNNING);
}

static void the_configuration_that_is_named_says_where_even_if_it_is_broken(void **state)
{
	struct fixture *f = *state;
	struct sw_door d;

	write_conf(f, &f->other, "");
	assert_int_equal(sw_door_find(NULL, f->conf, false, &d), SW_EXIT_OK);
	assert_string_equal(d.path, f->other.path);
	write_conf(f, &f->other, "relm example.com\n");
	assert_int_equal(sw_door_find(NULL, f->conf, false, &d), SW_EXIT_OK);
	assert_string_equal(d.path, f->other.path);
	write_conf(f, &f->dead, "");
	assert_int_equal(sw_door_find(NULL, f->conf, false, &d), SW_EXIT_NOT_RUNNING);
	write_conf(f, &f->dead, "relm example.com\n");
	assert_int_equal(sw_door_find(NULL, f->conf, false, &d), SW_EXIT_CONF);
	write_file(f->conf, "contrl /x\n");
	assert_int_equal(sw_door_find(NULL, f->conf, false, &d), SW_EXIT_CONF);
	write_file(f->conf, "");
	assert_int_equal(sw_door_find(NULL, f->conf, false, &d), SW_EXIT_CONF);
	assert_int_equal(sw_door_find(NULL, f->dir, false, &d), SW_EXIT_CONF);
	assert_int_equal(sw_door_find(NULL, "/no/such.conf", true, &d), SW_EXIT_CONF);
}

static void of_a_demo_and_a_service_the_one_alive_is_taken_and_two_are_named(void **state)
{
	struct fixture *f = *state;
	struct sw_door d = f->none;

	write_conf(f, &f->dead, "");
	assert_int_equal(sw_door_choose(&f->alive, f->conf, false, &d), SW_EXIT_OK);
	assert_string_equal(d.path, f->alive.path);
	assert_int_equal(sw_door_choose(&f->alive, f->dir, false, &d), SW_EXIT_OK);
	write_conf(f, &f->other, "relm example.com\n");
	assert_int_equal(sw_door_choose(&f->dead, f->conf, false, &d), SW_EXIT_OK);
	assert_string_equal(d.path, f->other.path);
	d = f->none;
	assert_int_equal(sw_door_choose(&f->alive, f->conf, false, &d), SW_EXIT_USAGE);
	write_conf(f, &f->file, "");
	assert_int_equal(sw_door_choose(&f->file, f->conf, true, &d), SW_EXIT_NOT_RUNNING);
	assert_string_equal(d.path, f->none.path);
}

/* What is written to stderr while nobody is found; the exit code. */
static enum sw_exit say_none(const struct fixture *f, const char *conf, char text[1024])
{
	FILE *kept = tmpfile();
	int was = dup(STDERR_FILENO);
	struct sw_door d;
	enum sw_exit code;
	size_t n;

	assert_non_null(kept);
	(void)fflush(stderr);
	assert_true(dup2(fileno(kept), STDERR_FILENO) >= 0);
	code = sw_door_choose(&f->none, conf, false, &d);
	(void)fflush(stderr);
	assert_true(dup2(was, STDERR_FILENO) >= 0);
	close(was);
	rewind(kept);
	n = fread(text, 1, 1023, kept);
	text[n] = '\0';
	(void)fclose(kept);
	return code;
}

static void a_demo_is_proposed_only_where_there_is_no_configuration(void **state)
{
	struct fixture *f = *state;
	char text[1024];

	assert_int_equal(say_none(f, "/no/such.conf", text), SW_EXIT_NOT_RUNNING);
	assert_non_null(strstr(text, "serve --demo"));
	write_conf(f, &f->dead, "");
	assert_int_equal(say_none(f, f->conf, text), SW_EXIT_NOT_RUNNING);
	assert_non_null(strstr(text, f->dead.path));
	assert_null(strstr(text, "--demo"));
	assert_int_equal(say_none(f, f->dir, text), SW_EXIT_CONF);
	assert_non_null(strstr(text, "is a directory"));
	assert_non_null(strstr(text, "tried /run/sipward/control.sock"));
	assert_non_null(strstr(text, "--control PATH"));
	assert_null(strstr(text, "--demo"));
	write_conf(f, &f->dead, "relm example.com\n");
	assert_int_equal(say_none(f, f->conf, text), SW_EXIT_CONF);
	assert_non_null(strstr(text, "SW201"));
	assert_non_null(strstr(text, f->dead.path));
}

static void who_listens_is_known(void **state)
{
	struct fixture *f = *state;
	struct sw_talk_peer peer;

	assert_int_equal(sw_talk_try(f->alive.path, &peer), SW_TALK_ALIVE);
	assert_int_equal(peer.pid, getpid());
	assert_int_equal(peer.uid, getuid());
	assert_int_equal(sw_talk_try(f->dead.path, &peer), SW_TALK_DEAD);
	assert_int_equal(peer.pid, -1);
}

/* Answers one connection with fixed octets. */
struct server {
	int fd;
	const char *says;
	size_t n;
	bool hangs; /* says nothing more and keeps the connection */
	pthread_t thread;
};

static void *serve(void *arg)
{
	const struct server *s = arg;
	char request[1024];
	int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return NULL;
	(void)recv(fd, request, sizeof(request), 0);
	for (size_t at = 0; at < s->n;) {
		ssize_t n = send(fd, s->says + at, s->n - at, MSG_NOSIGNAL);

		if (n <= 0)
			break;
		at += (size_t)n;
	}
	if (s->hangs)
		(void)recv(fd, request, sizeof(request), 0); /* until the asker goes away */
	close(fd);
	return NULL;
}

static enum sw_exit ask(const struct fixture *f, struct server *s, int *status, json_t **body)
{
	enum sw_exit code;

	s->fd = f->alive_fd;
	assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
	code = sw_door_ask(&f->alive, "GET", "/v1/status", 1, status, body);
	assert_int_equal(pthread_join(s->thread, NULL), 0);
	return code;
}

#define OK_HEADER "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

static const struct {
	const char *name;
	struct sw_slice says;
	bool hangs;
	enum sw_exit want;
} rows[] = {
	{ "an object", SW_INIT(OK_HEADER "Content-Length: 2\r\n\r\n{}"), false, SW_EXIT_OK },
	{ "without a length", SW_INIT(OK_HEADER "\r\n{}"), false, SW_EXIT_OK },
	{ "small letters", SW_INIT(OK_HEADER "content-length:2\r\n\r\n{}"), false, SW_EXIT_OK },
	{ "nothing", SW_INIT(""), false, SW_EXIT_FAILED },
	{ "cut in the status", SW_INIT("HTTP/1.1 2"), false, SW_EXIT_FAILED },
	{ "cut in the header", SW_INIT(OK_HEADER), false, SW_EXIT_FAILED },
	{ "cut in the body", SW_INIT(OK_HEADER "Content-Length: 9\r\n\r\n{}"), false,
	  SW_EXIT_FAILED },
	{ "more than it said", SW_INIT(OK_HEADER "Content-Length: 1\r\n\r\n{}"), false,
	  SW_EXIT_FAILED },
	{ "no JSON", SW_INIT(OK_HEADER "\r\n<html>"), false, SW_EXIT_FAILED },
	{ "two objects", SW_INIT(OK_HEADER "\r\n{}{}"), false, SW_EXIT_FAILED },
	{ "a key twice", SW_INIT(OK_HEADER "\r\n{\"a\":1,\"a\":2}"), false, SW_EXIT_FAILED },
	{ "no body", SW_INIT(OK_HEADER "\r\n"), false, SW_EXIT_FAILED },
	{ "SIP", SW_INIT("SIP/2.0 200 OK\r\n\r\n{}"), false, SW_EXIT_FAILED },
	{ "no number", SW_INIT("HTTP/1.1 2x0 OK\r\n\r\n{}"), false, SW_EXIT_FAILED },
	{ "silence", SW_INIT(""), true, SW_EXIT_TIMEOUT },
	{ "silence in the middle", SW_INIT(OK_HEADER "Content-Length: 9\r\n\r\n{"), true,
	  SW_EXIT_TIMEOUT },
};

static void an_answer_that_is_not_whole_or_not_json_is_a_failure(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		struct server s = { .says = rows[i].says.p,
				    .n = rows[i].says.n,
				    .hangs = rows[i].hangs };
		json_t *body;
		int status = 0;

		print_message("%s\n", rows[i].name);
		assert_int_equal(ask(f, &s, &status, &body), rows[i].want);
		assert_int_equal(body != NULL, rows[i].want == SW_EXIT_OK);
		json_decref(body);
	}
}

static void an_answer_without_end_is_given_up(void **state)
{
	struct fixture *f = *state;
	size_t n = (size_t)40 << 20;
	char *endless = malloc(n);
	struct server s = { .says = endless, .n = n };
	json_t *body;
	int status;

	assert_non_null(endless);
	memset(endless, '[', n);
	memcpy(endless, OK_HEADER "\r\n", sizeof(OK_HEADER "\r\n") - 1);
	assert_int_equal(ask(f, &s, &status, &body), SW_EXIT_FAILED);
	free(endless);
}

static void nobody_there_is_not_running(void **state)
{
	struct fixture *f = *state;
	json_t *body;
	int status;

	assert_int_equal(sw_door_ask(&f->dead, "GET", "/", 1, &status, &body), SW_EXIT_NOT_RUNNING);
	assert_int_equal(sw_door_ask(&f->none, "GET", "/", 1, &status, &body), SW_EXIT_NOT_RUNNING);
	assert_null(body);
}

static bool take_event(void *arg, const json_t *event)
{
	json_int_t *sum = arg;

	*sum += json_integer_value(json_object_get(event, "n"));
	return *sum < 10;
}

static enum sw_exit follow(const struct fixture *f, struct server *s, json_int_t *sum, int *status,
			   json_t **body)
{
	enum sw_exit code;

	s->fd = f->alive_fd;
	s->n = strlen(s->says);
	*sum = 0;
	assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
	code = sw_door_follow(&f->alive, "/v1/events", take_event, sum, status, body);
	assert_int_equal(pthread_join(s->thread, NULL), 0);
	return code;
}

static void a_stream_is_followed_until_it_ends_or_is_enough(void **state)
{
	struct fixture *f = *state;
	struct server ends = { .says = OK_HEADER
			       "\r\n: hello\n\ndata: {\"n\":1}\n\nnoise\n"
			       "data: no json\n\ndata: {\"n\":2}\n\ndata: {\"n\":4}" };
	struct server enough = { .says = OK_HEADER "\r\ndata: {\"n\":10}\n\ndata: {\"n\":1}\n\n" };
	struct server refuses = { .says = "HTTP/1.0 503 X\r\n\r\n{\"error\":{}}" };
	struct server breaks = { .says = "HTTP/1.0 200 OK\r\nX" };
	json_int_t sum;
	json_t *body;
	int status;

	assert_int_equal(follow(f, &ends, &sum, &status, &body), SW_EXIT_NOT_RUNNING);
	assert_int_equal(sum, 3);
	assert_int_equal(follow(f, &enough, &sum, &status, &body), SW_EXIT_OK);
	assert_int_equal(sum, 10);
	assert_null(body);
	assert_int_equal(follow(f, &refuses, &sum, &status, &body), SW_EXIT_OK);
	assert_int_equal(status, 503);
	assert_non_null(body);
	json_decref(body);
	assert_int_equal(follow(f, &breaks, &sum, &status, &body), SW_EXIT_FAILED);
	assert_int_equal(sum, 0);
}

int main(void)
{
#define ROW(test) cmocka_unit_test_setup_teardown(test, make, unmake)
	const struct CMUnitTest tests[] = {
		ROW(a_path_that_is_named_is_taken_only_if_somebody_listens),
		ROW(a_path_too_long_for_a_socket_is_wrong_usage),
		ROW(the_command_line_goes_before_the_environment),
		ROW(the_configuration_that_is_named_says_where_even_if_it_is_broken),
		ROW(of_a_demo_and_a_service_the_one_alive_is_taken_and_two_are_named),
		ROW(a_demo_is_proposed_only_where_there_is_no_configuration),
		ROW(who_listens_is_known),
		ROW(an_answer_that_is_not_whole_or_not_json_is_a_failure),
		ROW(an_answer_without_end_is_given_up),
		ROW(nobody_there_is_not_running),
		ROW(a_stream_is_followed_until_it_ends_or_is_enough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
