/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parent holds: parent.c starts and serves; reload.c brings the roles to another stage;
 * watch.c sees to their lives, closing.c to the end.
 */
#ifndef SIPWARD_RUNNING_H
#define SIPWARD_RUNNING_H

#include "proc/box.h"
#include "proc/claim.h"
#include "proc/gauge.h"
#include "proc/load.h"
#include "proc/notes.h"
#include "proc/parent.h"
#include "proc/roles.h"
#include "proc/stage.h"

enum sw_phase {
	SW_PHASE_STARTING = 0,
	SW_PHASE_RUNNING,
	SW_PHASE_STOPPING_WORKERS,
	SW_PHASE_STOPPING_STORE,
	SW_PHASE_STOPPING_ADMIN,
	SW_PHASE_ENDED,
};

enum sw_reload_step {
	SW_RELOAD_NONE = 0,
	SW_RELOAD_LOADING,   /* the conf role is at work */
	SW_RELOAD_PREPARING, /* the roles build `next`; `now` counts */
	SW_RELOAD_USING,     /* they go over to `now`; `old` is still open */
};

/* Owner: the parent. Zeroed: nothing is under way. */
struct sw_reload {
	enum sw_reload_step step;
	struct sw_load *load;
	struct sw_load_watch seen;        /* what that load looks at */
	const struct sw_load_result *got; /* until the load is freed */
	uint32_t callers;                 /* of admin, that wait for RELOADED */
	uint32_t more_callers;            /* likewise, for the one after this */
	bool is_wanted;                   /* another one, after this */
	struct sw_mono deadline;          /* of PREPARING, and of USING */
	const struct sw_role *unable;     /* a role cannot, */
	struct sw_why why;                /* for this reason, */
	bool is_refused;                  /* which is what the configuration says */
};

struct sw_running {
	const struct sw_parent_setting *setting;
	enum sw_phase phase;
	enum sw_parent_end end;
	struct sw_loop loop;
	struct sw_watch signals;
	struct sw_box box;
	char admin_program[PATH_MAX]; /* "": admin is a thread */
	struct sw_claim claim;
	struct sw_roles roles;
	struct sw_gauge gauge; /* of the tables of roles */
	struct sw_notes notes;
	struct sw_load_watch files; /* of the last load */
	struct sw_stage *now;       /* the one that counts */
	struct sw_stage *next, *old;
	struct sw_facts first; /* what is settled since the start */
	struct sw_facts next_facts;
	struct sw_load_setting load_setting; /* of every load but the first */
	struct sw_spawn_conf conf;           /* of its process */
	uint32_t made;                       /* number of the last stage that was made */
	struct sw_reload reload;
	struct sw_mono deadline; /* of the start, or of a phase of the end */
	struct sw_mono look_at;  /* when the roles' pulses are looked at */
	bool has_usr1;           /* it came while two logs are open */
	bool has_served;         /* the start succeeded */
	struct sw_ipc message;
};

#endif
