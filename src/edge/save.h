/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way between a worker and the store role. What the engine has changed goes into a journal of
 * this worker before the answers that promise it leave: once the kernel has it, no death of a
 * process can lose it. The store role reads the journals, and syncs them.
 *
 * A worker has two journals and writes one; by numbers in shared memory the store role asks it to
 * go on in the other, and then empties the first. A journal is its writer's while it is `used` or
 * `wanted`, and the store role's else.
 *
 * When a write fails, what it held stays in hand and goes first at the next try; until then nothing
 * is promised. The store role sees it by `error`, and says so. Nobody waits.
 */
#ifndef SIPWARD_SAVE_H
#define SIPWARD_SAVE_H

#include <stdatomic.h>

#include <sipward/engine.h>

#include "share/journal.h"
#include "sip/change.h"

#define SW_SAVE_CHANGE 1 /* kind of a record: sip/change.h */

#define SW_SAVE_FILE_MAX (32u << 20)  /* octets of a journal that is not emptied in time */
#define SW_SAVE_FILE_END (33u << 20)  /* octets that one never has, with ends that still came */
#define SW_SAVE_HELD_MAX (256u << 10) /* octets in hand, while the journal takes none */

/* Of one worker; in shared memory, zeroed at the very first start. */
struct sw_save_state {
	/* The worker's. */
	_Alignas(64) _Atomic uint32_t used; /* journal that is written: 0 or 1 */
	_Atomic uint32_t error;             /* enum sw_reason of the write that failed; 0: none */
	_Atomic uint64_t written;           /* octets, of both, ever */
	_Atomic uint64_t held;              /* lowest number of a change in hand; 0: none is */
	_Atomic uint64_t lost;              /* ends that found no room */
	_Atomic uint32_t given[2];          /* so often it was given this journal */
	/* The store role's. */
	_Alignas(64) _Atomic uint32_t wanted; /* journal that is to be written */
	_Atomic uint64_t synced;              /* so many of `written` outlive a loss of power */
};

/* What a worker is given; a view, copied freely. */
struct sw_save_way {
	struct sw_save_state *state; /* NULL: there is no store */
	int fd[2];                   /* the journals */
	int ring_fd;                 /* eventfd of the store role: something is for it to do now */
	const _Atomic bool *is_down; /* the store takes nothing */
	bool is_power;               /* promises wait until they outlive a loss of power */
};

struct sw_saver_note;

/* Owner: the worker. */
struct sw_saver {
	struct sw_save_way way;
	struct sw_journal journal;
	struct sw_saver_note *note; /* of the records in the journal's room */
	char *room, *held;
	size_t held_n;
	uint64_t written;  /* as in state */
	uint64_t retry_us; /* when it is stuck: not before */
	bool is_begun, is_stuck;
};

/*
 * Until its first turn it takes nothing; then it goes on in the journal that a predecessor used.
 * Before that the store role has emptied what was left of an earlier start. false: no memory.
 */
SW_MUST bool sw_saver_init(struct sw_saver *s, const struct sw_save_way *way);
void sw_saver_free(struct sw_saver *s); /* zeroed is nothing */

/*
 * Another descriptor of a journal that is not used: its file was removed. true: it is the saver's
 * now.
 */
SW_MUST bool sw_saver_take(struct sw_saver *s, uint32_t file, int fd);

/* May the engine change a binding now? There is room for all that one request can change. */
bool sw_saver_takes(struct sw_saver *s);

/* Make records of what the engine has saved. */
void sw_saver_put(struct sw_saver *s, const struct sw_actions *a);
bool sw_saver_is_full(const struct sw_saver *s); /* it should be written before the next one */

/*
 * Write all of them. false: nothing that was put since the last write may be promised, nor what
 * earlier ones have promised be repeated.
 */
SW_MUST bool sw_saver_write(struct sw_saver *s);

/*
 * With is_power: what a promise made now has to wait for; and how far the store role is. An answer
 * may go when its number is not above.
 */
uint64_t sw_saver_promised(const struct sw_saver *s);
uint64_t sw_saver_synced(const struct sw_saver *s);
void sw_saver_ring(const struct sw_saver *s); /* somebody waits for that */

/* Once a turn: go on in the other journal when it is wanted; try again what failed. */
void sw_saver_turn(struct sw_saver *s, struct sw_mono now);

#endif
