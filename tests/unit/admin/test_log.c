/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <fcntl.h>
#include <pty.h>
#include <sys/mman.h>
#include <unistd.h>

#include "admin/log.h"
#include "events.h"

static const struct sw_wall now = { EVENT_AT_US };

struct fixture {
	struct sw_log log;
	int fd;
	char dir[64], path[80];
	char text[1 << 20];
};

static int make(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	f->fd = memfd_create("log", 0);
	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/sipward-test-XXXXXX");
	if (f->fd < 0 || !mkdtemp(f->dir))
		return -1;
	(void)snprintf(f->path, sizeof(f->path), "%s/door.log", f->dir);
	sw_log_init(&f->log, f->fd);
	*state = f;
	return 0;
}

static int unmake(void **state)
{
	struct fixture *f = *state;

	(void)unlink(f->path);
	(void)rmdir(f->dir);
	close(f->fd);
	free(f);
	return 0;
}

static void use(struct fixture *f, enum sw_log_form form, enum sw_level level, int fd)
{
	sw_log_use(&f->log, &(struct sw_log_setting){ form, level, { 0 } }, fd);
}

/* All that was written to fd, after a flush late enough for everything that was held. */
static const char *written(struct fixture *f, int fd)
{
	ssize_t n;

	sw_log_flush(&f->log, (struct sw_wall){ EVENT_AT_US + 10 * (int64_t)SW_US_PER_S });
	n = pread(fd, f->text, sizeof(f->text) - 1, 0);
	assert_true(n >= 0);
	f->text[n] = '\0';
	return f->text;
}

static unsigned count(const char *text, const char *what)
{
	unsigned n = 0;

	for (; (text = strstr(text, what)) != NULL; text += strlen(what))
		n++;
	return n;
}

static void put(struct fixture *f, struct sw_event d)
{
	sw_log_decision(&f->log, &d);
}

static void at_notice_refusals_are_written_and_logins_are_not(void **state)
{
	struct fixture *f = *state;

	put(f, event_challenged("CCCCCC"));
	put(f, event_allowed("AAAAAA"));
	put(f, event_dropped());
	put(f, event_wrong("WWWWWW"));
	assert_int_equal(count(written(f, f->fd), "\n"), 1);
	assert_non_null(strstr(f->text, "\"id\":\"WWWWWW\""));
}

static void every_line_of_json_is_an_object(void **state)
{
	struct fixture *f = *state;
	char *line, *rest;

	use(f, SW_LOG_JSON, SW_LEVEL_DEBUG, -1);
	put(f, event_challenged("CCCCCC"));
	put(f, event_allowed("AAAAAA"));
	put(f, event_dropped());
	sw_log_note(&f->log, &(struct sw_log_note){ .event = "notice",
						    .at = now,
						    .message = SW_LIT("two\nlines \033[0m \xff") });
	(void)written(f, f->fd);
	assert_int_equal(count(f->text, "\n"), 4);
	for (line = f->text; (rest = strchr(line, '\n')) != NULL; line = rest + 1) {
		json_t *o = json_loadb(line, (size_t)(rest - line), JSON_REJECT_DUPLICATES, NULL);

		assert_true(json_is_object(o));
		assert_int_equal(json_integer_value(json_object_get(o, "v")), 1);
		assert_true(json_is_string(json_object_get(o, "ts")));
		assert_true(json_is_string(json_object_get(o, "level")));
		assert_true(json_is_string(json_object_get(o, "event")));
		json_decref(o);
	}
	assert_non_null(strstr(f->text, "two\\nlines \\\\x1b[0m \\\\xff"));
}

static void text_lines_of_a_message_stay_together(void **state)
{
	struct fixture *f = *state;

	use(f, SW_LOG_TEXT, SW_LEVEL_NOTICE, -1);
	sw_log_note(&f->log, &(struct sw_log_note){ .level = SW_LEVEL_ERROR,
						    .event = "reload",
						    .at = now,
						    .message = SW_LIT("refused\nx.conf:1\n") });
	assert_string_equal(written(f, f->fd),
			    "2026-11-23T08:14:07.412Z error reload refused\n    x.conf:1\n");
}

