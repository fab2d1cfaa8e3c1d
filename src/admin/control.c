/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/control.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "tell/account.h"
#include "tell/json.h"
#include "admin/reloaded.h"
#include "admin/respond.h"
#include "admin/plain.h"
#include "admin/users.h"
#include "share/ipc.h"

#define TIMEOUT_S  10U
#define MEMORY     ((size_t)16384)
#define BODY_MAX   4096
#define REST_MAX   ((size_t)4 << 20) /* of a body that is too long, so that its sender hears so */
#define LAST_TURNS 20                /* rounds that answers have to leave at the end */

#define GONE "This decision is no longer kept, or was never seen here."

/* How a route answers; rest is what stands behind a route that ends in "/". */
typedef enum MHD_Result (*route_fn)(struct sw_control *c, struct sw_control_request *r,
				    struct sw_slice rest);

static enum MHD_Result respond(struct sw_control_request *r, unsigned status,
			       struct MHD_Response *response)
{
	return sw_respond(r->connection, status, response);
}

static enum MHD_Result respond_error(struct sw_control_request *r, unsigned status,
				     const char *code, const char *message)
{
	return sw_respond_error(r->connection, status, code, message);
}

/* Until somebody resumes it: then its route is taken again. */
static enum MHD_Result suspend(struct sw_control_request *r, enum sw_control_wait wait)
{
	r->wait = wait;
	MHD_suspend_connection(r->connection);
	return MHD_YES;
}

/* Of the addresses that the loopback socket has too. */
static enum MHD_Result get_plain(struct sw_control *c, struct sw_control_request *r,
				 struct sw_slice rest, enum sw_plain what)
{
	unsigned status;
	struct MHD_Response *response = sw_plain_answer(c->state, what, c->now, &status);

	(void)rest;
	return respond(r, status, response);
}

static enum MHD_Result get_healthz(struct sw_control *c, struct sw_control_request *r,
				   struct sw_slice rest)
{
	return get_plain(c, r, rest, SW_PLAIN_HEALTH);
}

static enum MHD_Result get_readyz(struct sw_control *c, struct sw_control_request *r,
				  struct sw_slice rest)
{
	return get_plain(c, r, rest, SW_PLAIN_READY);
}

static enum MHD_Result get_metrics(struct sw_control *c, struct sw_control_request *r,
				   struct sw_slice rest)
{
	return get_plain(c, r, rest, SW_PLAIN_METRICS);
}

static enum MHD_Result get_status(struct sw_control *c, struct sw_control_request *r,
				  struct sw_slice rest)
{
	return get_plain(c, r, rest, SW_PLAIN_STATUS);
}

static struct sw_account_now account_now(const struct sw_admin_generation *g)
{
	if (!g)
		return (struct sw_account_now){ 0 };
	return (struct sw_account_now){ g->conf, g->number, g->is_demo };
}

static enum MHD_Result respond_decision(struct sw_control *c, struct sw_control_request *r,
					const struct sw_recent_one *one, const char *none)
{
	struct sw_account_now now = account_now(c->state->generation);

	if (!one)
		return respond_error(r, MHD_HTTP_NOT_FOUND, "unknown_id", none);
	return respond(r, MHD_HTTP_OK,
		       sw_respond_json(sw_account_json(one, &now, &c->state->recent)));
}

static enum MHD_Result get_explain_id(struct sw_control *c, struct sw_control_request *r,
				      struct sw_slice id)
{
	struct sw_recent_one one;
	bool is_there = sw_recent_find_id(&c->state->recent, id, &one);

	return respond_decision(c, r, is_there ? &one : NULL, GONE);
}

static struct sw_slice argument(const struct sw_control_request *r, const char *name)
{
	return sw_respond_argument(r->connection, name);
}

static enum MHD_Result get_explain(struct sw_control *c, struct sw_control_request *r,
				   struct sw_slice rest)
{
	const struct sw_recent *recent = &c->state->recent;
	struct sw_slice call_id = argument(r, "call_id");
	struct sw_recent_one one;

