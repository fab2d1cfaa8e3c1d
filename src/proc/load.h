/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loading: the parent starts the conf role, opens what that asks for, and takes what it made. conf
 * reads text and makes hashes; it opens nothing and ends when it has handed over. It has 10 s
 * from one question to the next, and a minute in all.
 *
 *   parent                                    conf
 *   sw_load_start: fork, or a thread   ─────▶ sw_load_main
 *                                      ◀───── LOAD_OPEN path
 *   open, note it for watching         ─────▶ LOAD_FILE, with a descriptor
 *                                      ◀───── LOAD_GLOB pattern
 *   list                               ─────▶ LOAD_PATHS, with a descriptor
 *                                      ◀───── LOAD_DONE: document, bare document, report
 *   check                                     ends
 *
 * What conf may make the parent do: open regular files of at most 1 MiB for reading, and list
 * directories, SW_LOAD_ASKS times. Its report is checked (proc/facts.h) before it is used.
 *
 * The parent has secrets of the start in its memory, which a fork would copy: they belong into
 * pages that a child finds empty (MADV_WIPEONFORK), or `enter` wipes them.
 */
#ifndef SIPWARD_LOAD_H
#define SIPWARD_LOAD_H

#include <sys/types.h>

#include "base/mac.h"
#include "net/loop.h"
#include "proc/facts.h"
#include "proc/load_conf.h"
#include "proc/load_watch.h"
#include "share/clock.h"

#define SW_LOAD_WAIT_MS 10000
#define SW_LOAD_MOST_MS 60000
#define SW_LOAD_ASKS    262144 /* each user may have a file of its own */

/* What to load, and how. Outlives the load. */
struct sw_load_setting {
	const char *path;     /* of the configuration */
	struct sw_slice text; /* p is not NULL: this is it, and path only its name (the demo) */
	const char *(*env)(void *arg, const char *name); /* NULL: the environment */
	void *env_arg;
	enum sw_log_form log_form; /* goes before the configuration's; AUTO: that decides */
	bool is_demo;
	bool is_first;  /* the secrets are wanted */
	bool is_thread; /* --single: no fork; the body is the same */
	uid_t user;     /* that the roles run as: secrets may belong to it, or to root */
	/* In the new process, before anything is read: title, sandbox, and every descriptor closed
	   but pair and the standard ones. false ends it. NULL: nothing of that. */
	bool (*enter)(void *arg, int pair);
	void *enter_arg;
};

enum sw_load_end {
	SW_LOAD_FAILED = 0, /* conf could not: why */
	SW_LOAD_REFUSED,    /* the configuration has an error: shown, answer, lines */
	SW_LOAD_LOADED,     /* all of it; shown, answer and lines have the warnings */
};

/* Codes of LOAD_DONE: what the descriptor is. */
enum sw_load_part {
	SW_LOAD_DOCUMENT = 0,
	SW_LOAD_BARE,
	SW_LOAD_REPORT,
	SW_LOAD_PARTS,
};

/* Wiped when the load is freed. */
struct sw_load_secrets {
	uint8_t has_seal;
	uint8_t seal[SW_SEAL_KEY];
	uint8_t seed[SW_SEED_LEN]; /* of all keys; drawn anew where there is no seal key */
};

#define SW_LOAD_SHOWN   65536
#define SW_LOAD_VERSION 1

/* What conf tells the parent: one record of this build. Texts end with NUL. */
struct sw_load_report {
	uint32_t version;
	uint32_t end; /* enum sw_load_end */
	uint32_t errors, warnings;
	char shown[SW_LOAD_SHOWN];  /* the diagnostics, for standard error */
	char answer[SW_LOAD_SHOWN]; /* the text of RELOADED (share/ipc.def) */
	char lines[SW_LOAD_SHOWN];  /* for the log, a line each: 'E' or 'W', a blank, the text */
	struct sw_why why;          /* FAILED */
	struct sw_facts facts;      /* LOADED */
	struct sw_load_secrets secrets; /* LOADED, where is_first */
};

struct sw_load_result {
	enum sw_load_end end;
	int document, bare;                  /* LOADED: sealed; else -1 */
	const struct sw_load_report *report; /* checked; NULL where FAILED */
	struct sw_why why;                   /* FAILED */
};

struct sw_load;

/* The user that the roles run as, whose files may hold secrets. Reads the list of users. */
uid_t sw_load_user(void);

/*
 * Start one. seen gets what is opened and looked for, and loop calls back for it; both outlive
 * the load. NULL: *why.
 */
struct sw_load *sw_load_start(const struct sw_load_setting *setting, struct sw_load_watch *seen,
			      struct sw_loop *loop, struct sw_why *why);

/* After each turn: has it ended? One that is late is ended here. NULL: not yet. */
const struct sw_load_result *sw_load_done(struct sw_load *l, struct sw_mono now);

/* How long a turn may wait for it; -1: it has ended. */
int sw_load_wait_ms(const struct sw_load *l, struct sw_mono now);

/* The whole of it, for the start, when there is nothing else to serve. NULL: *why. */
struct sw_load *sw_load_run(const struct sw_load_setting *setting, struct sw_load_watch *seen,
			    struct sw_why *why);
const struct sw_load_result *sw_load_result(const struct sw_load *l);

/* The documents of a result are the caller's from now on. */
void sw_load_take(struct sw_load *l, int *document, int *bare);

/* Ends conf where it still runs. Wipes. NULL is nothing. */
void sw_load_free(struct sw_load *l);

/*
 * The body. hash was made before the sandbox, because libcrypto opens files when it is first used.
 * It ends when all is handed over, or the parent is gone; nothing of what is given is freed.
 */
void sw_load_main(const struct sw_load_setting *setting, struct sw_hash *hash, int pair);

#endif