static void a_warning_about_a_user_is_one_line_a_day(void **state)
{
	struct fixture *f = *state;
	struct sw_event d = event_allowed("AAAAAA");

	d.warn = SW_WARN_BIT(SW_WARN_DIGEST_MD5);
	for (unsigned i = 0; i < 50; i++)
		put(f, d);
	assert_int_equal(count(written(f, f->fd), "digest_md5"), 1);
	EVENT_SET(d.subject, "bob");
	put(f, d);
	assert_int_equal(count(written(f, f->fd), "digest_md5"), 2);
	d.at_us += 86400 * (int64_t)SW_US_PER_S;
	put(f, d);
	put(f, d);
	assert_int_equal(count(written(f, f->fd), "digest_md5"), 3);
}

static void the_table_of_warnings_is_bounded(void **state)
{
	struct fixture *f = *state;
	struct sw_event d = event_allowed("AAAAAA");

	d.warn = SW_WARN_BIT(SW_WARN_DIGEST_MD5);
	for (unsigned i = 0; i < 1000; i++) {
		d.subject.n = (uint16_t)snprintf(d.subject.p, sizeof(d.subject.p), "u%u", i);
		put(f, d);
		put(f, d);
	}
	assert_int_equal(count(written(f, f->fd), "digest_md5"), 1000);
}

static void refusals_beyond_a_hundred_a_second_are_counted_in_one_line(void **state)
{
	struct fixture *f = *state;

	for (unsigned i = 0; i < 350; i++)
		put(f, event_wrong("WWWWWW"));
	put(f, event_allowed("AAAAAA"));
	(void)written(f, f->fd);
	assert_int_equal(count(f->text, "digest_wrong"), 100);
	assert_int_equal(count(f->text, "\n"), 101);
	assert_non_null(strstr(f->text, "\"held\":250"));
	assert_non_null(strstr(f->text, "250 more refusals in this second were not written"));
}

static void the_next_second_has_its_own_hundred(void **state)
{
	struct fixture *f = *state;
	struct sw_event d = event_wrong("WWWWWW");

	for (unsigned i = 0; i < 120; i++)
		put(f, d);
	d.at_us += SW_US_PER_S;
	for (unsigned i = 0; i < 30; i++)
		put(f, d);
	(void)written(f, f->fd);
	assert_int_equal(count(f->text, "digest_wrong"), 130);
	assert_int_equal(count(f->text, "\"held\":20"), 1);
	assert_true(strstr(f->text, "\"held\":20") < strstr(f->text, "08:14:08"));
}

static void noise_at_debug_does_not_use_up_the_refusals(void **state)
{
	struct fixture *f = *state;

	use(f, SW_LOG_JSON, SW_LEVEL_DEBUG, -1);
	for (unsigned i = 0; i < 500; i++) {
		put(f, event_challenged("CCCCCC"));
		put(f, event_dropped());
	}
	put(f, event_wrong("WWWWWW"));
	(void)written(f, f->fd);
	assert_int_equal(count(f->text, "\"event\":\"decision\""), 101);
	assert_int_equal(count(f->text, "digest_wrong"), 1);
	assert_non_null(strstr(f->text, "\"held\":900"));
}

/* Anybody can send them in the name of a known source. */
static void what_is_let_be_is_noise(void **state)
{
	struct fixture *f = *state;

	use(f, SW_LOG_JSON, SW_LEVEL_DEBUG, -1);
	for (unsigned i = 0; i < 400; i++)
		put(f, event_pinged("P1NGED"));
	put(f, event_wrong("WWWWWW"));
	(void)written(f, f->fd);
	assert_int_equal(count(f->text, "P1NGED"), 100);
	assert_int_equal(count(f->text, "digest_wrong"), 1);
	assert_non_null(strstr(f->text, "\"held\":300"));
}

static void proven_requests_are_never_held_back(void **state)
{
	struct fixture *f = *state;

	use(f, SW_LOG_JSON, SW_LEVEL_INFO, -1);
	for (unsigned i = 0; i < 400; i++)
		put(f, event_allowed("AAAAAA"));
	assert_int_equal(count(written(f, f->fd), "registration"), 400);
}