	(void)rest;
	if (call_id.n > 0)
		return respond_decision(
			c, r, sw_recent_find_call(recent, call_id, &one) ? &one : NULL, GONE);
	if (sw_slice_eq(argument(r, "last"), SW_LIT("1")))
		return respond_decision(c, r, sw_recent_newest(recent, &one) ? &one : NULL,
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
	/* Before it is told that it hears them. */
	sw_board_want(&c->state->start->board, SW_LEVEL_DEBUG);
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
	return respond(r, MHD_HTTP_ACCEPTED, sw_respond_json(json_pack("{s:b}", "stopping", 1)));
}

/* What a route does with a body. */
enum body {
	BODY_NONE = 0, /* reads a little and throws it away */
	BODY_LIST,     /* lines of JSON */
	BODY_OBJECT,   /* one object */
};

/* A path that ends in "/" takes what stands behind it, up to the tail, if it has no "/" itself. */
static const struct sw_control_route {
	struct sw_slice path, tail;
	const char *method; /* GET serves HEAD too */
	route_fn take;
	enum body body;
} routes[] = {
	{ .path = SW_INIT("/healthz"), .method = "GET", .take = get_healthz },
	{ .path = SW_INIT("/readyz"), .method = "GET", .take = get_readyz },
	{ .path = SW_INIT("/metrics"), .method = "GET", .take = get_metrics },
	{ .path = SW_INIT("/v1/status"), .method = "GET", .take = get_status },
	{ .path = SW_INIT("/v1/explain"), .method = "GET", .take = get_explain },
	{ .path = SW_INIT("/v1/explain/"), .method = "GET", .take = get_explain_id },
	{ .path = SW_INIT("/v1/events"), .method = "GET", .take = get_events },
	{ .path = SW_INIT("/v1/reload"), .method = "POST", .take = post_reload },
	{ .path = SW_INIT("/v1/stop"), .method = "POST", .take = post_stop },
	{ .path = SW_INIT("/v1/users"), .method = "GET", .take = sw_users_get },
	{ .path = SW_INIT("/v1/users"),
	  .method = "POST",
	  .take = sw_users_post,
	  .body = BODY_LIST },
	{ .path = SW_INIT("/v1/users/"), .method = "GET", .take = sw_users_get_one },
	{ .path = SW_INIT("/v1/users/"),
	  .method = "PATCH",
	  .take = sw_users_set,
	  .body = BODY_OBJECT },
	{ .path = SW_INIT("/v1/users/"), .method = "DELETE", .take = sw_users_delete },
	{ .path = SW_INIT("/v1/users/"),
	  .tail = SW_INIT("/password"),
	  .method = "POST",
	  .take = sw_users_set_password,
	  .body = BODY_OBJECT },
};

/* What stands behind the path and before the tail; false: this route is not meant. */
static bool leads_to(const struct sw_control_route *route, struct sw_slice url,
		     struct sw_slice *rest)
{
	struct sw_slice end;

	if (route->path.p[route->path.n - 1] != '/') {
		*rest = (struct sw_slice){ 0 };
		return sw_slice_eq(url, route->path);
	}
	if (url.n <= route->path.n + route->tail.n || !sw_slice_has_prefix(url, route->path))
		return false;
	*rest = sw_slice_from(url, route->path.n);
	end = sw_slice_from(url, url.n - route->tail.n);
	rest->n -= route->tail.n;
	return sw_slice_eq(end, route->tail) && !memchr(rest->p, '/', rest->n);
}

static bool takes_method(const struct sw_control_route *route, const char *method)
{
	if (strcmp(method, "HEAD") == 0)
		return strcmp(route->method, "GET") == 0;
	return strcmp(method, route->method) == 0;
}

/* The route, or NULL; allowed gets the methods that the address takes. */
static const struct sw_control_route *find_route(struct sw_slice url, const char *method,
						 struct sw_slice *rest, struct sw_buf *allowed)
{
	for (size_t i = 0; i < SW_ARRAY_LEN(routes); i++) {
		if (!leads_to(&routes[i], url, rest))
			continue;
		if (takes_method(&routes[i], method))
			return &routes[i];
		if (allowed->n > 0)
			sw_buf_str(allowed, ", ");
		sw_buf_str(allowed, routes[i].method);
	}
	return NULL;
}

static enum MHD_Result refuse_method(struct sw_control_request *r, struct sw_buf *allowed)
{
	struct MHD_Response *response = sw_respond_json(
		sw_respond_error_json("method", "This address does not take this method."));

