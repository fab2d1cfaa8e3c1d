/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Evidence in, verdict out, and the account that explains it. A zeroed verdict refuses.
 */
#ifndef SIPWARD_VERDICT_H
#define SIPWARD_VERDICT_H

#include <sipward/rule.h>
#include <sipward/user.h>

#include "base/addr.h"
#include "base/time.h"
#include "core/excerpt.h"

enum sw_factor {
	SW_FACTOR_NONE = 0,
	SW_FACTOR_DIGEST,
	SW_FACTOR_COUNT,
};

#define SW_FACTOR_BIT(f) (1u << (f))

const char *sw_factor_name(enum sw_factor f); /* "digest"; "none" for others */

enum sw_act {
	SW_ACT_REFUSE = 0,
	SW_ACT_CHALLENGE,
	SW_ACT_ALLOW,
	SW_ACT_DROP, /* silence: nothing can or should be answered */
	SW_ACT_COUNT,
};

const char *sw_act_name(enum sw_act a); /* "refused" "challenged" "allowed" "dropped" */

/* Warnings: the request passes, the operator should know. Rows of warn.def, as bits. */
enum sw_warn {
#define SW_WARN(symbol, slug, sentence) SW_WARN_##symbol,
#include "core/warn.def"
#undef SW_WARN
	SW_WARN_COUNT,
};

#define SW_WARN_BIT(w) (1u << (w))

const char *sw_warn_slug(enum sw_warn w);
const char *sw_warn_sentence(enum sw_warn w);

struct sw_origin;
struct sw_trunk;
struct sw_user;
struct sw_way;

/*
 * Who was proven, written only from the way that allowed it. Zeroed: nobody, also where OPTIONS to
 * the door itself is allowed without a proof.
 */
struct sw_subject {
	const struct sw_trunk *trunk;
	const struct sw_user *user;
	enum sw_factor factor;
	enum sw_alg alg;
	bool sess;
};

struct sw_verdict {
	enum sw_act act;
	enum sw_reason reason;
	struct sw_subject subject;
	const struct sw_way *way; /* that allowed */
	unsigned way_number;      /* 1 for the first; 0 none */
};

/*
 * What the digest credentials of a request say. reason: SW_R_CHALLENGED when none came; SW_OK
 * when they were examined to the end, so that the facts below decide; else what stopped that.
 * Zeroed facts prove nothing. user is set for known names, also after a refusal: for the
 * operator's account only, never for an answer.
 */
struct sw_digest_evidence {
	enum sw_reason reason;
	const struct sw_user *user;
	const struct sw_origin *origin; /* where the user was written down; NULL: in the store */
	const struct sw_trunk *trunk;   /* the user's */
	bool is_other_trunk; /* the name is reserved for another trunk than the kept user's */
	enum sw_form form;
	enum sw_alg alg;
	bool sess;
	enum sw_qop qop;
	unsigned offered; /* set, from the nonce */
	bool nonce_ours, nonce_fresh;
	uint32_t nonce_age_s;
	uint32_t nc;
	bool nc_new;   /* not used before */
	bool realm_ok; /* credentials for our realm came */
	bool uri_ok;
	bool uri_exact; /* it is the Request-URI by RFC 3261 19.1.4 */
	bool has_hash;  /* of this algorithm and form is kept: the response could be checked */
	bool response_ok;
	struct sw_slice claimed; /* the name in the credentials, unverified */
};

/* Algorithms (with -sess forms) and qops; empty: nothing to ask for. */
struct sw_offer {
	unsigned algs, qops;
	unsigned named; /* algs, and the MD5 that some trunk has taken to its end */
};

/*
 * For OPTIONS to the door itself: what its source has shown before. Not who it is: others may
 * share an address, and forge it.
 */
enum sw_known {
	SW_KNOWN_NOT = 0,
	SW_KNOWN_ADDRESS, /* somebody there has proven it within the last hour */
	SW_KNOWN_FLOW,    /* it was proven over this very connection */
	SW_KNOWN_COUNT,
};

const char *sw_known_name(enum sw_known k); /* "address" "connection"; "nothing" for others */

struct sw_evidence {
	struct sw_offer common; /* what everybody is offered: sw_policy_common_set */
	enum sw_known known;
	struct sw_digest_evidence digest;
};

#define SW_ID_LEN 6 /* Crockford base32 digits: the id that explain takes */

/*
 * The account of one decision: what explain, the log and the counters are made from. It borrows
 * from the datagram, the snapshot and the engine's next step; whoever keeps it copies it.
 */
struct sw_account {
	struct sw_verdict verdict;
	struct sw_evidence evidence;
	char id[SW_ID_LEN + 1]; /* "" when no answer was made */
	int status;             /* of the answer; 0 none */
	unsigned warn;          /* set of SW_WARN_BIT */
	unsigned offered;       /* algorithms that the answer offers; 0 no challenge */
	bool stale;             /* the challenge says stale=true */
	bool is_next;           /* the answer brings a nextnonce */
	struct sw_slice method, call_id, user_agent;
	struct sw_slice ruri; /* without a password: then only what stands behind "@" */
	enum sw_rule rule;    /* what the grammar wanted; NONE where no octet is to blame */
	size_t fault_at;      /* with a rule: offset of the octet in the way */
	struct sw_excerpt excerpt;
	struct sw_addr src;
	enum sw_transport transport;
	uint32_t listener;  /* index */
	uint32_t granted_s; /* REGISTER 200: time of the longest binding asked for; 0 gone */
	uint32_t bindings;  /* REGISTER 200: how many the user has now */
	bool is_register;
	bool is_again; /* a copy of a request that was answered before, and its answer again */
	struct sw_wall at;
};

#endif
