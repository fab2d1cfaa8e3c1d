/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A load of REGISTERs from many users, and what it costs the server: processor time of all its
 * processes per message, latencies, answers counted and checked; one line of JSON.
 *
 *   challenge   no credentials: 401
 *   register    from nothing: 401, then 200
 *   reauth      proven alone: the same nonce with the next count: 200
 *   wrong       right nonce, wrong password: 403 (or, with --wrong-status, what the peer gives)
 *
 * A window of requests is out at any time; what is not answered within a second is lost and
 * counted. With --echo the peer is udp_echo: the same octets go out, whatever comes is an answer.
 * With --rate the load is open: so many messages a second, whatever the server does.
 */
#include <arpa/inet.h>
#include <getopt.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <openssl/evp.h>

#include "cpu.h"

#define BATCH    32
#define ROOM     2048
#define SOCKETS  64
#define NONCE    128
#define LOST_US  1000000u
#define BUCKETS  200000 /* of one microsecond; the last one holds what is longer */
#define STATUSES 700
#define NC_MAX   1000000
#define LONG     520 /* octets: a request that has credentials is longer, one without shorter */

enum mode {
	CHALLENGE,
	REGISTER,
	REAUTH,
	WRONG
};

static const char *const mode_name[] = { "challenge", "register", "reauth", "wrong" };

struct user {
	char ha1[65];
	char nonce[NONCE];
	uint32_t nc, cseq;
	uint64_t sent_us;  /* 0: nothing is out */
	bool is_answering; /* the second message of a registration */
};

static struct {
	enum mode mode;
	bool echo, md5;
	struct sockaddr_in to;
	const char *realm;
	unsigned users, window, sockets, wrong_status;
	double seconds, warm_s;
	unsigned long rate;
	pid_t server;
} set = { .realm = "bench.test",
	  .users = 1000,
	  .window = 256,
	  .sockets = 1,
	  .wrong_status = 403,
	  .seconds = 2,
	  .warm_s = 0.5 };

static struct user *user;
static int fd[SOCKETS];
static struct sockaddr_in mine[SOCKETS];
static EVP_MD_CTX *hash;
static const EVP_MD *digest;
static char a2[65];

static struct mmsghdr out[BATCH], in[BATCH];
static struct iovec out_iov[BATCH], in_iov[BATCH];
static char sending[BATCH][ROOM], coming[BATCH][ROOM];

static struct {
	uint64_t sent, answers, lost, stray, wrong;
	uint64_t status[STATUSES], octets[STATUSES];       /* answers */
	uint64_t plain, plain_octets, proof, proof_octets; /* requests */
	uint32_t latency[BUCKETS];
} count;

static unsigned long run; /* names this one: a Call-ID goes on with its CSeq */
static unsigned next_user, outstanding;
static bool is_counting;

static void die(const char *what)
{
	fprintf(stderr, "sip_load: %s\n", what);
	exit(1);
}

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
}

static void hash_hex(const char *text, size_t n, char hex[65])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char raw[EVP_MAX_MD_SIZE];
	unsigned length = 0;

	if (!EVP_DigestInit_ex(hash, digest, NULL) || !EVP_DigestUpdate(hash, text, n) ||
	    !EVP_DigestFinal_ex(hash, raw, &length))
		die("libcrypto fails");
	for (unsigned i = 0; i < length && i < 32; i++) {
		hex[2 * i] = digits[raw[i] >> 4];
		hex[2 * i + 1] = digits[raw[i] & 15];
	}
	hex[2 * length] = '\0';
}

/* The n-th user is u0000001 with the password "secret-u0000001" (bench/ratios makes them so). */
static void make_users(void)
{
	char text[200];
	int n;

	user = calloc(set.users, sizeof(*user));
	if (!user)
		die("out of memory");
	for (unsigned i = 0; i < set.users; i++) {
		n = snprintf(text, sizeof(text), "u%07u:%s:%su%07u", i, set.realm,
			     set.mode == WRONG ? "other-" : "secret-", i);
		hash_hex(text, (size_t)n, user[i].ha1);
		user[i].cseq = 1;
	}
	n = snprintf(text, sizeof(text), "REGISTER:sip:%s", set.realm);
	hash_hex(text, (size_t)n, a2);
}

