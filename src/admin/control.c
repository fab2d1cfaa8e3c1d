/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/control.h"

#include <fcntl.h>
#include <stdlib.h>

#include "admin/account.h"
#include "admin/json.h"
#include "admin/reloaded.h"
#include "admin/status.h"
#include "share/ipc.h"

#define TIMEOUT_S  10U
#define MEMORY     ((size_t)16384)
#define BODY_MAX   4096
#define LAST_TURNS 20 /* rounds that answers have to leave at the end */

#define GONE "This decision is no longer kept, or was never seen here."

/* How a route answers; rest is what stands behind a route that ends in "/". */
typedef enum MHD_Result (*route_fn)(struct sw_control *c, struct sw_control_request *r,
				    struct sw_slice rest);

static enum MHD_Result respond(struct sw_control_request *r, unsigned status,
			       struct MHD_Response *response)
{
	enum MHD_Result sent;

	if (!response)
		return MHD_NO;
	sent = MHD_queue_response(r->connection, status, response);
	MHD_destroy_response(response);
	return sent;
}

/* Takes o. */
static struct MHD_Response *of_json(json_t *o)
{
	char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
	struct MHD_Response *response = NULL;

	if (text)
		response = MHD_create_response_from_buffer(strlen(text), text,
							   MHD_RESPMEM_MUST_FREE);
	json_decref(o);
	if (response)
		MHD_add_response_header(response, "Content-Type", "application/json");
	else
		free(text);
	return response;
}

static json_t *error_json(const char *code, const char *message)
{
	return json_pack("{s:{s:s,s:s,s:n}}", "error", "code", code, "message", message, "at");
}

static enum MHD_Result respond_error(struct sw_control_request *r, unsigned status,
				     const char *code, const char *message)
{
	return respond(r, status, of_json(error_json(code, message)));
}

/* Until somebody resumes it: then its route is taken again. */
static enum MHD_Result suspend(struct sw_control_request *r, enum sw_control_wait wait)
{
	r->wait = wait;
	MHD_suspend_connection(r->connection);
	return MHD_YES;
}

static struct sw_status_of status_of(const struct sw_control *c)
{
	return (struct sw_status_of){ .start = c->state->start,
				      .generation = c->state->generation,
				      .seen = &c->state->seen,
				      .now = c->now,
				      .log_failed = c->state->log.lost };
}

static enum MHD_Result get_healthz(struct sw_control *c, struct sw_control_request *r,
				   struct sw_slice rest)
{
	(void)c;
	(void)rest;
	return respond(r, MHD_HTTP_OK, of_json(json_pack("{s:s}", "status", "ok")));
}

static enum MHD_Result get_readyz(struct sw_control *c, struct sw_control_request *r,
				  struct sw_slice rest)
{
	struct sw_status_of of = status_of(c);
	json_t *body;
	bool ready = sw_status_is_ready(&of, &body);

	(void)rest;
	return respond(r, ready ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE, of_json(body));
}

static enum MHD_Result get_status(struct sw_control *c, struct sw_control_request *r,
				  struct sw_slice rest)
{
	struct sw_status_of of = status_of(c);

	(void)rest;
	return respond(r, MHD_HTTP_OK, of_json(sw_status_json(&of)));
}

static enum MHD_Result respond_decision(struct sw_control *c, struct sw_control_request *r,
					const struct sw_event *e, const char *none)
{
	if (!e)
		return respond_error(r, MHD_HTTP_NOT_FOUND, "unknown_id", none);
	return respond(r, MHD_HTTP_OK,
		       of_json(sw_account_json(e, c->state->generation, &c->state->recent)));
}

static enum MHD_Result get_explain_id(struct sw_control *c, struct sw_control_request *r,
				      struct sw_slice id)
{
	return respond_decision(c, r, sw_recent_find_id(&c->state->recent, id), GONE);
}

/* An argument of the query, percent-decoded; empty when it is not there. */
static struct sw_slice argument(const struct sw_control_request *r, const char *name)
{
	const char *value = NULL;
	size_t n = 0;

	if (MHD_lookup_connection_value_n(r->connection, MHD_GET_ARGUMENT_KIND, name, strlen(name),
					  &value, &n) != MHD_YES)
		return (struct sw_slice){ 0 };
	return (struct sw_slice){ value, value ? n : 0 };
}

static enum MHD_Result get_explain(struct sw_control *c, struct sw_control_request *r,
				   struct sw_slice rest)
{
	struct sw_slice call_id = argument(r, "call_id");

	(void)rest;
	if (call_id.n > 0)
		return respond_decision(c, r, sw_recent_find_call(&c->state->recent, call_id),
					GONE);
	if (sw_slice_eq(argument(r, "last"), SW_LIT("1")))
		return respond_decision(c, r, sw_recent_newest(&c->state->recent),
					"No request has come in yet.");
	return respond_error(r, MHD_HTTP_BAD_REQUEST, "bad_request",
			     "Ask for /v1/explain/ID, ?call_id=ID or ?last=1.");
}

