/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/why.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#define PATIENCE_MS 1000

bool sw_why_say(struct sw_why *why, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(why->text, sizeof(why->text), format, args);
	va_end(args);
	return false;
}

void sw_why_add(struct sw_why *why, const char *format, ...)
{
	size_t n = sw_slice_of(why->text).n;
	va_list args;

	va_start(args, format);
	(void)vsnprintf(why->text + n, sizeof(why->text) - n, format, args);
	va_end(args);
}

const char *sw_why_errno(int error)
{
	const char *text = strerrordesc_np(error);

	return text ? text : "unknown error";
}

void sw_why_print(const char *sentence)
{
	char line[sizeof(((struct sw_why *)NULL)->text) + 16];
	struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };
	int n = snprintf(line, sizeof(line), "sipward: %.*s\n",
			 (int)sizeof(((struct sw_why *)NULL)->text), sentence);

	if (poll(&p, 1, PATIENCE_MS) <= 0 || write(STDERR_FILENO, line, (size_t)n) < 0)
		return; /* nobody wants to know */
}
