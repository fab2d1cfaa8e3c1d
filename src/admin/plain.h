/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The answers that change nothing and depend on nothing but the state of the door: health,
 * readiness, metrics, status. The control socket has them, and the loopback address that `admin`
 * names has nothing else.
 */
#ifndef SIPWARD_PLAIN_H
#define SIPWARD_PLAIN_H

#include <microhttpd.h>

#include "admin/state.h"

enum sw_plain {
	SW_PLAIN_NONE = 0,
	SW_PLAIN_HEALTH,  /* /healthz */
	SW_PLAIN_READY,   /* /readyz */
	SW_PLAIN_METRICS, /* /metrics */
	SW_PLAIN_STATUS,  /* /v1/status */
};

/* NONE: another address. */
enum sw_plain sw_plain_find(struct sw_slice path);

/* NULL: no memory. */
struct MHD_Response *sw_plain_answer(const struct sw_admin_state *s, enum sw_plain what,
				     struct sw_wall now, unsigned *status);

#endif
