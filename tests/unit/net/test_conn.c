/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/conn.h"

#define CAPACITY 64
#define S        ((uint64_t)SW_US_PER_S)
#define FLOW     "first"

/* The handler writes down what it hears: "[octets]", "<octets>" when broken, "(reason)". */
static struct sw_loop loop;
static struct sw_wheel wheel;
static struct sw_conns *conns;
static struct sw_mono clock_now;
static char said[400000];
static size_t said_n;
static struct sw_conn_peer last;
static struct sw_slice answer; /* to each message */
static size_t answers;         /* so many of it */
static bool proves;            /* each message does */
static const char *user;       /* who; NULL: each source is somebody else */
static bool is_gone;           /* there are no users any more */
static uint64_t needed;        /* the flow that has a binding */
static bool is_long;           /* only lengths are written down */

static void say(const char *open, struct sw_slice s, const char *close)
{
	int n = is_long ? snprintf(said + said_n, sizeof(said) - said_n, "%s%zu%s", open, s.n,
				   close)
			: snprintf(said + said_n, sizeof(said) - said_n, "%s%.*s%s", open, (int)s.n,
				   s.p, close);

	assert_true(n >= 0 && (size_t)n < sizeof(said) - said_n);
	said_n += (size_t)n;
}

static void on_message(void *arg, const struct sw_conn_peer *peer, struct sw_slice octets,
		       bool is_broken)
{
	(void)arg;
	last = *peer;
	say(is_broken ? "<" : "[", octets, is_broken ? ">" : "]");
	if (proves)
		sw_conns_prove(conns, peer->flow,
			       user ? sw_slice_of(user)
				    : (struct sw_slice){ (const char *)peer->src.ip, 4 });
	for (size_t i = 0; i < answers; i++)
		if (!sw_conns_send(conns, peer->flow, answer))
			return;
}

static void on_gone(void *arg, const struct sw_conn_peer *peer, enum sw_reason why)
{
	(void)arg;
	last = *peer;
	say("(", sw_slice_of(sw_reason_slug(why)), ")");
}

static bool is_needed(void *arg, uint64_t flow)
{
	(void)arg;
	return flow == needed;
}

static bool is_user(void *arg, struct sw_slice name)
{
	(void)arg;
	assert_true(name.n > 0);
	return !is_gone;
}

static struct sw_mono tell_time(void)
{
	return clock_now;
}

static int set_up(void **state)
{
	static const uint8_t seed[SW_SEED_LEN] = "a seed of tests";
	const struct sw_conn_handler handler = { .message = on_message,
						 .gone = on_gone,
						 .is_needed = is_needed,
						 .is_user = is_user,
						 .clock = tell_time };

	(void)state;
	said[said_n = 0] = '\0';
	answer = SW_LIT("answer");
	answers = 0;
	proves = is_long = is_gone = false;
	user = NULL;
	needed = 0;
	clock_now.us = 1000 * S;
	sw_wheel_init(&wheel, clock_now);
	if (!sw_loop_init(&loop))
		return -1;
	conns = sw_conns_new(CAPACITY, &loop, &wheel, seed, &handler);
	return conns ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	sw_conns_free(conns);
	sw_loop_close(&loop);
	return 0;
}

/* Until nothing more happens. */
static void turn(void)
{
	for (int i = 0; i < 64; i++) {
		sw_loop_turn(&loop, 0);
		sw_conns_turn(conns);
	}
}

static void wait_for(uint64_t us)
{
	clock_now.us += us;
	sw_wheel_run(&wheel, clock_now);
	turn();
}

static struct sw_addr source(unsigned number)
{
	return (struct sw_addr){ .family = SW_FAMILY_4,
				 .ip = { 192, 0, (uint8_t)(number >> 8), (uint8_t)number },
				 .port = 5060 };
}

/* A connection from source n; our end of it. */
static int come_from(unsigned n)
{
	struct sw_addr src = source(n), local = source(0);
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair),
			 0);
	sw_conns_add(conns, pair[1], &src, &local, 3);
	return pair[0];
}

static int come(void)
{
	return come_from(1);
}

static void put(int fd, struct sw_slice s)
{
	assert_int_equal(send(fd, s.p, s.n, MSG_NOSIGNAL), s.n);
}

static void put_text(int fd, const char *text)
{
	put(fd, sw_slice_of(text));
}

/* What has come; "" nothing; ends with "$" when that is the end. */
static const char *get(int fd)
{
	static char room[65536];
	ssize_t n = recv(fd, room, sizeof(room) - 2, MSG_DONTWAIT);

	if (n <= 0)
		return n == 0 ? "$" : "";
	if (recv(fd, room + n, 1, MSG_DONTWAIT | MSG_PEEK) == 0)
		room[n++] = '$';
	room[n] = '\0';
	return room;
}

static void heard(const char *want)
{
	said[said_n] = '\0';
	assert_string_equal(said, want);
	said[said_n = 0] = '\0';
}

