/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the service manager is told: sd_notify(3) without its library. The socket is a path or,
 * with a leading @, a name in the abstract space.
 */
#ifndef SIPWARD_NOTIFY_H
#define SIPWARD_NOTIFY_H

#include "base/time.h"

#include <sipward/slice.h>

/* One message to that socket; an empty name is nobody, which is no failure. Never waits. */
SW_MUST bool sw_notify_send(struct sw_slice socket, struct sw_slice state);

/* To $NOTIFY_SOCKET; nobody listens, or it fails: nothing happens. */
void sw_notify_ready(void);
void sw_notify_reloading(struct sw_mono now);
void sw_notify_stopping(void);

#endif
