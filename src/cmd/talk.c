/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/talk.h"

#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "share/clock.h"

#define ANSWER_MAX ((size_t)8 << 20)
#define BLOCK      16384
#define GROW       ((size_t)2 * BLOCK)
#define HEADER_END SW_LIT("\r\n\r\n")
#define PIECE      ((size_t)1 << 20)
#define TICK_MS    200 /* between two looks at how far it is */

/* A connection and what was read from it. */
struct talk {
	const char *path;
	int fd;
	int64_t deadline_ms;
	char *p;
	size_t n, cap;
	const struct sw_talk_body *body; /* NULL: none */
	uint64_t sent;                   /* of it */
};

static int64_t mono_ms(void)
{
	return (int64_t)(sw_clock_mono().us / 1000);
}

static int open_socket(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	size_t n = strlen(path);
	int fd, error;

	if (n >= sizeof(a.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(a.sun_path, path, n);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&a, sizeof(a)) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

static struct sw_talk_peer peer_of(int fd)
{
	struct ucred c;
	socklen_t n = sizeof(c);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &c, &n) != 0)
		return (struct sw_talk_peer){ -1, -1 };
	return (struct sw_talk_peer){ c.pid, c.uid };
}

enum sw_talk_state sw_talk_try(const char *path, struct sw_talk_peer *peer)
{
	int fd = open_socket(path);

	if (peer)
		*peer = (struct sw_talk_peer){ -1, -1 };
	if (fd < 0 && (errno == EACCES || errno == EPERM))
		return SW_TALK_DENIED;
	if (fd < 0) /* a full backlog is a sign of life */
		return errno == EAGAIN ? SW_TALK_ALIVE : SW_TALK_DEAD;
	if (peer)
		*peer = peer_of(fd);
	close(fd);
	return SW_TALK_ALIVE;
}

static enum sw_exit say_denied(const char *path)
{
	struct stat st;
	const struct passwd *owner;
	const struct group *group;

	if (stat(path, &st) != 0) {
		fprintf(stderr, "sipward: %s: you may not look there; try it with sudo.\n", path);
		return SW_EXIT_FAILED;
	}
	owner = getpwuid(st.st_uid);
	group = st.st_gid != 0 ? getgrgid(st.st_gid) : NULL; /* nobody should join root */
	fprintf(stderr, "sipward: %s: you may not ask this door; it takes %s", path,
		owner ? owner->pw_name : "its owner");
	if (group)
		fprintf(stderr,
			" and the group %s. Use sudo, or join:  sudo usermod -aG %s $USER\n",
			group->gr_name, group->gr_name);
	else
		fprintf(stderr, ". Use sudo.\n");
	return SW_EXIT_FAILED;
}

static enum sw_exit say_errno(const char *path)
{
	if (errno == EACCES || errno == EPERM)
		return say_denied(path);
	if (errno == ENOENT || errno == ECONNREFUSED) {
		fprintf(stderr, "sipward: not running: nobody listens at %s.\n", path);
		return SW_EXIT_NOT_RUNNING;
	}
	fprintf(stderr, "sipward: %s: the door cannot be asked: %s.\n", path, strerror(errno));
	return SW_EXIT_FAILED;
}

static enum sw_exit say_late(const struct talk *t)
{
	fprintf(stderr, "sipward: %s: the door did not answer in time.\n", t->path);
	return SW_EXIT_TIMEOUT;
}

static enum sw_exit say_strange(const struct talk *t)
{
	fprintf(stderr, "sipward: %s: what answers there does not speak like a sipward door.\n",
		t->path);
	return SW_EXIT_FAILED;
}

static void tell_progress(const struct talk *t)
{
	if (t->body && t->body->progress)
		t->body->progress(t->body->arg, t->sent);
}

static bool wait_for(const struct talk *t, short events)
{
	struct pollfd p = { .fd = t->fd, .events = events };

	for (;;) {
		int64_t left = t->deadline_ms - mono_ms();
		int ready;

		if (left <= 0)
			return false;
		ready = poll(&p, 1, left > TICK_MS ? TICK_MS : (int)left);
		if (ready != 0)
			return ready > 0 || errno == EINTR;
		tell_progress(t);
	}
}

static void end(struct talk *t)
{
	if (t->fd >= 0)
		close(t->fd);
	free(t->p);
}

static enum sw_exit send_all(struct talk *t, struct sw_slice s)
{
	while (s.n > 0) {
		ssize_t n = send(t->fd, s.p, s.n, MSG_NOSIGNAL);

		if (n > 0)
			s = sw_slice_from(s, (size_t)n);
		else if (errno != EAGAIN && errno != EINTR)
			return say_errno(t->path);
		else if (!wait_for(t, POLLOUT))
			return say_late(t);
	}
	return SW_EXIT_OK;
}

