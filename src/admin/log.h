/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log writer: lines of JSON or text, gathered and written in one write a batch. It opens
 * nothing, and hardly waits: lines that a reader or a disk does not take are lost. It bounds what
 * strangers can make it write. What is left out or lost is counted and said in one line. Which
 * decisions there are and how they read is admin/decision.h.
 */
#ifndef SIPWARD_LOG_H
#define SIPWARD_LOG_H

#include "tell/decision.h"

#define SW_LOG_BUFFER     131072
#define SW_LOG_MESSAGE    16384 /* octets of one message; the rest is cut */
#define SW_LOG_PER_SECOND 100   /* lines about the unproven */
#define SW_LOG_DAILY      8192

/* Lines of one kind in one second. */
struct sw_log_quota {
	int64_t second;
	uint32_t written, held;
};

/*
 * Who was warned about today. Names are those of proven users, so nobody outside chooses what
 * falls together; when four neighbours are full the first is forgotten and warned about again.
 */
struct sw_log_daily {
	uint64_t key;
	int64_t day;
};

struct sw_log {
	int given_fd;           /* where lines go while the configuration names no file */
	int standby_fd;         /* the same; of our own if it is a terminal */
	int fd;                 /* where they go now: standby_fd, or a file */
	size_t piece;           /* octets of one write that cannot wait */
	bool json, is_terminal; /* of standby_fd */
	bool is_stuck;          /* the last lines were not taken */
	bool is_torn;           /* what was written last is no whole line */
	enum sw_log_form form;
	enum sw_level level;
	uint64_t lost, lost_said; /* lines so far */
	uint64_t saying;          /* of them, those that a line in the buffer tells of */
	struct sw_log_quota refusals, noise;
	struct sw_log_daily daily[SW_LOG_DAILY];
	size_t n;
	char buffer[SW_LOG_BUFFER];
};

/* Everything else that is worth a line: start, stop, reload, risk, what the parent says. */
struct sw_log_note {
	enum sw_level level;
	const char *event; /* "start" */
	struct sw_wall at;
	struct sw_slice message; /* may have several lines */
	json_t *more;            /* further keys, or NULL; taken over */
};

/* Big: lives in memory of the start. Lines go to given_fd, at level notice, until sw_log_use. */
void sw_log_init(struct sw_log *l, int given_fd);

/* Go on as the configuration says: into its file, which stays the caller's; fd < 0: it has none. */
void sw_log_use(struct sw_log *l, const struct sw_log_setting *setting, int fd);

/* The file was opened again, for somebody has renamed it: fd takes its place and is taken over. */
void sw_log_reopen(struct sw_log *l, int fd);

/*
 * A decision, if its level is wanted. A warning about a user is one line a day; the user's other
 * requests are then what they are without it. At most SW_LOG_PER_SECOND refusals and as many
 * challenges and noise in a second.
 */
void sw_log_decision(struct sw_log *l, const struct sw_event *e);

void sw_log_note(struct sw_log *l, const struct sw_log_note *note);

/* Say what was held back, once its second is over, and what was lost; then write all of it. */
void sw_log_flush(struct sw_log *l, struct sw_wall now);

/* Flush; the log is not used any more. */
void sw_log_end(struct sw_log *l, struct sw_wall now);

#endif
