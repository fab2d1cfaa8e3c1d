/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the intake share. Nothing else includes this. */
#ifndef SIPWARD_INTAKE_OWN_H
#define SIPWARD_INTAKE_OWN_H

#include <unistd.h>

#include "proc/damage.h"
#include "proc/intake.h"

/* A journal, as this role sees it. */
struct sw_intake_file {
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

struct sw_intake_worker {
	struct sw_intake_file file[SW_JOURNALS];
	uint64_t taken; /* of its `written`, when all was read */
	uint64_t synced;
};

struct sw_intake {
	struct sw_intake_start start;
	char *path;
	struct sw_intake_worker *worker, *before; /* before: of a transaction that may fail */
	struct sw_journal_reader *reader;
	struct sw_damage damage;
	uint64_t sync_at_us;
	bool is_told; /* that numbers were set */
	bool has_new; /* the database has what is not on the disk for sure */
};

static inline struct sw_save_state *sw_intake_state_of(const struct sw_intake *in, uint32_t w)
{
	return &in->start.state[w];
}

static inline int sw_intake_fd_of(const struct sw_intake *in, uint32_t w, uint32_t f)
{
	return in->start.journal[w].fd[f];
}

static inline uint32_t sw_intake_used_by(const struct sw_intake *in, uint32_t w)
{
	return atomic_load_explicit(&sw_intake_state_of(in, w)->used, memory_order_acquire) & 1;
}

static inline uint32_t sw_intake_wanted_of(const struct sw_intake *in, uint32_t w)
{
	return atomic_load_explicit(&sw_intake_state_of(in, w)->wanted, memory_order_relaxed) & 1;
}

static inline void sw_intake_ring(int fd)
{
	const uint64_t one = 1;

	if (write(fd, &one, sizeof(one)) < 0)
		return; /* it is awake */
}

/* From here on it is its worker's, who may have written into it and left it by the next look. */
static inline void sw_intake_send_over(struct sw_intake *in, uint32_t w, uint32_t f)
{
	in->worker[w].file[f].is_clean = false;
	in->worker[w].file[f].is_read = false;
	atomic_store_explicit(&sw_intake_state_of(in, w)->wanted, f, memory_order_release);
}

void sw_intake_say(const struct sw_intake *in, enum sw_level level, const char *text);

/* All that waits, into the database; and that onto the disk. false: it refuses. */
SW_MUST bool sw_intake_take_all(struct sw_intake *in, struct sw_wall now, struct sw_store_why *why);
SW_MUST bool sw_intake_sync_database(struct sw_intake *in, struct sw_store_why *why);

#endif