static enum sw_exit start(struct talk *t, const char *method, const char *target,
			  const char *version, int timeout_s)
{
	char request[4096];
	int n = snprintf(request, sizeof(request),
			 "%s %s HTTP/%s\r\nHost: sipward\r\nConnection: close\r\n%s%s%s"
			 "Content-Length: %llu\r\n\r\n",
			 method, target, version, t->body ? "Content-Type: " : "",
			 t->body ? t->body->type : "", t->body ? "\r\n" : "",
			 t->body ? (unsigned long long)t->body->n : 0);

	t->deadline_ms = mono_ms() + (int64_t)timeout_s * 1000;
	if (n < 0 || (size_t)n >= sizeof(request)) {
		fprintf(stderr, "sipward: what was asked for is too long.\n");
		return SW_EXIT_USAGE;
	}
	t->fd = open_socket(t->path);
	if (t->fd < 0)
		return say_errno(t->path);
	return send_all(t, (struct sw_slice){ request, (size_t)n });
}

static bool make_room(struct talk *t)
{
	char *p;

	if (t->cap - t->n > BLOCK)
		return true;
	if (t->cap >= ANSWER_MAX)
		return false;
	p = realloc(t->p, t->cap * 2 + GROW);
	if (!p)
		return false;
	t->p = p;
	t->cap = t->cap * 2 + GROW;
	return true;
}

/* One piece; *is_end: there is no more. */
static enum sw_exit read_some(struct talk *t, bool *is_end)
{
	for (;;) {
		ssize_t n;

		if (!make_room(t))
			return say_strange(t);
		n = recv(t->fd, t->p + t->n, BLOCK, 0);
		if (n >= 0) {
			t->n += (size_t)n;
			t->p[t->n] = '\0';
			*is_end = n == 0;
			return SW_EXIT_OK;
		}
		if (errno == ECONNRESET) { /* it died while it answered */
			*is_end = true;
			return SW_EXIT_OK;
		}
		if (errno != EAGAIN && errno != EINTR)
			return say_errno(t->path);
		if (!wait_for(t, POLLIN))
			return say_late(t);
	}
}

/* Offset behind the header; 0: it is not all there. */
static size_t header_len(const struct talk *t)
{
	const char *at = t->n > 0 ? memmem(t->p, t->n, HEADER_END.p, HEADER_END.n) : NULL;

	return at ? (size_t)(at - t->p) + HEADER_END.n : 0;
}

/* "HTTP/1.1 200 OK" */
static bool read_status(const struct talk *t, int *status)
{
	struct sw_slice s = { t->p, t->n };
	uint64_t v;

	if (s.n < 12 || !sw_slice_has_prefix(s, SW_LIT("HTTP/1.")) || s.p[8] != ' ')
		return false;
	if (!sw_slice_u64((struct sw_slice){ s.p + 9, 3 }, 999, &v))
		return false;
	*status = (int)v;
	return true;
}

/* The value of Content-Length, or false. */
static bool read_length(struct sw_slice header, uint64_t *out)
{
	const struct sw_slice name = SW_LIT("content-length:");

	while (header.n > 0) {
		const char *end = memmem(header.p, header.n, "\r\n", 2);
		size_t n = end ? (size_t)(end - header.p) : header.n;
		struct sw_slice line = { header.p, n };

		if (sw_slice_has_prefix_nocase(line, name))
			return sw_slice_u64(sw_slice_trim(sw_slice_from(line, name.n)), ANSWER_MAX,
					    out);
		header = sw_slice_from(header, n + 2);
	}
	return false;
}

/* What was read is the answer; the caller of the command owns it now. */
static enum sw_exit give_answer(struct talk *t, struct sw_talk_answer *out)
{
	size_t at = header_len(t);
	uint64_t length;
	int status;

	if (at == 0 || !read_status(t, &status))
		return say_strange(t);
	if (read_length((struct sw_slice){ t->p, at }, &length) && length != t->n - at) {
		fprintf(stderr, "sipward: %s: the door's answer was cut off.\n", t->path);
		return SW_EXIT_FAILED;
	}
	*out = (struct sw_talk_answer){ status, t->p, { t->p + at, t->n - at } };
	t->p = NULL;
	return SW_EXIT_OK;
}

static enum sw_exit read_rest(struct talk *t, struct sw_talk_answer *out)
{
	bool is_end = false;
	enum sw_exit code = SW_EXIT_OK;

