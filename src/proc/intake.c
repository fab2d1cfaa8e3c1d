/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/intake.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "proc/damage.h"
#include "proc/leftover.h"

#define BATCH    1024                         /* changes in one transaction */
#define LONG     (1u << 20)                   /* octets: a journal that is to be emptied */
#define OLD_US   (15 * (uint64_t)SW_US_PER_S) /* likewise, of one that is short */
#define SYNC_US  ((uint64_t)SW_US_PER_S / 2)  /* so that a second is never reached */
#define MARK_S   60
#define SKIP     (SW_STORE_JUMP >> 10) /* more than journals have that was not taken */
#define SEQ_MOST ((uint64_t)1 << 62)   /* no door gets there: somebody wrote it */

/* A journal, as this role sees it. */
struct file {
	uint64_t at;        /* taken so far */
	uint64_t first_seq; /* of its first record; 0: not known */
	uint64_t since_us;  /* monotonic: when it was first seen with something in it */
	bool is_clean;      /* nothing is in it: the worker may have it */
	bool is_read;       /* there was no more at the last look */
	bool is_long;       /* it goes on where none may be: said, and not read */
	bool is_gone;       /* its name is not there */
	bool is_asked;      /* for another one */
	bool is_late;       /* it was to be there by now */
	bool is_told;       /* that there is none */
	uint32_t given;     /* so often its worker had it, when that was asked */
	uint64_t ask_us;    /* monotonic: not before */
};

struct worker {
	struct file file[SW_JOURNALS];
	uint64_t taken; /* of its `written`, when all was read */
	uint64_t synced;
};

struct sw_intake {
	struct sw_intake_start start;
	char *path;
	struct worker *worker, *before; /* before: of a transaction that may fail */
	struct sw_journal_reader *reader;
	struct sw_damage damage;
	uint64_t sync_at_us;
	bool is_told; /* that numbers were set */
	bool has_new; /* the database has what is not on the disk for sure */
};

struct sw_intake *sw_intake_new(const struct sw_intake_start *start)
{
	struct sw_intake *in = calloc(1, sizeof(*in));

	if (!in)
		return NULL;
	in->start = *start;
	if (!start->path)
		in->start.workers = 0;
	in->path = strdup(start->path ? start->path : "");
	in->worker = calloc(start->workers + 1, sizeof(*in->worker));
	in->before = calloc(start->workers + 1, sizeof(*in->worker));
	in->reader = calloc(1, sizeof(*in->reader));
	if (in->path && in->worker && in->before && in->reader)
		return in;
	sw_intake_free(in);
	return NULL;
}

void sw_intake_free(struct sw_intake *in)
{
	if (!in)
		return;
	free(in->path);
	free(in->worker);
	free(in->before);
	free(in->reader);
	free(in);
}

static struct sw_save_state *state_of(const struct sw_intake *in, uint32_t w)
{
	return &in->start.state[w];
}

static int fd_of(const struct sw_intake *in, uint32_t w, uint32_t f)
{
	return in->start.journal[w].fd[f];
}

static uint32_t used_by(const struct sw_intake *in, uint32_t w)
{
	return atomic_load_explicit(&state_of(in, w)->used, memory_order_acquire) & 1;
}

static uint32_t wanted_of(const struct sw_intake *in, uint32_t w)
{
	return atomic_load_explicit(&state_of(in, w)->wanted, memory_order_relaxed) & 1;
}

static void say(const struct sw_intake *in, enum sw_level level, const char *text)
{
	if (in->start.say)
		in->start.say(in->start.arg, level, text);
}

static void say_damage(struct sw_intake *in)
{
	char text[SW_DAMAGE_TEXT];

	if (!sw_damage_tell(&in->damage, text))
		return;
	say(in, SW_LEVEL_WARN, text);
	in->damage = (struct sw_damage){ 0 };
}

static bool sync_database(struct sw_intake *in, struct sw_store_why *why)
{
	struct sw_store *s = in->start.store;

	if (!in->has_new)
		return true;
	if (sw_store_begin(s, false, why) && sw_store_keep_seq(s, 0, why) &&
	    sw_store_commit(s, why)) {
		in->has_new = false;
		return true;
	}
	sw_store_rollback(s);
	return false;
}

static void beat(const struct sw_intake *in)
{
	if (in->start.turn)
		in->start.turn(in->start.arg);
}