static size_t write_credentials(char *p, size_t room, struct user *u, unsigned i)
{
	char text[400], response[65];
	int n;

	u->nc = u->nc % NC_MAX + 1;
	n = snprintf(text, sizeof(text), "%s:%s:%08x:0a4f113b:auth:%s", u->ha1, u->nonce, u->nc,
		     a2);
	hash_hex(text, (size_t)n, response);
	n = snprintf(
		p, room,
		"Authorization: Digest username=\"u%07u\", realm=\"%s\", nonce=\"%s\", "
		"uri=\"sip:%s\", response=\"%s\", algorithm=%s, cnonce=\"0a4f113b\", qop=auth, "
		"nc=%08x\r\n",
		i, set.realm, u->nonce, set.realm, response, set.md5 ? "MD5" : "SHA-256", u->nc);
	return (size_t)n;
}

/* The branch names the user, so that an answer finds it. */
static size_t write_request(char *p, unsigned i)
{
	struct user *u = &user[i];
	const struct sockaddr_in *me = &mine[i % set.sockets];
	unsigned port = ntohs(me->sin_port);
	size_t n = (size_t)snprintf(p, ROOM,
				    "REGISTER sip:%s SIP/2.0\r\n"
				    "Via: SIP/2.0/UDP 127.0.0.1:%u;branch=z9hG4bK%08x%08x;rport\r\n"
				    "Max-Forwards: 70\r\n"
				    "From: <sip:u%07u@%s>;tag=%08x\r\n"
				    "To: <sip:u%07u@%s>\r\n"
				    "Call-ID: %08x-%lx@load\r\n"
				    "CSeq: %u REGISTER\r\n"
				    "Contact: <sip:u%07u@127.0.0.1:%u>\r\n"
				    "User-Agent: sip_load\r\n"
				    "Expires: 3600\r\n",
				    set.realm, port, i, u->cseq, i, set.realm, i, i, set.realm, i,
				    run, u->cseq, i, port);

	u->cseq++;
	if (u->nonce[0] != '\0' &&
	    (set.mode == REAUTH || set.mode == WRONG || (set.mode == REGISTER && u->is_answering)))
		n += write_credentials(p + n, ROOM - n, u, i);
	n += (size_t)snprintf(p + n, ROOM - n, "Content-Length: 0\r\n\r\n");
	return n;
}

/* Of the challenge that we can answer. */
static bool take_nonce(const char *text, struct user *u)
{
	const char *at = text;
	const char *want = set.md5 ? "algorithm=MD5" : "algorithm=SHA-256";

	while ((at = strstr(at, "\r\nWWW-Authenticate: Digest")) != NULL) {
		const char *end = strstr(at + 2, "\r\n");
		const char *alg = strstr(at, want);
		const char *nonce = strstr(at, "nonce=\"");
		size_t n;

		if (!end || !nonce || nonce > end)
			return false;
		at = end;
		if (set.md5 ? strstr(nonce, "algorithm=") && strstr(nonce, "algorithm=") < end &&
				      (!alg || alg > end)
			    : !alg || alg > end)
			continue;
		nonce += 7;
		n = strcspn(nonce, "\"");
		if (n >= NONCE)
			return false;
		memcpy(u->nonce, nonce, n);
		u->nonce[n] = '\0';
		u->nc = 0;
		return true;
	}
	return false;
}

static void note_latency(uint64_t us)
{
	if (is_counting)
		count.latency[us < BUCKETS ? us : BUCKETS - 1]++;
}

