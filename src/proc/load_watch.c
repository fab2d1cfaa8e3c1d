/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/load_watch.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "conf/conf.h"

#define MS_US 1000

/* Enough to see that a path is no longer what it was. No gaps, so that octets can be compared. */
struct state {
	int64_t error; /* 0, or why there is nothing to be seen; then all else is zero */
	uint64_t device, inode, size;
	int64_t content_s, content_ns, state_s, state_ns;
	uint64_t paths; /* of a pattern: hash of what it matches */
};

_Static_assert(sizeof(struct state) == 9 * sizeof(uint64_t), "no gap in a state");

struct sw_load_seen {
	const char *path; /* or pattern; in the arena */
	bool is_glob;
	struct state state;
};

/* FNV-1a: nobody gains by a collision but that his own change is seen later. */
static uint64_t mix(uint64_t hash, const void *p, size_t n)
{
	const uint8_t *octet = p;

	for (size_t i = 0; i < n; i++)
		hash = (hash ^ octet[i]) * UINT64_C(0x100000001b3);
	return hash;
}

#define MIX_START UINT64_C(0xcbf29ce484222325)

static uint64_t mix_paths(const char *const *paths, size_t n)
{
	uint64_t hash = MIX_START;

	for (size_t i = 0; i < n; i++)
		hash = mix(hash, paths[i], strlen(paths[i]) + 1);
	return hash;
}

static struct state state_of(const struct stat *st)
{
	return (struct state){
		.device = st->st_dev,
		.inode = st->st_ino,
		.size = (uint64_t)st->st_size,
		.content_s = st->st_mtim.tv_sec,
		.content_ns = st->st_mtim.tv_nsec,
		.state_s = st->st_ctim.tv_sec,
		.state_ns = st->st_ctim.tv_nsec,
	};
}

static struct state look_at_path(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return (struct state){ .error = errno };
	return state_of(&st);
}

static struct state look_at_glob(const char *pattern)
{
	struct state s = { .error = EACCES };
	struct sw_arena arena = { 0 };
	const char *const *paths = NULL;
	size_t n = 0;

	if (sw_conf_disk.glob(NULL, pattern, &arena, &paths, &n))
		s = (struct state){ .paths = mix_paths(paths, n) };
	sw_arena_free(&arena);
	return s;
}

static struct state look_at(const struct sw_load_seen *s)
{
	return s->is_glob ? look_at_glob(s->path) : look_at_path(s->path);
}

/* The search begins behind the one that was found last: two loads ask in much the same order. */
static bool has(const struct sw_load_watch *w, const struct sw_load_seen *wanted, size_t *hint)
{
	for (size_t i = 0; i < w->n; i++) {
		size_t at = (*hint + i) % w->n;

		if (w->list[at].is_glob != wanted->is_glob ||
		    strcmp(w->list[at].path, wanted->path) != 0)
			continue;
		*hint = at + 1;
		return true;
	}
	return false;
}

static bool make_room(struct sw_load_watch *w)
{
	size_t cap = w->cap ? 2 * w->cap : 16;
	struct sw_load_seen *list;

	if (w->n < w->cap)
		return true;
	list = realloc(w->list, cap * sizeof(*list));
	if (!list)
		return false;
	w->list = list;
	w->cap = cap;
	return true;
}

/* Many users may share one file: what was asked for just before stands there already. */
static bool is_last(const struct sw_load_watch *w, const char *path, bool is_glob)
{
	const struct sw_load_seen *last = w->n > 0 ? &w->list[w->n - 1] : NULL;

	return last && last->is_glob == is_glob && strcmp(last->path, path) == 0;
}

static bool note(struct sw_load_watch *w, const char *path, bool is_glob, struct state state)
{
	const char *copy;
	struct sw_load_seen *seen;

	if (is_last(w, path, is_glob))
		return true;
	copy = make_room(w) ? sw_arena_copy(&w->arena, sw_slice_of(path)).p : NULL;
	if (!copy)
		return false;
	seen = &w->list[w->n++];
	seen->path = copy;
	seen->is_glob = is_glob;
	seen->state = state;
	return true;
}

bool sw_load_watch_note(struct sw_load_watch *w, const char *path, const struct stat *st)
{
	return note(w, path, false, st ? state_of(st) : look_at_path(path));
}

bool sw_load_watch_note_glob(struct sw_load_watch *w, const char *pattern, const char *const *paths,
			     size_t n)
{
	return note(w, pattern, true, (struct state){ .paths = mix_paths(paths, n) });
}

/* Hash of all that is to be seen now; 0 where it is what was noted. */
static uint64_t look_at_all(const struct sw_load_watch *w)
{
	uint64_t hash = MIX_START;
	bool same = true;

	for (size_t i = 0; i < w->n; i++) {
		struct state now = look_at(&w->list[i]);

		same &= memcmp(&now, &w->list[i].state, sizeof(now)) == 0;
		hash = mix(hash, &now, sizeof(now));
	}
	if (same)
		return 0;
	return hash ? hash : 1;
}

static struct sw_mono after_ms(struct sw_mono now, uint64_t ms)
{
	return (struct sw_mono){ now.us + ms * MS_US };
}

bool sw_load_watch_look(struct sw_load_watch *w, struct sw_mono now)
{
	uint64_t seen;
	bool is_settled;

	if (w->n == 0 || now.us < w->next.us)
		return false;
	seen = look_at_all(w);
	is_settled = seen != 0 && seen == w->pending;
	w->pending = is_settled ? 0 : seen;
	w->next = after_ms(now, w->pending ? SW_LOAD_SETTLE_MS : SW_LOAD_LOOK_MS);
	for (size_t i = 0; i < w->n && is_settled; i++)
		w->list[i].state = look_at(&w->list[i]);
	return is_settled;
}

int sw_load_watch_wait_ms(const struct sw_load_watch *w, struct sw_mono now)
{
	if (w->n == 0)
		return -1;
	if (w->next.us <= now.us)
		return 0;
	return (int)((w->next.us - now.us + MS_US - 1) / MS_US);
}

/* What of old is not in w. Without memory it is watched again when a load is good. */
static void add_rest(struct sw_load_watch *w, const struct sw_load_watch *old)
{
	size_t own = w->n, hint = 0;

	for (size_t i = 0; i < old->n; i++) {
		const struct sw_load_seen *s = &old->list[i];
		struct sw_load_watch seen = { .list = w->list, .n = own };

		if (!has(&seen, s, &hint) && !note(w, s->path, s->is_glob, s->state))
			return;
	}
}

void sw_load_watch_take(struct sw_load_watch *w, struct sw_load_watch *seen, bool is_loaded,
			struct sw_mono now)
{
	struct sw_load_watch old = *w;

	*w = *seen;
	*seen = (struct sw_load_watch){ 0 };
	if (!is_loaded)
		add_rest(w, &old);
	sw_load_watch_free(&old);
	w->pending = 0;
	w->next = after_ms(now, SW_LOAD_LOOK_MS);
}

void sw_load_watch_free(struct sw_load_watch *w)
{
	sw_arena_free(&w->arena);
	free(w->list);
	*w = (struct sw_load_watch){ 0 };
}
