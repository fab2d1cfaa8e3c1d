/* SPDX-License-Identifier: Apache-2.0 */
/* What the parent holds: parent.c starts, watches and ends; reload.c changes the stage. */
#ifndef SIPWARD_RUNNING_H
#define SIPWARD_RUNNING_H

#include "net/loop.h"
#include "proc/claim.h"
#include "proc/parent.h"
#include "proc/roles.h"
#include "share/ipc.h"

#define SW_DIAGS_SHOWN 20 /* diagnostics that are printed */

enum sw_phase {
	SW_PHASE_STARTING = 0,
	SW_PHASE_RUNNING,
	SW_PHASE_STOPPING_WORKER,
	SW_PHASE_STOPPING_STORE,
	SW_PHASE_STOPPING_ADMIN,
	SW_PHASE_ENDED,
};

struct sw_running {
	const struct sw_parent_setting *setting;
	uint8_t seed[SW_SEED_LEN];
	enum sw_phase phase;
	enum sw_parent_end end;
	struct sw_loop loop;
	struct sw_watch signals, admin, ended;
	struct sw_claim claim;
	struct sw_roles roles;

	/* A hand-over: until all roles are on `now`, `old` must stay. */
	struct sw_stage *now, *old;
	uint32_t made;  /* number of the last generation that was made */
	uint32_t rooms; /* connections that there is memory for, since the start */
	bool is_taking, is_told, is_late;
	bool is_going_back;      /* `old` is the later one: it could not be served */
	struct sw_mono deadline; /* of the hand-over, or of the end */

	bool has_caller;       /* admin waits for RELOADED */
	bool has_hup;          /* a HUP came during a hand-over */
	bool has_usr1;         /* likewise */
	struct sw_diags diags; /* of the load, until they are said */
	struct sw_why cause;   /* of that, where it is the store role's */
	struct sw_why trouble; /* why it goes back */
	struct sw_ipc message;
};

#endif
