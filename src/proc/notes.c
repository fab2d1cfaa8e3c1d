/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/notes.h"

#include <stdarg.h>
#include <stdio.h>

#include "proc/why.h"
#include "share/ipc.h"

void sw_notes_to(struct sw_notes *n, int fd)
{
	n->fd = fd;
	sw_notes_push(n);
}

static bool send(const struct sw_notes *n, const struct sw_note *note)
{
	return n->fd > 0 && sw_ipc_send(n->fd, SW_IPC_NOTICE, note->level, sw_slice_of(note->text));
}

void sw_notes_push(struct sw_notes *n)
{
	size_t sent = 0;

	while (sent < n->n && send(n, &n->wait[sent]))
		sent++;
	n->n -= sent;
	memmove(n->wait, n->wait + sent, n->n * sizeof(n->wait[0]));
}

void sw_notes_say(struct sw_notes *n, enum sw_level level, const char *format, ...)
{
	struct sw_note note = { .level = level };
	va_list args;

	va_start(args, format);
	(void)vsnprintf(note.text, sizeof(note.text), format, args);
	va_end(args);
	sw_notes_push(n);
	if (n->n == 0 && send(n, &note))
		return;
	if (n->n < SW_NOTES_WAIT)
		n->wait[n->n++] = note;
	else
		sw_why_print(note.text);
}

void sw_notes_end(struct sw_notes *n, enum sw_level least)
{
	for (size_t i = 0; i < n->n; i++)
		if (n->wait[i].level <= least)
			sw_why_print(n->wait[i].text);
	n->n = 0;
	n->fd = -1;
}
