/* SPDX-License-Identifier: Apache-2.0 */
/* The state of a door on one screen, from the object of /v1/status. Pure: it is told the time. */
#ifndef SIPWARD_SCREEN_H
#define SIPWARD_SCREEN_H

#include <jansson.h>

#include "base/buf.h"
#include "base/time.h"

#define SW_SCREEN_ROOM 65536

void sw_screen_write(struct sw_buf *b, const json_t *status, struct sw_wall now);

#endif
