/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When each trunk was last let in and last refused: the latest of what the workers say on the
 * board, which they keep by name. How many users a trunk has is counted once for each generation.
 */
#ifndef SIPWARD_SEEN_H
#define SIPWARD_SEEN_H

#include <sipward/policy.h>

#include "obs/board.h"

struct sw_seen_trunk {
	uint16_t n; /* octets of the name */
	char name[SW_NAME_MAX];
	uint32_t users;            /* of this generation */
	int64_t allowed_us;        /* wall; 0 never */
	int64_t refused_us;        /* wall; 0 never */
	uint8_t factor, alg, sess; /* of the last allowed one */
	uint8_t reason;            /* of the last refused one */
	char id[8];                /* likewise */
};

struct sw_seen {
	struct sw_seen_trunk *list; /* sorted by name */
	size_t n;
};

/* Follow a new generation. false: memory is out, the old one stays. */
SW_MUST bool sw_seen_use(struct sw_seen *s, const struct sw_policy *p);
void sw_seen_free(struct sw_seen *s);

/* What is known of a trunk. false: there is no such one. */
SW_MUST bool sw_seen_find(const struct sw_seen *s, const struct sw_board *board,
			  struct sw_slice name, struct sw_seen_trunk *out);

#endif
