/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A listening Unix socket as a file: one that nobody answers on any more is replaced, one that
 * somebody answers on is not.
 */
#ifndef SIPWARD_SOCKFILE_H
#define SIPWARD_SOCKFILE_H

#include <sys/types.h>

#include "proc/why.h"

#define SW_SOCKFILE_PATH 108 /* octets that a path may take, with its NUL */

/* Owner: the caller. Only remove unlinks the file, and only while it is still this one. */
struct sw_sockfile {
	int fd;
	char path[SW_SOCKFILE_PATH];
	dev_t dev;
	ino_t ino;
};

enum sw_sockfile_opened {
	SW_SOCKFILE_OPEN = 0,
	SW_SOCKFILE_LIVE, /* another process answers there */
	SW_SOCKFILE_FAILED,
};

/* Who answers on a live one, as far as the kernel tells. */
struct sw_sockfile_peer {
	bool is_known; /* else we may not even ask */
	uid_t uid;
	int64_t pid; /* 0: in another container */
};

/*
 * Non-blocking, close-on-exec, with these permission bits. Changes the umask for a moment: call
 * it before there are threads. *why is set unless the result is OPEN, *peer if it is LIVE.
 */
SW_MUST enum sw_sockfile_opened sw_sockfile_open(struct sw_slice path, mode_t mode,
						 struct sw_sockfile *out,
						 struct sw_sockfile_peer *peer, struct sw_why *why);

/* From now on it is this group's, which its mode may let in. false: *why. */
SW_MUST bool sw_sockfile_give(const struct sw_sockfile *f, gid_t group, struct sw_why *why);

/* Unlink the file. The descriptor is left alone: whoever listens closes it, afterwards. */
void sw_sockfile_remove(const struct sw_sockfile *f);

#endif