static enum MHD_Result get_events(struct sw_control *c, struct sw_control_request *r,
				  struct sw_slice rest)
{
	struct MHD_Response *response;

	(void)rest;
	if (sw_follow_is_full(&c->follow)) {
		if (r->has_waited)
			return respond_error(r, MHD_HTTP_SERVICE_UNAVAILABLE, "unavailable",
					     "Too many follow already: 8. End one of them.");
		r->has_waited = true;
		return suspend(r, SW_WAIT_PLACE);
	}
	response = sw_follow_add(&c->follow, r->connection, argument(r, "trunk"),
				 argument(r, "reason"));
	if (!response)
		return respond_error(r, MHD_HTTP_BAD_REQUEST, "bad_request",
				     "The filter is longer than any name.");
	return respond(r, MHD_HTTP_OK, response);
}

static bool has_waiter(const struct sw_control *c, enum sw_control_wait wait)
{
	for (size_t i = 0; i < SW_CONTROL_CONNECTIONS; i++)
		if (c->request[i].wait == wait)
			return true;
	return false;
}

static bool tell_parent(const struct sw_control *c, enum sw_ipc_type type)
{
	return sw_ipc_send(c->state->start->parent_fd, type, 0, (struct sw_slice){ 0 });
}

/* A load that runs may have read the file before this caller changed it: wait for the next. */
static enum MHD_Result post_reload(struct sw_control *c, struct sw_control_request *r,
				   struct sw_slice rest)
{
	(void)rest;
	if (r->status != 0) { /* the wait is over */
		struct MHD_Response *response = r->response;

		r->response = NULL;
		return respond(r, r->status, response);
	}
	if (has_waiter(c, SW_WAIT_NOW))
		return suspend(r, SW_WAIT_NEXT);
	if (tell_parent(c, SW_IPC_RELOAD))
		return suspend(r, SW_WAIT_NOW);
	return respond_error(r, MHD_HTTP_SERVICE_UNAVAILABLE, "unavailable",
			     "The parent does not take orders; try again.");
}

static enum MHD_Result post_stop(struct sw_control *c, struct sw_control_request *r,
				 struct sw_slice rest)
{
	(void)rest;
	if (!tell_parent(c, SW_IPC_STOP))
		return respond_error(r, MHD_HTTP_SERVICE_UNAVAILABLE, "unavailable",
				     "The parent does not take orders; end it by a signal.");
	return respond(r, MHD_HTTP_ACCEPTED, of_json(json_pack("{s:b}", "stopping", 1)));
}

/* A path that ends in "/" takes what stands behind it. */
static const struct route {
	struct sw_slice path;
	const char *method; /* GET serves HEAD too */
	route_fn take;
} routes[] = {
	{ SW_INIT("/healthz"), "GET", get_healthz },
	{ SW_INIT("/readyz"), "GET", get_readyz },
	{ SW_INIT("/v1/status"), "GET", get_status },
	{ SW_INIT("/v1/explain"), "GET", get_explain },
	{ SW_INIT("/v1/explain/"), "GET", get_explain_id },
	{ SW_INIT("/v1/events"), "GET", get_events },
	{ SW_INIT("/v1/reload"), "POST", post_reload },
	{ SW_INIT("/v1/stop"), "POST", post_stop },
};

static bool leads_to(const struct route *route, struct sw_slice url)
{
	if (route->path.p[route->path.n - 1] != '/')
		return sw_slice_eq(url, route->path);
	return url.n > route->path.n && sw_slice_has_prefix(url, route->path);
}

static enum MHD_Result refuse_method(struct sw_control_request *r, const struct route *route)
{
	struct MHD_Response *response = of_json(
		error_json("method", "This address does not take this method."));

	if (response)
		MHD_add_response_header(response, "Allow", route->method);
	return respond(r, MHD_HTTP_METHOD_NOT_ALLOWED, response);
}

static enum MHD_Result route_request(struct sw_control *c, struct sw_control_request *r,
				     struct sw_slice url, const char *method)
{
	for (size_t i = 0; i < SW_ARRAY_LEN(routes); i++) {
		const struct route *route = &routes[i];
		bool is_head = strcmp(method, "HEAD") == 0 && strcmp(route->method, "GET") == 0;

		if (!leads_to(route, url))
			continue;
		if (!is_head && strcmp(method, route->method) != 0)
			return refuse_method(r, route);
		return route->take(c, r, sw_slice_from(url, route->path.n));
	}
	return respond_error(r, MHD_HTTP_NOT_FOUND, "not_found",
			     "There is nothing at this address.");
}

static struct sw_control_request *take_place(struct sw_control *c, struct MHD_Connection *by)
{
	for (size_t i = 0; i < SW_CONTROL_CONNECTIONS; i++) {
		if (c->request[i].connection)
			continue;
		c->request[i] = (struct sw_control_request){ .connection = by };
		return &c->request[i];
	}
	return NULL;
}

