/* SPDX-License-Identifier: Apache-2.0 */
/* A journal whose writer is killed wherever it is, and a reader who follows it all the time. */
#include "faults/deaths.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "share/clock.h"
#include "share/journal.h"

#define BODY 400 /* octets at most */

struct place {
	int fd;
	_Atomic uint32_t lives;
	_Atomic uint64_t promised; /* highest number whose write has come back */
	_Atomic uint64_t number;   /* drawn last */
};

static char room[SW_JOURNAL_ROOM];
static struct sw_journal_reader reader;

static void add_one(struct sw_journal *j, uint16_t life, uint64_t number)
{
	size_t n = number % BODY;
	char *body = sw_journal_claim(j, BODY);

	HOLDS(body != NULL);
	memset(body, (int)number, n);
	sw_journal_add(j, life, number, n);
}

/* Batches of one to sixteen; a number is drawn once, by whoever lives. */
static void work(void *arg, uint32_t unused)
{
	struct place *p = arg;
	uint32_t life = atomic_fetch_add(&p->lives, 1) + 1;
	struct dice d = { 0x9e3779b97f4a7c15u + life };
	struct sw_journal j;
	uint64_t number = 0;
	uint32_t done;

	(void)unused;
	HOLDS(sw_journal_start(&j, p->fd, room) == SW_OK);
	for (;;) {
		uint32_t n = 1 + dice_throw(&d, 16);

		HOLDS(sw_journal_reserve(&j, n * (SW_JOURNAL_HEAD + BODY)) == SW_OK);
		for (uint32_t i = 0; i < n; i++) {
			number = atomic_fetch_add(&p->number, 1) + 1;
			add_one(&j, (uint16_t)life, number);
		}
		HOLDS(sw_journal_write(&j, &done) == SW_OK && done == n);
		atomic_store(&p->promised, number);
	}
}

struct follower {
	uint64_t last; /* number */
	uint16_t life; /* whose */
	uint64_t damaged;
};

/* Numbers go up; only where a life ended there are some that were drawn and not written. */
static void take(struct follower *f, const struct sw_journal_record *r)
{
	char body[BODY];

	memset(body, (int)r->sequence, sizeof(body));
	assert_true(r->sequence > f->last);
	assert_true(r->kind != f->life || r->sequence == f->last + 1);
	assert_int_equal(r->body.n, r->sequence % BODY);
	assert_memory_equal(r->body.p, body, r->body.n);
	f->last = r->sequence;
	f->life = r->kind;
}

/* What there is now, up to so many records. */
static void follow(struct follower *f, uint64_t most)
{
	struct sw_journal_record got;
	enum sw_journal_got what = SW_JOURNAL_RECORD;

	while (most-- > 0) {
		what = sw_journal_read(&reader, &got);
		if (what == SW_JOURNAL_RECORD)
			take(f, &got);
		else if (what == SW_JOURNAL_DAMAGED)
			f->damaged++;
		else
			break;
	}
	assert_int_not_equal(what, SW_JOURNAL_UNREADABLE);
}

static void what_was_promised_is_there_whoever_dies(void **state)
{
	char path[] = "/tmp/sipward-faults-XXXXXX";
	struct place *p = deaths_memory(sizeof(*p));
	uint32_t rounds = deaths_rounds(300);
	struct follower f = { 0 };
	struct dice d = { 33 };

	(void)state;
	p->fd = mkstemp(path);
	assert_true(p->fd >= 0);
	unlink(path);
	sw_journal_read_from(&reader, p->fd, 0);
	for (uint32_t n = 0; n < rounds; n++) {
		pid_t child = deaths_child(work, p, 0);
		uint64_t until_us = sw_clock_mono().us + 500 + dice_throw(&d, 1500);

		while (sw_clock_mono().us < until_us)
			follow(&f, 100);
		deaths_kill(child);
		follow(&f, UINT64_MAX);
		assert_true(f.last >= atomic_load(&p->promised));
		if (n % 50 == 49) { /* all was taken: it starts again */
			assert_int_equal(sw_journal_empty(p->fd), SW_OK);
			sw_journal_read_from(&reader, p->fd, 0);
		}
	}
	print_message("%u deaths, %lu records, damaged at %lu places\n", rounds,
		      (unsigned long)f.last, (unsigned long)f.damaged);
	close(p->fd);
	munmap(p, sizeof(*p));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_promised_is_there_whoever_dies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
