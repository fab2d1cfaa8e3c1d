/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What reading a message may cost: no allocation, no recursion, time in proportion to its octets.
 * Shapes are what a quadratic reader or a recursive one would stumble over.
 */
#include "vectors.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include <sipward/msg.h>

#include "core/excerpt.h"
#include "core/frame.h"

#define SMALL 20000
#define WALKS 120 /* over all octets, one at a time: what a message may cost in any build */
#define HEAD                                                                         \
	"REGISTER sip:example.com SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\n" \
	"From: <sip:a@h>;tag=1\r\nTo: <sip:a@h>\r\nCall-ID: c\r\nCSeq: 1 REGISTER\r\n"

/* Lines of at most 8000 octets: what each begins with, and what fills it. */
static const struct {
	const char *name, *begin, *fill, *end;
} shapes[] = {
	{ "one long value", "X-a: ", "x", "\r\n" },
	{ "blanks", "X-a: x", " ", "y\r\n" },
	{ "folds", "Subject: x", "\r\n ", "y\r\n" },
	{ "folds of a display name", "Contact: a", "\r\n ", "<sip:h>\r\n" },
	{ "contacts", "Contact: sip:h", ",<sip:h>", "\r\n" },
	{ "names of tokens", "Contact: a", " a", "<sip:h>\r\n" },
	{ "parameters", "Contact: <sip:h>", ";a=b", "\r\n" },
	{ "parameters and blanks", "Contact: <sip:h>", " ; a = b", "\r\n" },
	{ "parameters of a URI", "Contact: <sip:h", ";a=b", ">\r\n" },
	{ "headers of a URI", "Contact: <sip:h?a=b", "&a=b", ">\r\n" },
	{ "escapes", "Contact: <sip:", "%41", "@h>\r\n" },
	{ "labels", "Contact: <sip:h", ".h", ">\r\n" },
	{ "brackets that open", "Contact: ", "<", "\r\n" },
	{ "quotes and backslashes", "Contact: \"", "\\\"", "\" <sip:h>\r\n" },
	{ "a quote that stays open", "Contact: \"", "x", "\r\n" },
	{ "routes", "Record-Route: <sip:h>", ",<sip:h>", "\r\n" },
	{ "tags", "Supported: a", ",a", "\r\n" },
	{ "parameters of a number", "Contact: <tel:+1", ";a", ">\r\n" },
	{ "at signs", "Contact: <sip:a", "@", ">\r\n" },
	{ "schemes", "Contact: <sip:a", "sip:", "@h\r\n" },
};

static bool watching;
static unsigned allocations;

void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_realloc(void *p, size_t n);

void *__wrap_malloc(size_t n)
{
	allocations += watching;
	return __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	allocations += watching;
	return __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
	allocations += watching;
	return __real_realloc(p, n);
}

static size_t put(char *to, const char *text)
{
	size_t n = strlen(text);

	memcpy(to, text, n);
	return n;
}

/* About n octets of this shape. */
static struct sw_slice make(size_t shape, size_t n)
{
	char *p = malloc(n + 20000);
	size_t at = sizeof(HEAD) - 1;

	assert_non_null(p);
	memcpy(p, HEAD, at);
	while (at < n) {
		size_t line = at;

		at += put(p + at, shapes[shape].begin);
		while (at - line < 8000)
			at += put(p + at, shapes[shape].fill);
		at += put(p + at, shapes[shape].end);
	}
	at += put(p + at, "l: 0\r\n\r\n");
	return (struct sw_slice){ p, at };
}

static void read_all(struct sw_slice octets)
{
	static struct sw_msg m;
	struct sw_framer f = { 0 };
	struct sw_excerpt x;
	bool in_body;
	size_t n;

	(void)!sw_msg_parse(octets, &m);
	if (m.rule != SW_RULE_NONE)
		sw_excerpt_make(&x, octets, m.fault_at);
	(void)!sw_frame_next(&f, octets, SIZE_MAX, &n, &in_body);
}

static volatile unsigned sum;

static void walk(struct sw_slice octets)
{
	for (size_t i = 0; i < octets.n; i++)
		sum += (unsigned char)octets.p[i];
}

static double time_of(void (*work)(struct sw_slice), struct sw_slice octets)
{
	double best = 1e9;

	for (unsigned i = 0; i < 6; i++) {
		struct timespec a, b;

		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &a);
		work(octets);
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b);
		double t = (double)(b.tv_sec - a.tv_sec) * 1e9 + (double)(b.tv_nsec - a.tv_nsec);

		best = t < best ? t : best;
	}
	return best;
}

/* Eight times the octets in less than sixteen times the time; a quadratic reader takes 64. */
static void time_grows_with_the_octets(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(shapes); i++) {
		struct sw_slice one = make(i, SMALL), eight = make(i, 8 * SMALL);
		double first = time_of(read_all, one), second = time_of(read_all, eight);
		double least = time_of(walk, eight);

		print_message("%s: %.0f ns, then %.0f, as %.1f walks\n", shapes[i].name, first,
			      second, second / least);
		assert_true(second < 16 * first + 20000);
		assert_true(second < WALKS * least); /* and no line is worth milliseconds */
		free((char *)(uintptr_t)one.p);
		free((char *)(uintptr_t)eight.p);
	}
}

static void nothing_is_allocated(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(shapes); i++) {
		struct sw_slice octets = make(i, SMALL);

		watching = true;
		read_all(octets);
		watching = false;
		free((char *)(uintptr_t)octets.p);
	}
	assert_int_equal(allocations, 0);
	watching = true; /* the watch itself works */
	free(malloc(1));
	watching = false;
	assert_int_equal(allocations, 1);
}

static void *read_on_a_small_stack(void *arg)
{
	struct sw_slice *octets = arg;

	for (size_t i = 0; i < SW_ARRAY_LEN(shapes); i++)
		read_all(octets[i]);
	return arg;
}

/* A reader that calls itself for each octet, value or bracket would run out of it. */
static void a_small_stack_is_enough(void **state)
{
	struct sw_slice octets[SW_ARRAY_LEN(shapes)];
	pthread_attr_t attr;
	pthread_t thread;

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(shapes); i++)
		octets[i] = make(i, 8 * SMALL);
	assert_int_equal(pthread_attr_init(&attr), 0);
	assert_int_equal(pthread_attr_setstacksize(&attr, 65536), 0);
	assert_int_equal(pthread_create(&thread, &attr, read_on_a_small_stack, octets), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	pthread_attr_destroy(&attr);
	for (size_t i = 0; i < SW_ARRAY_LEN(shapes); i++)
		free((char *)(uintptr_t)octets[i].p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_grows_with_the_octets),
		cmocka_unit_test(nothing_is_allocated),
		cmocka_unit_test(a_small_stack_is_enough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