/* Called for the header, for each piece of body, and once more when all is there. */
static enum MHD_Result take(void *arg, struct MHD_Connection *connection, const char *url,
			    const char *method, const char *version, const char *body, size_t *n,
			    void **place)
{
	struct sw_control *c = arg;
	struct sw_control_request *r = *place;

	(void)version;
	(void)body;
	if (!r) {
		*place = take_place(c, connection);
		return *place ? MHD_YES : MHD_NO;
	}
	if (*n > 0) {
		r->body += *n;
		*n = 0;
		return r->body <= BODY_MAX ? MHD_YES : MHD_NO;
	}
	return route_request(c, r, sw_slice_of(url), method);
}

static void completed(void *arg, struct MHD_Connection *connection, void **place,
		      enum MHD_RequestTerminationCode why)
{
	struct sw_control_request *r = *place;

	(void)arg;
	(void)connection;
	(void)why;
	if (!r)
		return;
	if (r->response)
		MHD_destroy_response(r->response);
	*r = (struct sw_control_request){ 0 };
	*place = NULL;
}

bool sw_control_start(struct sw_control *c, const struct sw_admin_state *state)
{
	int fd = state->start->control_fd;
	int flags = fcntl(fd, F_GETFL);

	c->state = state;
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return false;
	c->daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, take,
				     c, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_NOTIFY_COMPLETED,
				     completed, c, MHD_OPTION_CONNECTION_LIMIT,
				     (unsigned)SW_CONTROL_CONNECTIONS,
				     MHD_OPTION_CONNECTION_TIMEOUT, TIMEOUT_S,
				     MHD_OPTION_CONNECTION_MEMORY_LIMIT, MEMORY, MHD_OPTION_END);
	return c->daemon != NULL;
}

int sw_control_fd(const struct sw_control *c)
{
	return MHD_get_daemon_info(c->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

int sw_control_wait_ms(const struct sw_control *c, int most)
{
	MHD_UNSIGNED_LONG_LONG ms;

	if (MHD_get_timeout(c->daemon, &ms) != MHD_YES || ms > (unsigned)most)
		return most;
	return (int)ms;
}

/* Followers were sent something; those that are gone are noticed, and their places go on. */
static void give_places(struct sw_control *c)
{
	MHD_run(c->daemon);
	for (size_t i = 0; i < SW_CONTROL_CONNECTIONS; i++) {
		if (c->request[i].wait != SW_WAIT_PLACE)
			continue;
		c->request[i].wait = SW_WAIT_NOT;
		MHD_resume_connection(c->request[i].connection);
	}
	MHD_run(c->daemon);
}

void sw_control_run(struct sw_control *c, struct sw_wall now)
{
	c->now = now;
	sw_follow_beat(&c->follow, now);
	MHD_run(c->daemon);
	if (has_waiter(c, SW_WAIT_PLACE))
		give_places(c);
}

void sw_control_decision(struct sw_control *c, const struct sw_event *e)
{
	sw_follow_put(&c->follow, e);
}

/* Takes o. */
static void answer_waiter(struct sw_control_request *r, unsigned status, json_t *o)
{
	r->wait = SW_WAIT_NOT;
	r->status = status;
	r->response = of_json(o);
	MHD_resume_connection(r->connection);
}

static bool start_next_load(struct sw_control *c)
{
	bool waiting = false;

	for (size_t i = 0; i < SW_CONTROL_CONNECTIONS; i++) {
		if (c->request[i].wait != SW_WAIT_NEXT)
			continue;
		c->request[i].wait = SW_WAIT_NOW;
		waiting = true;
	}
	return !waiting || tell_parent(c, SW_IPC_RELOAD);
}

static void give_up_waiters(struct sw_control *c, const char *message)
{
	for (size_t i = 0; i < SW_CONTROL_CONNECTIONS; i++)
		if (c->request[i].wait != SW_WAIT_NOT)
			answer_waiter(&c->request[i], MHD_HTTP_SERVICE_UNAVAILABLE,
				      error_json("unavailable", message));
}

void sw_control_reloaded(struct sw_control *c, uint32_t code, struct sw_slice text)
{
	uint32_t number = c->state->generation ? c->state->generation->number : 0;

	for (size_t i = 0; i < SW_CONTROL_CONNECTIONS; i++) {
		struct sw_control_request *r = &c->request[i];

		if (r->wait != SW_WAIT_NOW)
			continue;
		if (code == SW_IPC_DONE)
			answer_waiter(r, MHD_HTTP_OK, sw_reloaded_done(number, text));
		else
			answer_waiter(r,
				      code == SW_IPC_REFUSED ? MHD_HTTP_UNPROCESSABLE_CONTENT
							     : MHD_HTTP_SERVICE_UNAVAILABLE,
				      sw_reloaded_refused(text));
	}
	if (!start_next_load(c))
		give_up_waiters(c, "The parent does not take orders; try again.");
}

void sw_control_end(struct sw_control *c, struct sw_wall now)
{
	give_up_waiters(c, "The door is stopping.");
	sw_follow_end(&c->follow);
	(void)MHD_quiesce_daemon(c->daemon); /* gives the listening socket back */
	for (unsigned i = 0; i < LAST_TURNS; i++)
		sw_control_run(c, now);
	MHD_stop_daemon(c->daemon);
	c->daemon = NULL;
}
