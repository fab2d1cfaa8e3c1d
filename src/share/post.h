/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Datagrams that one worker hands to another, who knows more about them: a ring of each pair, in
 * memory that they share. A message is what the other would have read from its own socket of the
 * same listener. Nobody waits, and nothing is promised: a full ring refuses, and whoever dies takes
 * along what it had in hand, as with any datagram.
 *
 * What is read here may come from a worker that was taken over: sizes and counts are checked; the
 * addresses are as it says, and the octets are as good as any from the network. A message is gone
 * from its ring before anybody looks at it, so one that kills its reader kills it once.
 */
#ifndef SIPWARD_POST_H
#define SIPWARD_POST_H

#include "base/addr.h"

#define SW_POST_WORKERS 64   /* at most */
#define SW_POST_SLOTS   32   /* messages of each pair that wait */
#define SW_POST_OCTETS  4000 /* of a datagram; longer ones cannot be handed over */

struct sw_post_message {
	struct sw_addr src, local;
	uint32_t listener;   /* index into the listeners … */
	uint32_t generation; /* … of this one; the reader drops those of another */
	uint32_t n;
	char octets[SW_POST_OCTETS];
};

/* A view of one worker. Zeroed: there is nobody to send to. */
struct sw_post {
	char *memory;
	uint32_t workers, self;
	uint32_t turn;   /* whose messages come next */
	uint64_t unsaid; /* bit i: worker i does not know yet that it has some */
	int wake[SW_POST_WORKERS];
};

/* Memory must be zeroed once, and aligned to 64 octets. workers: 1 to SW_POST_WORKERS. */
size_t sw_post_size(uint32_t workers);

/* wake: of each worker an eventfd; the caller's. The successor of a dead worker opens the same. */
void sw_post_open(struct sw_post *p, void *memory, uint32_t workers, uint32_t self,
		  const int *wake);

/*
 * For worker `to`, who is told by the next sw_post_flush. false: its ring is full (counted), the
 * datagram is too long, or there is no such other worker; then nobody else will answer it.
 */
SW_MUST bool sw_post_send(struct sw_post *p, uint32_t to, const struct sw_post_message *head,
			  struct sw_slice octets);

/* Wake those who were sent something: once each, whatever it was. */
void sw_post_flush(struct sw_post *p);

/* The next message for us, copied to *out: all senders in turn. */
SW_MUST bool sw_post_receive(struct sw_post *p, struct sw_post_message *out);

/* Messages that full rings have refused, of all workers. */
uint64_t sw_post_lost(const struct sw_post *p);

#endif
