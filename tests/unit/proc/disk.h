/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A disk between the program and the kernel's files, for journals: writes can fail, and what was
 * written since the last sync can be forgotten, in part, in any order and cut anywhere. Linked in
 * place of pwrite, fdatasync, ftruncate and fallocate (--wrap).
 */
#ifndef SIPWARD_DISK_H
#define SIPWARD_DISK_H

#include <stdbool.h>
#include <stdint.h>

void disk_watch(int fd);      /* from here on; its octets are on the disk now */
void disk_forget_all(void);   /* no file is watched any more */
void disk_fill(bool is_full); /* the next writes and reservations find no room */
void disk_fail(bool fails);   /* writes fail */
void disk_fail_sync(bool fails);

/* Called when a watched file is emptied: what it held must be elsewhere on the disk by now. */
void disk_on_empty(void (*fn)(void));

/* The power goes: files are as some writes since their last syncs have left them. */
void disk_lose(uint64_t *random);

#endif
