/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any octets on the control socket. Oracles: what comes back is HTTP or nothing; the parent is
 * told to reload or stop only by a POST to that address; every place is free again at the end.
 */
#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "admin/control.h"
#include "share/ipc.h"

#define TURNS 16

static struct {
	struct sw_admin_state state;
	struct sw_admin_start start;
	struct sw_conf conf;
	struct sw_admin_generation generation;
	struct sw_control control;
	struct sockaddr_un at;
	socklen_t at_n;
	int parent_fd;
} f;

/* A name of the abstract kind: nothing is left on the disk. */
static int listening(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	f.at.sun_family = AF_UNIX;
	int n = snprintf(f.at.sun_path + 1, sizeof(f.at.sun_path) - 1, "sipward-fuzz-%d", getpid());

	f.at_n = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);
	if (fd < 0 || bind(fd, (struct sockaddr *)&f.at, f.at_n) < 0 || listen(fd, 8) < 0)
		abort();
	return fd;
}

static void *zeroed(size_t n)
{
	void *p = calloc(1, n);

	if (!p)
		abort();
	return p;
}

static void start(void)
{
	int pair[2];

	if (f.control.daemon)
		return;
	if (!sw_ipc_pair(pair))
		abort();
	f.parent_fd = pair[0];
	f.start = (struct sw_admin_start){
		.control_fd = listening(), .parent_fd = pair[1], .store_fd = -1, .log_fd = -1
	};
	sw_board_init(&f.start.board, zeroed(sw_board_size(1)), 1);
	f.conf.path = SW_LIT("fuzz.conf");
	f.generation = (struct sw_admin_generation){ .number = 1, .conf = &f.conf, .log_fd = -1 };
	f.state.start = &f.start;
	f.state.generation = &f.generation;
	sw_recent_init(&f.state.recent, &f.start.board);
	if (!sw_control_start(&f.control, &f.state))
		abort();
}

static bool has(const uint8_t *data, size_t n, const char *text)
{
	return memmem(data, n, text, strlen(text)) != NULL;
}

/* Orders that came through; each was asked for. */
static void check_orders(const uint8_t *data, size_t n)
{
	static struct sw_ipc m;

	while (sw_ipc_receive(f.parent_fd, &m) == SW_IPC_GOT) {
		if (m.type == SW_IPC_RELOAD) {
			assert(has(data, n, "POST"));
			sw_control_reloaded(&f.control, SW_IPC_DONE, SW_LIT(""));
		} else if (m.type == SW_IPC_STOP) {
			assert(has(data, n, "POST"));
		}
	}
}

/* Turns of step_us each: little while somebody speaks, for who is slow is cut off. */
static void turn(const uint8_t *data, size_t n, int64_t step_us)
{
	static struct sw_wall now = { INT64_C(1795420800) * SW_US_PER_S };

	for (unsigned i = 0; i < TURNS; i++) {
		now.us += step_us;
		sw_control_run(&f.control, now);
		check_orders(data, n);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static char answer[1 << 16];
	ssize_t got;
	int fd;

	start();
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&f.at, f.at_n) < 0)
		abort();
	(void)fcntl(fd, F_SETFL, O_NONBLOCK);
	if (n > 0 && send(fd, data, n, MSG_NOSIGNAL) < 0 && n < 4096)
		abort();
	turn(data, n, 1000);
	got = recv(fd, answer, sizeof(answer), 0);
	assert(got <= 0 || (got > 9 && memcmp(answer, "HTTP/1.", 7) == 0));
	(void)close(fd);
	/* A follower that is gone is noticed when it is next spoken to. */
	turn(data, n, 60 * (int64_t)SW_US_PER_S);
	for (size_t i = 0; i < SW_CONTROL_CONNECTIONS; i++)
		assert(f.control.request[i].connection == NULL);
	return 0;
}
