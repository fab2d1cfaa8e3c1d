/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements to a snapshot: what top.c, trunk.c, user.c and lint.c share. Nothing outside conf
 * includes this.
 */
#ifndef SIPWARD_BUILD_H
#define SIPWARD_BUILD_H

#include "base/hash.h"
#include "conf/read.h"

/* A trunk while it is built. */
struct sw_trunk_draft {
	struct sw_trunk trunk;
	struct sw_way *way;
	struct sw_stmt *stmt;               /* its block, with what others add in ->more */
	struct sw_stmt *seen[SW_KEY_COUNT]; /* first of each key, broken ones too */
	struct sw_stmt **way_stmt;
	size_t users;
	bool has_faults; /* a statement of it has an error: what it means is not known */
};

struct sw_build {
	struct sw_conf *conf;
	struct sw_conf_doc *doc;
	const struct sw_conf_source *source;
	struct sw_diags *diags;
	enum sw_conf_depth depth;
	struct sw_hash *hash;
	struct sw_wall now;

	struct sw_stmt *seen[SW_KEY_COUNT]; /* at the top */
	struct sw_slice *domain;
	struct sw_client_rule *client;
	struct sw_listener *listener;
	struct sw_stmt **listener_stmt; /* beside listener */
	struct sw_trunk_draft *draft;
	size_t drafts;
	struct sw_trunk_draft *at; /* the trunk whose statement is being read */
	struct sw_user *user;
	struct sw_origin *origin;   /* beside user, as are … */
	uint32_t *user_draft;       /* … the trunk that it belongs to … */
	struct sw_stmt **user_stmt; /* … its statement … */
	uint8_t *weak;              /* … and enum sw_conf_weak */
	struct sw_risk *risk;
	uint32_t expires_min_s, expires_max_s; /* of the top */
	bool no_memory;
};

/* One reader per row of key.def. The statement has at least one word behind its key. */
#define SW_KEY(place, symbol, name, value, example, most, often, need, fallback, sentence) \
	void sw_set_##symbol(struct sw_build *b, struct sw_stmt *s);
#include "conf/key.def"
#undef SW_KEY

/* All of it: resolve keys, read statements, fill in what was left out. */
void sw_build(struct sw_build *b);

/* An error at word n of a statement, which is broken from then on. */
void sw_build_error(struct sw_build *b, enum sw_lint rule, struct sw_stmt *s, size_t word,
		    const char *format, ...) __attribute__((format(printf, 5, 6)));

/*
 * A warning about a whole statement. true when it stands; its `because` turns it into an
 * accepted risk instead.
 */
bool sw_build_warn(struct sw_build *b, enum sw_lint rule, struct sw_stmt *s, const char *format,
		   ...) __attribute__((format(printf, 4, 5)));

/* Are there words for one more? Else an error that shows the key's form. */
SW_MUST bool sw_build_has(struct sw_build *b, struct sw_stmt *s, size_t word);

/* No words from here on? Else an error. */
bool sw_build_ends(struct sw_build *b, struct sw_stmt *s, size_t word);

struct sw_choice {
	struct sw_slice word;
	int value;  /* 0 or more */
	bool later; /* known, not in this version */
};

/* The value of a word that must be one of a few, or -1 after an error. */
SW_MUST int sw_build_choice(struct sw_build *b, struct sw_stmt *s, size_t word,
			    const struct sw_choice *choice, size_t n);

/* A duration; else an error. */
SW_MUST bool sw_build_duration_ms(struct sw_build *b, struct sw_stmt *s, size_t word,
				  uint64_t *out);

/* `expires MIN MAX`. */
bool sw_build_expires(struct sw_build *b, struct sw_stmt *s, uint32_t *min_s, uint32_t *max_s);

/* A path that begins with / and has at most `most` octets; a copy that ends with NUL. */
bool sw_build_path(struct sw_build *b, struct sw_stmt *s, size_t word, size_t most,
		   struct sw_slice *out);

/* An address with or without a port; IPv6 only in brackets. */
SW_MUST bool sw_build_address(struct sw_slice text, struct sw_addr *out);

/* Room for one more in a list; NULL: no_memory is set. */
void *sw_build_grow(struct sw_build *b, void *list, size_t n, size_t size);

/* user.c: passwords to HA1 values; in PLAIN depth nothing is opened, and only a document tells. */
void sw_user_secrets(struct sw_build *b);

/* seal.c: the seal key, where one is needed; likewise. */
void sw_seal_keys(struct sw_build *b);

/* lint.c: rules that look at more than one statement. */
void sw_lint(struct sw_build *b);

/* machine.c: those about what the machine gives. */
void sw_machine_check(struct sw_build *b);

/* idle.c: those by which a line does nothing. */
void sw_idle_check(struct sw_build *b);

/* Does the store keep users, so that a trunk may have some that stand nowhere? Or perhaps. */
bool sw_lint_keeps_users(const struct sw_build *b);

#endif
