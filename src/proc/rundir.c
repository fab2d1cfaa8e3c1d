/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/rundir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"

#define HELP    "start as a user who may, or set run to a directory of your own"
#define LOOK_MS 20
#define SAY_MS  1000 /* a wait that is longer is said */

static bool make_directory(struct sw_slice dir, char path[PATH_MAX], struct sw_why *why)
{
	struct sw_buf b = sw_buf_over(path, PATH_MAX);

	sw_buf_put(&b, dir);
	sw_buf_char(&b, '\0');
	if (dir.n == 0 || !sw_buf_ok(&b))
		return sw_why_say(
			why, "the path of the run directory is too long: set run to a shorter one");
	if (mkdir(path, 0755) == 0 || errno == EEXIST)
		return true;
	return sw_why_say(why, "the run directory %s cannot be made (%s): " HELP, path,
			  sw_why_errno(errno));
}

/* Who may write there could put his own lock and socket in place of ours. */
static bool check_directory(int fd, const char *path, struct sw_why *why)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return sw_why_say(why, "the run directory %s cannot be looked at (%s)", path,
				  sw_why_errno(errno));
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return sw_why_say(why,
				  "the run directory %s belongs to another user (uid %u): chown it "
				  "to the user that the door runs as, or set run to another one",
				  path, (unsigned)st.st_uid);
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) && !(st.st_mode & S_ISVTX))
		return sw_why_say(
			why,
			"the run directory %s may be written by others (mode %04o): chmod "
			"go-w it, or set run to another one",
			path, (unsigned)st.st_mode & 07777);
	return true;
}

static int open_directory(const char *path, struct sw_why *why)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0) {
		(void)sw_why_say(why, "the run directory %s cannot be opened (%s): " HELP, path,
				 sw_why_errno(errno));
		return -1;
	}
	if (check_directory(fd, path, why))
		return fd;
	close(fd);
	return -1;
}

/* The pid in the lock file if that process lives, for a message only; else 0. */
static int64_t read_pid(int fd)
{
	char text[24];
	ssize_t n = pread(fd, text, sizeof(text), 0);
	struct sw_slice s = { text, n > 0 ? (size_t)n : 0 };
	uint64_t pid;

	while (s.n > 0 && s.p[s.n - 1] == '\n')
		s.n--;
	if (!sw_slice_u64(s, INT32_MAX, &pid) || pid == 0)
		return 0;
	return kill((pid_t)pid, 0) == 0 || errno == EPERM ? (int64_t)pid : 0;
}

static bool write_pid(int fd, const char *path, int64_t pid, struct sw_why *why)
{
	char text[24];
	struct sw_buf b = sw_buf_over(text, sizeof(text));

	sw_buf_u64(&b, (uint64_t)pid);
	sw_buf_char(&b, '\n');
	if (ftruncate(fd, 0) == 0 && pwrite(fd, b.p, b.n, 0) == (ssize_t)b.n)
		return true;
	return sw_why_say(why, "%s cannot be written (%s): make room there", path,
			  sw_why_errno(errno));
}

static void say_held(int fd, const char *path, const char *todo, struct sw_why *why)
{
	int64_t pid = read_pid(fd);

	(void)sw_why_say(why, "another sipward ");
	if (pid > 0)
		sw_why_add(why, "(pid %lld) ", (long long)pid);
	sw_why_add(why, "runs here, it holds %s: %s", path, todo);
}

/* Until it is ours; false with errno set. A door that was told to end lets go of it last. */
static bool wait_for(int fd, const char *path, unsigned wait_ms, struct sw_why *why)
{
	for (unsigned waited = 0;; waited += LOOK_MS) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return true;
		if (errno != EWOULDBLOCK || waited >= wait_ms)
			return false;
		if (waited == SAY_MS) {
			say_held(fd, path, "waiting a little for its end", why);
			sw_why_print(why->text);
		}
		(void)poll(NULL, 0, LOOK_MS);
	}
}

static bool hold(int fd, const char *path, unsigned wait_ms, struct sw_why *why)
{
	if (wait_for(fd, path, wait_ms, why))
		return true;
	if (errno != EWOULDBLOCK)
		return sw_why_say(why, "%s cannot be locked (%s): " HELP, path,
				  sw_why_errno(errno));
	say_held(fd, path, "stop it first, or set run and control to places of this one's own",
		 why);
	return false;
}

/* Only its owner may open it, or anybody could lock it and keep the door from starting. */
static int open_lock(int dir, const char *path, struct sw_why *why)
{
	int fd = openat(dir, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd >= 0 && fchmod(fd, 0600) == 0)
		return fd;
	(void)sw_why_say(why, "%s cannot be opened (%s): " HELP, path, sw_why_errno(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

bool sw_rundir_lock(struct sw_slice dir, int64_t pid, unsigned wait_ms, int *fd, struct sw_why *why)
{
	char path[PATH_MAX], name[PATH_MAX + sizeof("/lock")];
	struct sw_buf b = sw_buf_over(name, sizeof(name));
	int d, lock;

	if (!make_directory(dir, path, why))
		return false;
	d = open_directory(path, why);
	if (d < 0)
		return false;
	sw_buf_str(&b, path);
	sw_buf_str(&b, "/lock");
	lock = open_lock(d, sw_buf_text(&b), why);
	close(d);
	if (lock < 0)
		return false;
	if (hold(lock, name, wait_ms, why) && write_pid(lock, name, pid, why)) {
		*fd = lock;
		return true;
	}
	close(lock);
	return false;
}
