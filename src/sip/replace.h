/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which bindings a REGISTER refreshes, which it ends and which are new: planned here, done by the
 * registrar.
 *
 * A Contact stands for the binding of the same device and flow number (RFC 5626 6) or of the same
 * URI (RFC 3261 10.3). One that is new or comes by another way than before also ends what the same
 * phone has left behind: what was bound by the same connection or datagram source, or is called
 * the same at the same host from the same address. Phones that name themselves, each by its own
 * instance, never end one another; nor do those behind a proxy, which share its connection.
 */
#ifndef SIPWARD_REPLACE_H
#define SIPWARD_REPLACE_H

#include "sip/registrar.h"

/*
 * Plan the change. Refusals: SW_R_CSEQ_OLD for what is older than a binding that it would touch
 * (RFC 3261 10.3 step 7), SW_R_CONTACT_LIMIT, SW_R_TABLE_FULL. At the limit of the trunk the
 * binding that was refreshed longest ago gives way, unless the trunk refuses.
 */
SW_MUST enum sw_reason sw_replace_plan(const struct step *s, struct sw_registration *reg);

#endif