#define REQUEST(body, n) \
	"OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/TCP a\r\nContent-Length: " n "\r\n\r\n" body
#define ONE REQUEST("", "0")
#define TWO REQUEST("body", "4")

static void whole_messages_reach_the_handler(void **state)
{
	static const struct {
		const char *name, *in, *out;
	} rows[] = {
		{ "one", ONE, "[" ONE "]" },
		{ "with a body", TWO, "[" TWO "]" },
		{ "two in one segment", ONE TWO, "[" ONE "][" TWO "]" },
		{ "blank lines before it", "\r\n" ONE, "[" ONE "]" },
		{ "a ping between two", ONE "\r\n\r\n" TWO, "[" ONE "][" TWO "]" },
		{ "one and the begin of another", ONE "OPTI", "[" ONE "]" },
		{ "only the begin", "OPTIONS sip:a", "" },
	};

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		int fd = come();

		print_message("%s\n", rows[i].name);
		put_text(fd, rows[i].in);
		turn();
		heard(rows[i].out);
		close(fd);
		turn();
		said_n = 0;
	}
	assert_int_equal(sw_conns_open(conns), 0);
}

static void where_a_stream_is_cut_makes_no_difference(void **state)
{
	const struct sw_slice whole = SW_LIT("\r\n" ONE TWO "\r\n\r\n" TWO ONE);

	(void)state;
	for (size_t at = 1; at < whole.n; at++) {
		int fd = come();

		put(fd, (struct sw_slice){ whole.p, at });
		turn();
		put(fd, sw_slice_from(whole, at));
		turn();
		heard("[" ONE "][" TWO "][" TWO "][" ONE "]");
		assert_string_equal(get(fd), "\r\n");
		close(fd);
		turn();
		heard("(ok)");
	}
}

static void a_stream_may_trickle(void **state)
{
	const struct sw_slice whole = SW_LIT(ONE TWO);
	int fd = come();

	(void)state;
	proves = true;
	for (size_t i = 0; i < whole.n; i++) {
		put(fd, (struct sw_slice){ whole.p + i, 1 });
		sw_loop_turn(&loop, 0);
		sw_conns_turn(conns);
	}
	heard("[" ONE "][" TWO "]");
	close(fd);
}

static void an_answer_goes_back_by_the_same_connection(void **state)
{
	int first = come(), second = come_from(2);

	(void)state;
	answers = 1;
	put_text(second, ONE);
	turn();
	assert_string_equal(get(first), "");
	assert_string_equal(get(second), "answer");
	assert_int_equal(last.src.ip[3], 2);
	assert_int_equal(last.port, 3);
	assert_false(last.is_proven);
	close(first);
	close(second);
}

static void a_ping_is_answered_and_a_single_one_is_not(void **state)
{
	int fd = come();

	(void)state;
	put_text(fd, "\r\n");
	turn();
	assert_string_equal(get(fd), "");
	put_text(fd, "\r\n");
	turn();
	assert_string_equal(get(fd), "\r\n");
	put_text(fd, "\r\n\r\n\r\n\r\n");
	turn();
	assert_string_equal(get(fd), "\r\n\r\n");
	heard("");
	close(fd);
}

/* Records of this kind of socket show what was written at once. */
static void pings_of_one_turn_are_answered_at_once_and_in_their_place(void **state)
{
	struct sw_addr a = source(1);
	int pair[2];

	(void)state;
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
	sw_conns_add(conns, pair[1], &a, &a, 3);
	answers = 1;
	put_text(pair[0], "\r\n\r\n\r\n\r\n\r\n\r\n" ONE "\r\n\r\n\r\n\r\n");
	turn();
	assert_string_equal(get(pair[0]), "\r\n\r\n\r\n");
	assert_string_equal(get(pair[0]), "answer");
	assert_string_equal(get(pair[0]), "\r\n\r\n");
	assert_string_equal(get(pair[0]), "");
	close(pair[0]);
}

static void names_are_never_given_twice(void **state)
{
	uint64_t seen[200];

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(seen); i++) {
		int fd = come();

		put_text(fd, ONE);
		turn();
		seen[i] = last.flow;
		assert_true(last.flow > 0);
		for (size_t k = 0; k < i; k++)
			assert_true(seen[k] != seen[i]);
		close(fd);
		turn();
		assert_false(sw_conns_send(conns, seen[i], SW_LIT("late")));
	}
	assert_false(sw_conns_send(conns, 0, SW_LIT("nobody")));
	assert_false(sw_conns_send(conns, UINT64_MAX, SW_LIT("nobody")));
}

