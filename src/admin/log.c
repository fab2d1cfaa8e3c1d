/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tell/json.h"
#include "obs/text.h"
#include "share/clock.h"

#define WAYS          4 /* neighbours that a key may live in */
#define SECONDS_DAY   86400
#define DECISION_LINE 8192 /* octets of a decision's line */
#define PATIENCE_MS   100  /* for a reader that has taken all so far */

/*
 * A terminal says that it takes more although it takes less than is written, and then the write
 * waits for whoever pressed Ctrl-S: it is opened once more, for writes that wait for nobody.
 */
static int own_terminal(int fd)
{
	char path[32];
	int own = -1;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (isatty(fd))
		own = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return own >= 0 ? own : fd;
}

/* Files take all at once; a pipe that is ready takes this much without waiting (pipe(7)). */
static size_t piece_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? SIZE_MAX : PIPE_BUF;
}

/* Of a file that the configuration names; the sandbox leaves no isatty to be asked. */
static bool is_device(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISCHR(st.st_mode);
}

static void write_to(struct sw_log *l, int fd)
{
	bool is_for_people = fd == l->standby_fd ? l->is_terminal : is_device(fd);

	l->fd = fd;
	l->piece = piece_of(fd);
	l->json = l->form == SW_LOG_JSON || (l->form == SW_LOG_AUTO && !is_for_people);
}

void sw_log_init(struct sw_log *l, int given_fd)
{
	memset(l, 0, sizeof(*l));
	l->given_fd = given_fd;
	l->standby_fd = own_terminal(given_fd);
	l->is_terminal = isatty(given_fd) != 0;
	l->level = SW_LEVEL_NOTICE;
	write_to(l, l->standby_fd);
}

/* Would a write not wait? One that fails does not. */
static bool is_ready(const struct sw_log *l, int wait_ms)
{
	struct pollfd p = { .fd = l->fd, .events = POLLOUT };

	return poll(&p, 1, wait_ms) > 0;
}

/* How much of it was written. All of it together may wait for PATIENCE_MS, not each piece. */
static size_t write_some(const struct sw_log *l, struct sw_slice s)
{
	uint64_t begun = sw_clock_mono().us / 1000;
	size_t at = 0;

	while (at < s.n) {
		uint64_t waited = sw_clock_mono().us / 1000 - begun;
		bool patient = !l->is_stuck && waited < PATIENCE_MS;

		if (!is_ready(l, patient ? (int)(PATIENCE_MS - waited) : 0))
			break;
		size_t left = s.n - at;
		ssize_t n = write(l->fd, s.p + at, left < l->piece ? left : l->piece);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		at += (size_t)n;
	}
	return at;
}

static uint64_t count_lines(struct sw_slice s)
{
	uint64_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == '\n';
	return n;
}

/* What is not taken is lost. A line that was cut is ended by the first octet of what follows. */
static void write_gathered(struct sw_log *l)
{
	struct sw_slice all = { l->buffer, l->n };
	size_t n = write_some(l, all);
	bool was_torn = l->is_torn;

	if (n > 0)
		l->is_torn = l->buffer[n - 1] != '\n';
	l->is_stuck = n < all.n;
	if (!l->is_stuck)
		l->lost_said += l->saying;
	else
		l->lost += count_lines(sw_slice_from(all, n)) - (l->saying > 0) -
			   (was_torn && n == 0);
	l->saying = 0;
	l->n = 0;
	if (l->is_torn)
		l->buffer[l->n++] = '\n';
}

/* Room for a line of up to `most` octets. */
static struct sw_buf begin_line(struct sw_log *l, size_t most)
{
	if (sizeof(l->buffer) - l->n < most + 1)
		write_gathered(l);
	return sw_buf_over(l->buffer + l->n, most);
}

/* A line that was cut is still a line. */
static void end_line(struct sw_log *l, const struct sw_buf *b)
{
	l->n += b->n;
	l->buffer[l->n++] = '\n';
}

