/* SPDX-License-Identifier: Apache-2.0 */
/* How busy workers are: the share of the last seconds that each spent between two waits. */
#ifndef SIPWARD_BUSY_H
#define SIPWARD_BUSY_H

#include "obs/board.h"

struct sw_busy {
	struct sw_mono at; /* of the last look */
	uint64_t us[SW_BOARD_WORKERS];
	double share[SW_BOARD_WORKERS]; /* 0 to 1 */
};

/* To be called often: looks once in two seconds. */
void sw_busy_look(struct sw_busy *b, const struct sw_board *board, struct sw_mono now);

/* What state a role is in, as status and /readyz name it. */
enum sw_busy_state {
	SW_BUSY_DOWN = 0, /* nobody is there */
	SW_BUSY_STARTING, /* it has no generation yet */
	SW_BUSY_STUCK,    /* its turn takes longer than two seconds */
	SW_BUSY_OK,
};

/* The generation that a worker serves; 0: none yet. */
uint32_t sw_busy_generation(const struct sw_board *board, uint32_t worker);

/* generation: that the role is on. */
enum sw_busy_state sw_busy_state(const struct sw_board_cell *c, uint32_t generation,
				 struct sw_mono now);
const char *sw_busy_state_name(enum sw_busy_state s); /* "down" "starting" "stuck" "ok" */

#endif
