/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store role: the one process that has the database. It fills the table of users that workers
 * read and keeps it as the database is, writes bindings that workers pass on, and answers what
 * admin asks about users. While the database refuses, it keeps what it has, tries again each
 * second, and workers are told to refuse what would change a binding.
 *
 * PREPARE of its first generation opens the database and fills the tables; of a later one it
 * judges whether its users can go on with it. What cannot be is REFUSES.
 */
#ifndef SIPWARD_STORE_ROLE_H
#define SIPWARD_STORE_ROLE_H

#include "base/seal.h"
#include "edge/generation.h"
#include "edge/save.h"
#include "obs/board.h"
#include "proc/journals.h"
#include "sip/location.h"
#include "sip/roll.h"

/* What it is given at its start; outlives it. */
struct sw_store_start {
	uint32_t start; /* which life of it, from 1: in a later one the tables are full already */
	int parent_fd;  /* sw_ipc: orders */
	int admin_fd;   /* sw_ipc to admin, until PEER brings another; -1: none yet */
	struct sw_board board;
	struct sw_conf_maker maker;
	/*
	 * The wall's clock ahead of the monotonic one when the door began: bindings end by that; 0:
	 * by the wall's alone.
	 */
	int64_t ahead_us;
	uint8_t seed[SW_SEED_LEN]; /* of all keys */
	bool has_seal;
	uint8_t seal[SW_SEAL_KEY];
	struct sw_roll users; /* empty at the first start; it alone writes there */
	struct sw_location location;
	const char *path; /* of the database; NULL: memory, and no journals */
	bool is_power;    /* answers wait until what they promise is on the disk */
	uint32_t workers;
	bool is_single;                  /* they are threads of this process */
	int ring_fd;                     /* eventfd: a worker waits for something */
	const int *worker_fd;            /* eventfd of each worker: what it waits for has come */
	struct sw_journal_pair *journal; /* of each worker */
	struct sw_save_state *state;     /* likewise; zeroed at the very first start */
};

/*
 * Its whole life: until STOP, or the parent is gone; then all that waits is written. Gives the exit
 * code of its process.
 */
int sw_store_main(const struct sw_store_start *start);

#endif
