/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In which order a client is offered algorithms. By its User-Agent, never by a name in the
 * message, so it tells nobody anything; who lies about it only reorders what he could strip.
 */
#ifndef SIPWARD_CLIENT_H
#define SIPWARD_CLIENT_H

#include <sipward/digest.h>

/* What a client does with several challenges. */
enum sw_client_mode {
	SW_CLIENT_ALL = 0,    /* reads them all */
	SW_CLIENT_FIRST_ONLY, /* reads one and knows MD5, so MD5 goes on top */
	SW_CLIENT_MD5_ALONE,  /* gives up when any other algorithm is offered at all */
};

/* `client "prefix" mode` */
struct sw_client_rule {
	struct sw_slice prefix; /* of User-Agent, in any case */
	enum sw_client_mode mode;
};

/* `order …` */
enum sw_order {
	SW_ORDER_AUTO = 0,  /* ours, but for clients that are known to read less */
	SW_ORDER_STRONG,    /* ours for everybody without a rule */
	SW_ORDER_MD5_FIRST, /* MD5 on top for everybody without a rule */
};

struct sw_client_policy {
	enum sw_order order;
	const struct sw_client_rule *rule; /* before the built-in table; the first that fits */
	size_t rules;
};

/*
 * The algorithms of the set in the order that suits this client, each before its -sess form: ours
 * is SHA-256, SHA-512-256, MD5 (RFC 8760 2.4). Nothing else is done where the set has no plain
 * MD5. Gives their number.
 */
size_t sw_client_order(const struct sw_client_policy *p, struct sw_slice user_agent, unsigned set,
		       struct sw_alg_form out[SW_ALG_FORMS]);

#endif
