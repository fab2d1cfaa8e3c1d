/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "proc/cores.h"

static void neither_the_kernel_nor_a_collector_gets_a_core(void **state)
{
	struct rlimit limit;

	(void)state;
	assert_int_equal(prctl(PR_GET_DUMPABLE), 1);
	sw_cores_forbid();
	assert_int_equal(prctl(PR_GET_DUMPABLE), 0);
	assert_int_equal(getrlimit(RLIMIT_CORE, &limit), 0);
	assert_int_equal(limit.rlim_cur, 0);
	assert_int_equal(limit.rlim_max, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(neither_the_kernel_nor_a_collector_gets_a_core),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