static void a_file_that_was_renamed_is_left_for_the_one_that_is_given(void **state)
{
	struct fixture *f = *state;
	int file = open(f->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
	int later = memfd_create("later", MFD_CLOEXEC);
	int same = fcntl(later, F_DUPFD_CLOEXEC, 0);

	use(f, SW_LOG_JSON, SW_LEVEL_NOTICE, file);
	put(f, event_wrong("WWWWWW"));
	sw_log_reopen(&f->log, later);
	put(f, event_wrong("XXXXXX"));
	assert_non_null(strstr(written(f, same), "XXXXXX"));
	assert_null(strstr(f->text, "WWWWWW"));
	assert_int_equal(fcntl(later, F_GETFD), -1); /* it was taken over */
	close(file);
	file = open(f->path, O_RDONLY);
	assert_int_equal(count(written(f, file), "WWWWWW"), 1);
	assert_int_equal(count(written(f, f->fd), "\n"), 0);
	close(file);
	close(same);
}

static void a_disk_that_is_full_costs_lines_and_later_it_is_said_how_many(void **state)
{
	struct fixture *f = *state;
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

	use(f, SW_LOG_JSON, SW_LEVEL_NOTICE, full);
	for (int i = 0; i < 3; i++) {
		put(f, event_wrong("WWWWWW"));
		sw_log_flush(&f->log, now);
	}
	assert_int_equal(f->log.lost, 3);
	use(f, SW_LOG_JSON, SW_LEVEL_NOTICE, -1);
	put(f, event_wrong("XXXXXX"));
	assert_int_equal(count(written(f, f->fd), "\n"), 2);
	assert_non_null(strstr(f->text, "\"lost\":3"));
	assert_non_null(strstr(f->text, "3 lines of this log were lost"));
	assert_int_equal(count(written(f, f->fd), "lost\":"), 1); /* once */
	close(full);
}

/* All that waits in a pipe or behind a terminal, at the end of f->text. */
static void drain(struct fixture *f, int fd)
{
	size_t at = strlen(f->text);
	ssize_t n;

	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	while ((n = read(fd, f->text + at, sizeof(f->text) - 1 - at)) > 0)
		at += (size_t)n;
	f->text[at] = '\0';
}

static void count_objects(const char *text, unsigned *whole, unsigned *torn)
{
	const char *rest;

	*whole = *torn = 0;
	for (; (rest = strchr(text, '\n')) != NULL; text = rest + 1) {
		json_t *o = json_loadb(text, (size_t)(rest - text), JSON_REJECT_DUPLICATES, NULL);

		if (o)
			(*whole)++;
		else
			(*torn)++;
		json_decref(o);
	}
}

/* A pipe's reader, or a terminal's, that reads nothing until 400 lines were written. */
static void write_past(struct fixture *f, int to, int from)
{
	unsigned whole, torn;
	char say[40];

	sw_log_init(&f->log, to);
	use(f, SW_LOG_JSON, SW_LEVEL_INFO, -1);
	for (unsigned i = 0; i < 400; i++) {
		put(f, event_allowed("AAAAAA"));
		sw_log_flush(&f->log, now);
	}
	assert_in_range(f->log.lost, 1, 399);
	(void)snprintf(say, sizeof(say), "\"lost\":%u", (unsigned)f->log.lost);
	drain(f, from);
	put(f, event_allowed("BBBBBB"));
	sw_log_end(&f->log, now);
	drain(f, from);
	assert_non_null(strstr(f->text, say));
	assert_non_null(strstr(f->text, "BBBBBB"));
	count_objects(f->text, &whole, &torn);
	assert_int_equal(whole, 400 - f->log.lost + 2);
	assert_in_range(torn, 0, 1);
}

static void a_reader_that_is_stuck_is_not_waited_for(void **state)
{
	struct fixture *f = *state;
	int fd[2];

	assert_int_equal(pipe(fd), 0);
	write_past(f, fd[1], fd[0]);
	close(fd[0]);
	close(fd[1]);
}

static void a_terminal_that_is_stuck_is_not_waited_for(void **state)
{
	struct fixture *f = *state;
	struct termios raw = { 0 };
	int far, near;

	cfmakeraw(&raw);
	assert_int_equal(openpty(&far, &near, NULL, &raw, NULL), 0);
	write_past(f, near, far);
	close(near);
	close(far);
}

static void a_line_that_was_cut_is_ended_before_the_next(void **state)
{
	struct fixture *f = *state;
	unsigned whole, torn;
	int fd[2];

	assert_int_equal(pipe(fd), 0);
	assert_in_range(fcntl(fd[1], F_SETPIPE_SZ, 4096), 4096, 4096);
	sw_log_init(&f->log, fd[1]);
	use(f, SW_LOG_JSON, SW_LEVEL_INFO, -1);
	for (unsigned i = 0; i < 30; i++)
		put(f, event_allowed("AAAAAA"));
	sw_log_flush(&f->log, now);
	drain(f, fd[0]);
	assert_int_not_equal(f->text[strlen(f->text) - 1], '\n');
	put(f, event_allowed("BBBBBB"));
	sw_log_end(&f->log, now);
	drain(f, fd[0]);
	count_objects(f->text, &whole, &torn);
	assert_int_equal(torn, 1);
	assert_non_null(strstr(f->text, "\n{\"v\":1,\"ts\":\"2026-11-23T08:14:07.412Z\",\"level\":"
					"\"info\",\"event\":\"registration\",\"id\":\"BBBBBB\""));
	close(fd[0]);
	close(fd[1]);
}

static void lines_longer_than_the_buffer_are_written_on_the_way(void **state)
{
	struct fixture *f = *state;

	use(f, SW_LOG_JSON, SW_LEVEL_INFO, -1);
	for (unsigned i = 0; i < 1500; i++)
		put(f, event_allowed("AAAAAA"));
	assert_int_equal(count(written(f, f->fd), "\n"), 1500);
	assert_int_equal(f->log.lost, 0);
}

static void a_message_longer_than_its_room_is_cut(void **state)
{
	struct fixture *f = *state;
	size_t n = 3 * SW_LOG_MESSAGE;
	char *long_text = malloc(n);

	assert_non_null(long_text);
	memset(long_text, 'x', n);
	for (int form = SW_LOG_TEXT; form <= SW_LOG_JSON; form++) {
		use(f, (enum sw_log_form)form, SW_LEVEL_NOTICE, -1);
		sw_log_note(&f->log, &(struct sw_log_note){ .event = "notice",
							    .at = now,
							    .message = { long_text, n } });
	}
	(void)written(f, f->fd);
	assert_int_equal(count(f->text, "\n"), 2);
	assert_true(strlen(f->text) < n);
	free(long_text);
}

int main(void)
{
#define ROW(test) cmocka_unit_test_setup_teardown(test, make, unmake)
	const struct CMUnitTest tests[] = {
		ROW(at_notice_refusals_are_written_and_logins_are_not),
		ROW(every_line_of_json_is_an_object),
		ROW(text_lines_of_a_message_stay_together),
		ROW(a_warning_about_a_user_is_one_line_a_day),
		ROW(the_table_of_warnings_is_bounded),
		ROW(refusals_beyond_a_hundred_a_second_are_counted_in_one_line),
		ROW(the_next_second_has_its_own_hundred),
		ROW(noise_at_debug_does_not_use_up_the_refusals),
		ROW(what_is_let_be_is_noise),
		ROW(proven_requests_are_never_held_back),
		ROW(a_file_that_was_renamed_is_left_for_the_one_that_is_given),
		ROW(a_disk_that_is_full_costs_lines_and_later_it_is_said_how_many),
		ROW(a_reader_that_is_stuck_is_not_waited_for),
		ROW(a_terminal_that_is_stuck_is_not_waited_for),
		ROW(a_line_that_was_cut_is_ended_before_the_next),
		ROW(lines_longer_than_the_buffer_are_written_on_the_way),
		ROW(a_message_longer_than_its_room_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
