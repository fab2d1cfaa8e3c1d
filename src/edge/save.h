/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way between a worker and the store role: changed bindings go out by one ring, AoRs whose
 * bindings must end come in by another. Nobody waits: while the store takes nothing, or the ring
 * has little room, the engine is told so and refuses what would need it.
 */
#ifndef SIPWARD_SAVE_H
#define SIPWARD_SAVE_H

#include <stdatomic.h>

#include <sipward/engine.h>

#include "share/ring.h"
#include "sip/change.h"

#define SW_SAVE_ROOM (2 * SW_SAVES_MAX) /* records that one more request may need */

/* A user is gone or off, or has another AoR: the bindings of this one end. */
struct sw_forget {
	uint16_t aor_n;
	char aor[SW_NAME_MAX];
};

/* What both ends are given; a view, copied freely. */
struct sw_save_way {
	struct sw_ring
		changes; /* of struct sw_change, written by the worker; no records: no store */
	struct sw_ring forgets;      /* of struct sw_forget, written by the store role */
	_Atomic uint32_t *writing;   /* 1: one of the workers writes into changes */
	int changes_fd;              /* eventfd: rung after a batch of changes */
	const _Atomic bool *is_down; /* the store takes nothing */
};

/* Owner: the worker. */
struct sw_saver {
	struct sw_save_way way;
	bool has_changes; /* since the last flush */
};

/* May the engine change a binding now? */
bool sw_saver_takes(const struct sw_saver *s);

/* Pass on what the engine has saved. */
void sw_saver_put(struct sw_saver *s, const struct sw_actions *a);

/* End of a batch: wake the store role. */
void sw_saver_flush(struct sw_saver *s);

/* The next AoR to forget; false: there is none. */
SW_MUST bool sw_saver_next(struct sw_saver *s, struct sw_forget *out);

#endif