	if (response)
		MHD_add_response_header(response, "Allow", sw_buf_text(allowed));
	return respond(r, MHD_HTTP_METHOD_NOT_ALLOWED, response);
}

static enum MHD_Result route_request(struct sw_control *c, struct sw_control_request *r,
				     struct sw_slice url, const char *method)
{
	char room[64];
	struct sw_buf allowed = sw_buf_over(room, sizeof(room));
	struct sw_slice rest;
	const struct sw_control_route *route = find_route(url, method, &rest, &allowed);

	if (route)
		return route->take(c, r, rest);
	if (allowed.n > 0)
		return refuse_method(r, &allowed);
	return respond_error(r, MHD_HTTP_NOT_FOUND, "not_found",
			     "There is nothing at this address.");
}

/* Of the type alone: what follows a semicolon is of no interest. */
static bool is_type(struct sw_slice value, const struct sw_slice *list, size_t n)
{
	const char *end = value.n > 0 ? memchr(value.p, ';', value.n) : NULL;

	if (end)
		value.n = (size_t)(end - value.p);
	for (size_t i = 0; i < n; i++)
		if (sw_slice_eq_nocase(sw_slice_trim(value), list[i]))
			return true;
	return false;
}

static const char *type_fault(struct sw_control_request *r, enum body body)
{
	static const struct sw_slice list[] = { SW_INIT("application/x-ndjson"),
						SW_INIT("application/jsonl"),
						SW_INIT("application/json") };
	static const struct sw_slice object[] = { SW_INIT("application/json"),
						  SW_INIT("application/merge-patch+json") };
	struct sw_slice type = sw_respond_header(r->connection, "Content-Type");

	if (body == BODY_LIST)
		return is_type(type, list, SW_ARRAY_LEN(list))
			       ? NULL
			       : "Content-Type is application/x-ndjson: a line of JSON a user.";
	return is_type(type, object, SW_ARRAY_LEN(object)) ? NULL
							   : "Content-Type is application/json.";
}

/* Octets of all bodies that are being read or wait: memory has an end. */
static uint64_t kept(const struct sw_control *c)
{
	uint64_t n = 0;

	for (size_t i = 0; i < SW_CONTROL_CONNECTIONS; i++)
		n += c->request[i].body.n;
	return n;
}

static enum MHD_Result say_too_long(struct sw_control_request *r, uint64_t max)
{
	return respond_error(r, MHD_HTTP_CONTENT_TOO_LARGE, "too_large",
			     max == SW_BODY_LIST ? "More than 512 MiB at once: send it in parts."
						 : "More than 32 KiB: one user is not as large.");
}

static enum MHD_Result say_busy(struct sw_control_request *r)
{
	return respond_error(r, MHD_HTTP_CONFLICT, "busy",
			     "Other lists are being taken in: wait until they are.");
}

static size_t bodies(const struct sw_control *c)
{
	size_t n = 0;

	for (size_t i = 0; i < SW_CONTROL_CONNECTIONS; i++)
		n += c->request[i].body.is_open;
	return n;
}

/* The header is there: what cannot be taken is refused before its body is sent. */
static enum MHD_Result begin_body(struct sw_control *c, struct sw_control_request *r,
				  enum body body)
{
	const char *fault = type_fault(r, body);
	uint64_t max = body == BODY_LIST ? SW_BODY_LIST : SW_BODY_OBJECT;
	struct sw_slice length = sw_respond_header(r->connection, "Content-Length");
	uint64_t n;

