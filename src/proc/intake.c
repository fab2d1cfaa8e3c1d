/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/intake.h"

#include <stdio.h>
#include <stdlib.h>

#include "proc/intake_own.h"
#include "proc/leftover.h"

#define BATCH    1024                        /* changes in one transaction */
#define SYNC_US  ((uint64_t)SW_US_PER_S / 2) /* so that a second is never reached */
#define MARK_S   60
#define SEQ_MOST ((uint64_t)1 << 62) /* no door gets there: somebody wrote it */

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

void sw_intake_say(const struct sw_intake *in, enum sw_level level, const char *text)
{
	if (in->start.say)
		in->start.say(in->start.arg, level, text);
}

static void say_damage(struct sw_intake *in)
{
	char text[SW_DAMAGE_TEXT];

	if (!sw_damage_tell(&in->damage, text))
		return;
	sw_intake_say(in, SW_LEVEL_WARN, text);
	in->damage = (struct sw_damage){ 0 };
}

bool sw_intake_sync_database(struct sw_intake *in, struct sw_store_why *why)
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
	struct sw_intake_file *file = &in->worker[w].file[f];

	if (!file->is_long)
		note_damage(in, w, f, file->at);
	in->damage.is_long |= !file->is_long;
	file->is_long = file->is_read = true;
}

/* Up to `most` changes or damaged places of one journal. false: database or kernel refuse. */
static bool take_file(struct sw_intake *in, uint32_t w, uint32_t f, struct sw_wall now,
		      size_t *most, struct sw_store_why *why)
{
	struct sw_intake_file *file = &in->worker[w].file[f];
	struct sw_journal_record record;
	bool is_good;

	sw_journal_read_from(in->reader, sw_intake_fd_of(in, w, f), file->at);
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
	struct sw_intake_worker *one = &in->worker[w];
	uint64_t written = atomic_load_explicit(&sw_intake_state_of(in, w)->written,
						memory_order_acquire);
	uint32_t used = sw_intake_used_by(in, w);

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
		    atomic_load_explicit(&sw_intake_state_of(in, w)->written, memory_order_acquire))
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

bool sw_intake_take_all(struct sw_intake *in, struct sw_wall now, struct sw_store_why *why)
{
	bool more = true;

	while (more)
		if (!sw_intake_take(in, now, &more, why))
			return false;
	return true;
}

/* --- on the disk --- */

static bool sync_files(const struct sw_intake *in, uint32_t w)
{
	for (uint32_t f = 0; f < SW_JOURNALS; f++)
		if ((!in->worker[w].file[f].is_clean || sw_intake_used_by(in, w) == f) &&
		    sw_journal_sync(sw_intake_fd_of(in, w, f)) != SW_OK)
			return false;
	return true;
}

/* Nobody knows what the disk has of a journal that it did not sync; the database is asked. */
static bool sync_otherwise(struct sw_intake *in, uint32_t w, struct sw_wall now,
			   struct sw_store_why *why)
{
	uint32_t used = sw_intake_used_by(in, w);

	if (!sw_intake_take_all(in, now, why) || !sw_intake_sync_database(in, why))
		return false;
	if (in->worker[w].file[!used].is_clean && !in->worker[w].file[!used].is_asked)
		sw_intake_send_over(in, w, !used);
	return true;
}

static uint64_t written_by(const struct sw_intake *in, uint32_t w)
{
	return atomic_load_explicit(&sw_intake_state_of(in, w)->written, memory_order_acquire);
}

/* What was written before the sync began is on the disk behind it: all in one group. */
static void tell_synced(struct sw_intake *in, uint32_t w, uint64_t written)
{
	in->worker[w].synced = written;
	atomic_store_explicit(&sw_intake_state_of(in, w)->synced, written, memory_order_release);
	if (in->start.is_power)
		sw_intake_ring(in->start.worker_fd[w]);
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
		lower(&low,
		      atomic_load_explicit(&sw_intake_state_of(in, w)->held, memory_order_acquire));
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
			in->worker[w].file[f] = (struct sw_intake_file){ .is_clean = f == 1,
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
		in->worker[w].taken = in->start.is_first
					      ? atomic_load(&sw_intake_state_of(in, w)->written)
					      : UINT64_MAX; /* all of it once more */
	if (!take_leftovers(in, why) || !sw_intake_take_all(in, now, why))
		return false;
	say_damage(in);
	sw_location_skip(in->start.location, sw_store_seq(in->start.store));
	return true;
}
