/* SPDX-License-Identifier: Apache-2.0 */
/* Planted bugs: wrappers that are wrong when they are asked to be. */
#ifndef SIPWARD_PLANT_H
#define SIPWARD_PLANT_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Is this the bug that SIPWARD_PLANT names? */
static inline bool is_planted(const char *bug)
{
	static const char *planted;

	if (!planted) {
		const char *env = getenv("SIPWARD_PLANT");

		planted = env ? env : "";
	}
	return strcmp(planted, bug) == 0;
}

#endif
