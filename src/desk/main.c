/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sipward-admin: the admin role as a program of its own. The parent starts it (share/inherit.h);
 * people have no use for it.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "admin/admin.h"
#include "proc/sandbox.h"
#include "proc/why.h"
#include "share/area.h"
#include "share/inherit.h"
#include "share/ipc.h"

#define BEGIN_MS   5000
#define EXIT_WRONG 2

struct desk {
	struct sw_admin_start start;
	struct sw_area area;
	struct sw_ipc message;
	bool has_failed;
};

/* A pair that keeps the borders of messages, as no shell leaves at this number. */
static bool is_started_by_parent(void)
{
	int type = 0;
	socklen_t n = sizeof(type);

	return getsockopt(SW_INHERIT_PARENT, SOL_SOCKET, SO_TYPE, &type, &n) == 0 &&
	       type == SOCK_SEQPACKET;
}

/* Those that mean the door are for the parent; the terminal sends them to all. */
static void leave_signals(void)
{
	static const int numbers[] = { SIGHUP, SIGINT, SIGTERM, SIGQUIT, SIGUSR1, SIGPIPE };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < SW_ARRAY_LEN(numbers); i++)
		sigaddset(&set, numbers[i]);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
}

static void close_others(void)
{
	for (int fd = SW_INHERIT_PARENT; fd < SW_INHERIT_END; fd++)
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	(void)close_range(SW_INHERIT_END, ~0u, 0);
}

static bool take_board(struct desk *d)
{
	if (!sw_area_open(&d->area, SW_INHERIT_BOARD, sw_board_size(1),
			  sw_board_size(SW_BOARD_WORKERS), SW_AREA_WRITE, 0))
		return false;
	return sw_board_open(&d->start.board, d->area.p, d->area.n);
}

static bool hear_begin(struct desk *d, struct sw_inherit_begin *out)
{
	struct pollfd p = { .fd = SW_INHERIT_PARENT, .events = POLLIN };

	if (poll(&p, 1, BEGIN_MS) != 1 ||
	    sw_ipc_receive(SW_INHERIT_PARENT, &d->message) != SW_IPC_GOT ||
	    d->message.type != SW_IPC_BEGIN || d->message.n != sizeof(*out))
		return false;
	memcpy(out, d->message.text, sizeof(*out));
	return true;
}

static bool enter_sandbox(struct desk *d, struct sw_why *why)
{
	struct sw_inherit_begin b;
	struct sw_sandbox_setting setting;
	uint32_t layers = 0;

	if (!hear_begin(d, &b))
		return sw_why_say(why, "sipward-admin did not hear from its parent");
	setting = (struct sw_sandbox_setting){
		.is_off = b.is_off != 0,
		.is_required = b.is_required != 0,
		.who = { b.is_root != 0, b.has_user != 0, b.uid, b.gid },
		.parent = (pid_t)b.parent,
	};
	if (!sw_sandbox_enter(&setting, SW_BOX_ADMIN, &layers, why))
		return false;
	atomic_store(&d->start.board.cell[SW_BOARD_ADMIN].layers, layers);
	return true;
}

static bool enter(void *arg)
{
	struct desk *d = arg;
	struct sw_why why = { "" };

	d->has_failed = !enter_sandbox(d, &why);
	if (d->has_failed)
		sw_why_print(why.text);
	return !d->has_failed;
}

static int serve(void)
{
	static struct desk d = { .start = { .control_fd = SW_INHERIT_CONTROL,
					    .parent_fd = SW_INHERIT_PARENT,
					    .store_fd = SW_INHERIT_STORE,
					    .ring_fd = SW_INHERIT_RING,
					    .log_fd = STDERR_FILENO } };

	leave_signals();
	close_others();
	if (!take_board(&d)) {
		sw_why_print("sipward-admin is of another build than sipward: install both");
		return EXIT_FAILURE;
	}
	d.start.enter = enter;
	d.start.enter_arg = &d;
	(void)sw_admin_main(&d.start);
	return d.has_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		(void)printf("sipward-admin " SIPWARD_VERSION " (libmicrohttpd %s)\n",
			     sw_admin_http_version());
		return EXIT_SUCCESS;
	}
	if (argc == 1 && is_started_by_parent())
		return serve();
	(void)fprintf(stderr, "sipward-admin: a part of the door, started by  sipward serve\n");
	return EXIT_WRONG;
}
