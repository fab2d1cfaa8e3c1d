/* SPDX-License-Identifier: Apache-2.0 */
/* Journals that were taken are emptied, and workers sent over to them; lost ones are made anew. */
#include <fcntl.h>
#include <stdio.h>

#include "proc/intake_own.h"

#define LONG   (1u << 20)                   /* octets: a journal that is to be emptied */
#define OLD_US (15 * (uint64_t)SW_US_PER_S) /* likewise, of one that is short */
#define SKIP   (SW_STORE_JUMP >> 10)        /* more than journals have that was not taken */

static bool is_mine(const struct sw_intake *in, uint32_t w, uint32_t f)
{
	return sw_intake_used_by(in, w) != f && sw_intake_wanted_of(in, w) != f;
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
	struct sw_intake_file *file = &in->worker[w].file[f];
	bool more;

	file->is_read = false;
	in->worker[w].taken = UINT64_MAX; /* its worker may have written since the last look */
	while (!file->is_read)
		if (!sw_intake_take(in, now, &more, why))
			return false;
	if (!sw_intake_sync_database(in, why))
		return false;
	if (sw_journal_empty(sw_intake_fd_of(in, w, f)) != SW_OK)
		return say_not_emptied(in, w, f, why);
	*file = (struct sw_intake_file){ .is_clean = true,
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
			in->worker[w].file[f].is_gone = !sw_journals_is_there(
				path, sw_intake_fd_of(in, w, f));
}

/* The descriptor keeps its number, which the worker knows. */
static bool make_here(const struct sw_intake *in, uint32_t w, uint32_t f, struct sw_why *why)
{
	const struct sw_journals_setting setting = { .store = in->path, .workers = w + 1 };
	int fd;
	bool ok;

	if (!sw_journals_open_one(&setting, w, f, &fd, why))
		return false;
	ok = dup3(fd, sw_intake_fd_of(in, w, f), O_CLOEXEC) >= 0;
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
	sw_intake_say(in, SW_LEVEL_WARN, text);
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
	return atomic_load_explicit(&sw_intake_state_of(in, w)->given[f], memory_order_acquire);
}

/* Once a second, until it is there. */
static void ask(struct sw_intake *in, uint32_t w, uint32_t f, struct sw_mono mono)
{
	struct sw_intake_file *file = &in->worker[w].file[f];

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
	struct sw_intake_file *file;

	if (w >= in->start.workers || !in->worker[w].file[f].is_asked || !is_mine(in, w, f))
		return false;
	file = &in->worker[w].file[f];
	if (fd < 0) {
		if (!file->is_told)
			sw_intake_say(in, SW_LEVEL_WARN, text);
		file->is_told = file->is_late = true;
		return false;
	}
	close(sw_intake_fd_of(in, w, f));
	in->start.journal[w].fd[f] = fd;
	file->is_gone = false;
	file->is_clean = sw_journal_empty(fd) == SW_OK; /* what somebody put there is no change */
	return true;
}

/* Both have the new one? */
static bool is_settled(struct sw_intake *in, uint32_t w, uint32_t f)
{
	const struct sw_intake_file *file = &in->worker[w].file[f];

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
	const struct sw_intake_file *file = in->worker[w].file;

	return !file[!f].is_gone || (file[f].is_asked && !file[f].is_late);
}

static bool is_due(const struct sw_intake *in, uint32_t w, uint32_t f, struct sw_mono mono)
{
	const struct sw_intake_file *file = &in->worker[w].file[f];

	return file->is_gone || file->at >= LONG ||
	       (file->since_us > 0 && mono.us - file->since_us >= OLD_US);
}

static void note_age(struct sw_intake_file *file, struct sw_mono mono)
{
	if (file->at == 0)
		file->since_us = 0;
	else if (file->since_us == 0)
		file->since_us = mono.us;
}

static bool turn_worker(struct sw_intake *in, uint32_t w, struct sw_mono mono, struct sw_wall now,
			struct sw_store_why *why)
{
	uint32_t used = sw_intake_used_by(in, w), other = !used;
	struct sw_intake_file *file = in->worker[w].file;

	look_at_names(in, w);
	note_age(&file[used], mono);
	if (!is_mine(in, w, other))
		return true; /* it is about to go over */
	if (!file[other].is_clean && !empty(in, w, other, now, why))
		return false;
	if (file[other].is_gone && !make_again(in, w, other, mono, why))
		return do_without(in, w, other);
	if (is_settled(in, w, other) && is_due(in, w, used, mono)) {
		sw_intake_send_over(in, w, other);
		sw_intake_ring(in->start.worker_fd[w]);
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
	sw_intake_say(
		in, SW_LEVEL_ERROR,
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
		uint32_t error = atomic_load_explicit(&sw_intake_state_of(in, w)->error,
						      memory_order_relaxed);
		char path[SW_JOURNALS_PATH];

		if (error == SW_OK)
			continue;
		(void)sw_journals_path(in->path, w, sw_intake_used_by(in, w), path);
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
		if (atomic_load(&sw_intake_state_of(in, w)->held) ||
		    atomic_load(&sw_intake_state_of(in, w)->lost))
			return true;
	return false;
}

bool sw_intake_finish(struct sw_intake *in, struct sw_wall now, struct sw_store_why *why)
{
	if (!sw_intake_take_all(in, now, why) || !sw_intake_sync_database(in, why))
		return false;
	for (uint32_t w = 0; w < in->start.workers; w++)
		for (uint32_t f = 0; f < SW_JOURNALS; f++)
			if (!empty(in, w, f, now, why))
				return false;
	return true;
}
