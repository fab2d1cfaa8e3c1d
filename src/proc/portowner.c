/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/portowner.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/hex.h"
#include "obs/text.h"

#define FIELD_LOCAL 1
#define FIELD_STATE 3
#define FIELD_INODE 9

#define LISTENING SW_LIT("0A") /* TCP_LISTEN */

static struct sw_slice field(struct sw_slice row, size_t number)
{
	size_t at = 0, end;

	for (size_t i = 0;; i++) {
		while (at < row.n && (row.p[at] == ' ' || row.p[at] == '\n'))
			at++;
		end = at;
		while (end < row.n && row.p[end] != ' ' && row.p[end] != '\n')
			end++;
		if (i == number || at == row.n)
			return (struct sw_slice){ row.p + at, end - at };
		at = end;
	}
}

/* "0100007F:13C4": words of four octets, each as this machine would print the number. */
static bool parse_local(struct sw_slice s, struct sw_addr *out)
{
	struct sw_addr a = { 0 };
	uint8_t port[2];
	size_t digits;

	if (s.n != 8 + 5 && s.n != 32 + 5)
		return false;
	digits = s.n - 5;
	a.family = digits == 8 ? SW_FAMILY_4 : SW_FAMILY_6;
	if (s.p[digits] != ':' || !sw_hex_parse(sw_slice_from(s, digits + 1), port, 2) ||
	    !sw_hex_parse((struct sw_slice){ s.p, digits }, a.ip, digits / 2))
		return false;
	a.port = (uint16_t)(port[0] << 8 | port[1]);
	for (size_t i = 0; i < digits / 2; i += 4) {
		uint32_t word = (uint32_t)a.ip[i] << 24 | (uint32_t)a.ip[i + 1] << 16 |
				(uint32_t)a.ip[i + 2] << 8 | a.ip[i + 3];

		memcpy(a.ip + i, &word, sizeof(word));
	}
	*out = a;
	return true;
}

static bool is_in_the_way(const struct sw_addr *has, const struct sw_addr *wants)
{
	if (has->port != wants->port)
		return false;
	if (has->family != wants->family) /* an IPv6 socket on every address may take IPv4 too */
		return has->family == SW_FAMILY_6 && sw_addr_is_any(has);
	return sw_addr_is_any(has) || sw_addr_is_any(wants) ||
	       memcmp(has->ip, wants->ip, sizeof(has->ip)) == 0;
}

uint64_t sw_portowner_row(enum sw_transport transport, struct sw_slice row,
			  const struct sw_addr *at)
{
	struct sw_addr has;
	uint64_t inode;

	if (!parse_local(field(row, FIELD_LOCAL), &has) || !is_in_the_way(&has, at))
		return 0;
	if (transport != SW_UDP && !sw_slice_eq(field(row, FIELD_STATE), LISTENING))
		return 0;
	return sw_slice_u64(field(row, FIELD_INODE), INT64_MAX, &inode) ? inode : 0;
}

static uint64_t find_inode(enum sw_transport transport, const char *path, const struct sw_addr *at)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t room = 0;
	ssize_t n;
	uint64_t inode = 0;

	while (f && inode == 0 && (n = getline(&line, &room, f)) > 0)
		inode = sw_portowner_row(transport, (struct sw_slice){ line, (size_t)n }, at);
	free(line);
	if (f)
		(void)fclose(f);
	return inode;
}

/* Does the process hold the socket whose link reads `want`? */
static bool holds(int proc, const char *pid, struct sw_slice want)
{
	char path[64], link[64];
	int dir = -1;
	DIR *fds;
	const struct dirent *e;
	bool is_it = false;

	if (snprintf(path, sizeof(path), "%s/fd", pid) < (int)sizeof(path))
		dir = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fds = dir >= 0 ? fdopendir(dir) : NULL;
	if (!fds) {
		if (dir >= 0)
			close(dir);
		return false;
	}
	while (!is_it && (e = readdir(fds))) {
		ssize_t n = readlinkat(dir, e->d_name, link, sizeof(link));

		is_it = n > 0 && sw_slice_eq((struct sw_slice){ link, (size_t)n }, want);
	}
	closedir(fds);
	return is_it;
}

/* Whoever runs a program may name it as he likes. */
static void read_program(int proc, const char *pid, struct sw_portowner *out)
{
	char path[64], name[32];
	struct sw_buf b = sw_buf_over(out->program, sizeof(out->program));
	int fd = -1;
	ssize_t n = 0;

	if (snprintf(path, sizeof(path), "%s/comm", pid) < (int)sizeof(path))
		fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, name, sizeof(name));
		close(fd);
	}
	while (n > 0 && name[n - 1] == '\n')
		n--;
	sw_text_clean(&b, (struct sw_slice){ name, n > 0 ? (size_t)n : 0 });
	(void)sw_buf_text(&b);
}

static bool find_holder(DIR *proc, struct sw_slice want, struct sw_portowner *out)
{
	const struct dirent *e;
	uint64_t pid;

	while ((e = readdir(proc))) {
		if (!sw_slice_u64(sw_slice_of(e->d_name), INT32_MAX, &pid) ||
		    !holds(dirfd(proc), e->d_name, want))
			continue;
		out->pid = (int64_t)pid;
		read_program(dirfd(proc), e->d_name, out);
		return true;
	}
	return false;
}

bool sw_portowner_find(enum sw_transport transport, const struct sw_addr *at,
		       struct sw_portowner *out)
{
	bool is_udp = transport == SW_UDP;
	char room[40];
	struct sw_buf want = sw_buf_over(room, sizeof(room));
	struct sw_portowner owner = { 0 };
	uint64_t inode = 0;
	DIR *proc;
	bool is_found;

	if (at->family == SW_FAMILY_4)
		inode = find_inode(transport, is_udp ? "/proc/net/udp" : "/proc/net/tcp", at);
	if (inode == 0)
		inode = find_inode(transport, is_udp ? "/proc/net/udp6" : "/proc/net/tcp6", at);
	proc = inode ? opendir("/proc") : NULL;
	if (!proc)
		return false;
	sw_buf_str(&want, "socket:[");
	sw_buf_u64(&want, inode);
	sw_buf_char(&want, ']');
	is_found = find_holder(proc, sw_buf_slice(&want), &owner);
	closedir(proc);
	if (is_found)
		*out = owner;
	return is_found;
}
