/* SPDX-License-Identifier: Apache-2.0 */
/* Between the files that write /metrics: expose.c, expose_trunk.c, expose_role.c. */
#ifndef SIPWARD_EXPOSE_OWN_H
#define SIPWARD_EXPOSE_OWN_H

#include "admin/expose.h"
#include "admin/page.h"

struct sw_exposed {
	struct sw_page page;
	const struct sw_admin_state *state;
	const struct sw_board *board;
	const struct sw_policy *policy; /* NULL: no generation yet */
	struct sw_wall now;
};

/* Families of trunks and of listeners. */
void sw_expose_accepted(struct sw_exposed *x);
void sw_expose_refused(struct sw_exposed *x);
void sw_expose_warnings(struct sw_exposed *x);
void sw_expose_md5_days(struct sw_exposed *x);
void sw_expose_challenges(struct sw_exposed *x);
void sw_expose_stale(struct sw_exposed *x);
void sw_expose_kernel_drops(struct sw_exposed *x);

/* Families of processes. */
void sw_expose_role_up(struct sw_exposed *x);
void sw_expose_role_restarts(struct sw_exposed *x);
void sw_expose_role_cpu(struct sw_exposed *x);
void sw_expose_busy(struct sw_exposed *x);
void sw_expose_busy_seconds(struct sw_exposed *x);
void sw_expose_sandbox(struct sw_exposed *x);
void sw_expose_events_dropped(struct sw_exposed *x);
void sw_expose_process_cpu(struct sw_exposed *x);
void sw_expose_process_start(struct sw_exposed *x);
void sw_expose_process_resident(struct sw_exposed *x);
void sw_expose_process_virtual(struct sw_exposed *x);
void sw_expose_process_fds(struct sw_exposed *x);

#endif