/* *is_good: it was a change. false: the database refuses. */
static bool apply(struct sw_intake *in, const struct sw_journal_record *record, struct sw_wall now,
		  bool *is_good, struct sw_store_why *why)
{
	struct sw_change c;

	beat(in);
	*is_good = record->kind == SW_SAVE_CHANGE && record->sequence < SEQ_MOST &&
		   sw_store_may_follow(in->start.store, record->sequence) &&
		   sw_change_parse(record->body, &c);
	if (!*is_good)
		return true;
	if (c.is_gone)
		return sw_store_drop_binding(in->start.store, c.binding.id,
					     (struct sw_store_stamp){ record->sequence, now }, why);
	return sw_store_put_binding(in->start.store, &c.binding, record->sequence, why);
}

static void note_damage(struct sw_intake *in, uint32_t w, uint32_t f, uint64_t at)
{
	char path[SW_JOURNALS_PATH];

	(void)sw_journals_path(in->path, w, f, path);
	sw_damage_note(&in->damage, path, at);
}

/* --- what comes while the door runs --- */

static void note_long(struct sw_intake *in, uint32_t w, uint32_t f)
{
	struct file *file = &in->worker[w].file[f];

	if (!file->is_long)
		note_damage(in, w, f, file->at);
	in->damage.is_long |= !file->is_long;
	file->is_long = file->is_read = true;
}

/* Up to `most` changes or damaged places of one journal. false: database or kernel refuse. */
static bool take_file(struct sw_intake *in, uint32_t w, uint32_t f, struct sw_wall now,
		      size_t *most, struct sw_store_why *why)
{
	struct file *file = &in->worker[w].file[f];
	struct sw_journal_record record;
	bool is_good;

	sw_journal_read_from(in->reader, fd_of(in, w, f), file->at);
	file->is_read = false;
	while (*most > 0) {
		uint64_t at = in->reader->at;

		if (at >= SW_SAVE_FILE_END) {
			note_long(in, w, f);
			return true;
		}
		switch (sw_journal_read(in->reader, &record)) {
		case SW_JOURNAL_END:
		case SW_JOURNAL_NEED_MORE:
			file->is_read = true;
			return true;
		case SW_JOURNAL_UNREADABLE:
			return sw_leftover_say_unreadable(in->path, w, f, why);
		case SW_JOURNAL_DAMAGED:
			note_damage(in, w, f, at);
			beat(in);
			(*most)--;
			break;
		case SW_JOURNAL_RECORD:
			if (file->first_seq == 0)
				file->first_seq = record.sequence;
			if (!apply(in, &record, now, &is_good, why))
				return false;
			if (!is_good)
				note_damage(in, w, f, at);
			(*most)--;
			break;
		}
		file->at = in->reader->at;
	}
	return true;
}

/* The journal that is not used is the older one. */
static bool take_worker(struct sw_intake *in, uint32_t w, struct sw_wall now, size_t *most,
			struct sw_store_why *why)
{
	struct worker *one = &in->worker[w];
	uint64_t written = atomic_load_explicit(&state_of(in, w)->written, memory_order_acquire);
	uint32_t used = used_by(in, w);

	if (written == one->taken)
		return true;
	if (!take_file(in, w, !used, now, most, why) || !take_file(in, w, used, now, most, why))
		return false;
	if (one->file[0].is_read && one->file[1].is_read)
		one->taken = written;
	return true;
}

static bool take_batch(struct sw_intake *in, struct sw_wall now, size_t *most,
		       struct sw_store_why *why)
{
	for (uint32_t w = 0; w < in->start.workers; w++)
		if (!take_worker(in, w, now, most, why))
			return false;
	return true;
}

static bool has_any(const struct sw_intake *in)
{
	for (uint32_t w = 0; w < in->start.workers; w++)
		if (in->worker[w].taken !=
		    atomic_load_explicit(&state_of(in, w)->written, memory_order_acquire))
			return true;
	return false;
}

/* Where it stood before goes on when the transaction fails. */
bool sw_intake_take(struct sw_intake *in, struct sw_wall now, bool *more, struct sw_store_why *why)
{
	size_t most = BATCH, n = in->start.workers * sizeof(*in->worker);

	*more = false;
	if (!has_any(in))
		return true;
	memcpy(in->before, in->worker, n);
	if (sw_store_begin(in->start.store, true, why) && take_batch(in, now, &most, why) &&
	    sw_store_commit(in->start.store, why)) {
		in->has_new |= most < BATCH;
		*more = most == 0;
		say_damage(in);
		return true;
	}
	sw_store_rollback(in->start.store);
	memcpy(in->worker, in->before, n);
	in->damage = (struct sw_damage){ 0 };
	return false;
}

