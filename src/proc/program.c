/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/program.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool is_there(char out[PATH_MAX], int n)
{
	return n > 0 && n < PATH_MAX && access(out, X_OK) == 0;
}

static bool find_beside(const char *name, char out[PATH_MAX])
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	if (n <= 0)
		return false;
	self[n] = '\0';
	slash = strrchr(self, '/');
	if (!slash)
		return false;
	*slash = '\0';
	return is_there(out, snprintf(out, PATH_MAX, "%s/%s", self, name));
}

bool sw_program_find(const char *name, char out[PATH_MAX], struct sw_why *why)
{
	if (find_beside(name, out) ||
	    is_there(out, snprintf(out, PATH_MAX, SIPWARD_LIBEXEC "/%s", name)))
		return true;
	return sw_why_say(why,
			  "%s is neither beside this program nor in " SIPWARD_LIBEXEC
			  ": install all parts of sipward",
			  name);
}
