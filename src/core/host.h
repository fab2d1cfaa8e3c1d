/* SPDX-License-Identifier: Apache-2.0 */
/* Hosts as parts of a text that goes on (RFC 3261 25.1); whole ones: <sipward/uri.h>. */
#ifndef SIPWARD_HOST_H
#define SIPWARD_HOST_H

#include <sipward/uri.h>

#include "core/lex.h"

/* hostname, IPv4address or IPv6reference at the cursor into *out, which is zeroed. Sets stop. */
bool sw_host_read(struct lex *lx, struct sw_host *out);

/* port, behind its colon; 0 is none. Sets stop. */
bool sw_host_read_port(struct lex *lx, uint16_t *port);

/* Both, with a colon and blanks round it: sent-by of Via. Sets stop. */
bool sw_host_read_with_port(struct lex *lx, struct sw_host *out);

#endif