static bool take_all(struct sw_intake *in, struct sw_wall now, struct sw_store_why *why)
{
	bool more = true;

	while (more)
		if (!sw_intake_take(in, now, &more, why))
			return false;
	return true;
}

/* --- on the disk --- */

static void ring(int fd)
{
	const uint64_t one = 1;

	if (write(fd, &one, sizeof(one)) < 0)
		return; /* it is awake */
}

static bool sync_files(const struct sw_intake *in, uint32_t w)
{
	for (uint32_t f = 0; f < SW_JOURNALS; f++)
		if ((!in->worker[w].file[f].is_clean || used_by(in, w) == f) &&
		    sw_journal_sync(fd_of(in, w, f)) != SW_OK)
			return false;
	return true;
}

/* From here on it is its worker's, who may have written into it and left it by the next look. */
static void send_over(struct sw_intake *in, uint32_t w, uint32_t f)
{
	in->worker[w].file[f].is_clean = false;
	in->worker[w].file[f].is_read = false;
	atomic_store_explicit(&state_of(in, w)->wanted, f, memory_order_release);
}

/* Nobody knows what the disk has of a journal that it did not sync; the database is asked. */
static bool sync_otherwise(struct sw_intake *in, uint32_t w, struct sw_wall now,
			   struct sw_store_why *why)
{
	uint32_t used = used_by(in, w);

	if (!take_all(in, now, why) || !sync_database(in, why))
		return false;
	if (in->worker[w].file[!used].is_clean && !in->worker[w].file[!used].is_asked)
		send_over(in, w, !used);
	return true;
}

static uint64_t written_by(const struct sw_intake *in, uint32_t w)
{
	return atomic_load_explicit(&state_of(in, w)->written, memory_order_acquire);
}

/* What was written before the sync began is on the disk behind it: all in one group. */
static void tell_synced(struct sw_intake *in, uint32_t w, uint64_t written)
{
	in->worker[w].synced = written;
	atomic_store_explicit(&state_of(in, w)->synced, written, memory_order_release);
	if (in->start.is_power)
		ring(in->start.worker_fd[w]);
}

static bool sync_worker(struct sw_intake *in, uint32_t w, struct sw_wall now,
			struct sw_store_why *why)
{
	uint64_t written = written_by(in, w);

	if (written == in->worker[w].synced)
		return true;
	if (!sync_files(in, w) && !sync_otherwise(in, w, now, why))
		return false;
	tell_synced(in, w, written);
	return true;
}

bool sw_intake_is_synced(const struct sw_intake *in)
{
	for (uint32_t w = 0; w < in->start.workers; w++)
		if (written_by(in, w) != in->worker[w].synced)
			return false;
	return in->start.workers > 0;
}

uint64_t sw_intake_waiting(const struct sw_intake *in)
{
	uint64_t n = 0;

	for (uint32_t w = 0; w < in->start.workers; w++)
		n += written_by(in, w) - in->worker[w].taken;
	return n;
}

static bool is_time_to_sync(struct sw_intake *in, struct sw_mono mono)
{
	if (!in->start.is_power && mono.us < in->sync_at_us)
		return false;
	in->sync_at_us = mono.us + SYNC_US;
	return true;
}

void sw_intake_sync_alone(struct sw_intake *in, struct sw_mono mono)
{
	if (!is_time_to_sync(in, mono))
		return;
	for (uint32_t w = 0; w < in->start.workers; w++) {
		uint64_t written = written_by(in, w);

		if (written != in->worker[w].synced && sync_files(in, w))
			tell_synced(in, w, written);
	}
}

bool sw_intake_sync(struct sw_intake *in, struct sw_mono mono, struct sw_wall now,
		    struct sw_store_why *why)
{
	if (!is_time_to_sync(in, mono))
		return true;
	for (uint32_t w = 0; w < in->start.workers; w++)
		if (!sync_worker(in, w, now, why))
			return false;
	return true;
}

/* --- change over, and empty --- */

static bool is_mine(const struct sw_intake *in, uint32_t w, uint32_t f)
{
	return used_by(in, w) != f && wanted_of(in, w) != f;
}

static bool say_not_emptied(const struct sw_intake *in, uint32_t w, uint32_t f,
			    struct sw_store_why *why)
{
	char path[SW_JOURNALS_PATH];

