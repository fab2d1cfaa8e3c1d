/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stage: one generation as the parent has it: the facts of its configuration, the documents that
 * roles build theirs from, its open sockets and its log file. The parent has one, and two while
 * the roles go over.
 */
#ifndef SIPWARD_STAGE_H
#define SIPWARD_STAGE_H

#include "proc/load.h"
#include "proc/sockets.h"

struct sw_stage {
	uint32_t number;
	struct sw_wall since;
	struct sw_facts facts;
	int document, bare;   /* sealed; bare is for who has nothing to do with users */
	uint32_t connections; /* of all workers: what the facts say, where the system lets us */
	struct sw_sockets sockets;
	int log_fd;   /* below 0: the log goes to standard error */
	int admin_fd; /* listens for `admin ADDR:PORT`; below 0: there is none */
};

/*
 * Make a stage of what was loaded, and take its documents; old: the stage whose sockets are kept
 * where they are the same, or NULL. NULL: *why is set.
 */
struct sw_stage *sw_stage_new(struct sw_load *load, const struct sw_facts *facts, uint32_t number,
			      uint32_t workers, const struct sw_stage *old, struct sw_why *why);

/*
 * Raise the limit of descriptors as far as connections of one process need it. Fewer fit: the stage
 * has those, and *said says so; else that is empty.
 */
void sw_stage_fit(struct sw_stage *s, bool is_single, struct sw_why *said);

/* Where the first top statement of this key stands; line 0: there is none. */
struct sw_place sw_stage_place(const struct sw_conf *conf, struct sw_slice key);

/* Free it, and close what is open but for sockets that `kept` (or NULL) has. NULL is nothing. */
void sw_stage_free(struct sw_stage *s, const struct sw_stage *kept);

#endif