static unsigned expected(const struct user *u, bool had_nonce)
{
	switch (set.mode) {
	case CHALLENGE:
		return 401;
	case REGISTER:
		return u->is_answering ? 200 : 401;
	case REAUTH:
		return had_nonce ? 200 : 401;
	default:
		return had_nonce ? set.wrong_status : 401;
	}
}

static bool is_right(const char *text, unsigned i, unsigned status)
{
	char contact[64];

	if (status != 200)
		return true;
	snprintf(contact, sizeof(contact), "<sip:u%07u@127.0.0.1:", i);
	return strstr(text, contact) != NULL;
}

static bool send_one(unsigned socket_number, unsigned i, unsigned *waiting);

/* What an answer means for its user; true: it has something to send at once. */
static bool take_answer(char *text, size_t n, unsigned of_socket, unsigned *who)
{
	const char *branch;
	unsigned status, i;
	bool had_nonce;
	struct user *u;

	text[n < ROOM ? n : ROOM - 1] = '\0';
	if (set.echo) { /* answers come in the order of the requests; nobody is named */
		i = *who;
		status = 0;
	} else {
		branch = strstr(text, "branch=z9hG4bK");
		if (n < 12 || !branch || strlen(branch) < 30) {
			count.stray++;
			return false;
		}
		char hex[9] = { 0 };

		memcpy(hex, branch + 14, 8);
		i = (unsigned)strtoul(hex, NULL, 16);
		status = (unsigned)strtoul(text + 8, NULL, 10);
	}
	if (i >= set.users || user[i].sent_us == 0 || i % set.sockets != of_socket) {
		count.stray++;
		return false;
	}
	u = &user[i];
	note_latency(now_us() - u->sent_us);
	u->sent_us = 0;
	outstanding--;
	if (is_counting)
		count.answers++;
	had_nonce = u->nonce[0] != '\0';
	if (set.echo) {
		memset(u->nonce, 'n', 43);
		u->is_answering = set.mode == REGISTER && !u->is_answering;
		*who = i;
		return u->is_answering;
	}
	if (is_counting) {
		count.status[status < STATUSES ? status : 0]++;
		count.octets[status < STATUSES ? status : 0] += n;
		if (status != expected(u, had_nonce) || !is_right(text, i, status))
			count.wrong++;
	}
	if (status == 401 && set.mode != CHALLENGE && !take_nonce(text, u))
		count.wrong++;
	if (status != 401 && set.mode == REGISTER)
		u->nonce[0] = '\0';
	u->is_answering = set.mode == REGISTER && status == 401;
	*who = i;
	return u->is_answering;
}

/* With credentials or without, which are a quarter of a kilobyte. */
static void note_request(size_t octets)
{
	if (!is_counting)
		return;
	count.sent++;
	if (octets > LONG) {
		count.proof++;
		count.proof_octets += octets;
	} else {
		count.plain++;
		count.plain_octets += octets;
	}
}

static void flush(unsigned s, unsigned *waiting)
{
	for (unsigned at = 0; at < *waiting;) {
		int sent = sendmmsg(fd[s], out + at, *waiting - at, 0);

		at += sent > 0 ? (unsigned)sent : 1;
	}
	*waiting = 0;
}

static bool send_one(unsigned s, unsigned i, unsigned *waiting)
{
	out_iov[*waiting] = (struct iovec){ sending[*waiting],
					    write_request(sending[*waiting], i) };
	user[i].sent_us = now_us();
	outstanding++;
	note_request(out_iov[*waiting].iov_len);
	if (++*waiting == BATCH)
		flush(s, waiting);
	return true;
}

/* Echoes name nobody: those of one socket come in the order in which they went out. */
static struct order {
	unsigned *who;
	unsigned head, tail, mask;
} order[SOCKETS];

static void remember_order(unsigned s, unsigned i)
{
	struct order *o = &order[s];

	if (set.echo)
		o->who[o->head++ & o->mask] = i;
}