static void what_cannot_be_framed_is_shown_answered_and_closed(void **state)
{
	static const struct {
		const char *name, *in, *shown;
	} rows[] = {
		{ "no Content-Length", "OPTIONS sip:a SIP/2.0\r\nVia: a\r\n\r\nOPTIONS",
		  "<OPTIONS sip:a SIP/2.0\r\nVia: a\r\n\r\n>" },
		{ "a bad one", REQUEST("", "4x"), "<" REQUEST("", "4x") ">" },
		{ "HTTP", "GET / HTTP/1.1\r\n\r\n", "<GET />" },
		{ "behind a good one", ONE "\1\2\3" ONE, "[" ONE "]<\1>" },
	};

	(void)state;
	answers = 1;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		int fd = come();
		bool is_second = rows[i].shown[0] == '[';

		print_message("%s\n", rows[i].name);
		put_text(fd, rows[i].in);
		turn();
		heard(rows[i].shown);
		assert_string_equal(get(fd), is_second ? "answeranswer$" : "answer$");
		put_text(fd, "more that nobody reads");
		turn();
		heard("");
		close(fd);
		turn();
		heard("(ok)");
	}
}

static void a_peer_that_does_not_close_behind_the_last_answer_is_closed(void **state)
{
	int fd = come();

	(void)state;
	answers = 1;
	put_text(fd, REQUEST("", "x"));
	turn();
	assert_string_equal(get(fd), "answer$");
	wait_for(S - 20000);
	assert_int_equal(sw_conns_open(conns), 1);
	said_n = 0;
	wait_for(40000);
	heard("(ok)");
	close(fd);
}

static void a_peer_that_said_its_last_word_gets_its_answers(void **state)
{
	static const struct {
		const char *name, *in, *out, *said;
	} rows[] = {
		{ "nothing at all", "", "$", "(ok)" },
		{ "a message", ONE, "answer$", "[" ONE "](ok)" },
		{ "two", ONE ONE, "answeranswer$", "[" ONE "][" ONE "](ok)" },
		{ "half of one", "OPTIONS sip:a SI", "$", "(stream_cut)" },
		{ "one and a half", ONE "OPT", "answer$", "[" ONE "](stream_cut)" },
	};

	(void)state;
	answers = 1;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		int fd = come();

		print_message("%s\n", rows[i].name);
		put_text(fd, rows[i].in);
		assert_int_equal(shutdown(fd, SHUT_WR), 0);
		turn();
		assert_string_equal(get(fd), rows[i].out);
		heard(rows[i].said);
		close(fd);
	}
}

static void who_is_late_is_closed_with_the_reason(void **state)
{
	static const struct {
		const char *name, *in;
		uint64_t after_us; /* still there; a tick later it is not */
		const char *why;
	} rows[] = {
		{ "no header", "OPTIONS", 5 * S, "(deadline_header)" },
		{ "half a line end", "\r", 5 * S, "(deadline_header)" },
		{ "no body", REQUEST("", "4"), 10 * S, "(deadline_body)" },
		{ "no proof", "", 30 * S, "(deadline_proof)" },
		{ "no proof, but pings", "\r\n\r\n", 30 * S, "(deadline_proof)" },
	};

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		int fd = come();

		print_message("%s\n", rows[i].name);
		put_text(fd, rows[i].in);
		turn();
		wait_for(rows[i].after_us - 20000);
		heard("");
		wait_for(40000);
		heard(rows[i].why);
		close(fd);
	}
}

static void what_has_come_while_nobody_looked_is_in_time(void **state)
{
	static const struct {
		const char *name, *begin, *rest;
		uint64_t after_us;
		const char *out;
	} rows[] = {
		{ "a header", "OPTIONS sip:a SIP/2.0\r\n", "Content-Length: 0\r\n\r\n", 6 * S,
		  "[44]" },
		{ "a body", REQUEST("", "4"), "body", 11 * S, "[68]" },
		{ "a proof", "", ONE, 31 * S, "[64]" },
		{ "still half a header", "OPTIONS", " sip:a", 6 * S, "(15)" },
	};

	(void)state;
	is_long = proves = true;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		int fd = come();

		print_message("%s\n", rows[i].name);
		put_text(fd, rows[i].begin);
		turn();
		put_text(fd, rows[i].rest);
		wait_for(rows[i].after_us);
		heard(rows[i].out);
		close(fd);
		turn();
		said_n = 0;
	}
}

static void a_deadline_counts_from_the_first_octet_and_not_from_the_last(void **state)
{
	int fd = come();

	(void)state;
	proves = true;
	put_text(fd, ONE);
	turn();
	said_n = 0;
	for (int i = 0; i < 4; i++) {
		put_text(fd, "O");
		turn();
		wait_for(1200 * 1000);
	}
	heard("");
	put_text(fd, "O");
	wait_for(300 * 1000);
	heard("(deadline_header)");
	close(fd);
}

