/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/sockfile.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define WAITING 64 /* connections that the kernel keeps for us */

static socklen_t name_of(const char *path, struct sockaddr_un *out)
{
	size_t n = sw_slice_of(path).n + 1;

	*out = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(out->sun_path, path, n);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
}

/* Who called listen; the kernel remembers that. */
static struct sw_sockfile_peer ask_peer(int fd)
{
	struct ucred c;
	socklen_t length = sizeof(c);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &c, &length) != 0)
		return (struct sw_sockfile_peer){ 0 };
	return (struct sw_sockfile_peer){ .is_known = true, .uid = c.uid, .pid = c.pid };
}

/* Does anybody answer there? */
static bool is_live(const char *path, struct sw_sockfile_peer *peer)
{
	struct sockaddr_un to;
	socklen_t length = name_of(path, &to);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	bool is_up = true; /* not known to be dead */

	*peer = (struct sw_sockfile_peer){ 0 };
	if (fd < 0)
		return true;
	if (connect(fd, (const struct sockaddr *)&to, length) == 0)
		*peer = ask_peer(fd);
	else /* Only a refusal says that nobody listens; a full queue or missing rights do not. */
		is_up = errno != ECONNREFUSED && errno != ENOENT;
	close(fd);
	return is_up;
}

static void say_live(const char *path, const struct sw_sockfile_peer *peer, struct sw_why *why)
{
	(void)sw_why_say(why, "another program ");
	if (peer->is_known && peer->pid > 0)
		sw_why_add(why, "(pid %lld, uid %u) ", (long long)peer->pid, (unsigned)peer->uid);
	else if (peer->is_known)
		sw_why_add(why, "(uid %u) ", (unsigned)peer->uid);
	sw_why_add(why, "listens on the control socket %s: stop it first", path);
}

/* Take a dead socket out of the way. */
static enum sw_sockfile_opened clear(const char *path, struct sw_sockfile_peer *peer,
				     struct sw_why *why)
{
	struct stat st;

	if (lstat(path, &st) != 0)
		return SW_SOCKFILE_OPEN; /* gone meanwhile, or bind will say what is wrong */
	if (!S_ISSOCK(st.st_mode)) {
		(void)sw_why_say(why,
				 "%s is in the way of the control socket and is no socket: "
				 "move it away",
				 path);
		return SW_SOCKFILE_FAILED;
	}
	if (is_live(path, peer)) {
		say_live(path, peer, why);
		return SW_SOCKFILE_LIVE;
	}
	if (unlink(path) == 0)
		return SW_SOCKFILE_OPEN;
	(void)sw_why_say(why, "the dead control socket %s cannot be removed (%s): remove it", path,
			 sw_why_errno(errno));
	return SW_SOCKFILE_FAILED;
}

static bool bind_to(int fd, const char *path, mode_t mode)
{
	struct sockaddr_un at;
	socklen_t length = name_of(path, &at);
	mode_t old = umask(~mode & 0777);
	bool ok = bind(fd, (const struct sockaddr *)&at, length) == 0;
	int error = errno;

	umask(old);
	errno = error;
	return ok;
}

static bool keep_identity(struct sw_sockfile *f)
{
	struct stat st;

	if (lstat(f->path, &st) != 0)
		return false;
	f->dev = st.st_dev;
	f->ino = st.st_ino;
	return true;
}

static bool start(struct sw_sockfile *f, mode_t mode, struct sw_why *why)
{
	f->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (f->fd >= 0 && bind_to(f->fd, f->path, mode) && keep_identity(f) &&
	    listen(f->fd, WAITING) == 0)
		return true;
	(void)sw_why_say(why,
			 "the control socket %s cannot be made (%s): give this user a directory "
			 "there that it may write",
			 f->path, sw_why_errno(errno));
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
	return false;
}

enum sw_sockfile_opened sw_sockfile_open(struct sw_slice path, mode_t mode, struct sw_sockfile *out,
					 struct sw_sockfile_peer *peer, struct sw_why *why)
{
	struct sw_sockfile f = { .fd = -1 };
	enum sw_sockfile_opened cleared;

	if (path.n == 0 || path.n >= sizeof(f.path)) {
		(void)sw_why_say(why,
				 "the path of the control socket has %zu octets and may have 1 to "
				 "%zu: choose a shorter one",
				 path.n, sizeof(f.path) - 1);
		return SW_SOCKFILE_FAILED;
	}
	memcpy(f.path, path.p, path.n);
	cleared = clear(f.path, peer, why);
	if (cleared != SW_SOCKFILE_OPEN)
		return cleared;
	if (!start(&f, mode, why))
		return SW_SOCKFILE_FAILED;
	*out = f;
	return SW_SOCKFILE_OPEN;
}

bool sw_sockfile_give(const struct sw_sockfile *f, gid_t group, struct sw_why *why)
{
	if (lchown(f->path, (uid_t)-1, group) == 0)
		return true;
	return sw_why_say(why, "the control socket %s cannot be given to the group %u (%s)",
			  f->path, (unsigned)group, sw_why_errno(errno));
}

void sw_sockfile_remove(const struct sw_sockfile *f)
{
	struct stat st;

	if (lstat(f->path, &st) == 0 && S_ISSOCK(st.st_mode) && st.st_dev == f->dev &&
	    st.st_ino == f->ino)
		unlink(f->path);
}
