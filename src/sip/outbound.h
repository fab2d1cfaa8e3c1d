/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands between a phone and its registrar: the Path that proxies leave (RFC 3327), and
 * bindings that are known by device and flow instead of by URI (RFC 5626).
 */
#ifndef SIPWARD_OUTBOUND_H
#define SIPWARD_OUTBOUND_H

#include "sip/registrar.h"

/*
 * Before Contacts are read: what the phone supports, and the Path. A Path that the phone does not
 * know of is refused, so that it can tell that a proxy which should not meddles (RFC 3327 5.3).
 */
SW_MUST enum sw_reason sw_outbound_read_path(const struct step *s, struct sw_registration *reg);

/*
 * After Contacts were read: a binding by device and flow stands alone (RFC 5626 4.2.1), and the
 * first proxy must keep the flow, which it says by "ob" in its Path (RFC 5626 6).
 */
SW_MUST enum sw_reason sw_outbound_check(const struct step *s, struct sw_registration *reg);

/* Path, Supported and Require of the 200. */
void sw_outbound_write(struct step *s, const struct sw_registration *reg);

#endif