static void the_proven_may_be_silent_for_ever(void **state)
{
	int fd = come();

	(void)state;
	proves = true;
	put_text(fd, ONE);
	turn();
	assert_int_equal(sw_conns_proven(conns), 1);
	said_n = 0;
	wait_for(86400 * S);
	heard("");
	put_text(fd, ONE);
	turn();
	heard("[" ONE "]");
	assert_true(last.is_proven);
	close(fd);
	turn();
	assert_int_equal(sw_conns_proven(conns), 0);
}

static char lots[16000];

static struct sw_slice much(void)
{
	memset(lots, 'x', sizeof(lots));
	return (struct sw_slice){ lots, sizeof(lots) };
}

static void shrink(int fd)
{
	int size = 4096;

	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)), 0);
}

/* Our end of a connection whose two buffers hold little. */
static int come_small(void)
{
	struct sw_addr src = source(1);
	int pair[2], size = 4096;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair),
			 0);
	assert_int_equal(setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)), 0);
	shrink(pair[0]);
	sw_conns_add(conns, pair[1], &src, &src, 3);
	return pair[0];
}

/* Read until nothing more comes; gives how many octets. */
static size_t drain(int fd)
{
	static char room[4096];
	size_t sum = 0;

	for (;;) {
		ssize_t n = recv(fd, room, sizeof(room), MSG_DONTWAIT);

		if (n > 0)
			sum += (size_t)n;
		else if (n == 0)
			return sum;
		else if (sw_loop_turn(&loop, 0), sw_conns_turn(conns),
			 recv(fd, room, 1, MSG_DONTWAIT | MSG_PEEK) < 0)
			return sum;
	}
}

static void answers_wait_for_a_slow_reader_and_nothing_more_is_read(void **state)
{
	int fd = come_small();

	(void)state;
	is_long = true;
	answer = much();
	answers = 1;
	for (int i = 0; i < 4; i++)
		put_text(fd, ONE);
	turn();
	assert_true(said_n < 3 * strlen("[70]") + 1); /* the rest waits */
	assert_int_equal(drain(fd), 4 * sizeof(lots));
	turn();
	assert_int_equal(said_n, 4 * strlen("[70]"));
	assert_int_equal(sw_conns_open(conns), 1);
	close(fd);
}

static void who_does_not_read_is_closed(void **state)
{
	int fd = come_small();

	(void)state;
	is_long = true;
	answer = much();
	answers = 1;
	for (int i = 0; i < 8; i++)
		put_text(fd, ONE);
	turn();
	said_n = 0;
	wait_for(10 * S - 20000);
	heard("");
	wait_for(40000);
	is_long = false;
	assert_int_equal(sw_conns_open(conns), 0);
	assert_int_equal(last.src.ip[3], 1);
	close(fd);
}

static void answers_that_are_taken_while_nobody_looked_are_in_time(void **state)
{
	int fd = come_small();

	(void)state;
	is_long = proves = true;
	answer = much();
	answers = 1;
	put_text(fd, ONE);
	turn();
	while (recv(fd, lots, sizeof(lots), MSG_DONTWAIT) > 0)
		continue;
	said_n = 0;
	clock_now.us += 11 * S;
	sw_wheel_run(&wheel, clock_now);
	turn();
	heard("");
	assert_int_equal(sw_conns_open(conns), 1);
	close(fd);
}

static void answers_beyond_the_bound_close_at_once(void **state)
{
	int fd = come_small();

	(void)state;
	answer = much();
	answers = 8;
	put_text(fd, ONE);
	turn();
	heard("[" ONE "](slow_reader)");
	close(fd);
}

static void a_slow_reader_does_not_keep_others_waiting(void **state)
{
	int slow = come_small(), quick = come_from(2);

	(void)state;
	is_long = true;
	answer = much();
	answers = 1;
	for (int i = 0; i < 8; i++)
		put_text(slow, ONE);
	turn();
	put_text(quick, ONE);
	turn();
	assert_int_equal(strlen(get(quick)), sizeof(lots));
	close(slow);
	close(quick);
}

static void many_messages_of_one_peer_do_not_keep_others_waiting(void **state)
{
	int greedy = come(), other = come_from(2);

	(void)state;
	for (int i = 0; i < 100; i++)
		put_text(greedy, ONE);
	put_text(other, TWO);
	sw_loop_turn(&loop, 0);
	said[said_n] = '\0';
	assert_non_null(strstr(said, "[" TWO "]"));
	assert_true(said_n < (SW_CONN_TURN + 2) * (strlen(ONE) + 4));
	assert_true(sw_conns_is_busy(conns));
	turn();
	assert_int_equal(said_n, 100 * (strlen(ONE) + 2) + strlen(TWO) + 2);
	assert_false(sw_conns_is_busy(conns));
	close(greedy);
	close(other);
}

static void a_peer_that_goes_while_messages_wait_is_served_to_the_end(void **state)
{
	int fd = come();

	(void)state;
	is_long = true;
	for (int i = 0; i < 100; i++)
		put_text(fd, ONE);
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	turn();
	assert_int_equal(said_n, 100 * strlen("[70]") + strlen("(2)"));
	close(fd);
}

