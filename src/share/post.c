/* SPDX-License-Identifier: Apache-2.0 */
#include "share/post.h"

#include <unistd.h>

#include "share/ring.h"

#define LINE 64

static size_t ring_size(void)
{
	size_t n = sw_ring_size(SW_POST_SLOTS, sizeof(struct sw_post_message));

	return (n + LINE - 1) / LINE * LINE;
}

/* Of each worker with itself too, which nobody writes to and costs no memory. */
size_t sw_post_size(uint32_t workers)
{
	return ring_size() * workers * workers;
}

void sw_post_open(struct sw_post *p, void *memory, uint32_t workers, uint32_t self, const int *wake)
{
	*p = (struct sw_post){ .memory = memory, .workers = workers, .self = self };
	memcpy(p->wake, wake, workers * sizeof(*wake));
}

static struct sw_ring ring_of(const struct sw_post *p, uint32_t from, uint32_t to)
{
	struct sw_ring r;

	sw_ring_init(&r, p->memory + ring_size() * (from * p->workers + to), SW_POST_SLOTS,
		     sizeof(struct sw_post_message));
	return r;
}

bool sw_post_send(struct sw_post *p, uint32_t to, const struct sw_post_message *head,
		  struct sw_slice octets)
{
	struct sw_post_message *m;
	struct sw_ring r;

	if (to >= p->workers || to == p->self || octets.n > SW_POST_OCTETS)
		return false;
	r = ring_of(p, p->self, to);
	m = sw_ring_claim(&r);
	if (!m)
		return false;
	m->src = head->src;
	m->local = head->local;
	m->listener = head->listener;
	m->generation = head->generation;
	m->n = (uint32_t)octets.n;
	memcpy(m->octets, octets.p, octets.n);
	sw_ring_publish(&r);
	p->unsaid |= (uint64_t)1 << to;
	return true;
}

void sw_post_flush(struct sw_post *p)
{
	const uint64_t one = 1;

	for (; p->unsaid; p->unsaid &= p->unsaid - 1) {
		int fd = p->wake[__builtin_ctzll(p->unsaid)];

		/* Refused only when 2^64 - 1 calls are unheard: then it is awake anyway. */
		if (write(fd, &one, sizeof(one)) < 0)
			continue;
	}
}

/* The length is read once: it may change while we look at it. */
static bool copy(struct sw_post_message *out, const struct sw_post_message *m)
{
	uint32_t n = *(const volatile uint32_t *)&m->n;

	if (n > SW_POST_OCTETS)
		return false;
	memcpy(out, m, offsetof(struct sw_post_message, octets));
	out->n = n;
	memcpy(out->octets, m->octets, n);
	return true;
}

/* Bad ones are gone too; of one ring at most all that it can hold. */
static bool receive_from(const struct sw_post *p, uint32_t from, struct sw_post_message *out)
{
	struct sw_ring r = ring_of(p, from, p->self);
	const struct sw_post_message *m;
	bool good = false;

	for (uint32_t i = 0; !good && i < SW_POST_SLOTS && (m = sw_ring_peek(&r)) != NULL; i++) {
		good = copy(out, m);
		sw_ring_drop(&r);
	}
	return good;
}

bool sw_post_receive(struct sw_post *p, struct sw_post_message *out)
{
	for (uint32_t i = 0; i < p->workers; i++) {
		p->turn = (p->turn + 1) % p->workers;
		if (receive_from(p, p->turn, out))
			return true;
	}
	return false;
}

uint64_t sw_post_lost(const struct sw_post *p)
{
	uint64_t lost = 0;

	for (uint32_t i = 0; i < p->workers * p->workers; i++) {
		struct sw_ring r = ring_of(p, i / p->workers, i % p->workers);

		lost += sw_ring_lost(&r);
	}
	return lost;
}
