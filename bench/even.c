/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One failed login by each cause under callgrind, each dumped under its name: bench/even compares
 * the instructions. Alone it only checks that each cause comes out as what it is.
 */
#include "alike.h"

#include <valgrind/callgrind.h>

#define ROUNDS 8

int main(void)
{
	struct alike *a = alike_open(1000);

	for (unsigned c = 0; c < ALIKE_CAUSES; c++) {
		alike_prepare(a, (enum alike_cause)c); /* everything is warm */
		alike_fail(a);
		alike_check(a, (enum alike_cause)c);
	}
	CALLGRIND_ZERO_STATS;
	for (unsigned c = 0; c < ALIKE_CAUSES; c++) {
		for (unsigned i = 0; i < ROUNDS; i++) {
			alike_prepare(a, (enum alike_cause)c);
			CALLGRIND_TOGGLE_COLLECT;
			alike_fail(a);
			CALLGRIND_TOGGLE_COLLECT;
			alike_check(a, (enum alike_cause)c);
		}
		CALLGRIND_DUMP_STATS_AT(alike_name[c]);
	}
	alike_close(a);
	return 0;
}