static void a_message_may_be_as_long_as_the_limit(void **state)
{
	static char text[SW_CONN_STREAM_MAX + 1];
	static const struct {
		const char *name;
		size_t total, shown;
		bool is_broken;
	} rows[] = {
		{ "just as long", 100000, 100000, false },
		{ "one octet more", 100001, 0, true },
	};

	(void)state;
	is_long = true;
	sw_conns_limit(conns, CAPACITY, 100000);
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		int fd = come(), n, size = 1 << 20;
		char want[64];

		print_message("%s\n", rows[i].name);
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
		n = snprintf(text, sizeof(text),
			     "OPTIONS sip:a SIP/2.0\r\nContent-Length: %6zu\r\n\r\n",
			     rows[i].total - 49);
		assert_int_equal(n, 49);
		memset(text + n, 'b', rows[i].total - (size_t)n);
		for (size_t at = 0; at < rows[i].total; at += 5000) {
			size_t left = rows[i].total - at;
			ssize_t sent = send(fd, text + at, left < 5000 ? left : 5000, MSG_NOSIGNAL);

			assert_true(sent > 0 || rows[i].is_broken);
			turn();
		}
		said[said_n] = '\0';
		(void)snprintf(want, sizeof(want), rows[i].is_broken ? "<49>" : "[%zu]",
			       rows[i].shown);
		assert_non_null(strstr(said, want));
		close(fd);
		turn();
		said_n = 0;
	}
}

static void one_source_cannot_have_all(void **state)
{
	int fd[12];

	(void)state;
	for (int i = 0; i < 12; i++)
		fd[i] = come_from(7);
	heard("(conn_source)(conn_source)(conn_source)(conn_source)");
	assert_int_equal(sw_conns_open(conns), 8); /* at least, though an eighth of 64 is 8 too */
	assert_int_equal(last.flow, 0);
	assert_string_equal(get(fd[11]), "$");
	assert_string_equal(get(fd[0]), "");
	for (int i = 0; i < 12; i++)
		close(fd[i]);
}

static void the_proven_of_one_source_are_not_counted(void **state)
{
	int fd[20];

	(void)state;
	static const char *const name[] = { "a", "b", "c", "d" };

	proves = true;
	for (int i = 0; i < 20; i++) {
		user = name[i % 4];
		fd[i] = come_from(7);
		put_text(fd[i], ONE);
		turn();
	}
	assert_int_equal(sw_conns_proven(conns), 20);
	for (int i = 0; i < 20; i++)
		close(fd[i]);
}

static void at_the_limit_the_newest_of_the_greediest_goes(void **state)
{
	int own, greedy[3], other;

	(void)state;
	sw_conns_limit(conns, 4, SW_CONN_STREAM_MAX);
	for (int i = 0; i < 3; i++)
		greedy[i] = come_from(7);
	other = come_from(8);
	own = come_from(9);
	heard("(conn_limit)");
	assert_string_equal(get(greedy[2]), "$");
	assert_string_equal(get(greedy[1]), "");
	assert_string_equal(get(own), "");
	close(own);
	turn();
	said_n = 0;
	own = come_from(7); /* fits again */
	heard("");
	close(come_from(7)); /* of the greediest itself: the newcomer goes */
	heard("(conn_limit)");
	assert_string_equal(get(greedy[1]), "");
	assert_string_equal(get(own), "");
	assert_int_equal(sw_conns_open(conns), 4);
	close(own);
	close(other);
	close(greedy[0]);
	close(greedy[1]);
	close(greedy[2]);
}

static void the_proven_never_have_to_go_for_others(void **state)
{
	int fd[4];

	(void)state;
	sw_conns_limit(conns, 4, SW_CONN_STREAM_MAX);
	proves = true;
	for (unsigned i = 0; i < 4; i++) {
		fd[i] = come_from(i);
		put_text(fd[i], ONE);
	}
	turn();
	said_n = 0;
	close(come_from(9));
	heard("(conn_limit)");
	assert_int_equal(sw_conns_proven(conns), 4);
	for (int i = 0; i < 4; i++) {
		assert_string_equal(get(fd[i]), "");
		close(fd[i]);
	}
}

/* A connection of a user who says something by it. */
static int come_proven(unsigned n, const char *who)
{
	int fd = come_from(n);

	user = who;
	proves = true;
	put_text(fd, ONE);
	turn();
	proves = false;
	return fd;
}

