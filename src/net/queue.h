/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Things in a row: the first one put in is the first one out, and any can leave at any time. A
 * node lies in its owner, who stays where it is while it is in a queue.
 */
#ifndef SIPWARD_QUEUE_H
#define SIPWARD_QUEUE_H

#include <sipward/slice.h>

struct sw_queue;

/* Zeroed: in none. */
struct sw_node {
	struct sw_node *next, *last;
	struct sw_queue *queue;
};

/* Zeroed: empty. */
struct sw_queue {
	struct sw_node *first, *last;
	uint32_t n;
};

/* In none: nothing happens. */
static inline void sw_queue_remove(struct sw_node *node)
{
	struct sw_queue *q = node->queue;

	if (!q)
		return;
	*(node->last ? &node->last->next : &q->first) = node->next;
	*(node->next ? &node->next->last : &q->last) = node->last;
	q->n--;
	*node = (struct sw_node){ 0 };
}

/* At the end; it leaves another queue for this one, and keeps its place where it is in. */
static inline void sw_queue_put(struct sw_queue *q, struct sw_node *node)
{
	if (node->queue == q)
		return;
	sw_queue_remove(node);
	*node = (struct sw_node){ .last = q->last, .queue = q };
	*(q->last ? &q->last->next : &q->first) = node;
	q->last = node;
	q->n++;
}

#endif
