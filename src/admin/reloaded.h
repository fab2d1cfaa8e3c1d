/* SPDX-License-Identifier: Apache-2.0 */
/* What the parent says of a reload, as the answer of POST /v1/reload. */
#ifndef SIPWARD_RELOADED_H
#define SIPWARD_RELOADED_H

#include <jansson.h>
#include <sipward/slice.h>

/* Done: {"generation","text"}: the one that serves now, and the warnings of the load, or "". */
json_t *sw_reloaded_done(uint32_t generation, struct sw_slice text);

/*
 * Refused: {"error":{"code","message","at","text"}}: the first error and the whole of what is to
 * be said, from a text whose first three lines are code, message and at (share/ipc.def).
 */
json_t *sw_reloaded_refused(struct sw_slice text);

#endif