static void one_user_has_a_share_and_the_longest_silent_goes_for_another(void **state)
{
	int fd[11];

	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		fd[i] = come_proven(i, "alice");
		if (i == 1)
			needed = last.flow;
	}
	assert_int_equal(sw_conns_proven(conns), 8);
	put_text(fd[0], ONE); /* the next one is silent for longer, but has a binding */
	turn();
	said_n = 0;
	fd[8] = come_proven(20, "alice");
	heard("[" ONE "](conn_user)");
	assert_string_equal(get(fd[2]), "$");
	assert_int_equal(sw_conns_proven(conns), 8);
	fd[9] = come_proven(21, "bob");
	fd[10] = come_from(22);
	heard("[" ONE "]");
	for (int i = 0; i < 11; i++) {
		if (i != 2)
			assert_string_equal(get(fd[i]), "");
		close(fd[i]);
	}
}

static void at_the_limit_the_user_with_most_makes_room(void **state)
{
	static const struct {
		const char *name, *user[4];
		int goes; /* -1: the newcomer */
	} rows[] = {
		{ "one has three", { "alice", "alice", "bob", "alice" }, 0 },
		{ "its first has a binding", { "bob", "alice", "carol", "alice" }, 3 },
		{ "each has one", { "alice", "bob", "carol", "dave" }, -1 },
	};

	(void)state;
	sw_conns_limit(conns, 4, SW_CONN_STREAM_MAX);
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		int fd[4], own;

		print_message("%s\n", rows[i].name);
		for (unsigned k = 0; k < 4; k++) {
			fd[k] = come_proven(k, rows[i].user[k]);
			if (k == 1 && i == 1)
				needed = last.flow;
		}
		said_n = 0;
		own = come_from(9);
		heard("(conn_limit)");
		assert_string_equal(get(own), rows[i].goes < 0 ? "$" : "");
		for (int k = 0; k < 4; k++) {
			assert_string_equal(get(fd[k]), k == rows[i].goes ? "$" : "");
			close(fd[k]);
		}
		close(own);
		turn();
		said_n = 0;
	}
}

static void the_connections_of_one_who_is_no_user_any_more_need_another_proof(void **state)
{
	int fd = come_proven(1, "alice"), other;

	(void)state;
	wait_for(59 * S);
	is_gone = true;
	wait_for(2 * S);
	assert_int_equal(sw_conns_proven(conns), 0);
	other = come_proven(2, "bob");
	is_gone = false;
	said_n = 0;
	wait_for(28 * S);
	heard("");
	wait_for(4 * S);
	heard("(deadline_proof)");
	assert_string_equal(get(fd), "$");
	assert_int_equal(sw_conns_proven(conns), 1);
	close(fd);
	close(other);
}

static void while_more_are_open_than_may_be_nobody_goes_for_a_newcomer(void **state)
{
	int fd[8];

	(void)state;
	for (unsigned i = 0; i < 8; i++)
		fd[i] = come_from(i / 2);
	sw_conns_limit(conns, 4, SW_CONN_STREAM_MAX);
	for (unsigned i = 0; i < 3; i++)
		close(come_from(9));
	heard("(conn_limit)(conn_limit)(conn_limit)");
	assert_int_equal(sw_conns_open(conns), 8);
	for (int i = 0; i < 8; i++)
		close(fd[i]);
}

static void a_full_table_takes_no_more(void **state)
{
	int fd[CAPACITY];

	(void)state;
	proves = true;
	for (unsigned i = 0; i < CAPACITY; i++) {
		fd[i] = come_from(i);
		put_text(fd[i], ONE);
	}
	turn();
	said_n = 0;
	close(come_from(200));
	heard("(conn_limit)");
	for (int i = 0; i < CAPACITY; i++)
		close(fd[i]);
	turn();
	assert_int_equal(sw_conns_open(conns), 0);
}

static const char long_begin[] = "OPTIONS sip:a SIP/2.0\r\nContent-Length: 40000\r\n\r\n";
static char long_body[40000];

static void send_begin(int fd)
{
	put_text(fd, long_begin);
	turn();
	put(fd, (struct sw_slice){ long_body, 34000 });
	turn();
}

static void send_rest(int fd)
{
	put(fd, (struct sw_slice){ long_body, 6000 });
	turn();
}

static void long_messages_of_strangers_leave_room_for_the_proven(void **state)
{
	int fd[16], own = come_proven(100, "alice");

	(void)state;
	is_long = true;
	said_n = 0;
	for (unsigned i = 0; i < 16; i++) {
		fd[i] = come_from(i);
		send_begin(fd[i]);
	}
	send_begin(own);
	heard("");
	send_rest(own);
	heard("[40048]");
	send_rest(fd[11]);
	heard("[40048]");
	send_rest(fd[15]); /* 12 of 16 large ones are for strangers: three still wait … */
	heard("");
	send_rest(fd[0]); /* … for one that comes back, in their order */
	send_rest(fd[1]);
	heard("[40048][40048]");
	send_rest(fd[2]);
	heard("[40048][40048]");
	assert_int_equal(sw_conns_open(conns), 17);
	for (unsigned i = 0; i < 16; i++)
		close(fd[i]);
	close(own);
}

