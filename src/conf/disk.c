/* SPDX-License-Identifier: Apache-2.0 */
/* The real disk and environment as a source. */
#include "conf/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum sw_conf_got sw_disk_why(int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
		return SW_CONF_MISSING;
	case EACCES:
	case EPERM:
		return SW_CONF_DENIED;
	case EISDIR:
		return SW_CONF_IS_DIR;
	case ENODEV:
		return SW_CONF_NO_FILE;
	case EFBIG:
		return SW_CONF_TOO_LARGE;
	default:
		return SW_CONF_FAILED;
	}
}

/* Octets until the end, at most cap; -1 with errno. */
static ssize_t read_up_to(int fd, char *p, size_t cap)
{
	size_t n = 0;

	while (n < cap) {
		ssize_t got = read(fd, p + n, cap - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		n += (size_t)got;
	}
	return (ssize_t)n;
}

void sw_disk_stranger(uid_t owner, uid_t reader, char out[SW_CONF_STRANGER])
{
	struct passwd entry, *found = NULL;
	char text[1024];

	out[0] = '\0';
	if (owner == 0 || owner == reader)
		return;
	(void)snprintf(out, SW_CONF_STRANGER, "user %u", (unsigned)owner);
	if (getpwuid_r(owner, &entry, text, sizeof(text), &found) == 0 && found)
		(void)snprintf(out, SW_CONF_STRANGER, "%s", found->pw_name);
}

/* 0, or the errno of what cannot be read to its end. */
static int fault_of(const struct stat *st, size_t max)
{
	if (S_ISDIR(st->st_mode))
		return EISDIR;
	if (!S_ISREG(st->st_mode))
		return ENODEV;
	return st->st_size > (off_t)max ? EFBIG : 0;
}

int sw_disk_open(const char *path, size_t max)
{
	/* what is no file is refused below, and opening it must not wait for anybody */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	int error;

	if (fd < 0)
		return -1;
	error = fstat(fd, &st) == 0 ? fault_of(&st, max) : errno;
	if (error == 0)
		return fd;
	(void)close(fd);
	errno = error;
	return -1;
}

enum sw_conf_got sw_disk_take(int fd, size_t max, struct sw_arena *arena, struct sw_conf_file *out)
{
	struct stat st;
	size_t room;
	ssize_t n;
	char *p;

	if (fstat(fd, &st) != 0)
		return SW_CONF_FAILED;
	if (fault_of(&st, max) != 0)
		return sw_disk_why(fault_of(&st, max));
	/* files of /proc have no size; one that grows while it is read is cut by nobody */
	room = st.st_size > 0 ? (size_t)st.st_size + 1 : max + 1;
	p = sw_arena_alloc(arena, room, 1);
	if (!p)
		return SW_CONF_FAILED;
	n = read_up_to(fd, p, room);
	if (n < 0)
		return SW_CONF_FAILED;
	if ((size_t)n == room)
		return room > max ? SW_CONF_TOO_LARGE : SW_CONF_FAILED;
	out->text = (struct sw_slice){ p, (size_t)n };
	out->mode = st.st_mode & 07777;
	return SW_CONF_GOT;
}

static enum sw_conf_got disk_read(void *arg, const char *path, size_t max, struct sw_arena *arena,
				  struct sw_conf_file *out)
{
	uid_t reader = arg ? *(const uid_t *)arg : geteuid();
	int fd = sw_disk_open(path, max);
	enum sw_conf_got got;
	struct stat st;

	if (fd < 0)
		return sw_disk_why(errno);
	got = sw_disk_take(fd, max, arena, out);
	if (got == SW_CONF_GOT && fstat(fd, &st) == 0)
		sw_disk_stranger(st.st_uid, reader, out->stranger);
	(void)close(fd);
	return got;
}

static int glob_error(const char *path, int error)
{
	(void)path;
	return error != ENOENT && error != ENOTDIR;
}

static int by_octets(const void *a, const void *b)
{
	const char *const *left = a, *const *right = b;

	return strcmp(*left, *right);
}

static bool keep_paths(const glob_t *g, struct sw_arena *arena, const char *const **paths,
		       size_t *n)
{
	const char **list = sw_arena_alloc(arena, g->gl_pathc + 1, sizeof(*list));

	if (!list)
		return false;
	for (size_t i = 0; i < g->gl_pathc; i++) {
		list[i] = sw_arena_copy(arena, sw_slice_of(g->gl_pathv[i])).p;
		if (!list[i])
			return false;
	}
	qsort(list, g->gl_pathc, sizeof(*list), by_octets); /* glob sorts by locale */
	*paths = list;
	*n = g->gl_pathc;
	return true;
}

static bool disk_glob(void *arg, const char *pattern, struct sw_arena *arena,
		      const char *const **paths, size_t *n)
{
	glob_t g = { 0 };
	int how = glob(pattern, GLOB_NOSORT, glob_error, &g);
	bool ok = how == GLOB_NOMATCH;

	(void)arg;
	*n = 0;
	if (how == 0)
		ok = keep_paths(&g, arena, paths, n);
	globfree(&g);
	return ok;
}

static const char *disk_env(void *arg, const char *name)
{
	(void)arg;
	return getenv(name);
}

const struct sw_conf_source sw_conf_disk = {
	.read = disk_read,
	.glob = disk_glob,
	.env = disk_env,
};