static void receive(unsigned s)
{
	unsigned waiting = 0;
	int n;

	for (int i = 0; i < BATCH; i++)
		in_iov[i] = (struct iovec){ coming[i], ROOM - 1 };
	n = recvmmsg(fd[s], in, BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < n; i++) {
		struct order *o = &order[s];
		unsigned who = set.echo && o->tail != o->head ? o->who[o->tail++ & o->mask] : 0;

		if (take_answer(coming[i], in[i].msg_len, s, &who)) {
			remember_order(s, who);
			(void)send_one(s, who, &waiting);
		}
	}
	flush(s, &waiting);
}

static void give_up_lost(void)
{
	static unsigned at;
	uint64_t now = now_us();

	for (unsigned i = 0; i < 4096 && i < set.users; i++) {
		struct user *u = &user[at];

		at = (at + 1) % set.users;
		if (u->sent_us == 0 || now - u->sent_us < LOST_US)
			continue;
		u->sent_us = 0;
		u->is_answering = false;
		outstanding--;
		if (is_counting)
			count.lost++;
	}
}

/* New work for socket s, at most `most` messages. */
static unsigned begin(unsigned s, unsigned most)
{
	unsigned waiting = 0, begun = 0;

	for (unsigned looked = 0; begun < most && looked < set.users / set.sockets; looked++) {
		unsigned i = next_user;

		next_user = (next_user + 1) % set.users;
		if (i % set.sockets != s) {
			continue;
		}
		if (user[i].sent_us > 0)
			continue;
		remember_order(s, i);
		(void)send_one(s, i, &waiting);
		begun++;
	}
	flush(s, &waiting);
	return begun;
}

static void wait_for_any(int ms)
{
	struct pollfd p[SOCKETS];

	for (unsigned s = 0; s < set.sockets; s++)
		p[s] = (struct pollfd){ .fd = fd[s], .events = POLLIN };
	(void)poll(p, set.sockets, ms);
}

static void run_closed(uint64_t until)
{
	for (unsigned turn = 0; now_us() < until; turn++) {
		unsigned before = outstanding;

		for (unsigned s = 0; s < set.sockets; s++) {
			receive(s);
			if (outstanding < set.window)
				begin(s,
				      (set.window - outstanding + set.sockets - 1) / set.sockets);
		}
		if (before == outstanding && outstanding >= set.window)
			wait_for_any(1);
		if (turn % 1024 == 0)
			give_up_lost();
	}
}

static void run_open(uint64_t until)
{
	uint64_t began = now_us();
	uint64_t sent = 0, now;

	while ((now = now_us()) < until) {
		uint64_t due = (now - began) * set.rate / 1000000u;

		while (sent < due) {
			unsigned s = (unsigned)(sent % set.sockets);
			unsigned most = due - sent < BATCH ? (unsigned)(due - sent) : BATCH;

			if (begin(s, most) == 0)
				break;
			sent += most;
		}
		for (unsigned s = 0; s < set.sockets; s++)
			receive(s);
		if (sent % 4096 == 0)
			give_up_lost();
	}
}

static void drain(void)
{
	uint64_t until = now_us() + 300000;

	is_counting = false;
	while (outstanding > 0 && now_us() < until) {
		wait_for_any(10);
		for (unsigned s = 0; s < set.sockets; s++) {
			struct order *o = &order[s];
			int n;

			for (int i = 0; i < BATCH; i++)
				in_iov[i] = (struct iovec){ coming[i], ROOM - 1 };
			n = recvmmsg(fd[s], in, BATCH, MSG_DONTWAIT, NULL);
			for (int i = 0; i < n; i++) {
				unsigned who = set.echo && o->tail != o->head
						       ? o->who[o->tail++ & o->mask]
						       : 0;

				(void)take_answer(coming[i], in[i].msg_len, s, &who);
			}
		}
	}
}

