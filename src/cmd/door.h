/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding the running door and asking it: HTTP over its control socket. Order: --control PATH,
 * the configuration that -c names, SIPWARD_CONTROL, a live demo's socket of this user, the
 * default configuration's control.
 */
#ifndef SIPWARD_DOOR_H
#define SIPWARD_DOOR_H

#include <jansson.h>

#include "cmd/cmd.h"
#include "cmd/talk.h"

struct sw_door {
	char path[108]; /* of the control socket */
};

/*
 * Find it. control and conf are the options -c/--control or NULL. When it cannot be found or two
 * are alive, says so on stderr (unless quiet) and gives SW_EXIT_NOT_RUNNING, _USAGE, or _CONF
 * where a configuration has errors and nobody listens at the socket that could be made out.
 */
SW_MUST enum sw_exit sw_door_find(const char *control, const char *conf, bool quiet,
				  struct sw_door *out);

/*
 * The part of it that looks at a demo's socket and at the one that a configuration names, or the
 * usual one where it cannot be read: whichever is alive.
 */
SW_MUST enum sw_exit sw_door_choose(const struct sw_door *demo, const char *conf, bool quiet,
				    struct sw_door *out);

/*
 * One request. *body is the parsed answer (owned by the caller, json_decref), *status the HTTP
 * status. On failure to talk at all: a sentence on stderr, SW_EXIT_FAILED or SW_EXIT_TIMEOUT.
 */
SW_MUST enum sw_exit sw_door_ask(const struct sw_door *d, const char *method, const char *target,
				 int timeout_s, int *status, json_t **body);

/* Likewise, with a body. */
SW_MUST enum sw_exit sw_door_send(const struct sw_door *d, const char *method, const char *target,
				  const struct sw_talk_body *send, int timeout_s, int *status,
				  json_t **body);

/*
 * Follow a stream of server-sent events: fn is called with each, and gives false when it has
 * enough (SW_EXIT_OK). The door's end is a sentence and SW_EXIT_NOT_RUNNING. An answer that is
 * no stream is given as *status and *body like that of sw_door_ask.
 */
typedef bool (*sw_door_event_fn)(void *arg, const json_t *event);
SW_MUST enum sw_exit sw_door_follow(const struct sw_door *d, const char *target,
				    sw_door_event_fn fn, void *arg, int *status, json_t **body);

/* Say what an answer with this status complains about: its error's message. */
void sw_door_complain(const char *command, int status, const json_t *body);

/* An answer as one line of JSON on stdout, for --json. */
void sw_door_print(const json_t *answer);

/* Where a demo of this user has its socket. */
void sw_door_demo_path(char *out, size_t cap);

#endif
