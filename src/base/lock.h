/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A lock as two functions: the pure layers work on memory that others may share, but start no
 * thread and know none. Zeroed: nobody else is there, and taking it does nothing.
 */
#ifndef SIPWARD_LOCK_H
#define SIPWARD_LOCK_H

struct sw_lock {
	void (*take)(void *arg);
	void (*give)(void *arg);
	void *arg;
};

static inline void sw_lock_take(const struct sw_lock *l)
{
	if (l->take)
		l->take(l->arg);
}

static inline void sw_lock_give(const struct sw_lock *l)
{
	if (l->give)
		l->give(l->arg);
}

#endif
