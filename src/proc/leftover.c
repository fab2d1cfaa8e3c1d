/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/leftover.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "edge/save.h"

#define BATCH 1024
#define MOST  4096 /* journals at once: nobody has so many workers */

/* One of them, and the record that is next. */
struct source {
	struct sw_journal_reader *reader;
	struct sw_journal_record next;
	uint32_t worker, file;
	int fd;
	bool is_own, has_next;
};

struct taking {
	const struct sw_leftover_start *start;
	struct source *source;
	size_t n, max;
	struct sw_store_why *why;
	bool ok;
};

bool sw_leftover_say_unreadable(const char *store, uint32_t worker, uint32_t file,
				struct sw_store_why *why)
{
	char path[SW_JOURNALS_PATH];

	(void)sw_journals_path(store, worker, file, path);
	why->trouble = SW_STORE_BROKEN;
	(void)snprintf(why->text, sizeof(why->text),
		       "the journal %.400s cannot be read: look for errors of its disk", path);
	return false;
}

static bool say_memory(struct taking *t)
{
	t->ok = false;
	t->why->trouble = SW_STORE_MEMORY_OUT;
	(void)snprintf(t->why->text, sizeof(t->why->text),
		       "there is not enough memory for the journals of registrations");
	return false;
}

static bool add(struct taking *t, uint32_t worker, uint32_t file, int fd, bool is_own)
{
	struct source *s;

	if (t->n == t->max) {
		size_t max = t->max ? 2 * t->max : 8;
		struct source *more = max <= MOST ? realloc(t->source, max * sizeof(*more)) : NULL;

		if (!more)
			return say_memory(t);
		t->source = more;
		t->max = max;
	}
	s = &t->source[t->n];
	*s = (struct source){ .worker = worker, .file = file, .fd = fd, .is_own = is_own };
	s->reader = malloc(sizeof(*s->reader));
	if (!s->reader)
		return say_memory(t);
	sw_journal_read_from(s->reader, fd, 0);
	t->n++;
	return true;
}

/* In a directory that others may write, who else made it could register anybody. */
static bool is_ours(const struct taking *t, const char *path, int fd)
{
	struct stat st = { 0 }, store;

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    (st.st_uid == geteuid() ||
	     (stat(t->start->path, &store) == 0 && st.st_uid == store.st_uid)))
		return true;
	t->why->trouble = SW_STORE_BROKEN;
	(void)snprintf(t->why->text, sizeof(t->why->text),
		       "the journal %.300s belongs to another user (uid %u), or is no file: remove "
		       "it, or chown it to the owner of the database",
		       path, (unsigned)st.st_uid);
	return false;
}

static bool on_file(void *arg, const char *path, uint32_t worker, uint32_t file)
{
	struct taking *t = arg;
	int fd;

	if (worker < t->start->workers)
		return true;
	fd = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (fd < 0) {
		t->ok = false;
		return sw_leftover_say_unreadable(t->start->path, worker, file, t->why);
	}
	if (is_ours(t, path, fd) && add(t, worker, file, fd, false))
		return true;
	close(fd);
	t->ok = false;
	return false;
}

static bool find_all(struct taking *t)
{
	const struct sw_leftover_start *start = t->start;
	struct sw_why cause;

	for (uint32_t w = 0; start->with_own && w < start->workers; w++)
		for (uint32_t f = 0; f < SW_JOURNALS; f++)
			if (!add(t, w, f, start->journal[w].fd[f], true))
				return false;
	if (sw_journals_each(start->path, on_file, t, &cause))
		return t->ok;
	t->why->trouble = SW_STORE_BROKEN;
	(void)snprintf(t->why->text, sizeof(t->why->text), "%.500s", cause.text);
	return false;
}

static void note_damage(const struct taking *t, const struct source *s, uint64_t at)
{
	char path[SW_JOURNALS_PATH];

	(void)sw_journals_path(t->start->path, s->worker, s->file, path);
	sw_damage_note(t->start->damage, path, at);
}

