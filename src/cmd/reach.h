/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where users are changed: by a door that runs, or, while none does, in the store that a
 * configuration names. Both answer the same JSON with the same HTTP status, so commands say the
 * same of both.
 */
#ifndef SIPWARD_REACH_H
#define SIPWARD_REACH_H

#include <jansson.h>

#include "base/hash.h"
#include "cmd/door.h"
#include "conf/conf.h"
#include "import/lines.h"

struct sw_reach {
	const char *command;   /* as messages have it: "user add" */
	bool is_door, is_json; /* is_json: what is complained about goes to stdout too */
	struct sw_door door;
	json_t *status; /* of the door */
	/* while no door runs */
	struct sw_conf *conf;
	struct sw_hash *hash;
	struct sw_store *store; /* NULL: nobody has put anything into it yet */
};

/* The options that say where; NULL: not given. */
struct sw_reach_by {
	const char *control, *conf;
};

/* What for: nothing is made where there is nothing to change. */
enum sw_reach_aim {
	SW_REACH_READ,
	SW_REACH_TRY,
	SW_REACH_CHANGE,
};

/* Else than SW_EXIT_OK: said on stderr. Close it in any case. */
SW_MUST enum sw_exit sw_reach_find(struct sw_reach *r, const char *command,
				   const struct sw_reach_by *by, enum sw_reach_aim aim);
void sw_reach_close(struct sw_reach *r);

struct sw_slice sw_reach_realm(const struct sw_reach *r);

/* Do users end with the door? */
bool sw_reach_forgets(const struct sw_reach *r);

/* A trunk by its number, from 0 on; name is there until the end. false: there are no more. */
struct sw_reach_trunk {
	struct sw_slice name;
	bool is_phones;
	unsigned algs; /* set: of which it takes a hash now; -sess forms start from the same */
};
SW_MUST bool sw_reach_trunk(const struct sw_reach *r, size_t i, struct sw_reach_trunk *out);

/* How far it is: rows that were stored, or octets that were sent; 0 of the one that is unknown. */
typedef void (*sw_reach_progress_fn)(void *arg, uint64_t rows, uint64_t octets);

/*
 * What is asked gives a status and its JSON (of the caller): 200, 404 no such user, 422 bad rows
 * ("report"), 503 the store cannot. Else than SW_EXIT_OK: nothing was answered, said on stderr.
 */
struct sw_reach_answer {
	int status;
	json_t *body;
};
struct sw_reach_how {
	bool skip_bad, is_trial;
	sw_reach_progress_fn progress; /* may be NULL */
	void *arg;
};
SW_MUST enum sw_exit sw_reach_put(struct sw_reach *r, const struct sw_lines *lines,
				  const struct sw_reach_how *how, struct sw_reach_answer *out);
SW_MUST enum sw_exit sw_reach_list(struct sw_reach *r, const char *after, size_t limit,
				   struct sw_reach_answer *out);
SW_MUST enum sw_exit sw_reach_show(struct sw_reach *r, struct sw_slice name,
				   struct sw_reach_answer *out);

/* Say what an answer other than 200 complains about; gives the exit code. */
enum sw_exit sw_reach_complain(const struct sw_reach *r, const struct sw_reach_answer *a);

#endif
