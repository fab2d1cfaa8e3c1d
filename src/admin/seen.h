/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When each trunk was last let in and last refused: gathered from the decisions, kept across
 * reloads by name. What is not in the configuration is not kept.
 */
#ifndef SIPWARD_SEEN_H
#define SIPWARD_SEEN_H

#include <sipward/policy.h>

#include "tell/recent.h"

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

void sw_seen_note(struct sw_seen *s, const struct sw_event *e);

/*
 * After a start: what the decisions say that a predecessor has kept, by their moments. What was
 * noted later stays.
 */
void sw_seen_recall(struct sw_seen *s, const struct sw_recent *recent);

/* NULL: no such trunk. */
const struct sw_seen_trunk *sw_seen_find(const struct sw_seen *s, struct sw_slice name);

#endif
