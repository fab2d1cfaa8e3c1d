/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/target.h"

#include <sipward/uri.h>

#include "base/addr.h"
#include "cmd/door.h"
#include "cmd/options.h"

#define DEFAULT_PORT 5060

static enum sw_exit wrong(const char *what, const char *value)
{
	return sw_options_wrong("register", what, value);
}

static bool put_text(char *room, size_t cap, struct sw_slice text)
{
	if (text.n >= cap)
		return false;
	memcpy(room, text.p, text.n);
	room[text.n] = 0;
	return true;
}

/* [udp:|tcp:]HOST[:PORT]; a bare IPv6 address has no port. */
static bool parse_server(struct sw_slice text, struct sw_target *t)
{
	struct sw_host host;
	struct sw_addr bare;

	t->transport = sw_slice_has_prefix(text, SW_LIT("tcp:")) ? SW_TCP : SW_UDP;
	if (t->transport == SW_TCP || sw_slice_has_prefix(text, SW_LIT("udp:")))
		text = sw_slice_from(text, 4);
	if (sw_addr_parse(text, &bare))
		host = (struct sw_host){ .text = text };
	else if (sw_host_parse(text, &host) != SW_OK)
		return false;
	t->port = host.port ? host.port : DEFAULT_PORT;
	return put_text(t->host, sizeof(t->host), host.text);
}

/* A listener on every address is asked on loopback. */
static bool take_listener(const char *text, struct sw_target *t)
{
	struct sw_addr a;

	if (!sw_addr_parse_port(sw_slice_of(text), &a))
		return false;
	if (sw_addr_is_any(&a))
		text = a.family == SW_FAMILY_6 ? "[::1]" : "127.0.0.1";
	if (!parse_server(sw_slice_of(text), t))
		return false;
	t->port = a.port ? a.port : DEFAULT_PORT;
	return true;
}

/* The first listener of a transport that can be asked. */
static bool take_first(const json_t *status, enum sw_transport transport, struct sw_target *t)
{
	const json_t *listener;
	size_t i;

	json_array_foreach(json_object_get(status, "listeners"), i, listener)
	{
		const char *by = json_string_value(json_object_get(listener, "transport"));
		const char *address = json_string_value(json_object_get(listener, "address"));

		if (!by || !address || strcmp(by, sw_transport_name(transport)) != 0 ||
		    !take_listener(address, t))
			continue;
		t->transport = transport;
		return true;
	}
	return false;
}

static void read_status(const json_t *status, struct sw_target *t)
{
	const char *realm = json_string_value(json_object_get(status, "realm"));

	if (!take_first(status, SW_UDP, t))
		(void)take_first(status, SW_TCP, t);
	if (realm && !put_text(t->domain, sizeof(t->domain), sw_slice_of(realm)))
		t->domain[0] = 0;
}

/* The running door says where it listens and what its realm is; no door is no error here. */
static enum sw_exit ask_door(const struct sw_target_want *w, struct sw_target *t)
{
	struct sw_door door;
	json_t *status = NULL;
	int http = 0;
	bool quiet = !w->control && !w->conf;
	enum sw_exit code = sw_door_find(w->control, w->conf, quiet, &door);

	if (quiet && code == SW_EXIT_USAGE) /* two are alive: let it name them */
		return sw_door_find(NULL, NULL, false, &door);
	if (quiet && code != SW_EXIT_OK)
		return SW_EXIT_OK;
	if (code == SW_EXIT_OK)
		code = sw_door_ask(&door, "GET", "/v1/status", 2, &http, &status);
	if (code == SW_EXIT_OK && http == 200)
		read_status(status, t);
	json_decref(status);
	return code;
}

/* The host of the server as a domain: IPv6 in brackets. */
static void default_domain(struct sw_target *t)
{
	struct sw_addr a;
	struct sw_buf b = sw_buf_over(t->domain, sizeof(t->domain) - 1);

	if (sw_addr_parse(sw_slice_of(t->host), &a))
		sw_addr_write_host(&b, &a);
	else
		sw_buf_str(&b, t->host);
	t->domain[b.n] = 0;
}

enum sw_exit sw_target_find(const struct sw_target_want *w, struct sw_target *t)
{
	struct sw_host domain;

	*t = (struct sw_target){ .transport = SW_UDP, .host = "127.0.0.1", .port = DEFAULT_PORT };
	if (!w->server) {
		enum sw_exit code = ask_door(w, t);
		if (code != SW_EXIT_OK)
			return code;
	} else if (!parse_server(sw_slice_of(w->server), t)) {
		return wrong("--server takes [udp:|tcp:]HOST[:PORT], not", w->server);
	}
	if (w->domain && !put_text(t->domain, sizeof(t->domain), sw_slice_of(w->domain)))
		return wrong("the domain is too long:", w->domain);
	if (t->domain[0] == 0)
		default_domain(t);
	if (sw_host_parse(sw_slice_of(t->domain), &domain) != SW_OK || domain.port)
		return wrong("this is no domain:", t->domain);
	return SW_EXIT_OK;
}
