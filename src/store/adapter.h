/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a kind of store has to be able to do: rows in, rows out, in transactions. Boxes stay closed
 * here; what they mean is store.c's business. Nothing outside store includes this.
 */
#ifndef SIPWARD_ADAPTER_H
#define SIPWARD_ADAPTER_H

#include "store/store.h"

/* A user as it is kept. Slices borrow: from the caller, or until fn returns. */
struct sw_row {
	struct sw_slice name, trunk;
	struct sw_slice entries; /* as in struct sw_user */
	struct sw_slice box;
	uint32_t algs; /* octet i: set of algorithms of form i */
	bool is_off;
};

/* false: stop. */
typedef bool (*sw_row_fn)(void *arg, const struct sw_row *row);

/* Functions get what open gave first, and set *why when they fail. */
struct sw_adapter {
	void *(*open)(const struct sw_store_setting *setting, struct sw_store_why *why);
	void (*close)(void *a);
	bool (*begin)(void *a, bool bindings, struct sw_store_why *why);
	bool (*commit)(void *a, struct sw_store_why *why);
	void (*rollback)(void *a);
	bool (*is_moved)(void *a);
	bool (*remake)(void *a, struct sw_store_why *why);

	/* A value of the store itself, "" where there is none; at most `most` octets of it. */
	bool (*meta)(void *a, const char *key, struct sw_buf *out, struct sw_store_why *why);
	bool (*set_meta)(void *a, const char *key, struct sw_slice value, struct sw_store_why *why);

	bool (*count)(void *a, uint64_t *users, struct sw_store_why *why);
	enum sw_store_row (*user)(void *a, struct sw_slice name, sw_row_fn fn, void *arg,
				  struct sw_store_why *why);
	/* Its AoRs and numbers are free, and it is there or not as is_new says. */
	bool (*put_user)(void *a, const struct sw_row *row, bool is_new, struct sw_store_why *why);
	bool (*drop_user)(void *a, struct sw_slice name, struct sw_store_why *why);
	void (*stamp)(void *a, struct sw_store_stamp stamp); /* of bindings that go with them */
	/* Of an AoR, a number or, with kind 0, a name; letters in either case. */
	enum sw_store_row (*owner)(void *a, char kind, struct sw_slice text, struct sw_buf *name,
				   struct sw_store_why *why);
	bool (*each_user)(void *a, struct sw_slice after, sw_row_fn fn, void *arg,
			  struct sw_store_why *why);
	bool (*each_changed)(void *a, sw_row_fn changed, sw_store_name_fn gone, void *row_arg,
			     void *name_arg, struct sw_store_why *why);

	bool (*put_binding)(void *a, const struct sw_binding *b, uint64_t seq,
			    struct sw_store_why *why);
	bool (*drop_binding)(void *a, uint64_t id, struct sw_store_stamp stamp,
			     struct sw_store_why *why);
	bool (*drop_ended)(void *a, struct sw_wall now, bool flows, struct sw_store_why *why);
	bool (*drop_marks)(void *a, struct sw_store_stamp before, struct sw_store_why *why);
	bool (*last_seq)(void *a, uint64_t *seq, struct sw_store_why *why);
	bool (*each_binding)(void *a, sw_store_binding_fn fn, void *arg, struct sw_store_why *why);
};

extern const struct sw_adapter sw_adapter_memory, sw_adapter_sqlite;

/* Set *why. Gives false, for the caller to return. */
bool sw_store_say(struct sw_store_why *why, enum sw_store_trouble trouble, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Entries of a user: kind, length, text. false: no more, or what stands there cannot be. */
SW_MUST bool sw_entry_next(struct sw_slice *entries, char *kind, struct sw_slice *text);

#endif