static void put_json(struct sw_log *l, json_t *o)
{
	char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
	size_t n = text ? strlen(text) : 0;

	if (n > 0 && n + 2 <= sizeof(l->buffer)) { /* its end, and that of one that was cut */
		struct sw_buf b = begin_line(l, n);

		sw_buf_put(&b, (struct sw_slice){ text, n });
		end_line(l, &b);
	}
	free(text);
	json_decref(o);
}

/* The message line by line: cleaned, what separates them put between. */
static void put_lines(struct sw_buf *b, struct sw_slice message, struct sw_slice between)
{
	while (message.n > 0 && message.p[message.n - 1] == '\n')
		message.n--;
	while (message.n > 0) {
		const char *end = memchr(message.p, '\n', message.n);
		size_t n = end ? (size_t)(end - message.p) : message.n;

		sw_text_clean(b, (struct sw_slice){ message.p, n });
		if (end)
			sw_buf_put(b, between);
		message = sw_slice_from(message, end ? n + 1 : n);
	}
}

static void put_note_text(struct sw_log *l, const struct sw_log_note *note)
{
	struct sw_buf b = begin_line(l, SW_LOG_MESSAGE);

	sw_text_time(&b, note->at);
	sw_buf_char(&b, ' ');
	sw_buf_str(&b, sw_level_name(note->level));
	sw_buf_char(&b, ' ');
	sw_buf_str(&b, note->event);
	sw_buf_char(&b, ' ');
	put_lines(&b, note->message, SW_LIT("\n    "));
	end_line(l, &b);
}

static void put_note_json(struct sw_log *l, const struct sw_log_note *note)
{
	char room[SW_LOG_MESSAGE];
	struct sw_buf b = sw_buf_over(room, sizeof(room));
	json_t *o = json_object();

	put_lines(&b, note->message, SW_LIT("\n"));
	json_object_set_new(o, "v", json_integer(1));
	json_object_set_new(o, "ts", sw_json_time(note->at));
	json_object_set_new(o, "level", json_string(sw_level_name(note->level)));
	json_object_set_new(o, "event", json_string(note->event));
	json_object_update(o, note->more);
	json_object_set_new(o, "message", json_stringn(b.p, b.n));
	put_json(l, o);
}

void sw_log_note(struct sw_log *l, const struct sw_log_note *note)
{
	if (note->level <= l->level && l->json)
		put_note_json(l, note);
	else if (note->level <= l->level)
		put_note_text(l, note);
	json_decref(note->more);
}

static uint64_t key_of(struct sw_slice name, unsigned warn)
{
	uint64_t h = 0xcbf29ce484222325u ^ warn;

	for (size_t i = 0; i < name.n; i++)
		h = (h ^ (unsigned char)name.p[i]) * 0x100000001b3u;
	return h | 1; /* 0 is an empty place */
}

/* Is this the first time today? It is noted. */
static bool is_first_today(struct sw_log *l, const struct sw_event *e)
{
	int64_t day = e->at_us / SW_US_PER_S / SECONDS_DAY;
	uint64_t key = key_of(SW_EVENT_SLICE(e->subject), e->warn);
	struct sw_log_daily *place = &l->daily[(key >> 20) % (SW_LOG_DAILY / WAYS) * WAYS];
	struct sw_log_daily *free_place = place;

	for (unsigned i = WAYS; i-- > 0;) {
		if (place[i].key == key && place[i].day == day)
			return false;
		if (place[i].key == 0 || place[i].key == key || place[i].day != day)
			free_place = &place[i];
	}
	*free_place = (struct sw_log_daily){ .key = key, .day = day };
	return true;
}

static void say_held(struct sw_log *l, struct sw_log_quota *q, const char *what, struct sw_wall at)
{
	char room[160];
	struct sw_buf b = sw_buf_over(room, sizeof(room));
	uint32_t held = q->held;

	if (held == 0)
		return;
	q->held = 0;
	sw_buf_u64(&b, held);
	sw_buf_str(&b, " more ");
	sw_buf_str(&b, what);
	sw_buf_str(&b, " in this second were not written; the counters have them");
	sw_log_note(l, &(struct sw_log_note){
			       .level = SW_LEVEL_NOTICE,
			       .event = "log",
			       .at = at,
			       .message = sw_buf_slice(&b),
			       .more = json_pack("{s:I}", "held", (json_int_t)held),
		       });
}