static void one_user_does_not_hold_all_that_long_messages_need(void **state)
{
	int fd[8], bob;

	(void)state;
	is_long = true;
	for (unsigned i = 0; i < 8; i++)
		fd[i] = come_proven(1, "alice");
	bob = come_proven(1, "bob");
	said_n = 0;
	for (unsigned i = 0; i < 8; i++)
		send_begin(fd[i]);
	send_begin(bob);
	send_rest(bob);
	heard("[40048]");
	wait_for(10 * S - 20000); /* who waits to be read is not late */
	heard("");
	wait_for(40000);
	heard("(13)(13)"); /* deadline_body */
	for (unsigned i = 0; i < 8; i++)
		close(fd[i]);
	close(bob);
}

static void whole_messages_that_wait_their_turn_need_no_large_buffer(void **state)
{
	static char text[60 * 900];
	size_t n = 0;
	int fd[40];

	(void)state;
	is_long = true;
	for (unsigned i = 0; i < 60; i++)
		n += (size_t)snprintf(
			text + n, sizeof(text) - n,
			"OPTIONS sip:a SIP/2.0\r\nX: %0*d\r\nContent-Length: 0\r\n\r\n", 800, 1);
	for (unsigned i = 0; i < 40; i++) {
		fd[i] = come_from(i);
		put(fd[i], (struct sw_slice){ text, n });
	}
	turn();
	turn();
	assert_int_equal(sw_conns_open(conns), 40);
	assert_int_equal(said_n, 40 * 60 * strlen("[848]"));
	for (unsigned i = 0; i < 40; i++)
		close(fd[i]);
}

static void an_answer_that_has_no_room_to_wait_ends_its_connection(void **state)
{
	int fd[4], slow;

	(void)state;
	is_long = true;
	for (unsigned i = 0; i < 4; i++) { /* all that one user may hold of the middle ones */
		fd[i] = come_proven(1, "alice");
		put_text(fd[i], long_begin);
		put(fd[i], (struct sw_slice){ long_body, 5000 });
		turn();
		turn();
	}
	slow = come_small();
	user = "alice";
	proves = true;
	answer = much();
	answers = 2;
	said_n = 0;
	put_text(slow, ONE);
	turn();
	heard("[64](11)"); /* conn_memory */
	for (unsigned i = 0; i < 4; i++)
		close(fd[i]);
	close(slow);
}

static void a_broken_connection_is_gone(void **state)
{
	const struct linger at_once = { .l_onoff = 1 };
	struct sw_addr at = { .family = SW_FAMILY_4, .ip = { 127, 0, 0, 1 } };
	union sw_sock_name name;
	socklen_t n = sw_sock_name(&at, &name);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), fd;

	(void)state;
	assert_int_equal(bind(listener, &name.any, n), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, &name.any, &n), 0);
	assert_int_equal(connect(client, &name.any, n), 0);
	fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	sw_conns_add(conns, fd, &at, &at, 0);
	put_text(client, ONE);
	turn();
	heard("[" ONE "]");
	setsockopt(client, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(client); /* RST */
	turn();
	heard("(ok)");
	assert_false(sw_conns_send(conns, last.flow, SW_LIT("late")));
	assert_int_equal(sw_conns_open(conns), 0);
	close(listener);
}

static void a_peer_that_went_before_its_answer_harms_nobody(void **state)
{
	int fd = come();

	(void)state;
	answers = 2;
	put_text(fd, ONE ONE);
	close(fd); /* EPIPE, not a signal */
	turn();
	heard("[" ONE "](ok)");
}

static void the_end_of_a_port_answers_what_has_come(void **state)
{
	struct sw_addr a = source(5);
	int kept = come(), ended, pair[2];
	uint32_t map[8] = { [3] = 1, [4] = SW_PORT_NONE };

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair),
			 0);
	ended = pair[0];
	sw_conns_add(conns, pair[1], &a, &a, 4);
	answers = 1;
	put_text(ended, ONE);
	sw_conns_end(conns, 4);
	sw_conns_renumber(conns, map, 8);
	turn();
	assert_string_equal(get(ended), "answer$");
	heard("[" ONE "]");
	put_text(ended, "more that nobody reads");
	turn();
	close(ended);
	turn();
	heard("(ok)");
	put_text(kept, ONE);
	turn();
	assert_string_equal(get(kept), "answer");
	assert_int_equal(last.port, 1);
	close(kept);
}

static void the_end_answers_all_that_has_come(void **state)
{
	int fd = come();

	(void)state;
	is_long = true;
	answer = SW_LIT("x");
	answers = 1;
	for (int i = 0; i < 100; i++)
		put_text(fd, ONE);
	put_text(fd, "half of ano");
	sw_conns_end(conns, SW_PORT_NONE);
	assert_int_equal(said_n, 100 * strlen("[70]"));
	assert_int_equal(strlen(get(fd)), 100 + strlen("$"));
	close(fd);
	turn();
	assert_int_equal(sw_conns_open(conns), 0);
	assert_int_equal(said_n, 100 * strlen("[70]") + strlen("(2)"));
}

