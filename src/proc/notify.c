/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/notify.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"

bool sw_notify_send(struct sw_slice name, struct sw_slice state)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + name.n);
	ssize_t sent;
	int fd;

	if (name.n == 0)
		return true;
	if ((name.p[0] != '/' && name.p[0] != '@') || name.n >= sizeof(to.sun_path))
		return false;
	memcpy(to.sun_path, name.p, name.n);
	if (name.p[0] == '@')
		to.sun_path[0] = '\0';
	else
		length++; /* a path is sent with its NUL */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	sent = sendto(fd, state.p, state.n, MSG_NOSIGNAL | MSG_DONTWAIT,
		      (const struct sockaddr *)&to, length);
	close(fd);
	return sent == (ssize_t)state.n;
}

static void tell(struct sw_slice state)
{
	const char *name = getenv("NOTIFY_SOCKET");

	if (name && !sw_notify_send(sw_slice_of(name), state))
		return; /* a manager that does not listen is no reason to stop */
}

void sw_notify_ready(void)
{
	tell(SW_LIT("READY=1"));
}

void sw_notify_reloading(struct sw_mono now)
{
	char room[64];
	struct sw_buf b = sw_buf_over(room, sizeof(room));

	sw_buf_str(&b, "RELOADING=1\nMONOTONIC_USEC=");
	sw_buf_u64(&b, now.us);
	tell(sw_buf_slice(&b));
}

void sw_notify_stopping(void)
{
	tell(SW_LIT("STOPPING=1"));
}