	(void)sw_journals_path(in->path, w, f, path);
	why->trouble = SW_STORE_BROKEN;
	(void)snprintf(why->text, sizeof(why->text),
		       "the journal %.400s cannot be emptied: look for errors of its disk", path);
	return false;
}

/* All that is in it must be in the database, and that on the disk. */
static bool empty(struct sw_intake *in, uint32_t w, uint32_t f, struct sw_wall now,
		  struct sw_store_why *why)
{
	struct file *file = &in->worker[w].file[f];
	bool more;

	file->is_read = false;
	in->worker[w].taken = UINT64_MAX; /* its worker may have written since the last look */
	while (!file->is_read)
		if (!sw_intake_take(in, now, &more, why))
			return false;
	if (!sync_database(in, why))
		return false;
	if (sw_journal_empty(fd_of(in, w, f)) != SW_OK)
		return say_not_emptied(in, w, f, why);
	*file = (struct file){ .is_clean = true,
			       .is_read = true,
			       .is_gone = file->is_gone,
			       .is_asked = file->is_asked,
			       .is_late = file->is_late,
			       .is_told = file->is_told,
			       .given = file->given,
			       .ask_us = file->ask_us };
	return true;
}

static void look_at_names(struct sw_intake *in, uint32_t w)
{
	char path[SW_JOURNALS_PATH];

	for (uint32_t f = 0; f < SW_JOURNALS; f++)
		if (sw_journals_path(in->path, w, f, path))
			in->worker[w].file[f].is_gone = !sw_journals_is_there(path,
									      fd_of(in, w, f));
}

/* The descriptor keeps its number, which the worker knows. */
static bool make_here(const struct sw_intake *in, uint32_t w, uint32_t f, struct sw_why *why)
{
	const struct sw_journals_setting setting = { .store = in->path, .workers = w + 1 };
	int fd;
	bool ok;

	if (!sw_journals_open_one(&setting, w, f, &fd, why))
		return false;
	ok = dup3(fd, fd_of(in, w, f), O_CLOEXEC) >= 0;
	close(fd);
	return ok || sw_why_say(why, "the kernel gives no descriptor for a journal");
}

static void say_made(struct sw_intake *in, uint32_t w, uint32_t f)
{
	char text[SW_JOURNALS_PATH + 100], path[SW_JOURNALS_PATH];

	(void)sw_journals_path(in->path, w, f, path);
	(void)snprintf(text, sizeof(text),
		       "the journal %s was removed while the door runs; another one was made",
		       path);
	say(in, SW_LEVEL_WARN, text);
	in->worker[w].file[f].is_told = in->worker[w].file[f].is_asked = false;
	in->worker[w].file[f].is_late = false;
}

static bool say_missing(const struct sw_intake *in, uint32_t w, uint32_t f,
			struct sw_store_why *why)
{
	char path[SW_JOURNALS_PATH];

	(void)sw_journals_path(in->path, w, f, path);
	why->trouble = SW_STORE_BROKEN;
	(void)snprintf(why->text, sizeof(why->text),
		       "the journal %.400s was removed while the door runs, and another one is not "
		       "there yet",
		       path);
	return false;
}

static uint32_t given_to(const struct sw_intake *in, uint32_t w, uint32_t f)
{
	return atomic_load_explicit(&state_of(in, w)->given[f], memory_order_acquire);
}

/* Once a second, until it is there. */
static void ask(struct sw_intake *in, uint32_t w, uint32_t f, struct sw_mono mono)
{
	struct file *file = &in->worker[w].file[f];

	if (mono.us < file->ask_us)
		return;
	if (!file->is_asked)
		file->given = given_to(in, w, f);
	file->is_late = file->is_asked;
	file->is_asked = in->start.ask(in->start.arg, w * SW_JOURNALS + f);
	file->ask_us = mono.us + SW_US_PER_S;
}

/* false: there is none yet. */
static bool make_again(struct sw_intake *in, uint32_t w, uint32_t f, struct sw_mono mono,
		       struct sw_store_why *why)
{
	struct sw_why cause = { "" };

	if (in->start.ask) {
		ask(in, w, f, mono);
		return say_missing(in, w, f, why);
	}
	if (!make_here(in, w, f, &cause)) {
		why->trouble = SW_STORE_BROKEN;
		(void)snprintf(why->text, sizeof(why->text), "%.500s", cause.text);
		return false;
	}
	say_made(in, w, f);
	in->worker[w].file[f].is_gone = false;
	return true;
}

