/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One decision as others read it: the JSON object of the log and of the control socket, the
 * line of a terminal, the level. Keys are never renamed within v; a test freezes them.
 * Everything that a peer chose is cleaned (obs/text.h) and cut.
 */
#ifndef SIPWARD_DECISION_H
#define SIPWARD_DECISION_H

#include <jansson.h>

#include "conf/conf.h"
#include "obs/event.h"

/* A text of a record; its length is checked, for the worker may have been taken over. */
#define SW_EVENT_SLICE(t) \
	((struct sw_slice){ (t).p, (t).n <= sizeof((t).p) ? (t).n : sizeof((t).p) })

/* The id of a record; empty when no answer was made. */
struct sw_slice sw_decision_id(const struct sw_event *e);

/* "error" "warn" "notice" "info" "debug"; "error" for others. */
const char *sw_level_name(enum sw_level level);

/* "registration" for a REGISTER that was served, else "decision". */
const char *sw_decision_kind(const struct sw_event *e);

/* The object of the log. NULL only when memory is out. The caller owns it. */
json_t *sw_decision_json(const struct sw_event *e, enum sw_level level);

/* One line for people, without the newline. */
void sw_decision_line(struct sw_buf *b, const struct sw_event *e, enum sw_level level);

#endif
