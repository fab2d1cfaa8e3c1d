/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy of a door: an immutable snapshot, and the function that judges by it. A verdict is
 * a pure function of (snapshot, evidence, request, time); the daemon and `sipward explain` run
 * the same one.
 */
#ifndef SIPWARD_POLICY_H
#define SIPWARD_POLICY_H

#include <sipward/user.h>

#include "base/addr.h"
#include "base/time.h"
#include "core/client.h"
#include "core/verdict.h"

#define SW_CONTACTS_MAX 64

enum sw_trunk_register {
	SW_REGISTER_NO = 0,
	SW_REGISTER_HERE,
};

/* One `accept` line. */
struct sw_way {
	unsigned factors; /* set of SW_FACTOR_BIT; all must hold; empty admits nobody */
	unsigned algs;    /* set with -sess forms, for digest */
	uint32_t line;    /* where it stands */
	struct sw_slice file;
	struct sw_slice text; /* "digest sha-256 md5", as printed by explain and check */
};

struct sw_trunk {
	struct sw_slice name;
	bool phones;
	bool enabled;
	enum sw_trunk_register reg;
	const struct sw_way *way;
	size_t ways;
	int64_t md5_until_s; /* wall second; from here on MD5 is refused; INT64_MAX: no end */
	struct sw_slice md5_until_text; /* "2027-06-30"; empty: no end */
	unsigned qops;                  /* set of SW_QOP_BIT that is accepted; empty: auth */
	bool uri_exact; /* the digest uri must be the Request-URI (RFC 3261 19.1.4) */
	uint32_t expires_min_s, expires_max_s;
	uint32_t contacts;    /* of each address of a user */
	bool contacts_refuse; /* one more is refused; else the oldest gives way */
	uint32_t line;
	struct sw_slice file;
};

/* Where the configuration says that there is a user. */
struct sw_origin {
	struct sw_slice secret; /* where its password is: "file:/etc/sipward/alice" */
	struct sw_slice file;
	uint32_t line;
};

struct sw_listener {
	enum sw_transport transport;
	struct sw_addr addr;
	uint32_t line;
	struct sw_slice file;
};

struct sw_policy {
	struct sw_slice realm;         /* canonical host of every AoR; never taken from a message */
	const struct sw_slice *domain; /* further hosts that are us */
	size_t domains;
	const struct sw_listener *listener;
	size_t listeners;
	const struct sw_trunk *trunk;
	size_t trunks;
	const uint32_t *trunk_order; /* indices of trunk, by name; NULL: trunk is in that order */
	const struct sw_user *user;  /* of the configuration, reserved names too */
	size_t users;
	const struct sw_origin *origin; /* one for each of user, same order */
	uint32_t nonce_life_s;
	uint32_t message_max; /* octets of a datagram that is read */
	struct sw_client_policy client;
	bool mismatch_challenge; /* a wrong response gets a challenge instead of 403 */
};

/* The longest message that is read: a stream may carry four times what a datagram may. */
static inline size_t sw_policy_message_max(const struct sw_policy *p, enum sw_transport t)
{
	return (size_t)p->message_max * (t == SW_UDP ? 1 : 4);
}

/* Is this host one of ours? The realm, a domain, a listener's address, or where it came in. */
bool sw_policy_is_ours(const struct sw_policy *p, const struct sw_host *host,
		       const struct sw_addr *local);

/* Order of names, as in trunk_order: by octets, a name before those that begin with it. */
int sw_policy_compare(struct sw_slice a, struct sw_slice b);

/* The trunk of this name, or NULL. Takes the same number of steps whatever the name. */
const struct sw_trunk *sw_policy_find_trunk(const struct sw_policy *p, struct sw_slice name);

/* Where a user was written down; NULL: in the store. */
const struct sw_origin *sw_policy_origin(const struct sw_policy *p, const struct sw_user *u);

/*
 * The common set: every algorithm and qop that some enabled trunk accepts now. What a stranger is
 * offered depends on nothing else, least of all on a name. The -sess forms of a trunk that takes
 * qop none alone are not offered: nobody could answer them. Walks all trunks: keep what it gives
 * for the second in which it was asked.
 */
struct sw_offer sw_policy_common_set(const struct sw_policy *p, struct sw_wall now);

/* What a trunk takes: a set of SW_QOP_BIT, never empty. */
unsigned sw_policy_trunk_qops(const struct sw_trunk *t);

/* Algorithms of one trunk now: those of its digest ways, without MD5 past its end. */
unsigned sw_policy_trunk_algs(const struct sw_trunk *t, struct sw_wall now);

/*
 * Judge. A proof gets ALLOW by the first way of its trunk that it satisfies; what may still
 * succeed gets a challenge with the common set; the rest is refused. What brings no credentials
 * for our realm, but comes from a source that is known (enum sw_known), gets ALLOW too, and no
 * subject. Names that do not exist, wrong responses and algorithms that the trunk does not take
 * differ in reason alone.
 */
void sw_policy_judge(const struct sw_policy *p, const struct sw_evidence *ev, struct sw_wall now,
		     struct sw_verdict *out);

/* Set of SW_WARN_BIT for a request that these credentials have let in. */
unsigned sw_policy_warnings(const struct sw_policy *p, const struct sw_evidence *ev);

#endif
