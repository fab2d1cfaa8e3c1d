/* SPDX-License-Identifier: Apache-2.0 */
/* The table subscriber of a Kamailio (or OpenSIPS) that keeps it in a file of SQLite. */
#ifndef SIPWARD_SUBSCRIBER_H
#define SIPWARD_SUBSCRIBER_H

#include "import/columns.h"

/* Is this how such a file begins? */
bool sw_subscriber_is(struct sw_slice start);

/* Read it; nothing in it is changed. Lines are its rowids. false: told what is wrong. */
SW_MUST bool sw_subscriber_file(struct sw_columns *c, const char *path);

#endif
