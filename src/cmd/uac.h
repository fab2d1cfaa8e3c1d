/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The built-in user agent: one REGISTER or OPTIONS from its first octet to the answer that ends
 * it (RFC 3261 8.1, 10.2, 22.2). Pure: the caller sends what sw_uac_write gives, hands in every
 * message that comes back and does what the step says. Not responsible for the socket and for
 * repeating (cmd/exchange.h), nor for what the user sees (cmd/register.c).
 */
#ifndef SIPWARD_UAC_H
#define SIPWARD_UAC_H

#include <sipward/msg.h>

#include "base/addr.h"
#include "base/hash.h"
#include "core/authhdr.h"

enum sw_uac_what {
	SW_UAC_REGISTER = 1,
	SW_UAC_UNREGISTER, /* the contact given, else all of the user's ("*") */
	SW_UAC_OPTIONS,
};

/* What is wanted. Slices are borrowed for the life of the agent. */
struct sw_uac_want {
	enum sw_uac_what what;
	struct sw_slice user;        /* name of the credentials; AoR user@domain */
	struct sw_slice domain;      /* as it stands in a URI: IPv6 in brackets */
	struct sw_slice password;    /* read only when has_password */
	struct sw_slice contact;     /* a URI; empty: user at the local address */
	enum sw_transport transport; /* udp or tcp */
	struct sw_addr local;        /* where answers come back to: Via and Contact */
	struct sw_alg_form form;     /* NONE: the topmost that we know */
	uint32_t expires_s;
	bool has_password;
	struct sw_hash *hash;
};

#define SW_UAC_RANDOM  16
#define SW_UAC_REALM   256 /* octets of a realm, nonce, opaque that are kept */
#define SW_UAC_NONCE   512
#define SW_UAC_CONTACT 512
#define SW_UAC_MESSAGE 4096 /* room that every request of ours fits into */
#define SW_UAC_OFFERS  8

struct sw_uac {
	struct sw_uac_want want;
	char call_id[2 * SW_UAC_RANDOM + 1];
	char from_tag[SW_UAC_RANDOM + 1];
	char branch[7 + SW_UAC_RANDOM + 1]; /* of the last request */
	char contact[SW_UAC_CONTACT];
	uint32_t cseq;
	unsigned proofs;                /* requests with credentials so far */
	bool proxy;                     /* the challenge was a 407 */
	struct sw_challenge challenge;  /* of NONE: none yet; slices into the texts below */
	char cnonce[SW_UAC_RANDOM + 1]; /* of the last proof */
	char realm[SW_UAC_REALM], nonce[SW_UAC_NONCE], opaque[SW_UAC_NONCE];
};

enum sw_uac_step {
	SW_UAC_IGNORE = 0, /* no answer to our request: go on waiting */
	SW_UAC_WAIT,       /* provisional: go on waiting, more patiently */
	SW_UAC_PROVE,      /* challenged: sw_uac_write gives the next request */
	SW_UAC_DONE,
	SW_UAC_REFUSED, /* the proof was not accepted */
	SW_UAC_UNABLE,  /* challenged, but not in a way that we can answer */
	SW_UAC_FAILED,  /* anything else */
};

/* Why a step ends the talk, where the status alone does not say it. */
enum sw_uac_why {
	SW_UAC_WHY_STATUS = 0,
	SW_UAC_WHY_NO_PASSWORD,
	SW_UAC_WHY_NO_ALG,      /* none of the algorithms is known to us, or is the one asked for */
	SW_UAC_WHY_AGAIN,       /* challenged again after a proof */
	SW_UAC_WHY_STALE_TWICE, /* a nonce of its own was stale at once */
	SW_UAC_WHY_NO_CONTACT,  /* 200, but our Contact is not in its list */
	SW_UAC_WHY_KEPT,        /* 200, but the Contact that was to go is still in its list */
	SW_UAC_WHY_RSPAUTH,     /* 2xx of somebody who does not know the password (RFC 7616 3.5) */
};

/* One answer. phrase borrows from the datagram. */
struct sw_uac_answer {
	int status;
	enum sw_uac_why why;
	struct sw_slice phrase;
	char id[7]; /* first six characters of the To tag; "" where they are no id of a door */
	bool stale;
	size_t offers;
	struct sw_alg_form offer[SW_UAC_OFFERS]; /* as the challenge ranks them; NONE: unknown */
	bool is_proven;         /* 2xx: it shows that who made it knows the password too */
	bool has_next;          /* 2xx: it brings a nonce for the next request */
	uint32_t granted_s;     /* 200: of our Contact */
	uint32_t bindings;      /* 200: Contacts that it lists */
	uint32_t min_expires_s; /* 423 */
	uint32_t retry_s;       /* Retry-After; 0 none */
};

/*
 * Begin. random names this talk (Call-ID, tag) and is fresh for each. false: the contact does
 * not fit.
 */
SW_MUST bool sw_uac_init(struct sw_uac *u, const struct sw_uac_want *want,
			 const uint8_t random[SW_UAC_RANDOM]);

/*
 * The next request: the first one bare, after SW_UAC_PROVE with the proof. random is fresh for
 * each. false: it does not fit, or libcrypto failed.
 */
SW_MUST bool sw_uac_write(struct sw_uac *u, const uint8_t random[SW_UAC_RANDOM],
			  struct sw_buf *out);

/* Take a datagram. *out is written for all steps but SW_UAC_IGNORE. */
SW_MUST enum sw_uac_step sw_uac_read(struct sw_uac *u, struct sw_slice octets,
				     struct sw_uac_answer *out);

/* "REGISTER" or "OPTIONS". */
const char *sw_uac_method(const struct sw_uac *u);

/* Can this be the user part of our AoR and stand in quotes? No controls, blanks, quotes. */
SW_MUST bool sw_uac_is_user(struct sw_slice user);

#endif