/* Everybody gets a nonce before what is measured begins. */
static void get_nonces(void)
{
	enum mode mode = set.mode;
	unsigned long rate = set.rate;
	uint64_t until = now_us() + 60000000u;

	if (mode != REAUTH && mode != WRONG)
		return;
	set.rate = 0;
	for (unsigned done = 0; done < set.users && now_us() < until;) {
		unsigned waiting = 0;

		done = 0;
		for (unsigned i = 0; i < set.users && outstanding < set.window; i++)
			if (user[i].nonce[0] == '\0' && user[i].sent_us == 0) {
				unsigned s = i % set.sockets;

				remember_order(s, i);
				(void)send_one(s, i, &waiting);
				flush(s, &waiting);
			}
		wait_for_any(1);
		for (unsigned s = 0; s < set.sockets; s++)
			receive(s);
		give_up_lost();
		for (unsigned i = 0; i < set.users; i++)
			done += user[i].nonce[0] != '\0';
	}
	set.rate = rate;
}

static unsigned percentile(double part)
{
	uint64_t all = 0, seen = 0;

	for (unsigned i = 0; i < BUCKETS; i++)
		all += count.latency[i];
	for (unsigned i = 0; i < BUCKETS; i++) {
		seen += count.latency[i];
		if ((double)seen >= part * (double)all)
			return i;
	}
	return BUCKETS;
}

static unsigned long long mean(uint64_t sum, uint64_t n)
{
	return n > 0 ? sum / n : 0;
}

static void print_statuses(void)
{
	const char *comma = "";

	for (unsigned i = 0; i < STATUSES; i++)
		if (count.status[i] > 0) {
			printf("%s\"%u\":{\"n\":%llu,\"octets\":%llu}", comma, i,
			       (unsigned long long)count.status[i],
			       mean(count.octets[i], count.status[i]));
			comma = ",";
		}
}

static void print(double seconds, uint64_t cpu_ns)
{
	printf("{\"bench\":\"sip_load\",\"mode\":\"%s\",\"peer\":\"%s\",\"alg\":\"%s\",\"users\":%u,"
	       "\"window\":%u,\"seconds\":%.2f,\"sent\":%llu,\"answers\":%llu,\"lost\":%llu,"
	       "\"wrong\":%llu,\"stray\":%llu,\"per_s\":%.0f,\"cpu_ns\":%.0f,\"p50_us\":%u,"
	       "\"p99_us\":%u,\"memory\":%llu,\"status\":{",
	       mode_name[set.mode], set.echo ? "echo" : "sip", set.md5 ? "MD5" : "SHA-256",
	       set.users, set.window, seconds, (unsigned long long)count.sent,
	       (unsigned long long)count.answers, (unsigned long long)count.lost,
	       (unsigned long long)count.wrong, (unsigned long long)count.stray,
	       (double)count.answers / seconds,
	       count.answers > 0 ? (double)cpu_ns / (double)count.answers : 0, percentile(0.5),
	       percentile(0.99), (unsigned long long)(set.server ? bench_memory(set.server) : 0));
	print_statuses();
	printf("},\"requests\":{\"plain\":%llu,\"proof\":%llu}}\n",
	       mean(count.plain_octets, count.plain), mean(count.proof_octets, count.proof));
}

static void run_until(uint64_t until)
{
	(set.rate > 0 ? run_open : run_closed)(until);
}

static void measure(void)
{
	uint64_t began, cpu;

	get_nonces();
	run_until(now_us() + (uint64_t)(set.warm_s * 1e6));
	is_counting = true;
	cpu = set.server ? bench_cpu_ns(set.server) : 0;
	began = now_us();
	run_until(began + (uint64_t)(set.seconds * 1e6));
	cpu = set.server ? bench_cpu_ns(set.server) - cpu : 0;
	print((double)(now_us() - began) / 1e6, cpu);
	drain();
}

