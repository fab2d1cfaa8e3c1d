/* SPDX-License-Identifier: Apache-2.0 */
/* The state of the door in one object: what `sipward status` shows and /readyz answers from. */
#ifndef SIPWARD_STATUS_H
#define SIPWARD_STATUS_H

#include <jansson.h>

#include "admin/state.h"

/* NULL only when memory is out. The caller owns it. */
json_t *sw_status_json(const struct sw_admin_state *s, struct sw_wall now);

/*
 * Is the door open: all workers serve, and the store takes changes? A worker that is away leaves
 * its part of the datagrams unread. *body lists each part, and names in "missing" what is not
 * there; the caller owns it.
 */
bool sw_status_is_ready(const struct sw_admin_state *s, json_t **body);

/* Workers that serve a generation now, and the lowest that one of them is on; 0: none. */
uint32_t sw_status_serving(const struct sw_admin_state *s, uint32_t *generation);

/* Registrations in force: of the shared table, where there is one. */
uint64_t sw_status_registrations(const struct sw_board *b);

/* Layers of the sandbox that all roles have in common which touch what comes from outside. */
uint32_t sw_status_layers(const struct sw_board *b);

#endif