	while (code == SW_EXIT_OK && !is_end)
		code = read_some(t, &is_end);
	return code == SW_EXIT_OK ? give_answer(t, out) : code;
}

enum sw_exit sw_talk_ask(const char *path, const char *method, const char *target, int timeout_s,
			 struct sw_talk_answer *out)
{
	struct talk t = { .path = path, .fd = -1 };
	enum sw_exit code = start(&t, method, target, "1.1", timeout_s);

	if (code == SW_EXIT_OK)
		code = read_rest(&t, out);
	end(&t);
	return code;
}

/* A door that has had enough closes its end, and says why before that. */
static bool is_closed_error(int error)
{
	return error == EPIPE || error == ECONNRESET;
}

static enum sw_exit send_octets(struct talk *t, const char *p)
{
	while (t->sent < t->body->n) {
		uint64_t left = t->body->n - t->sent;
		ssize_t n = send(t->fd, p + t->sent, left < PIECE ? (size_t)left : PIECE,
				 MSG_NOSIGNAL);

		if (n < 0 && is_closed_error(errno))
			return SW_EXIT_OK;
		if (n > 0) {
			t->sent += (uint64_t)n;
			tell_progress(t);
		} else if (errno != EAGAIN && errno != EINTR) {
			return say_errno(t->path);
		} else if (!wait_for(t, POLLOUT)) {
			return say_late(t);
		}
	}
	return SW_EXIT_OK;
}

static enum sw_exit send_body(struct talk *t)
{
	enum sw_exit code;
	void *p;

	if (t->body->n == 0)
		return SW_EXIT_OK;
	p = mmap(NULL, (size_t)t->body->n, PROT_READ, MAP_SHARED, t->body->fd, 0);
	if (p == MAP_FAILED)
		return say_errno(t->path);
	code = send_octets(t, p);
	(void)munmap(p, (size_t)t->body->n);
	return code;
}

enum sw_exit sw_talk_send(const char *path, const char *method, const char *target,
			  const struct sw_talk_body *body, int timeout_s,
			  struct sw_talk_answer *out)
{
	struct talk t = { .path = path, .fd = -1, .body = body };
	enum sw_exit code = start(&t, method, target, "1.1", timeout_s);

	if (code == SW_EXIT_OK)
		code = send_body(&t);
	if (code == SW_EXIT_OK)
		code = read_rest(&t, out);
	end(&t);
	return code;
}

/* Give away the whole lines and keep what is begun; false: enough. */
static bool give_lines(struct talk *t, size_t at, sw_talk_line_fn line, void *arg)
{
	bool more = true;

	while (more) {
		const char *end = memchr(t->p + at, '\n', t->n - at);
		struct sw_slice s;

		if (!end)
			break;
		s = (struct sw_slice){ t->p + at, (size_t)(end - t->p) - at };
		at += s.n + 1;
		more = line(arg, s);
	}
	memmove(t->p, t->p + at, t->n - at);
	t->n -= at;
	return more;
}

static enum sw_exit read_header(struct talk *t, int *status)
{
	bool is_end = false;
	enum sw_exit code = SW_EXIT_OK;

	while (code == SW_EXIT_OK && !is_end && header_len(t) == 0)
		code = read_some(t, &is_end);
	if (code != SW_EXIT_OK)
		return code;
	return header_len(t) > 0 && read_status(t, status) ? SW_EXIT_OK : say_strange(t);
}

static enum sw_exit read_stream(struct talk *t, int silence_s, sw_talk_line_fn line, void *arg)
{
	size_t at = header_len(t);
	bool is_end = false;

	while (give_lines(t, at, line, arg)) {
		enum sw_exit code;

		if (is_end)
			return SW_EXIT_NOT_RUNNING;
		at = 0;
		t->deadline_ms = mono_ms() + (int64_t)silence_s * 1000;
		code = read_some(t, &is_end);
		if (code != SW_EXIT_OK)
			return code;
	}
	return SW_EXIT_OK;
}

enum sw_exit sw_talk_stream(const char *path, const char *target, int silence_s,
			    sw_talk_line_fn line, void *arg, struct sw_talk_answer *out)
{
	struct talk t = { .path = path, .fd = -1 };
	/* 1.0: the stream then comes without chunks around it */
	enum sw_exit code = start(&t, "GET", target, "1.0", silence_s);

	*out = (struct sw_talk_answer){ 0 };
	if (code == SW_EXIT_OK)
		code = read_header(&t, &out->status);
	if (code == SW_EXIT_OK && out->status == 200)
		code = read_stream(&t, silence_s, line, arg);
	else if (code == SW_EXIT_OK)
		code = read_rest(&t, out);
	end(&t);
	return code;
}
