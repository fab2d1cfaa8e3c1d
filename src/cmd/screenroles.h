/* SPDX-License-Identifier: Apache-2.0 */
/* The part of `sipward status` about its processes, tables and sandbox. */
#ifndef SIPWARD_SCREENROLES_H
#define SIPWARD_SCREENROLES_H

#include "cmd/view.h"

/* Lines of what the status has of these; v->decision is the status. */
void sw_screen_roles(const struct sw_view *v);

#endif
