/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What strangers leave behind: the resident size of a door before and after datagrams that prove
 * nothing, from 250 addresses, as JSON. A third are requests without credentials, a third bring
 * credentials that were made up, a third are broken. Datagrams are sent in bursts that the door
 * is seen to have read, so that what is counted was really served.
 * Usage: bench_strangers SIPWARD [DATAGRAMS]      (default 10000000)
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SOURCES 250
#define BURST   64
#define PORT    25461
#define WARM_UP 200000UL

static char folder[] = "/tmp/sipward-strangers-XXXXXX";
static pid_t door;

static void end_door(void)
{
	char path[sizeof(folder) + 32];

	if (door > 0) {
		kill(door, SIGTERM);
		waitpid(door, NULL, 0);
	}
	door = 0;
	snprintf(path, sizeof(path), "%s/sipward.conf", folder);
	unlink(path);
	snprintf(path, sizeof(path), "%s/secret", folder);
	unlink(path);
	snprintf(path, sizeof(path), "%s/run/lock", folder);
	unlink(path);
	snprintf(path, sizeof(path), "%s/run", folder);
	rmdir(path);
	rmdir(folder);
}

static void die(const char *what)
{
	fprintf(stderr, "bench_strangers: %s: %s\n", what, strerror(errno));
	end_door();
	exit(1);
}

static void write_file(const char *name, const char *text)
{
	char path[sizeof(folder) + 32];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) || close(fd) < 0)
		die(path);
}

static void start_door(const char *program)
{
	char conf[512], path[sizeof(folder) + 32];

	if (!mkdtemp(folder))
		die("mkdtemp");
	snprintf(conf, sizeof(conf),
		 "realm example.com\nlisten udp 127.0.0.1:%d\nstore memory\nrun %s/run\n"
		 "log json level error\n"
		 "phones staff {\n    accept digest\n    user alice file:%s/secret\n}\n",
		 PORT, folder, folder);
	write_file("sipward.conf", conf);
	write_file("secret", "wren-cobalt-71\n");
	snprintf(path, sizeof(path), "%s/sipward.conf", folder);
	door = fork();
	if (door < 0)
		die("fork");
	if (door == 0) {
		execl(program, program, "serve", "-c", path, (char *)NULL);
		_exit(127);
	}
}

static long resident_kib(void)
{
	char path[64], line[256];
	long kib = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)door);
	f = fopen(path, "re");
	if (!f)
		die(path);
	while (fgets(line, sizeof(line), f))
		if (strncmp(line, "VmRSS:", 6) == 0)
			kib = strtol(line + 6, NULL, 10);
	fclose(f);
	if (kib <= 0) { /* a zombie has no memory, and whoever answers is another door */
		errno = ESRCH;
		die("the door that was started has ended");
	}
	return kib;
}

static int socket_of(unsigned i)
{
	struct sockaddr_in here = { .sin_family = AF_INET };
	struct sockaddr_in there = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	here.sin_addr.s_addr = htonl(0x7f010001 + (i << 8));
	there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&here, sizeof(here)) < 0 ||
	    connect(fd, (struct sockaddr *)&there, sizeof(there)) < 0)
		die("socket");
	return fd;
}

struct text {
	char p[1024];
	int n;
};

/* Every one differs from all before it in branch, Call-ID, name and nonce. */
static void make(struct text *t, unsigned long seq)
{
	static const char *const auth =
		"Authorization: Digest username=\"u%lu\", realm=\"example.com\", "
		"nonce=\"%043lu\", uri=\"sip:example.com\", response=\"%064lu\", "
		"algorithm=SHA-256, cnonce=\"c\", qop=auth, nc=00000001\r\n";
	char line[512] = "";

	if (seq % 3 == 1)
		snprintf(line, sizeof(line), auth, seq, seq, seq);
	t->n = snprintf(t->p, sizeof(t->p),
			"REGISTER sip:example.com SIP/2.0\r\n"
			"Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK-%lu;rport\r\n"
			"Max-Forwards: 70\r\nFrom: <sip:u%lu@example.com>;tag=%lu\r\n"
			"To: <sip:u%lu@example.com>\r\nCall-ID: %lu@192.0.2.1\r\n"
			"CSeq: 1 REGISTER\r\nContact: <sip:u%lu@192.0.2.1>\r\n"
			"User-Agent: a stranger among many\r\n%s%sContent-Length: 0\r\n\r\n",
			seq, seq, seq, seq, seq, seq, line,
			seq % 3 == 2 ? "From: <sip:twice@example.com>;tag=2\r\n" : "");
}

/* One burst and its answers; what a broken datagram gets is an answer too. */
static unsigned long burst(int fd, unsigned long *seq)
{
	static struct text text[BURST];
	static char in[2048];
	struct mmsghdr m[BURST] = { 0 };
	struct iovec v[BURST];
	unsigned long heard = 0;
	struct pollfd p = { .fd = fd, .events = POLLIN };

	for (unsigned i = 0; i < BURST; i++) {
		make(&text[i], (*seq)++);
		v[i] = (struct iovec){ text[i].p, (size_t)text[i].n };
		m[i].msg_hdr.msg_iov = &v[i];
		m[i].msg_hdr.msg_iovlen = 1;
	}
	if (sendmmsg(fd, m, BURST, 0) != BURST)
		die("sendmmsg");
	while (heard < BURST && poll(&p, 1, 200) == 1 && recv(fd, in, sizeof(in), 0) > 0)
		heard++;
	return heard;
}

static void wait_for_door(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	const struct timespec pause = { .tv_nsec = 50000000 };
	struct text t;
	char in[2048];

	make(&t, 0);
	for (unsigned i = 0; i < 200; i++) {
		if (send(fd, t.p, (size_t)t.n, 0) > 0 && poll(&p, 1, 100) == 1 &&
		    recv(fd, in, sizeof(in), 0) > 0)
			return;
		nanosleep(&pause, NULL);
	}
	die("the door does not answer");
}

int main(int argc, char **argv)
{
	unsigned long total = argc > 2 ? strtoul(argv[2], NULL, 10) : 10000000, seq = 0, heard = 0;
	int fd[SOURCES];
	long before;

	if (argc < 2 || total == 0) {
		fprintf(stderr, "usage: bench_strangers SIPWARD [DATAGRAMS]\n");
		return 2;
	}
	for (unsigned i = 0; i < SOURCES; i++)
		fd[i] = socket_of(i);
	start_door(argv[1]);
	wait_for_door(fd[0]);
	for (unsigned i = 0; seq < WARM_UP; i++)
		burst(fd[i % SOURCES], &seq);
	before = resident_kib();
	seq = 0;
	for (unsigned i = 0; seq < total; i++)
		heard += burst(fd[i % SOURCES], &seq);
	long after = resident_kib();

	printf("{\"bench\":\"strangers\",\"datagrams\":%lu,\"answers\":%lu,\"sources\":%d,"
	       "\"resident_kib\":%ld,\"grown_kib\":%ld}\n",
	       seq, heard, SOURCES, after, after - before);
	end_door();
	return 0;
}
