/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/cores.h"

#include <sys/prctl.h>
#include <sys/resource.h>

void sw_cores_forbid(void)
{
	const struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* a collector does not ask for the limit */
}
