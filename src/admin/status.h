/* SPDX-License-Identifier: Apache-2.0 */
/* The state of the door in one object: what `sipward status` and /readyz answer from. */
#ifndef SIPWARD_STATUS_H
#define SIPWARD_STATUS_H

#include <jansson.h>

#include "admin/admin.h"
#include "admin/seen.h"

struct sw_status_of {
	const struct sw_admin_start *start;
	const struct sw_admin_generation *generation; /* NULL: none yet */
	const struct sw_seen *seen;
	struct sw_wall now;
	uint64_t log_failed;
};

/* NULL only when memory is out. The caller owns it. */
json_t *sw_status_json(const struct sw_status_of *of);

/* Is the door open: a generation that the worker is on? *body says what is, the caller owns it. */
bool sw_status_is_ready(const struct sw_status_of *of, json_t **body);

#endif
