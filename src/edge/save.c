/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/save.h"

#include <stdlib.h>
#include <unistd.h>

#define RECORD_MAX  (SW_JOURNAL_HEAD + SW_CHANGE_MAX)
#define REQUEST_MAX (SW_SAVES_MAX * RECORD_MAX) /* what one request can change */
#define RECORD_MIN  (SW_JOURNAL_HEAD + 9)       /* an end */
#define NOTES       (SW_JOURNAL_ROOM / RECORD_MIN + 1)
#define FULL        (SW_JOURNAL_ROOM / 2)
#define RETRY_US    100000
#define ENDS_MAX    (SW_SAVE_FILE_END - 2 * SW_SAVE_HELD_MAX) /* what is in hand may follow */

/* Where the body of a record stands in the room. */
struct sw_saver_note {
	uint64_t seq;
	uint32_t at, n;
};

static bool has_store(const struct sw_saver *s)
{
	return s->way.state != NULL;
}

static void tell(struct sw_saver *s, enum sw_reason error)
{
	struct sw_save_state *state = s->way.state;

	if (atomic_load_explicit(&state->error, memory_order_relaxed) == (uint32_t)error)
		return;
	atomic_store_explicit(&state->error, (uint32_t)error, memory_order_relaxed);
	sw_saver_ring(s);
}

void sw_saver_ring(const struct sw_saver *s)
{
	const uint64_t one = 1;

	if (write(s->way.ring_fd, &one, sizeof(one)) < 0)
		return; /* the counter is full, so it is readable */
}

static void stop(struct sw_saver *s, enum sw_reason why)
{
	s->is_stuck = true;
	tell(s, why);
}

/* From octet 0 or behind what is there; blocks are taken now, while there may be some. */
static bool begin(struct sw_saver *s, uint32_t file)
{
	enum sw_reason r = sw_journal_start(&s->journal, s->way.fd[file], s->room);

	if (r != SW_OK)
		return false;
	r = sw_journal_reserve(&s->journal, REQUEST_MAX);
	if (r != SW_OK)
		stop(s, r);
	return true;
}

static void begin_first(struct sw_saver *s)
{
	s->is_begun = true;
	s->is_stuck = false;
	if (!begin(s, atomic_load(&s->way.state->used) & 1))
		stop(s, SW_R_JOURNAL_FAILED);
}

bool sw_saver_init(struct sw_saver *s, const struct sw_save_way *way)
{
	*s = (struct sw_saver){ .way = *way };
	if (!has_store(s))
		return true;
	s->room = calloc(1, SW_JOURNAL_ROOM);
	s->held = calloc(1, SW_SAVE_HELD_MAX);
	s->note = calloc(NOTES, sizeof(*s->note));
	s->written = atomic_load_explicit(&way->state->written, memory_order_relaxed);
	atomic_store_explicit(&way->state->held, 0, memory_order_relaxed);
	for (unsigned i = 0; i < 2; i++)
		atomic_fetch_add_explicit(&way->state->given[i], 1, memory_order_release);
	tell(s, SW_OK);
	s->is_stuck = true; /* it is not begun */
	return s->room && s->held && s->note;
}

bool sw_saver_take(struct sw_saver *s, uint32_t file, int fd)
{
	if (!has_store(s) || fd < 0 || file > 1 ||
	    (atomic_load_explicit(&s->way.state->used, memory_order_relaxed) & 1) == file)
		return false;
	close(s->way.fd[file]);
	s->way.fd[file] = fd;
	atomic_fetch_add_explicit(&s->way.state->given[file], 1, memory_order_release);
	sw_saver_ring(s);
	return true;
}

void sw_saver_free(struct sw_saver *s)
{
	free(s->room);
	free(s->held);
	free(s->note);
	*s = (struct sw_saver){ 0 };
}

/* An end for which there is no room: it goes at its time, or at a start. */
static void lose(const struct sw_saver *s)
{
	atomic_fetch_add_explicit(&s->way.state->lost, 1, memory_order_relaxed);
}

/* In hand: number, length, octets. */
static void hold(struct sw_saver *s, uint64_t seq, const char *body, uint32_t n)
{
	char *to = s->held + s->held_n;

	if (SW_SAVE_HELD_MAX - s->held_n < sizeof(seq) + sizeof(n) + n) {
		lose(s);
		return;
	}
	if (s->held_n == 0)
		atomic_store_explicit(&s->way.state->held, seq, memory_order_relaxed);
	memcpy(to, &seq, sizeof(seq));
	memcpy(to + sizeof(seq), &n, sizeof(n));
	memcpy(to + sizeof(seq) + sizeof(n), body, n);
	s->held_n += sizeof(seq) + sizeof(n) + n;
}

/* The room into the file. What did not get there whole is in hand then. */
static bool write_room(struct sw_saver *s)
{
	uint32_t done, records = s->journal.records;
	size_t n = s->journal.n;
	enum sw_reason r;

	if (records == 0)
		return true;
	r = sw_journal_write(&s->journal, &done);
	if (r == SW_OK) {
		s->written += n;
		atomic_store_explicit(&s->way.state->written, s->written, memory_order_release);
		return true;
	}
	for (uint32_t i = done; i < records; i++)
		hold(s, s->note[i].seq, s->room + s->note[i].at, s->note[i].n);
	stop(s, r);
	return false;
}

/*
 * A disk that is full is met here, before anything is promised. What is in the room has its blocks
 * already: it goes out, for the room of a saver that is stuck is empty.
 */
