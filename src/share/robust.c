/* SPDX-License-Identifier: Apache-2.0 */
#include "share/robust.h"

#include <linux/futex.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "share/clock.h"

#define LINE  64         /* octets that two cores fight over together */
#define SPINS 40         /* about 2 µs: longer than a hold, shorter than a sleep */
#define TOLD  (1u << 31) /* of report: there is one, also when its holder is unknown */

/*
 * word is a futex as the kernel's robust lists want it: the holder's thread, FUTEX_WAITERS and
 * FUTEX_OWNER_DIED. node is for the kernel: it is in the list of the holder. All of it lies in
 * shared memory: nothing here believes node, and the rest are numbers.
 */
struct shard {
	_Alignas(LINE) _Atomic uint32_t word;
	_Atomic uint32_t stuck;
	struct robust_list node;
	_Atomic uint32_t report; /* TOLD and the holder, or 0 */
	_Atomic uint32_t waits, busy, orphans;
};

struct sw_robust_head {
	_Alignas(LINE) _Atomic uint32_t reports; /* that are to be told, at least */
	struct shard shard[];
};

/* The kernel knows one list for each thread, whatever tables it serves. */
struct mine {
	struct robust_list_head list;
	struct shard *held[SW_ROBUST_NEST]; /* the list once more, in memory that is only ours */
	uint32_t depth;
	uint32_t thread; /* whose this is: a fork copies it */
};

static _Thread_local struct mine mine;

size_t sw_robust_size(uint32_t shards)
{
	return sizeof(struct sw_robust_head) + (size_t)shards * sizeof(struct shard);
}

void sw_robust_watch(struct sw_robust *r, void *memory, uint32_t shards)
{
	*r = (struct sw_robust){ .head = memory, .shards = shards };
}

static void start_list(uint32_t thread)
{
	mine = (struct mine){ .thread = thread };
	mine.list.list.next = &mine.list.list;
	mine.list.futex_offset = (long)offsetof(struct shard, word) -
				 (long)offsetof(struct shard, node);
}

/* A second view of the same thread finds the list in place, and in it what is held. */
bool sw_robust_open(struct sw_robust *r, void *memory, uint32_t shards)
{
	uint32_t thread = (uint32_t)syscall(SYS_gettid);

	sw_robust_watch(r, memory, shards);
	if (mine.thread != thread)
		start_list(thread);
	if (syscall(SYS_set_robust_list, &mine.list, sizeof(mine.list)) != 0)
		return false;
	r->self = thread;
	return true;
}

/*
 * What this thread is about to take or give: should it die before the list says so, the kernel
 * looks at this one too. Only the compiler could change the order in which the kernel sees it.
 */
static void note(struct shard *s)
{
	atomic_signal_fence(memory_order_seq_cst);
	mine.list.list_op_pending = s ? &s->node : NULL;
	atomic_signal_fence(memory_order_seq_cst);
}

static void push(struct shard *s)
{
	mine.held[mine.depth] = s;
	s->node.next = mine.list.list.next;
	atomic_signal_fence(memory_order_seq_cst);
	mine.list.list.next = &s->node;
	mine.depth++;
}

/* Mostly the one that was taken last. The kernel finds a whole list at every moment. */
static bool pull(const struct shard *s)
{
	uint32_t i = mine.depth;

	while (i > 0 && mine.held[i - 1] != s)
		i--;
	if (i == 0)
		return false;
	struct robust_list *above = i < mine.depth ? &mine.held[i]->node : &mine.list.list;

	above->next = i > 1 ? &mine.held[i - 2]->node : &mine.list.list;
	mine.depth--;
	for (i--; i < mine.depth; i++)
		mine.held[i] = mine.held[i + 1];
	return true;
}

static void count(_Atomic uint32_t *n)
{
	atomic_fetch_add_explicit(n, 1, memory_order_relaxed);
}

static uint32_t holder_of(uint32_t word)
{
	return word & FUTEX_TID_MASK;
}

