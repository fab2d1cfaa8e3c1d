/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP over a Unix socket, as little of it as asking our own door takes: one request a
 * connection, an answer that ends with it. Every step has a time limit.
 */
#ifndef SIPWARD_TALK_H
#define SIPWARD_TALK_H

#include "cmd/cmd.h"

enum sw_talk_state {
	SW_TALK_DEAD = 0, /* nothing there, or nobody listens */
	SW_TALK_ALIVE,
	SW_TALK_DENIED, /* somebody may listen; we may not ask */
};

/* Who listens; -1 where it is not known. */
struct sw_talk_peer {
	long pid, uid;
};

/* Does somebody listen there? *peer, if not NULL, is who. */
enum sw_talk_state sw_talk_try(const char *path, struct sw_talk_peer *peer);

/* What came back. */
struct sw_talk_answer {
	int status;
	char *text; /* the whole, NUL at its end; the caller frees */
	struct sw_slice body;
};

/*
 * Ask, and wait up to timeout_s for the whole answer. What goes wrong is one sentence on stderr:
 * SW_EXIT_TIMEOUT, SW_EXIT_NOT_RUNNING when nobody listens, else SW_EXIT_FAILED.
 */
SW_MUST enum sw_exit sw_talk_ask(const char *path, const char *method, const char *target,
				 int timeout_s, struct sw_talk_answer *out);

/* A body that goes along: the n octets of a file from its start. */
struct sw_talk_body {
	const char *type;
	int fd;
	uint64_t n;
	/* Now and then while it goes, and while its answer is waited for. May be NULL. */
	void (*progress)(void *arg, uint64_t sent);
	void *arg;
};

/* Likewise, with a body. Who answers before all was sent is heard. */
SW_MUST enum sw_exit sw_talk_send(const char *path, const char *method, const char *target,
				  const struct sw_talk_body *body, int timeout_s,
				  struct sw_talk_answer *out);

/* Called with each line of a stream, without its end; false: enough. */
typedef bool (*sw_talk_line_fn)(void *arg, struct sw_slice line);

/*
 * Read a stream of lines until it ends (SW_EXIT_NOT_RUNNING: the door has ended it), the
 * function has enough (SW_EXIT_OK), or nothing at all comes for silence_s. An answer that is no
 * 200 is given as out->status and body, nothing is called.
 */
SW_MUST enum sw_exit sw_talk_stream(const char *path, const char *target, int silence_s,
				    sw_talk_line_fn line, void *arg, struct sw_talk_answer *out);

#endif
