/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration: text to an immutable snapshot, or to a list of what is wrong with it.
 * Opens nothing itself: files come from a source that the caller gives, so that check, the
 * daemon and tests run the same code over disk, memory or descriptors.
 */
#ifndef SIPWARD_CONF_H
#define SIPWARD_CONF_H

#include <sipward/policy.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/level.h"
#include "base/seal.h"
#include "conf/diag.h"

enum sw_log_form {
	SW_LOG_AUTO = 0, /* text on a terminal, JSON else */
	SW_LOG_TEXT,
	SW_LOG_JSON,
};

struct sw_log_setting {
	enum sw_log_form form;
	enum sw_level level;
	struct sw_slice path; /* empty: standard error */
};

/* A `because`: a warning that the operator accepted. */
struct sw_risk {
	struct sw_slice rule; /* "SW010" */
	struct sw_slice because;
	struct sw_slice file;
	uint32_t line;
};

#define SW_CONF_CONNECTIONS_MOST 1000000u
#define SW_CONF_CAPACITY         100000u /* each, where nothing is said */
#define SW_CONF_CAPACITY_MOST    10000000u
#define SW_CONF_WORKERS_MOST     64u
#define SW_CONF_LISTENERS_MOST   256u

enum sw_sandbox {
	SW_SANDBOX_AUTO = 0, /* every layer that the kernel has */
	SW_SANDBOX_REQUIRED, /* and a missing one is an error */
	SW_SANDBOX_OFF,
};

/* Entries that there is room for, from the start on. */
struct sw_capacity {
	uint32_t users, bindings;
	uint32_t nonces; /* that were answered and may be again */
	uint32_t connections;
};

/* Where users and bindings are kept. */
struct sw_keep_setting {
	bool is_sqlite;       /* else memory */
	bool is_power;        /* durability power: an answer that promises waits for the disk */
	struct sw_slice path; /* of the file, ends with NUL; sqlite only */
	struct sw_slice file; /* where it is said; line 0: nowhere, a default */
	uint32_t line;
};

/* The seal key; wiped with the snapshot. */
struct sw_seal_setting {
	struct sw_slice reference; /* as written: "file:/etc/sipward/seal.key" */
	struct sw_slice path;      /* of the file, ends with NUL; or p is NULL */
	bool has_key;              /* false: it is not there, or was not looked for */
	bool is_withheld;          /* it is there, but not handed on to here (conf/document.h) */
	uint8_t key[SW_SEAL_KEY];
};

#define SW_CONF_DEFAULT "/etc/sipward/sipward.conf"
#define SW_CONF_STORE   "/var/lib/sipward/sipward.db"
#define SW_CONF_SEAL    "/etc/sipward/seal.key"
#define SW_CONF_RUN     "/run/sipward"
#define SW_CONF_SOCKET  "/control.sock" /* in the run directory */

/* The snapshot. Immutable once built; everything lives in its arena. */
struct sw_conf {
	struct sw_arena arena;
	struct sw_policy policy;
	struct sw_slice path; /* as given by the caller: "/etc/sipward/sipward.conf" */
	struct sw_slice run, control;
	struct sw_log_setting log;
	uint32_t connections_max; /* TCP connections open at once; capacity.connections at most */
	uint32_t workers;         /* 0: one for each core */
	struct sw_capacity capacity;
	enum sw_sandbox sandbox;
	struct sw_addr admin; /* on loopback; port 0: off */
	struct sw_keep_setting store;
	struct sw_seal_setting seal;
	const uint8_t *weak; /* enum sw_conf_weak of each of policy.user */
	const struct sw_risk *risk;
	size_t risks;
	struct sw_conf_doc *doc; /* the statements, for print; in the arena */
};

/* What may be said of a password; a secret itself is never in a snapshot. */
enum sw_conf_weak {
	SW_CONF_WEAK_NOT = 0,
	SW_CONF_WEAK_SHORT,
	SW_CONF_WEAK_NAME, /* it is the user's name */
};

/* What was made of the password of a user. */
struct sw_conf_made {
	enum sw_conf_weak weak;
	uint8_t algs[SW_FORM_COUNT]; /* as in struct sw_user */
	struct sw_ha1 ha1[SW_FORM_COUNT][SW_ALG_COUNT];
};

enum sw_conf_got {
	SW_CONF_GOT = 0,
	SW_CONF_MISSING,
	SW_CONF_DENIED,
	SW_CONF_IS_DIR,
	SW_CONF_NO_FILE, /* a pipe, a device: nothing that is read to its end */
	SW_CONF_TOO_LARGE,
	SW_CONF_FAILED,
};

#define SW_CONF_STRANGER 33

/* A file as the source gives it. */
struct sw_conf_file {
	struct sw_slice text; /* in the arena that was handed in */
	unsigned mode;        /* permission bits: 0640 */
	char stranger
		[SW_CONF_STRANGER]; /* its owner, where that is neither root nor who reads; else "" */
};

/* Where files come from. Functions get `arg` first; paths end with NUL. */
struct sw_conf_source {
	void *arg;
	enum sw_conf_got (*read)(void *arg, const char *path, size_t max, struct sw_arena *arena,
				 struct sw_conf_file *out);
	/* Paths that match, sorted, NUL-terminated strings in the arena; no match is no error. */
	bool (*glob)(void *arg, const char *pattern, struct sw_arena *arena,
		     const char *const **paths, size_t *n);
	const char *(*env)(void *arg, const char *name); /* env:NAME; NULL: not set */

	/*
	 * Or NULL, which is the rule: what takes the place of secrets that are not to be had.
	 * user: the next one with a password, in the order of reading. seal: where the seal key is,
	 * and whether it is there. false: it cannot say.
	 */
	bool (*user)(void *arg, struct sw_slice name, struct sw_conf_made *out);
	bool (*seal)(void *arg, struct sw_slice *path, bool *is_there);
};

enum sw_conf_depth {
	SW_CONF_PLAIN,   /* opens the configuration and its includes only; users have no HA1 */
	SW_CONF_RUNTIME, /* secrets too: what a start and a reload do */
};

/*
 * Load. NULL when diags holds an error (or memory is out, which is an error too); warnings
 * come with a snapshot. The caller frees it with sw_conf_free. hash makes HA1 values; it may be
 * NULL when depth is PLAIN. `now` judges dates.
 */
struct sw_conf *sw_conf_load(const struct sw_conf_source *source, const char *path,
			     enum sw_conf_depth depth, struct sw_hash *hash, struct sw_wall now,
			     struct sw_diags *diags);
void sw_conf_free(struct sw_conf *c); /* wipes */

/* Likewise from text that is in memory (the demo); path is the name that messages show. */
struct sw_conf *sw_conf_load_text(const struct sw_conf_source *source, const char *path,
				  struct sw_slice text, enum sw_conf_depth depth,
				  struct sw_hash *hash, struct sw_wall now, struct sw_diags *diags);

/*
 * The control socket that a configuration names, also one with errors: a door that runs can be
 * asked while its file is broken. false: nothing could be read, diags says why.
 */
SW_MUST bool sw_conf_control(const struct sw_conf_source *source, const char *path,
			     struct sw_wall now, struct sw_buf *out, struct sw_diags *diags);

/*
 * The real disk and environment (the one place in conf that opens anything: conf/disk.c). A copy
 * whose arg is a uid_t takes that user for who reads, in place of the process's own.
 */
extern const struct sw_conf_source sw_conf_disk;

#endif
