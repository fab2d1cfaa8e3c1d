/* SPDX-License-Identifier: Apache-2.0 */
/* The real disk and environment as a source. */
#include "conf/conf.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static enum sw_conf_got why(int error)
{
	if (error == ENOENT || error == ENOTDIR)
		return SW_CONF_MISSING;
	return error == EACCES || error == EPERM ? SW_CONF_DENIED : SW_CONF_FAILED;
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

static void name_stranger(uid_t uid, struct sw_conf_file *out)
{
	struct passwd entry, *found = NULL;
	char text[1024];

	if (uid == 0 || uid == geteuid())
		return;
	(void)snprintf(out->stranger, sizeof(out->stranger), "user %u", (unsigned)uid);
	if (getpwuid_r(uid, &entry, text, sizeof(text), &found) == 0 && found)
		(void)snprintf(out->stranger, sizeof(out->stranger), "%s", found->pw_name);
}

static enum sw_conf_got take(int fd, size_t max, struct sw_arena *arena, struct sw_conf_file *out)
{
	struct stat st;
	size_t room;
	ssize_t n;
	char *p;

	if (fstat(fd, &st) != 0)
		return SW_CONF_FAILED;
	if (S_ISDIR(st.st_mode))
		return SW_CONF_IS_DIR;
	if (!S_ISREG(st.st_mode))
		return SW_CONF_NO_FILE;
	if (st.st_size > (off_t)max)
		return SW_CONF_TOO_LARGE;
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
	name_stranger(st.st_uid, out);
	return SW_CONF_GOT;
}

static enum sw_conf_got disk_read(void *arg, const char *path, size_t max, struct sw_arena *arena,
				  struct sw_conf_file *out)
{
	/* what is no file is refused below, and opening it must not wait for anybody */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	enum sw_conf_got got;

	(void)arg;
	if (fd < 0)
		return why(errno);
	got = take(fd, max, arena, out);
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