/*
 * From the word as it was seen, which names no holder. What waits stays noted, since who sleeps
 * is not counted; `as` is FUTEX_WAITERS for one who slept: others may sleep still.
 */
static enum sw_lock_got seize(struct shard *s, uint32_t self, uint32_t seen, uint32_t as)
{
	uint32_t mark = self | as | (seen & FUTEX_WAITERS);

	if (!atomic_compare_exchange_strong_explicit(&s->word, &seen, mark, memory_order_acquire,
						     memory_order_relaxed))
		return SW_LOCK_BUSY;
	push(s);
	note(NULL);
	if (atomic_load_explicit(&s->stuck, memory_order_relaxed))
		atomic_store_explicit(&s->stuck, 0, memory_order_relaxed);
	if (!(seen & FUTEX_OWNER_DIED))
		return SW_LOCK_GOT;
	count(&s->orphans);
	return SW_LOCK_ORPHAN;
}

static enum sw_lock_got try(struct shard *s, uint32_t self, uint32_t as)
{
	uint32_t seen = atomic_load_explicit(&s->word, memory_order_relaxed);

	return holder_of(seen) == 0 ? seize(s, self, seen, as) : SW_LOCK_BUSY;
}

#if defined(__x86_64__)
static void relax(void)
{
	__builtin_ia32_pause();
}
#else
static void relax(void)
{
	atomic_signal_fence(memory_order_seq_cst);
}
#endif

static enum sw_lock_got spin(struct shard *s, uint32_t self)
{
	enum sw_lock_got got = SW_LOCK_BUSY;

	for (int i = 0; got == SW_LOCK_BUSY && i < SPINS; i++) {
		relax();
		got = try(s, self, 0);
	}
	return got;
}

/* Until the word changes, for at most that long; waking for nothing does no harm. */
static void sleep_on(struct shard *s, uint64_t us)
{
	uint32_t seen = atomic_load_explicit(&s->word, memory_order_relaxed);
	uint32_t asleep = seen | FUTEX_WAITERS;
	struct timespec rest = { (time_t)(us / SW_US_PER_S), (long)(us % SW_US_PER_S) * 1000 };

	if (holder_of(seen) == 0)
		return;
	if (seen != asleep &&
	    !atomic_compare_exchange_strong_explicit(&s->word, &seen, asleep, memory_order_relaxed,
						     memory_order_relaxed))
		return;
	syscall(SYS_futex, &s->word, FUTEX_WAIT, asleep, &rest, NULL, 0);
}

static void mark(struct sw_robust_head *h, struct shard *s)
{
	uint32_t word = atomic_load_explicit(&s->word, memory_order_relaxed);

	if (atomic_exchange_explicit(&s->stuck, 1, memory_order_relaxed))
		return;
	atomic_store_explicit(&s->report, TOLD | holder_of(word), memory_order_relaxed);
	atomic_fetch_add_explicit(&h->reports, 1, memory_order_release);
}

static enum sw_lock_got wait_for(struct sw_robust_head *h, struct shard *s, uint32_t self)
{
	uint64_t end_us = sw_clock_mono().us + SW_ROBUST_WAIT_US, now_us;
	enum sw_lock_got got;

	count(&s->waits);
	while ((got = try(s, self, FUTEX_WAITERS)) == SW_LOCK_BUSY) {
		now_us = sw_clock_mono().us;
		if (now_us >= end_us) {
			mark(h, s);
			break;
		}
		sleep_on(s, end_us - now_us);
	}
	return got;
}

static enum sw_lock_got take_slowly(struct sw_robust_head *h, struct shard *s, uint32_t self)
{
	enum sw_lock_got got = SW_LOCK_BUSY;

	if (!atomic_load_explicit(&s->stuck, memory_order_relaxed)) {
		got = spin(s, self);
		if (got == SW_LOCK_BUSY)
			got = wait_for(h, s, self);
	}
	if (got == SW_LOCK_BUSY) {
		count(&s->busy);
		note(NULL);
	}
	return got;
}