bool sw_intake_given(struct sw_intake *in, uint32_t number, int fd, const char *text)
{
	uint32_t w = number / SW_JOURNALS, f = number % SW_JOURNALS;
	struct file *file;

	if (w >= in->start.workers || !in->worker[w].file[f].is_asked || !is_mine(in, w, f))
		return false;
	file = &in->worker[w].file[f];
	if (fd < 0) {
		if (!file->is_told)
			say(in, SW_LEVEL_WARN, text);
		file->is_told = file->is_late = true;
		return false;
	}
	close(fd_of(in, w, f));
	in->start.journal[w].fd[f] = fd;
	file->is_gone = false;
	file->is_clean = sw_journal_empty(fd) == SW_OK; /* what somebody put there is no change */
	return true;
}

/* Both have the new one? */
static bool is_settled(struct sw_intake *in, uint32_t w, uint32_t f)
{
	const struct file *file = &in->worker[w].file[f];

	if (!file->is_asked)
		return true;
	if (given_to(in, w, f) == file->given)
		return false;
	say_made(in, w, f);
	return true;
}

/* The one that is used goes on, and grows; without that too nothing can be promised. */
static bool do_without(const struct sw_intake *in, uint32_t w, uint32_t f)
{
	const struct file *file = in->worker[w].file;

	return !file[!f].is_gone || (file[f].is_asked && !file[f].is_late);
}

static bool is_due(const struct sw_intake *in, uint32_t w, uint32_t f, struct sw_mono mono)
{
	const struct file *file = &in->worker[w].file[f];

	return file->is_gone || file->at >= LONG ||
	       (file->since_us > 0 && mono.us - file->since_us >= OLD_US);
}

static void note_age(struct file *file, struct sw_mono mono)
{
	if (file->at == 0)
		file->since_us = 0;
	else if (file->since_us == 0)
		file->since_us = mono.us;
}

static bool turn_worker(struct sw_intake *in, uint32_t w, struct sw_mono mono, struct sw_wall now,
			struct sw_store_why *why)
{
	uint32_t used = used_by(in, w), other = !used;
	struct file *file = in->worker[w].file;

	look_at_names(in, w);
	note_age(&file[used], mono);
	if (!is_mine(in, w, other))
		return true; /* it is about to go over */
	if (!file[other].is_clean && !empty(in, w, other, now, why))
		return false;
	if (file[other].is_gone && !make_again(in, w, other, mono, why))
		return do_without(in, w, other);
	if (is_settled(in, w, other) && is_due(in, w, used, mono)) {
		send_over(in, w, other);
		ring(in->start.worker_fd[w]);
	}
	return true;
}

/* A worker that was taken over can set it, and what the others change would look older. */
static void look_at_numbers(struct sw_intake *in)
{
	uint64_t known = sw_store_seq(in->start.store);

	if (sw_location_keep_within(in->start.location, known, known + SW_STORE_JUMP,
				    known + SKIP) ||
	    in->is_told)
		return;
	in->is_told = true;
	say(in, SW_LEVEL_ERROR,
	    "the numbers of changes of registrations were damaged in memory and were put right; "
	    "what was changed in that moment may be lost with the next start: restart the door, "
	    "and look for who got into it");
}

bool sw_intake_turn(struct sw_intake *in, struct sw_mono mono, struct sw_wall now,
		    struct sw_store_why *why)
{
	look_at_numbers(in);
	for (uint32_t w = 0; w < in->start.workers; w++)
		if (!turn_worker(in, w, mono, now, why))
			return false;
	return true;
}

bool sw_intake_is_stuck(const struct sw_intake *in, struct sw_store_why *why)
{
	for (uint32_t w = 0; w < in->start.workers; w++) {
		uint32_t error = atomic_load_explicit(&state_of(in, w)->error,
						      memory_order_relaxed);
		char path[SW_JOURNALS_PATH];

		if (error == SW_OK)
			continue;
		(void)sw_journals_path(in->path, w, used_by(in, w), path);
		why->trouble = error == SW_R_JOURNAL_FULL ? SW_STORE_FULL : SW_STORE_BROKEN;
		(void)snprintf(
			why->text, sizeof(why->text),
			error == SW_R_JOURNAL_FULL
				? "there is no room for the journal %.400s on its disk: make "
				  "room"
				: "the journal %.400s cannot be written: look for errors of "
				  "its disk",
			path);
		return true;
	}
	return false;
}

