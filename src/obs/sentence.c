/* SPDX-License-Identifier: Apache-2.0 */
#include "obs/sentence.h"

#define TRIES 100

/*
 * Release on each word, acquire on each read: who sees a new word sees that `turn` is odd or later,
 * so that no fence is needed.
 */
void sw_sentence_write(struct sw_sentence *s, struct sw_slice text)
{
	uint32_t turn = atomic_load_explicit(&s->turn, memory_order_relaxed) | 1;
	size_t n = text.n < SW_SENTENCE ? text.n : SW_SENTENCE;

	atomic_store_explicit(&s->turn, turn, memory_order_relaxed);
	atomic_store_explicit(&s->n, (uint32_t)n, memory_order_release);
	for (size_t at = 0; at < n; at += 8) {
		uint64_t word = 0;

		memcpy(&word, text.p + at, n - at < 8 ? n - at : 8);
		atomic_store_explicit(&s->word[at / 8], word, memory_order_release);
	}
	atomic_store_explicit(&s->turn, turn + 1, memory_order_release);
}

static size_t copy(const struct sw_sentence *s, char room[SW_SENTENCE])
{
	size_t n = atomic_load_explicit(&s->n, memory_order_acquire);

	if (n > SW_SENTENCE)
		return 0;
	for (size_t at = 0; at < n; at += 8) {
		uint64_t word = atomic_load_explicit(&s->word[at / 8], memory_order_acquire);

		memcpy(room + at, &word, n - at < 8 ? n - at : 8);
	}
	return n;
}

static void clean(char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)p[i] < ' ' || p[i] == 0x7f)
			p[i] = ' ';
}

struct sw_slice sw_sentence_read(const struct sw_sentence *s, char room[SW_SENTENCE])
{
	for (unsigned i = 0; i < TRIES; i++) {
		uint32_t turn = atomic_load_explicit(&s->turn, memory_order_acquire);
		size_t n = (turn & 1) ? 0 : copy(s, room);

		if ((turn & 1) || atomic_load_explicit(&s->turn, memory_order_relaxed) != turn)
			continue;
		clean(room, n);
		return (struct sw_slice){ room, n };
	}
	return (struct sw_slice){ 0 };
}
