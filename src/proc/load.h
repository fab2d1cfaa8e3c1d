/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loading: the parent starts the conf role, opens what that asks for, and takes what it made. conf
 * reads text and makes hashes; it opens nothing and ends when it has handed over. It has 10 s.
 *
 *   parent                                    conf
 *   sw_load_start: fork, or a thread   ─────▶ sw_load_main
 *                                      ◀───── LOAD_OPEN path
 *   open, note it for watching         ─────▶ LOAD_FILE, with a descriptor
 *                                      ◀───── LOAD_GLOB pattern
 *   list                               ─────▶ LOAD_PATHS …
 *                                      ◀───── LOAD_DONE: document, bare document and report are
 *   seal, check, copy                         written into memory files that the parent made
 *
 * What conf may make the parent do: open regular files for reading, at most SW_LOAD_PATHS paths and
 * patterns, none of them changed by it. Its report is checked (sw_facts_check) before it is used.
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
#define SW_LOAD_KEEPS   4 /* descriptors of the new process: pair, documents, report */

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
	   but those. false ends it. NULL: nothing of that. */
	bool (*enter)(void *arg, const int keep[SW_LOAD_KEEPS]);
	void *enter_arg;
};

enum sw_load_end {
	SW_LOAD_FAILED = 0, /* conf could not: why */
	SW_LOAD_REFUSED,    /* the configuration has an error: shown, answer, lines */
	SW_LOAD_LOADED,     /* all of it; shown, answer and lines have the warnings */
};

/* Wiped when the load is freed. */
struct sw_load_secrets {
	uint8_t has_seal;
	uint8_t seal[SW_SEAL_KEY];
	uint8_t seed[SW_SEED_LEN]; /* of all keys; drawn anew where there is no seal key */
};

#define SW_LOAD_SHOWN 65536

/* Texts end with NUL. */
struct sw_load_report {
	uint32_t version; /* of this build */
	uint32_t end;     /* enum sw_load_end */
	uint32_t errors, warnings;
	char shown[SW_LOAD_SHOWN];  /* all diagnostics, for standard error */
	char answer[SW_LOAD_SHOWN]; /* text of RELOADED (share/ipc.def) */
	char lines[SW_LOAD_SHOWN];  /* for the log, a line each: 'E' or 'W', a blank, the text */
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

/*
 * Start one. seen gets what is opened and looked for; loop calls back for it. Both outlive the
 * load. NULL: *why.
 */
struct sw_load *sw_load_start(const struct sw_load_setting *setting, struct sw_load_watch *seen,
			      struct sw_loop *loop, struct sw_why *why);

/* After each turn: has it ended? Ends one that is late. Then *out is there until sw_load_free. */
SW_MUST bool sw_load_done(struct sw_load *l, struct sw_mono now, const struct sw_load_result **out);

/* How long a turn may wait for it. */
int sw_load_wait_ms(const struct sw_load *l, struct sw_mono now);

/* The whole of it, for the start, when there is nothing else to serve. Never NULL but for memory. */
struct sw_load *sw_load_run(const struct sw_load_setting *setting, struct sw_load_watch *seen,
			    const struct sw_load_result **out, struct sw_why *why);

/* A descriptor of a result is the caller's from now on. */
int sw_load_take_document(struct sw_load *l);
int sw_load_take_bare(struct sw_load *l);

/* Ends conf where it still runs. Wipes. NULL is nothing. */
void sw_load_free(struct sw_load *l);

/*
 * The body: `pair` to the parent, and three empty memory files for the two documents and the
 * report. Ends when all is handed over, or the parent is gone. Nothing of it is freed or closed.
 */
void sw_load_main(const struct sw_load_setting *setting, int pair, int document, int bare,
		  int report);

#endif
