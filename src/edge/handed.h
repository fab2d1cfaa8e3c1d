/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copies that another worker has to answer: given to it, and taken from it. They are answered by
 * the taker's own socket of the same listener, which has the same address.
 */
#ifndef SIPWARD_HANDED_H
#define SIPWARD_HANDED_H

#include <sipward/engine.h>

struct sw_worker;

/* Watch for what others hand over; w->post is set. true also where there is nobody else. */
SW_MUST bool sw_handed_watch(struct sw_worker *w);

/* What sw_actions.hand_to asks for. false: it cannot be handed over, and is to be answered here. */
SW_MUST bool sw_handed_give(struct sw_worker *w, const struct sw_input *in, uint32_t hand_to);

#endif
