/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In which order a client is offered algorithms. By its User-Agent, never by a name in the
 * message, so it tells nobody anything; who lies about it only reorders what he could strip.
 */
#ifndef SIPWARD_CLIENT_H
#define SIPWARD_CLIENT_H

#include <sipward/digest.h>

/*
 * The algorithms of the set in the order that suits this client: ours is SHA-256, SHA-512-256,
 * MD5 (RFC 8760 2.4). The built-in table is used only if the set has MD5. Gives their number.
 */
size_t sw_client_order(struct sw_slice user_agent, unsigned set, enum sw_alg out[SW_ALG_COUNT]);

#endif
