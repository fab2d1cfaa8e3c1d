/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Server transactions (RFC 3261 17.2, RFC 6026), in memory that is handed in: made only after a
 * request was proven, so nobody without a proof takes a place.
 *
 * A finished request is a record of 64 octets in a ring, for 32 s (timer J), over datagrams only:
 * by streams nothing is retransmitted. It holds no answer: the same one is written again from what
 * is bound, so a copy of a request has no second effect. Ring full: the oldest goes, and a copy of
 * it is a replay like any other.
 *
 * A refused INVITE also has a slot with its answer, which is sent again until the ACK comes
 * (timers G, H, I), but only to an address that has shown itself: a nonce is good for a network,
 * and whoever got one there could have its neighbours flooded. To others, when all slots are taken,
 * or when it is longer than SW_TXN_ANSWER, it is sent once, and a copy of the INVITE gets it again
 * from the record.
 */
#ifndef SIPWARD_TXN_H
#define SIPWARD_TXN_H

#include <sipward/engine.h>

#define SW_TXN_ANSWER 1500 /* octets of an answer that is kept */

struct step;

/* What a proven request with a spent nonce count is. */
enum sw_txn_copy {
	SW_TXN_NONE = 0, /* nothing that we know: a replay */
	SW_TXN_SAME,     /* a retransmission, octet for octet in all that counts */
	SW_TXN_MERGED,   /* the same request by another way (RFC 3261 8.2.2.2) */
};

/* Credentials were read: what sw_txn_find and sw_txn_record look at is fetched meanwhile. */
void sw_txn_expect(const struct step *s);

/*
 * Is this proven request with a spent nonce count a copy of a record? *was: what the first one came
 * to. Changes nothing.
 */
SW_MUST enum sw_txn_copy sw_txn_find(struct step *s, enum sw_reason *was);

/* What this proven request came to: keep a record, where one is of use. */
void sw_txn_record(struct step *s, enum sw_reason was);

/* This answer to a proven INVITE leaves by this path: keep it until it is acknowledged. */
void sw_txn_hold(struct step *s, const struct sw_path *path, struct sw_slice answer);

/* Does this ACK, or CANCEL, belong to a slot, and come from where its INVITE came from? */
bool sw_txn_acknowledge(struct step *s);
SW_MUST bool sw_txn_is_held(struct step *s);

/* Has the ACK for this INVITE come? Then a copy of it gets no answer (RFC 3261 17.2.1). */
SW_MUST bool sw_txn_is_confirmed(struct step *s);

/*
 * One answer that is due: it is copied to room, its path to *path. Empty: none is, and
 * t->next_us says when that will be.
 */
struct sw_slice sw_txn_next(struct sw_txns *t, struct sw_mono now, char room[SW_ROOM],
			    struct sw_path *path);

/* Paths name listeners by numbers that a new snapshot changes: answers are not sent again. */
void sw_txn_forget_paths(struct sw_txns *t);

#endif