static const char refusals[] = "refusals";
static const char noise[] = "challenges, pings and messages without an answer";

/* The last millisecond of a second that is over. */
static struct sw_wall end_of(const struct sw_log_quota *q)
{
	return (struct sw_wall){ (q->second + 1) * SW_US_PER_S - 1000 };
}

static void say_all_held(struct sw_log *l, int64_t second)
{
	if (l->refusals.second != second)
		say_held(l, &l->refusals, refusals, end_of(&l->refusals));
	if (l->noise.second != second)
		say_held(l, &l->noise, noise, end_of(&l->noise));
}

static bool is_within(struct sw_log_quota *q, int64_t second)
{
	if (q->second != second)
		*q = (struct sw_log_quota){ .second = second };
	if (q->written >= SW_LOG_PER_SECOND) {
		q->held++;
		return false;
	}
	q->written++;
	return true;
}

static bool is_held_back(struct sw_log *l, const struct sw_event *e, enum sw_level level)
{
	int64_t second = e->at_us / SW_US_PER_S;

	if (e->act == SW_ACT_ALLOW && !sw_event_is_let_be(e))
		return false;
	say_all_held(l, second);
	return !is_within(level == SW_LEVEL_DEBUG ? &l->noise : &l->refusals, second);
}

void sw_log_decision(struct sw_log *l, const struct sw_event *e)
{
	enum sw_level level = sw_event_level(e);

	if (level == SW_LEVEL_WARN && l->level >= level && !is_first_today(l, e))
		level = SW_LEVEL_INFO;
	if (level > l->level || is_held_back(l, e, level))
		return;
	if (l->json) {
		put_json(l, sw_decision_json(e, level));
		return;
	}
	struct sw_buf b = begin_line(l, DECISION_LINE);
	sw_decision_line(&b, e, level);
	end_line(l, &b);
}

/* Said when there is hope that it can be read; counted as said only when it was written. */
static void say_lost(struct sw_log *l, struct sw_wall now)
{
	char room[160];
	struct sw_buf b = sw_buf_over(room, sizeof(room));
	uint64_t lost = l->lost - l->lost_said;

	if (lost == 0 || l->level < SW_LEVEL_WARN || !is_ready(l, 0))
		return;
	sw_buf_u64(&b, lost);
	sw_buf_str(&b, " lines of this log were lost: nobody read it, or its disk was full");
	sw_log_note(l, &(struct sw_log_note){
			       .level = SW_LEVEL_WARN,
			       .event = "log",
			       .at = now,
			       .message = sw_buf_slice(&b),
			       .more = json_pack("{s:I}", "lost", (json_int_t)lost),
		       });
	l->saying = lost;
}

/* What was gathered is for the old file, also that its last line was cut. */
static void leave(struct sw_log *l)
{
	if (l->n > 0)
		write_gathered(l);
	l->n = 0;
	l->is_torn = false;
}

void sw_log_use(struct sw_log *l, const struct sw_log_setting *setting, int fd)
{
	leave(l);
	l->form = setting->form;
	l->level = setting->level;
	write_to(l, fd >= 0 ? fd : l->standby_fd);
}

void sw_log_reopen(struct sw_log *l, int fd)
{
	leave(l);
	if (l->fd != l->standby_fd && dup3(fd, l->fd, O_CLOEXEC) >= 0)
		write_to(l, l->fd);
	close(fd);
}

void sw_log_flush(struct sw_log *l, struct sw_wall now)
{
	say_all_held(l, now.us / SW_US_PER_S);
	say_lost(l, now);
	if (l->n > 0)
		write_gathered(l);
}

void sw_log_end(struct sw_log *l, struct sw_wall now)
{
	say_held(l, &l->refusals, refusals, now);
	say_held(l, &l->noise, noise, now);
	sw_log_flush(l, now);
	if (l->standby_fd != l->given_fd)
		close(l->standby_fd);
}
