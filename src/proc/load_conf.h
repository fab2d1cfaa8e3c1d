/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A role's way from the descriptor of a document to its own snapshot. The sender is not trusted:
 * it must be sealed, so that nobody changes it while it is read (conf/document.h has the rest).
 */
#ifndef SIPWARD_LOAD_CONF_H
#define SIPWARD_LOAD_CONF_H

#include "conf/document.h"
#include "proc/why.h"

#define SW_LOAD_DOCUMENT_MOST ((size_t)1 << 31)

/*
 * The snapshot; the descriptor stays the caller's. Also for a bare document: its users have no HA1
 * values then. head may be NULL. NULL: *why.
 */
struct sw_conf *sw_conf_from_document(int fd, struct sw_document_head *head, struct sw_wall now,
				      struct sw_why *why);

/* Do two documents say the same? One that is not sealed is like no other. */
bool sw_document_is_same(int a, int b);

#endif
