/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/loopback.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "admin/plain.h"
#include "admin/respond.h"

#define TIMEOUT_S   10U
#define MEMORY      ((size_t)8192)
#define CONNECTIONS 16U

static struct sw_slice without_port(struct sw_slice host)
{
	const char *colon = host.n > 0 ? memrchr(host.p, ':', host.n) : NULL;
	const char *bracket = host.n > 0 ? memrchr(host.p, ']', host.n) : NULL;

	if (colon && colon > bracket)
		host.n = (size_t)(colon - host.p);
	return host;
}

static bool is_loopback(const struct sw_addr *a)
{
	static const uint8_t one[16] = { [15] = 1 };

	if (a->family == SW_FAMILY_4)
		return a->ip[0] == 127;
	return a->family == SW_FAMILY_6 && memcmp(a->ip, one, sizeof(one)) == 0;
}

bool sw_loopback_is_name(struct sw_slice host)
{
	struct sw_addr addr;

	host = without_port(host);
	if (sw_slice_eq_nocase(host, SW_LIT("localhost")))
		return true;
	if (host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
		host = (struct sw_slice){ host.p + 1, host.n - 2 };
	return sw_addr_parse(host, &addr) && is_loopback(&addr);
}

static enum MHD_Result refuse_method(struct MHD_Connection *c)
{
	struct MHD_Response *r = sw_respond_json(
		sw_respond_error_json("method", "This address answers GET alone; the control "
						"socket does the rest."));

	if (r)
		MHD_add_response_header(r, "Allow", "GET, HEAD");
	return sw_respond(c, MHD_HTTP_METHOD_NOT_ALLOWED, r);
}

static enum MHD_Result answer(struct sw_loopback *l, struct MHD_Connection *c, const char *url,
			      const char *method)
{
	unsigned status;
	struct MHD_Response *r;

	if (!sw_loopback_is_name(sw_respond_header(c, "Host")))
		return sw_respond_error(c, MHD_HTTP_FORBIDDEN, "host",
					"Host is no name of loopback: ask 127.0.0.1 or localhost.");
	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
		return refuse_method(c);
	r = sw_plain_answer(l->state, sw_plain_find(sw_slice_of(url)), l->now, &status);
	return sw_respond(c, status, r);
}

/* Called for the header, then once more when all is there; a body is not read. */
static enum MHD_Result take(void *arg, struct MHD_Connection *connection, const char *url,
			    const char *method, const char *version, const char *body, size_t *n,
			    void **place)
{
	struct sw_loopback *l = arg;

	(void)version;
	(void)body;
	if (*n > 0)
		return MHD_NO;
	if (!*place) {
		*place = l;
		sw_patience_begin_body(&l->patience, connection);
		return MHD_YES;
	}
	sw_patience_wait(&l->patience, connection);
	return answer(l, connection, url, method);
}

static void completed(void *arg, struct MHD_Connection *connection, void **place,
		      enum MHD_RequestTerminationCode why)
{
	struct sw_loopback *l = arg;

	(void)why;
	*place = NULL;
	sw_patience_again(&l->patience, connection);
}

bool sw_loopback_start(struct sw_loopback *l, const struct sw_admin_state *state, int fd)
{
	int flags = fcntl(fd, F_GETFL);

	*l = (struct sw_loopback){ .state = state };
	if (flags < 0 || (!(flags & O_NONBLOCK) && fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0))
		return false;
	l->daemon = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, take, l,
				     MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_NOTIFY_COMPLETED,
				     completed, l, MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS,
				     MHD_OPTION_NOTIFY_CONNECTION, sw_patience_notify, &l->patience,
				     MHD_OPTION_CONNECTION_TIMEOUT, TIMEOUT_S,
				     MHD_OPTION_CONNECTION_MEMORY_LIMIT, MEMORY, MHD_OPTION_END);
	return l->daemon != NULL;
}

int sw_loopback_fd(const struct sw_loopback *l)
{
	return l->daemon ? MHD_get_daemon_info(l->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd : -1;
}

int sw_loopback_wait_ms(const struct sw_loopback *l, int most)
{
	MHD_UNSIGNED_LONG_LONG ms;

	if (!l->daemon || MHD_get_timeout(l->daemon, &ms) != MHD_YES || ms > (unsigned)most)
		return most;
	return (int)ms;
}

void sw_loopback_run(struct sw_loopback *l, struct sw_wall now)
{
	if (!l->daemon)
		return;
	l->now = now;
	sw_patience_sweep(&l->patience, now);
	MHD_run(l->daemon);
}

void sw_loopback_end(struct sw_loopback *l)
{
	if (l->daemon)
		MHD_stop_daemon(l->daemon);
	*l = (struct sw_loopback){ 0 };
}
