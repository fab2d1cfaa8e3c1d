/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the store role share. Nothing else includes this. */
#ifndef SIPWARD_STORE_OWN_H
#define SIPWARD_STORE_OWN_H

#include <pthread.h>

#include "proc/rules.h"
#include "proc/store_role.h"
#include "share/ipc.h"
#include "store/people.h"

struct sw_store_role {
	struct sw_store *store;
	struct sw_keep keep;
	pthread_mutex_t mutex; /* of the table of users */
	bool has_mutex;

	struct sw_policy none; /* nobody is configured: users has kept ones only */
	struct sw_users users;
	void *users_memory, *none_memory, *changes_memory, *forgets_memory;
	size_t users_n, changes_n, forgets_n;
	uint32_t capacity;
	struct sw_mac *mac; /* of this thread, as is hash */
	struct sw_hash *hash;

	struct sw_save_way way;
	struct sw_handover cell;
	uint32_t on;                   /* generation of rules, or of next */
	struct sw_rules *rules, *next; /* next: from when a list has been applied */
	int wake_fd, worker_fd, ask_fd, admin_fd;
	_Atomic bool is_stopped;
	bool is_alone; /* admin is gone */

	bool said_down;
	struct sw_store_why why; /* of being down */
	struct sw_mono retry_at, sweep_at;
	uint32_t lost;
	struct sw_ipc ipc;
	struct sw_people_report report;
};

/* Take what the parent offers; also while a long list is applied. */
void sw_store_role_take_generation(struct sw_store_role *r);

/* The database refuses: from now on workers do too. */
void sw_store_role_fail(struct sw_store_role *r, const struct sw_store_why *why);

/* The bindings of this AoR end. */
void sw_store_role_forget(struct sw_store_role *r, struct sw_slice aor);

#endif