bool sw_intake_has_held(const struct sw_intake *in)
{
	for (uint32_t w = 0; w < in->start.workers; w++)
		if (atomic_load(&state_of(in, w)->held) || atomic_load(&state_of(in, w)->lost))
			return true;
	return false;
}

bool sw_intake_finish(struct sw_intake *in, struct sw_wall now, struct sw_store_why *why)
{
	if (!take_all(in, now, why) || !sync_database(in, why))
		return false;
	for (uint32_t w = 0; w < in->start.workers; w++)
		for (uint32_t f = 0; f < SW_JOURNALS; f++)
			if (!empty(in, w, f, now, why))
				return false;
	return true;
}

/* --- marks of what has ended --- */

static void lower(uint64_t *low, uint64_t seq)
{
	if (seq > 0 && seq < *low)
		*low = seq;
}

/* Of all that journals, or workers, may still have: the lowest number. */
static uint64_t lowest(const struct sw_intake *in)
{
	uint64_t low = SEQ_MOST;

	for (uint32_t w = 0; w < in->start.workers; w++) {
		lower(&low, atomic_load_explicit(&state_of(in, w)->held, memory_order_acquire));
		for (uint32_t f = 0; f < SW_JOURNALS; f++)
			lower(&low, in->worker[w].file[f].first_seq);
	}
	return low;
}

/* What was in hand is looked at first: when it is no more, it was written before that. */
bool sw_intake_sweep(struct sw_intake *in, struct sw_wall now, bool *done, struct sw_store_why *why)
{
	struct sw_store *s = in->start.store;
	struct sw_store_stamp before = { lowest(in), { now.us - MARK_S * (int64_t)SW_US_PER_S } };

	*done = !has_any(in);
	if (!*done)
		return true;
	if (sw_store_begin(s, true, why) && sw_store_drop_ended(s, now, false, why) &&
	    sw_store_keep_seq(s, 0, why) && sw_store_drop_marks(s, before, why) &&
	    sw_store_commit(s, why)) {
		in->has_new = true;
		return true;
	}
	sw_store_rollback(s);
	return false;
}

/* --- a start --- */

static bool on_leftover(void *arg, const struct sw_journal_record *record, bool *is_good,
			struct sw_store_why *why)
{
	struct sw_intake *in = arg;

	return apply(in, record, (struct sw_wall){ 0 }, is_good, why);
}

static void on_leftover_damage(void *arg)
{
	beat(arg);
}

/*
 * The very first start: what stands in all of them is from before. They are emptied when the
 * database has it on the disk; those of workers that there are no more go.
 */
static bool take_leftovers(struct sw_intake *in, struct sw_store_why *why)
{
	bool is_first = in->start.is_first;
	const struct sw_leftover_start start = {
		.store = in->start.store,
		.path = in->path,
		.journal = in->start.journal,
		.workers = in->start.workers,
		.with_own = is_first,
		.apply = on_leftover,
		.turn = on_leftover_damage,
		.arg = in,
		.damage = &in->damage,
	};

	if (!sw_leftover_take(&start, why))
		return false;
	for (uint32_t w = 0; is_first && w < in->start.workers; w++)
		for (uint32_t f = 0; f < SW_JOURNALS; f++)
			in->worker[w].file[f] = (struct file){ .is_clean = f == 1,
							       .is_read = true };
	return true;
}

bool sw_intake_read_left(struct sw_store *store, const char *path, struct sw_store_why *why)
{
	const struct sw_intake_start start = { .store = store, .path = path };
	struct sw_intake *in = path ? sw_intake_new(&start) : NULL;
	const struct sw_leftover_start left = { .store = store,
						.path = path,
						.is_kept = true,
						.apply = on_leftover,
						.turn = on_leftover_damage,
						.arg = in,
						.damage = in ? &in->damage : NULL };
	bool ok = !path || (in && sw_leftover_take(&left, why));

	sw_intake_free(in);
	return ok;
}

bool sw_intake_recover(struct sw_intake *in, struct sw_wall now, struct sw_store_why *why)
{
	if (in->start.workers == 0)
		return true;
	for (uint32_t w = 0; w < in->start.workers; w++)
		in->worker[w].taken = in->start.is_first ? atomic_load(&state_of(in, w)->written)
							 : UINT64_MAX; /* all of it once more */
	if (!take_leftovers(in, why) || !take_all(in, now, why))
		return false;
	say_damage(in);
	sw_location_skip(in->start.location, sw_store_seq(in->start.store));
	return true;
}
