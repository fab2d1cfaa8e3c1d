/* SPDX-License-Identifier: Apache-2.0 */
/* The whole admin role in a thread of its own: events in by the ring, questions by the socket. */
#ifndef SIPWARD_ROLE_H
#define SIPWARD_ROLE_H

#include <jansson.h>
#include <pthread.h>

#include "admin/admin.h"
#include "obs/event.h"
#include "share/ipc.h"

#define WAIT_MS 5000
#define WORKERS 2

struct role {
	struct sw_admin_start start;
	struct sw_conf *conf; /* that its generations are made of: see role.c */
	struct sw_ipc ipc;
	struct sw_trace trace[WORKERS];
	struct sw_metric_map counts;
	void *memory; /* of the board */
	size_t size;
	int parent_fd, store_fd; /* the other ends of the role's */
	pthread_t thread;
	char dir[64], path[80];
	char answer[1 << 20];
};

/* Setup and teardown of cmocka; state is a struct role. */
int role_make(void **state);
int role_unmake(void **state);
void role_end(struct role *f);

/* A role, with a generation in use; and another one that the parent brings it to. */
void role_begin(struct role *f);
void role_use(struct role *f, uint32_t number);

/* A decision of worker 0, or of another; it is taken when this returns. */
void role_put(struct role *f, struct sw_event d);
void role_put_at(struct role *f, uint32_t worker, struct sw_event d);

/* A request as it stands; gives the connection. */
int role_ask(const struct role *f, const char *request);

/* Everything until the end of the connection, or until `enough` is in it. */
const char *role_hear(struct role *f, int fd, const char *enough);

/* The status of a request without a body; the answer is in f->answer. */
int role_get(struct role *f, const char *method, const char *target);

json_t *role_body(struct role *f);
void role_assert_message(struct role *f, const char *want);

#endif
