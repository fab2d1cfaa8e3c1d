/* SPDX-License-Identifier: Apache-2.0 */
/* The machine's clocks, for those who stand in the world; everybody else is told the time. */
#ifndef SIPWARD_CLOCK_H
#define SIPWARD_CLOCK_H

#include <time.h>

#include "base/time.h"

static inline struct sw_mono sw_clock_mono(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (struct sw_mono){ (uint64_t)t.tv_sec * SW_US_PER_S + (uint64_t)t.tv_nsec / 1000 };
}

static inline struct sw_wall sw_clock_wall(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (struct sw_wall){ (int64_t)t.tv_sec * SW_US_PER_S + t.tv_nsec / 1000 };
}

#endif
