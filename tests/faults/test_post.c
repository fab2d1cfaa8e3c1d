/* SPDX-License-Identifier: Apache-2.0 */
/* Rings between workers of which one after the other is killed. */
#include "faults/deaths.h"

#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "share/clock.h"
#include "share/post.h"

#define WORKERS 3

struct place {
	int wake[WORKERS];
	_Atomic uint32_t lives;
	_Atomic uint64_t sent[WORKERS], got[WORKERS];
	_Atomic uint64_t last[WORKERS][WORKERS]; /* number that one got last from another */
	_Alignas(64) char rings[];
};

#define PLACE (sizeof(struct place) + sw_post_size(WORKERS))

/* Numbers go up over all lives of a sender; the octets all say the number. */
static void send_one(struct sw_post *p, uint32_t to, uint64_t number, uint32_t n)
{
	struct sw_post_message head = { .listener = p->self, .generation = (uint32_t)n };
	uint64_t octets[SW_POST_OCTETS / 8];

	for (uint32_t i = 0; i < n; i++)
		octets[i] = number;
	if (sw_post_send(p, to, &head, (struct sw_slice){ (const char *)octets, 8u * n }))
		return;
	sw_post_flush(p);
	sched_yield();
}

static void check_one(struct place *place, uint32_t self, const struct sw_post_message *m)
{
	uint32_t from = m->listener;
	uint64_t number, octets;

	HOLDS(from < WORKERS && from != self);
	HOLDS(m->n == 8 * m->generation && m->n >= 8);
	memcpy(&number, m->octets, 8);
	for (uint32_t i = 0; i < m->n; i += 8) {
		memcpy(&octets, m->octets + i, 8);
		HOLDS(octets == number); /* not torn */
	}
	HOLDS(number > atomic_load(&place->last[self][from])); /* in order, and never twice */
	atomic_store(&place->last[self][from], number);
	atomic_fetch_add(&place->got[self], 1);
}

static void work(void *arg, uint32_t self)
{
	static struct sw_post_message m;
	struct place *place = arg;
	uint64_t life = atomic_fetch_add(&place->lives, 1) + 1;
	struct dice d = { 0x9e3779b97f4a7c15u * life };
	struct sw_post p;

	sw_post_open(&p, place->rings, WORKERS, self, place->wake);
	for (uint64_t i = 0;; i++) {
		send_one(&p, dice_throw(&d, WORKERS), life << 40 | i,
			 1 + dice_throw(&d, SW_POST_OCTETS / 8));
		atomic_fetch_add(&place->sent[self], 1);
		while (dice_throw(&d, 8) > 0 && sw_post_receive(&p, &m))
			check_one(place, self, &m);
	}
}

static uint64_t all_got(struct place *p)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < WORKERS; i++)
		n += atomic_load(&p->got[i]);
	return n;
}

static void await_progress(struct place *p)
{
	uint64_t was = all_got(p), start_us = sw_clock_mono().us;

	while (all_got(p) < was + 20) {
		assert_true(sw_clock_mono().us - start_us < 5 * (uint64_t)SW_US_PER_S);
		usleep(50);
	}
}

static void a_death_anywhere_tears_doubles_and_blocks_nothing(void **state)
{
	struct place *p = deaths_memory(PLACE);
	uint32_t rounds = deaths_rounds(600);
	struct dice d = { 55 };
	pid_t child[WORKERS];

	(void)state;
	for (uint32_t i = 0; i < WORKERS; i++) {
		p->wake[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		assert_true(p->wake[i] >= 0);
	}
	for (uint32_t i = 0; i < WORKERS; i++)
		child[i] = deaths_child(work, p, i);
	for (uint32_t n = 0; n < rounds; n++) {
		uint32_t i = dice_throw(&d, WORKERS);

		usleep(dice_throw(&d, 400));
		deaths_kill(child[i]);
		await_progress(p);
		child[i] = deaths_child(work, p, i);
	}
	for (uint32_t i = 0; i < WORKERS; i++)
		deaths_kill(child[i]);
	print_message("%u deaths, %lu messages\n", rounds + WORKERS, (unsigned long)all_got(p));
	for (uint32_t i = 0; i < WORKERS; i++)
		close(p->wake[i]);
	munmap(p, PLACE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_death_anywhere_tears_doubles_and_blocks_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
