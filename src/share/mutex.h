/* SPDX-License-Identifier: Apache-2.0 */
/* A lock for tables that several threads use, by a mutex of theirs. */
#ifndef SIPWARD_MUTEX_H
#define SIPWARD_MUTEX_H

#include <pthread.h>

#include "base/lock.h"

/* The mutex outlives the lock. */
struct sw_lock sw_mutex_lock(pthread_mutex_t *mutex);

#endif