static void open_sockets(void)
{
	unsigned mask = 1;

	while (mask < 4 * set.window + 4 * BATCH || mask < set.users)
		mask *= 2;
	for (unsigned s = 0; s < set.sockets; s++) {
		struct sockaddr_in me = { .sin_family = AF_INET,
					  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
		socklen_t n = sizeof(mine[s]);
		int room = 4 << 20;

		fd[s] = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
		if (fd[s] < 0 || bind(fd[s], (struct sockaddr *)&me, sizeof(me)) != 0 ||
		    connect(fd[s], (struct sockaddr *)&set.to, sizeof(set.to)) != 0 ||
		    getsockname(fd[s], (struct sockaddr *)&mine[s], &n) != 0)
			die("cannot open a socket");
		if (setsockopt(fd[s], SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) != 0)
			(void)setsockopt(fd[s], SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
		order[s].mask = mask - 1;
		order[s].who = calloc(mask, sizeof(unsigned));
		if (!order[s].who)
			die("out of memory");
	}
	for (size_t i = 0; i < BATCH; i++) {
		out[i].msg_hdr = (struct msghdr){ .msg_iov = &out_iov[i], .msg_iovlen = 1 };
		in[i].msg_hdr = (struct msghdr){ .msg_iov = &in_iov[i], .msg_iovlen = 1 };
	}
}

static void read_options(int argc, char **argv)
{
	static const struct option list[] = {
		{ "mode", 1, NULL, 'm' },    { "port", 1, NULL, 'p' },
		{ "users", 1, NULL, 'u' },   { "window", 1, NULL, 'w' },
		{ "seconds", 1, NULL, 's' }, { "server", 1, NULL, 'S' },
		{ "sockets", 1, NULL, 'k' }, { "rate", 1, NULL, 'r' },
		{ "echo", 0, NULL, 'e' },    { "md5", 0, NULL, '5' },
		{ "realm", 1, NULL, 'R' },   { "wrong-status", 1, NULL, 'W' },
		{ "warm", 1, NULL, 'a' },    { NULL, 0, NULL, 0 },
	};
	bool has_mode = false;
	int c;

	set.to = (struct sockaddr_in){ .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				       .sin_port = htons(5060) };
	while ((c = getopt_long(argc, argv, "", list, NULL)) != -1) {
		unsigned long n = optarg ? strtoul(optarg, NULL, 10) : 0;

		switch (c) {
		case 'm':
			for (unsigned i = 0; i < 4; i++)
				if (strcmp(optarg, mode_name[i]) == 0) {
					set.mode = (enum mode)i;
					has_mode = true;
				}
			break;
		case 'p':
			set.to.sin_port = htons((uint16_t)n);
			break;
		case 'u':
			set.users = (unsigned)n;
			break;
		case 'w':
			set.window = (unsigned)n;
			break;
		case 's':
			set.seconds = strtod(optarg, NULL);
			break;
		case 'a':
			set.warm_s = strtod(optarg, NULL);
			break;
		case 'S':
			set.server = (pid_t)n;
			break;
		case 'k':
			set.sockets = (unsigned)n;
			break;
		case 'r':
			set.rate = n;
			break;
		case 'e':
			set.echo = true;
			break;
		case '5':
			set.md5 = true;
			break;
		case 'R':
			set.realm = optarg;
			break;
		case 'W':
			set.wrong_status = (unsigned)n;
			break;
		default:
			exit(2);
		}
	}
	if (!has_mode || set.users == 0 || set.sockets == 0 || set.sockets > SOCKETS ||
	    set.window == 0)
		die("usage: sip_load --mode challenge|register|reauth|wrong [--port N] [--users N] "
		    "[--window N] [--seconds S] [--server PID] [--sockets N] [--rate N] [--echo] "
		    "[--md5] [--realm R] [--wrong-status N]");
	if (set.window > set.users)
		set.window = set.users;
}

int main(int argc, char **argv)
{
	read_options(argc, argv);
	run = (unsigned long)now_us();
	hash = EVP_MD_CTX_new();
	digest = EVP_MD_fetch(NULL, set.md5 ? "MD5" : "SHA-256", NULL);
	if (!hash || !digest)
		die("libcrypto has no such digest");
	make_users();
	open_sockets();
	measure();
	return 0;
}
