/* SPDX-License-Identifier: Apache-2.0 */
#include "share/mutex.h"

#include <stdlib.h>

/* A default mutex of one process fails only when it is no mutex: going on would be without one. */
static void take(void *arg)
{
	if (pthread_mutex_lock(arg) != 0)
		abort();
}

static void give(void *arg)
{
	if (pthread_mutex_unlock(arg) != 0)
		abort();
}

struct sw_lock sw_mutex_lock(pthread_mutex_t *mutex)
{
	return (struct sw_lock){ .take = take, .give = give, .arg = mutex };
}