static bool has_file_room(struct sw_saver *s)
{
	enum sw_reason r;

	if (s->journal.end + s->journal.n + REQUEST_MAX > SW_SAVE_FILE_MAX)
		return false; /* the store role is behind */
	r = sw_journal_reserve(&s->journal, REQUEST_MAX);
	if (r != SW_OK && write_room(s))
		stop(s, r);
	return r == SW_OK;
}

bool sw_saver_takes(struct sw_saver *s)
{
	return !has_store(s) ||
	       (!s->is_stuck && !atomic_load_explicit(s->way.is_down, memory_order_relaxed) &&
		has_file_room(s));
}

static void add(struct sw_saver *s, uint64_t seq, size_t n)
{
	struct sw_journal *j = &s->journal;

	s->note[j->records] = (struct sw_saver_note){ seq, (uint32_t)(j->n + SW_JOURNAL_HEAD),
						      (uint32_t)n };
	sw_journal_add(j, SW_SAVE_CHANGE, seq, n);
}

static size_t make(const struct sw_save *save, char *room)
{
	struct sw_buf b = sw_buf_over(room, SW_CHANGE_MAX);

	if (!save->gone && save->binding)
		sw_change_put(&b, save->binding);
	if (b.n == 0)
		sw_change_end(&b, save->id);
	return b.n;
}

/* All that comes while it is stuck goes behind what is in hand. */
static void put_one(struct sw_saver *s, const struct sw_save *save)
{
	char *to = s->is_stuck ? NULL : sw_journal_claim(&s->journal, SW_CHANGE_MAX);
	char aside[SW_CHANGE_MAX];

	if (!s->is_stuck && s->journal.end + s->journal.n > ENDS_MAX) {
		lose(s);
		return;
	}
	if (!to && !s->is_stuck && write_room(s))
		to = sw_journal_claim(&s->journal, SW_CHANGE_MAX);
	if (to)
		add(s, save->seq, make(save, to));
	else
		hold(s, save->seq, aside, (uint32_t)make(save, aside));
}

void sw_saver_put(struct sw_saver *s, const struct sw_actions *a)
{
	for (size_t i = 0; has_store(s) && i < a->saves; i++)
		put_one(s, &a->save[i]);
}

bool sw_saver_is_full(const struct sw_saver *s)
{
	return s->journal.n > FULL;
}

bool sw_saver_write(struct sw_saver *s)
{
	return !has_store(s) || (!s->is_stuck && write_room(s));
}

uint64_t sw_saver_promised(const struct sw_saver *s)
{
	return s->written + s->journal.n;
}

uint64_t sw_saver_synced(const struct sw_saver *s)
{
	return atomic_load_explicit(&s->way.state->synced, memory_order_acquire);
}

/* A file that does not let itself be begun is left to the store role, which has it as its own. */
static void go_over(struct sw_saver *s)
{
	struct sw_save_state *state = s->way.state;
	uint32_t wanted = atomic_load_explicit(&state->wanted, memory_order_acquire) & 1;

	if (wanted == atomic_load_explicit(&state->used, memory_order_relaxed) ||
	    s->journal.records > 0)
		return;
	if (!begin(s, wanted))
		stop(s, SW_R_JOURNAL_FAILED);
	atomic_store_explicit(&state->used, wanted, memory_order_release);
	sw_saver_ring(s);
}

/* From hand into the room, as many as fit; gives the octets that went. */
static size_t refill(struct sw_saver *s)
{
	size_t at = 0;

	while (at < s->held_n) {
		uint64_t seq;
		uint32_t n;
		char *to;

		memcpy(&seq, s->held + at, sizeof(seq));
		memcpy(&n, s->held + at + sizeof(seq), sizeof(n));
		to = sw_journal_claim(&s->journal, n);
		if (!to)
			break;
		memcpy(to, s->held + at + sizeof(seq) + sizeof(n), n);
		add(s, seq, n);
		at += sizeof(seq) + sizeof(n) + n;
	}
	return at;
}

/* What was in hand is there again when the write fails, before what was held meanwhile. */
static bool write_held(struct sw_saver *s)
{
	while (s->held_n > 0) {
		size_t n = refill(s), left = s->held_n - n;
		uint32_t done;

		if (sw_journal_reserve(&s->journal, 0) != SW_OK ||
		    sw_journal_write(&s->journal, &done) != SW_OK) {
			s->journal.n = 0;
			s->journal.records = 0;
			return false; /* all of it once more: numbers make that harmless */
		}
		memmove(s->held, s->held + n, left);
		s->held_n = left;
	}
	return true;
}

static void try_again(struct sw_saver *s)
{
	struct sw_save_state *state = s->way.state;

	if (!write_held(s) || sw_journal_reserve(&s->journal, REQUEST_MAX) != SW_OK)
		return;
	s->is_stuck = false;
	s->written++;
	atomic_store_explicit(&state->written, s->written, memory_order_release);
	atomic_store_explicit(&state->held, 0, memory_order_release);
	tell(s, SW_OK);
}

void sw_saver_turn(struct sw_saver *s, struct sw_mono now)
{
	if (!has_store(s))
		return;
	if (!s->is_begun)
		begin_first(s);
	go_over(s);
	if (!s->is_stuck || now.us < s->retry_us)
		return;
	s->retry_us = now.us + RETRY_US;
	try_again(s);
}
