/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/title.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static char *room;
static size_t room_n, arguments_n;
static char *arguments, *variables; /* copies of what the title is written over */

/* Strings that stand behind one another, as the kernel has laid them down. */
static char *end_of(char *end, char **list)
{
	for (; *list; list++)
		if (*list == end)
			end += strlen(*list) + 1;
	return end;
}

void sw_title_init(int argc, char **argv)
{
	char *end;

	if (argc < 1)
		return;
	room = argv[0];
	end = end_of(room, argv);
	arguments_n = (size_t)(end - room);
	room_n = (size_t)(end_of(end, environ) - room);
}

/* The texts of a list into one block, which is never given back. false: no memory. */
static bool move(char **list, size_t n, char **block)
{
	size_t size = 1;
	char *p;

	for (size_t i = 0; i < n; i++)
		size += strlen(list[i]) + 1;
	p = *block = malloc(size);
	for (size_t i = 0; p && i < n; i++) {
		size_t length = strlen(list[i]) + 1;

		memcpy(p, list[i], length);
		list[i] = p;
		p += length;
	}
	return p != NULL;
}

void sw_title_copy(int argc, char **argv)
{
	if (!move(argv, (size_t)argc, &arguments))
		abort(); /* nothing has begun yet */
}

/* Without memory for it there is none. */
static char **copy_environment(void)
{
	size_t n = 0;

	while (environ[n])
		n++;
	return variables || move(environ, n, &variables) ? environ : NULL;
}

void sw_title_set(const char *text, const char *name, bool needs_environment)
{
	size_t n = strlen(text);

	(void)prctl(PR_SET_NAME, name);
	if (room_n < 2)
		return;
	environ = needs_environment ? copy_environment() : NULL;
	n = n < room_n - 1 ? n : room_n - 1;
	memset(room, 0, room_n);
	memcpy(room, text, n);
	/* The kernel reads beyond the arguments, up to a NUL, where their last octet is none. */
	if (n < arguments_n)
		room[arguments_n - 1] = '\0';
}