static enum sw_lock_got take(void *arg, uint32_t shard)
{
	const struct sw_robust *r = arg;
	enum sw_lock_got got;
	struct shard *s;

	if (shard >= r->shards || r->self == 0 || mine.depth == SW_ROBUST_NEST)
		return SW_LOCK_BUSY;
	s = &r->head->shard[shard];
	note(s);
	got = try(s, r->self, 0);
	return got != SW_LOCK_BUSY ? got : take_slowly(r->head, s, r->self);
}

/* What names another is not ours to give: whoever was taken over wrote it, or has buried us. */
static bool let_go(struct shard *s, uint32_t self)
{
	uint32_t seen = self;

	while (!atomic_compare_exchange_weak_explicit(&s->word, &seen, 0, memory_order_release,
						      memory_order_relaxed))
		if (holder_of(seen) != self)
			return false;
	return seen & FUTEX_WAITERS;
}

static void give(void *arg, uint32_t shard)
{
	const struct sw_robust *r = arg;
	struct shard *s;

	if (shard >= r->shards)
		return;
	s = &r->head->shard[shard];
	note(s);
	if (pull(s) && let_go(s, r->self))
		syscall(SYS_futex, &s->word, FUTEX_WAKE, 1, NULL, NULL, 0);
	note(NULL);
}

struct sw_locks sw_robust_locks(struct sw_robust *r)
{
	return (struct sw_locks){ .take = take, .give = give, .arg = r };
}

bool sw_robust_next_stuck(struct sw_robust *r, struct sw_robust_stuck *out)
{
	uint32_t reports = atomic_load_explicit(&r->head->reports, memory_order_acquire);

	if (reports == 0)
		return false;
	for (uint32_t i = 0; i < r->shards; i++) {
		uint32_t report = atomic_exchange_explicit(&r->head->shard[i].report, 0,
							   memory_order_relaxed);

		if (!report)
			continue;
		*out = (struct sw_robust_stuck){ .shard = i, .holder = holder_of(report) };
		return true;
	}
	/* Two reports of one shard were one; what came in since then is looked for next time. */
	atomic_fetch_sub_explicit(&r->head->reports, reports, memory_order_relaxed);
	return false;
}

uint32_t sw_robust_stuck_holder(const struct sw_robust *r, uint32_t shard)
{
	struct shard *s;

	if (shard >= r->shards)
		return 0;
	s = &r->head->shard[shard];
	if (!atomic_load_explicit(&s->stuck, memory_order_relaxed))
		return 0;
	return holder_of(atomic_load_explicit(&s->word, memory_order_relaxed));
}

void sw_robust_count(const struct sw_robust *r, struct sw_robust_counts *out)
{
	*out = (struct sw_robust_counts){ 0 };
	for (uint32_t i = 0; i < r->shards; i++) {
		struct shard *s = &r->head->shard[i];

		out->waits += atomic_load_explicit(&s->waits, memory_order_relaxed);
		out->busy += atomic_load_explicit(&s->busy, memory_order_relaxed);
		out->orphans += atomic_load_explicit(&s->orphans, memory_order_relaxed);
		out->stuck += atomic_load_explicit(&s->stuck, memory_order_relaxed) != 0;
	}
}

static bool leave(struct shard *s, uint32_t holder)
{
	uint32_t seen = atomic_load_explicit(&s->word, memory_order_relaxed);

	while (holder_of(seen) == holder) {
		uint32_t left = (seen & FUTEX_WAITERS) | FUTEX_OWNER_DIED;

		if (!atomic_compare_exchange_weak_explicit(
			    &s->word, &seen, left, memory_order_relaxed, memory_order_relaxed))
			continue;
		syscall(SYS_futex, &s->word, FUTEX_WAKE, 1, NULL, NULL, 0);
		return true;
	}
	return false;
}

uint32_t sw_robust_bury(struct sw_robust *r, uint32_t holder)
{
	uint32_t left = 0;

	for (uint32_t i = 0; holder != 0 && i < r->shards; i++)
		left += leave(&r->head->shard[i], holder);
	return left;
}
