/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"

static bool is_file_or_device(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (S_ISREG(st.st_mode) || S_ISCHR(st.st_mode));
}

bool sw_logfile_open(struct sw_slice path, int *fd, struct sw_why *why)
{
	char room[PATH_MAX];
	struct sw_buf b = sw_buf_over(room, sizeof(room));
	const char *name;
	int f;

	*fd = -1;
	if (path.n == 0)
		return true;
	sw_buf_put(&b, path);
	name = sw_buf_text(&b);
	/* O_NONBLOCK: else the open of a pipe would wait for its reader. */
	f = open(name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0640);
	if (f < 0 && errno != ENXIO)
		return sw_why_say(why, "the log file %s cannot be opened (%s): name another file",
				  name, sw_why_errno(errno));
	if (f < 0 || !is_file_or_device(f)) {
		if (f >= 0)
			close(f);
		return sw_why_say(why,
				  "the log file %s is a pipe or a socket, and the door waits for "
				  "no reader: name a file",
				  name);
	}
	*fd = f;
	return true;
}
