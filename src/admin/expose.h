/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /metrics: what is on the board, as a page of metrics. Counters of workers are summed, so they go
 * on over the death of one; those of a trunk go by its name. All series of what is configured exist
 * from the start.
 */
#ifndef SIPWARD_EXPOSE_H
#define SIPWARD_EXPOSE_H

#include "admin/state.h"

#define SW_EXPOSE_TYPE         "text/plain; version=0.0.4; charset=utf-8"
#define SW_EXPOSE_TRUNKS_WHOLE 500 /* behind these a reason stands only where it is not 0 */

/* By malloc, *n octets. NULL: no memory. */
char *sw_expose(const struct sw_admin_state *s, struct sw_wall now, size_t *n);

#endif
