/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two clocks that must not be mixed: mono never steps (nonces, deadlines), wall is the time of
 * day (expiry of bindings, dates in policy). Both are always arguments; nobody here reads a clock.
 */
#ifndef SIPWARD_TIME_H
#define SIPWARD_TIME_H

#include <stdint.h>

struct sw_mono {
	uint64_t us; /* since some fixed moment of this boot of the machine */
};

struct sw_wall {
	int64_t us; /* since 1970-01-01T00:00:00Z */
};

#define SW_US_PER_S 1000000

static inline int64_t sw_wall_s(struct sw_wall t)
{
	return t.us / SW_US_PER_S;
}

#endif