static void the_end_of_all_waits_for_those_who_read(void **state)
{
	int slow = come_small(), idle = come_from(2);

	(void)state;
	is_long = true;
	answer = much();
	answers = 1;
	put_text(slow, ONE);
	turn();
	sw_conns_end(conns, SW_PORT_NONE);
	assert_string_equal(get(idle), "$");
	assert_int_equal(sw_conns_open(conns), 1);
	assert_int_equal(drain(slow), sizeof(lots));
	turn();
	close(slow);
	turn();
	assert_int_equal(sw_conns_open(conns), 0);
	close(idle);
}

static void what_was_read_before_the_end_is_answered_once_the_peer_reads(void **state)
{
	int fd = come_small();

	(void)state;
	is_long = true;
	answer = much();
	answers = 1;
	for (int i = 0; i < 6; i++)
		put_text(fd, ONE);
	turn();
	sw_conns_end(conns, SW_PORT_NONE);
	assert_true(said_n < 6 * strlen("[64]"));
	assert_int_equal(drain(fd), 6 * sizeof(lots));
	assert_int_equal(said_n, 6 * strlen("[64]"));
	assert_string_equal(get(fd), "$");
	close(fd);
}

static void what_is_sent_by_others_reaches_a_silent_peer(void **state)
{
	int fd = come();
	uint64_t flow;

	(void)state;
	proves = true;
	put_text(fd, ONE);
	turn();
	flow = last.flow;
	assert_true(sw_conns_send(conns, flow, SW_LIT("unasked")));
	assert_string_equal(get(fd), "unasked");
	for (int i = 0; sw_conns_send(conns, flow, much()); i++)
		assert_true(i < 64);
	assert_false(sw_conns_send(conns, flow, SW_LIT("dead"))); /* until the next turn */
	said_n = 0;
	turn();
	heard("(slow_reader)");
	close(fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(whole_messages_reach_the_handler),
		TEST(where_a_stream_is_cut_makes_no_difference),
		TEST(a_stream_may_trickle),
		TEST(an_answer_goes_back_by_the_same_connection),
		TEST(a_ping_is_answered_and_a_single_one_is_not),
		TEST(pings_of_one_turn_are_answered_at_once_and_in_their_place),
		TEST(names_are_never_given_twice),
		TEST(what_cannot_be_framed_is_shown_answered_and_closed),
		TEST(a_peer_that_does_not_close_behind_the_last_answer_is_closed),
		TEST(a_peer_that_said_its_last_word_gets_its_answers),
		TEST(who_is_late_is_closed_with_the_reason),
		TEST(what_has_come_while_nobody_looked_is_in_time),
		TEST(answers_that_are_taken_while_nobody_looked_are_in_time),
		TEST(a_deadline_counts_from_the_first_octet_and_not_from_the_last),
		TEST(the_proven_may_be_silent_for_ever),
		TEST(answers_wait_for_a_slow_reader_and_nothing_more_is_read),
		TEST(who_does_not_read_is_closed),
		TEST(answers_beyond_the_bound_close_at_once),
		TEST(a_slow_reader_does_not_keep_others_waiting),
		TEST(many_messages_of_one_peer_do_not_keep_others_waiting),
		TEST(a_peer_that_goes_while_messages_wait_is_served_to_the_end),
		TEST(a_message_may_be_as_long_as_the_limit),
		TEST(one_source_cannot_have_all),
		TEST(the_proven_of_one_source_are_not_counted),
		TEST(at_the_limit_the_newest_of_the_greediest_goes),
		TEST(the_proven_never_have_to_go_for_others),
		TEST(one_user_has_a_share_and_the_longest_silent_goes_for_another),
		TEST(at_the_limit_the_user_with_most_makes_room),
		TEST(the_connections_of_one_who_is_no_user_any_more_need_another_proof),
		TEST(while_more_are_open_than_may_be_nobody_goes_for_a_newcomer),
		TEST(a_full_table_takes_no_more),
		TEST(long_messages_of_strangers_leave_room_for_the_proven),
		TEST(one_user_does_not_hold_all_that_long_messages_need),
		TEST(whole_messages_that_wait_their_turn_need_no_large_buffer),
		TEST(an_answer_that_has_no_room_to_wait_ends_its_connection),
		TEST(a_broken_connection_is_gone),
		TEST(a_peer_that_went_before_its_answer_harms_nobody),
		TEST(the_end_of_a_port_answers_what_has_come),
		TEST(the_end_answers_all_that_has_come),
		TEST(the_end_of_all_waits_for_those_who_read),
		TEST(what_was_read_before_the_end_is_answered_once_the_peer_reads),
		TEST(what_is_sent_by_others_reaches_a_silent_peer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