/* Is it where none may be? What comes there was written by somebody else, and may have no end. */
static bool is_past(const struct taking *t, const struct source *s)
{
	if (s->reader->at < SW_SAVE_FILE_END)
		return false;
	note_damage(t, s, s->reader->at);
	t->start->damage->is_long = true;
	return true;
}

/* false: the kernel does not give it. */
static bool step(const struct taking *t, struct source *s)
{
	s->has_next = false;
	while (!is_past(t, s)) {
		uint64_t at = s->reader->at;

		switch (sw_journal_read(s->reader, &s->next)) {
		case SW_JOURNAL_RECORD:
			s->has_next = true;
			return true;
		case SW_JOURNAL_DAMAGED:
			note_damage(t, s, at);
			t->start->turn(t->start->arg);
			break;
		case SW_JOURNAL_NEED_MORE: /* nobody writes any more: it was cut */
			note_damage(t, s, at);
			return true;
		case SW_JOURNAL_END:
			return true;
		case SW_JOURNAL_UNREADABLE:
			return sw_leftover_say_unreadable(t->start->path, s->worker, s->file,
							  t->why);
		}
	}
	return true;
}

static struct source *lowest(const struct taking *t)
{
	struct source *low = NULL;

	for (size_t i = 0; i < t->n; i++)
		if (t->source[i].has_next &&
		    (!low || t->source[i].next.sequence < low->next.sequence))
			low = &t->source[i];
	return low;
}

static bool take_some(const struct taking *t, bool *more)
{
	struct source *s = NULL;
	bool is_good;

	for (unsigned i = 0; i < BATCH && (s = lowest(t)) != NULL; i++) {
		if (!t->start->apply(t->start->arg, &s->next, &is_good, t->why))
			return false;
		if (!is_good)
			note_damage(t, s, s->reader->at - s->next.octets);
		if (!step(t, s))
			return false;
	}
	*more = s != NULL;
	return true;
}

static bool take_all(const struct taking *t)
{
	struct sw_store *store = t->start->store;
	bool more = true;

	for (size_t i = 0; i < t->n; i++)
		if (!step(t, &t->source[i]))
			return false;
	while (more) {
		if (sw_store_begin(store, true, t->why) && take_some(t, &more) &&
		    sw_store_commit(store, t->why))
			continue;
		sw_store_rollback(store);
		return false;
	}
	return true;
}

static bool sync_database(const struct taking *t)
{
	struct sw_store *store = t->start->store;

	if (sw_store_begin(store, false, t->why) && sw_store_keep_seq(store, 0, t->why) &&
	    sw_store_commit(store, t->why))
		return true;
	sw_store_rollback(store);
	return false;
}

static bool let_go(const struct taking *t, const struct source *s)
{
	char path[SW_JOURNALS_PATH];

	if (sw_journal_empty(s->fd) != SW_OK) {
		t->why->trouble = SW_STORE_BROKEN;
		(void)sw_journals_path(t->start->path, s->worker, s->file, path);
		(void)snprintf(t->why->text, sizeof(t->why->text),
			       "the journal %.400s cannot be emptied: look for errors of its disk",
			       path);
		return false;
	}
	if (!s->is_own && sw_journals_path(t->start->path, s->worker, s->file, path))
		(void)unlink(path); /* an empty one does no harm */
	return true;
}

static bool let_go_all(const struct taking *t)
{
	for (size_t i = 0; !t->start->is_kept && i < t->n; i++)
		if (!let_go(t, &t->source[i]))
			return false;
	return true;
}

bool sw_leftover_take(const struct sw_leftover_start *start, struct sw_store_why *why)
{
	struct taking t = { .start = start, .why = why, .ok = true };
	bool ok = find_all(&t) && take_all(&t) && sync_database(&t) && let_go_all(&t);

	for (size_t i = 0; i < t.n; i++) {
		if (!t.source[i].is_own)
			close(t.source[i].fd);
		free(t.source[i].reader);
	}
	free(t.source);
	return ok;
}
