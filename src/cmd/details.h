/* SPDX-License-Identifier: Apache-2.0 */
/* The table below the prose of an account: when, from where, which ways in, what to do. */
#ifndef SIPWARD_DETAILS_H
#define SIPWARD_DETAILS_H

#include "cmd/view.h"

void sw_details_write(const struct sw_view *v);

#endif