	if (fault)
		return respond_error(r, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, "content_type", fault);
	if (length.n > 0 && !sw_slice_u64(length, max, &n))
		return say_too_long(r, max);
	if ((length.n > 0 && n > SW_BODY_LIST - kept(c)) || bodies(c) >= SW_CONTROL_BODIES)
		return say_busy(r);
	if (sw_body_open(&r->body, max))
		return MHD_YES;
	return respond_error(r, MHD_HTTP_SERVICE_UNAVAILABLE, "unavailable",
			     "There is no memory for this.");
}

/* A piece of body; who goes on beyond what there may be is cut off. */
static enum MHD_Result take_body(struct sw_control *c, struct sw_control_request *r,
				 struct sw_slice s)
{
	sw_patience_body(&c->patience, r->connection, r->body.n + s.n);
	if (r->body.is_open && !r->is_too_long) {
		r->is_too_long = s.n > SW_BODY_LIST - kept(c) || !sw_body_put(&r->body, s);
		return MHD_YES;
	}
	r->ignored += s.n;
	return r->ignored <= (r->is_too_long ? REST_MAX : BODY_MAX) ? MHD_YES : MHD_NO;
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

static enum MHD_Result begin(struct sw_control *c, struct MHD_Connection *connection,
			     const char *url, const char *method, void **place)
{
	struct sw_control_request *r = take_place(c, connection);
	char room[64];
	struct sw_buf allowed = sw_buf_over(room, sizeof(room));
	const struct sw_control_route *route;
	struct sw_slice rest;

	*place = r;
	if (!r)
		return MHD_NO;
	sw_patience_begin_body(&c->patience, connection);
	route = find_route(sw_slice_of(url), method, &rest, &allowed);
	return route && route->body != BODY_NONE ? begin_body(c, r, route->body) : MHD_YES;
}

/* Called for the header, for each piece of body, and once more when all is there. */
static enum MHD_Result take(void *arg, struct MHD_Connection *connection, const char *url,
			    const char *method, const char *version, const char *body, size_t *n,
			    void **place)
{
	struct sw_control *c = arg;
	struct sw_control_request *r = *place;

	(void)version;
	if (!r)
		return begin(c, connection, url, method, place);
	if (*n > 0) {
		enum MHD_Result taken = take_body(c, r, (struct sw_slice){ body, *n });

		*n = 0;
		return taken;
	}
	sw_patience_wait(&c->patience, connection);
	if (r->is_too_long)
		return r->body.n + r->ignored > r->body.max || r->body.max == SW_BODY_OBJECT
			       ? say_too_long(r, r->body.max)
			       : say_busy(r);
	return route_request(c, r, sw_slice_of(url), method);
}

static void completed(void *arg, struct MHD_Connection *connection, void **place,
		      enum MHD_RequestTerminationCode why)
{
	struct sw_control_request *r = *place;
	struct sw_control *c = arg;

	(void)why;
	sw_patience_again(&c->patience, connection);
	if (!r)
		return;
	if (r->response)
		MHD_destroy_response(r->response);
	sw_body_close(&r->body);
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
				     (unsigned)SW_CONTROL_CONNECTIONS, MHD_OPTION_NOTIFY_CONNECTION,
				     sw_patience_notify, &c->patience,
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
	sw_patience_sweep(&c->patience, now);
	sw_follow_beat(&c->follow, now);
	MHD_run(c->daemon);
	if (has_waiter(c, SW_WAIT_PLACE))
		give_places(c);
}

bool sw_control_is_followed(const struct sw_control *c)
{
	return sw_follow_is_on(&c->follow);
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
	r->response = sw_respond_json(o);
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
				      sw_respond_error_json("unavailable", message));
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

enum MHD_Result sw_control_wait_for_store(struct sw_control *c, struct sw_control_request *r,
					  enum sw_control_asked asked)
{
	r->asked = asked;
	c->store_queue[c->store_waits++] = r; /* a request waits once, and has a place */
	return suspend(r, SW_WAIT_STORE);
}

void sw_control_stored(struct sw_control *c, uint32_t code, struct sw_slice text, int fd)
{
	struct sw_control_request *r = c->store_waits > 0 ? c->store_queue[0] : NULL;

	if (!r) {
		if (fd >= 0)
			close(fd);
		return;
	}
	c->store_waits--;
	memmove(c->store_queue, c->store_queue + 1,
		c->store_waits * sizeof(struct sw_control_request *));
	r->wait = SW_WAIT_NOT;
	r->response = sw_users_answer(c, r->asked, code, text, fd, &r->status);
	MHD_resume_connection(r->connection);
}

void sw_control_store_gone(struct sw_control *c)
{
	while (c->store_waits > 0)
		sw_control_stored(c, SW_ANSWER_FAILED, (struct sw_slice){ 0 }, -1);
}

void sw_control_end(struct sw_control *c, struct sw_wall now)
{
	give_up_waiters(c, "The door is stopping.");
	c->store_waits = 0;
	c->is_ending = true;
	sw_follow_end(&c->follow);
	(void)MHD_quiesce_daemon(c->daemon); /* gives the listening socket back */
	for (unsigned i = 0; i < LAST_TURNS; i++)
		sw_control_run(c, now);
	MHD_stop_daemon(c->daemon);
	c->daemon = NULL;
}
