/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stage: one generation as all roles see it, from the text of its configuration to its open
 * sockets and its log file. The parent has one, and two while the roles go over.
 */
#ifndef SIPWARD_STAGE_H
#define SIPWARD_STAGE_H

#include "admin/admin.h"
#include "edge/generation.h"
#include "proc/why.h"

/* Where the configuration comes from, at the start and at each reload. */
struct sw_stage_source {
	const struct sw_conf_source *conf;
	const char *path;
	struct sw_slice text; /* p is not NULL: this is the text, and path its name in messages */
	enum sw_log_form log_form; /* goes before the configuration's; AUTO: that decides */
	bool is_demo;
};

struct sw_stage {
	struct sw_generation *generation;
	struct sw_admin_generation admin;
};

/* Load with all that a start needs. NULL: diags says why, or *why does. */
struct sw_conf *sw_stage_load(const struct sw_stage_source *source, struct sw_diags *diags,
			      struct sw_why *why);

/* No more connections than there is room for; diags says so where more were asked for. */
void sw_stage_fit(struct sw_conf *conf, uint32_t rooms, struct sw_diags *diags);

/*
 * Make a stage of a configuration, which it owns from here on even when it fails; old: the stage
 * whose sockets are kept where they are the same, or NULL. NULL: *why is set.
 */
struct sw_stage *sw_stage_new(struct sw_conf *conf, uint32_t number,
			      const uint8_t seed[SW_SEED_LEN], const struct sw_stage *old,
			      struct sw_why *why);

/* Where the first top statement of this key stands; line 0: there is none. */
struct sw_place sw_stage_place(const struct sw_conf *conf, struct sw_slice key);

/* Free it, and close what is open but for sockets that `kept` (or NULL) has. NULL is nothing. */
void sw_stage_free(struct sw_stage *s, const struct sw_stage *kept);

#endif
