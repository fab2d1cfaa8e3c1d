/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/files.h"

#include <sys/resource.h>

uint32_t sw_files_fit(uint32_t wanted)
{
	rlim_t needed = (rlim_t)wanted + SW_FILES_OWN;
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) != 0 || r.rlim_cur >= needed)
		return wanted;
	r.rlim_cur = r.rlim_max < needed ? r.rlim_max : needed;
	if (setrlimit(RLIMIT_NOFILE, &r) != 0 && getrlimit(RLIMIT_NOFILE, &r) != 0)
		return 1;
	if (r.rlim_cur >= needed)
		return wanted;
	return r.rlim_cur > SW_FILES_OWN ? (uint32_t)(r.rlim_cur - SW_FILES_OWN) : 1;
}
