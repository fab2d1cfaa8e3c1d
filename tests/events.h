/* SPDX-License-Identifier: Apache-2.0 */
/* Decisions for tests of whoever keeps, logs and explains them. */
#ifndef SIPWARD_TEST_EVENTS_H
#define SIPWARD_TEST_EVENTS_H

#include "tell/decision.h"

/* 2026-11-23T08:14:07.412Z */
#define EVENT_AT_US 1795421647412000

#define EVENT_SET(t, text) ((t).n = event_text((t).p, sizeof((t).p), (text)))

static inline uint16_t event_text(char *to, size_t room, const char *text)
{
	size_t n = strlen(text) < room ? strlen(text) : room;

	memcpy(to, text, n);
	return (uint16_t)n;
}

/* A REGISTER from 127.0.0.1:41822 that was challenged. */
static inline struct sw_event event_challenged(const char *id)
{
	struct sw_event e = {
		.at_us = EVENT_AT_US,
		.took_us = 210,
		.generation = 7,
		.act = SW_ACT_CHALLENGE,
		.reason = SW_R_CHALLENGED,
		.transport = SW_UDP,
		.is_register = 1,
		.status = 401,
		.offered = SW_ALG_ALL,
		.src = { .family = SW_FAMILY_4, .port = 41822, .ip = { 127, 0, 0, 1 } },
		.at = { .family = SW_FAMILY_4, .port = 5060 },
	};

	(void)event_text(e.id, SW_ID_LEN, id);
	EVENT_SET(e.method, "REGISTER");
	EVENT_SET(e.ruri, "sip:localhost");
	EVENT_SET(e.call_id, "7f1c@pbx");
	EVENT_SET(e.user_agent, "FPBX-16.0.40");
	return e;
}

/* OPTIONS that were let be, because somebody had proven itself from there. */
static inline struct sw_event event_pinged(const char *id)
{
	struct sw_event e = event_challenged(id);

	e.act = SW_ACT_ALLOW;
	e.reason = SW_OK;
	e.known = SW_KNOWN_ADDRESS;
	e.is_register = 0;
	e.status = 200;
	e.offered = 0;
	EVENT_SET(e.method, "OPTIONS");
	return e;
}

/* alice of the trunk people answered it in SHA-256 with another password. */
static inline struct sw_event event_wrong(const char *id)
{
	struct sw_event e = event_challenged(id);

	e.act = SW_ACT_REFUSE;
	e.reason = SW_R_DIGEST_WRONG;
	e.status = 403;
	e.offered = 0;
	e.alg = SW_ALG_SHA256;
	e.realm_ok = e.nonce_ours = e.nonce_fresh = e.uri_ok = 1;
	e.user_known = e.trunk_enabled = 1;
	e.nonce_algs = e.user_algs = e.trunk_algs = SW_ALG_ALL;
	e.nonce_age_s = 1;
	e.nc = e.nc_new = 1;
	e.conf_line = e.user_line = 73;
	EVENT_SET(e.trunk, "people");
	EVENT_SET(e.claimed, "alice");
	EVENT_SET(e.conf_file, "sipward.conf");
	return e;
}

/* alice answered it right. */
static inline struct sw_event event_allowed(const char *id)
{
	struct sw_event e = event_wrong(id);

	e.act = SW_ACT_ALLOW;
	e.reason = SW_OK;
	e.status = 200;
	e.factor = SW_FACTOR_DIGEST;
	e.response_ok = 1;
	e.way = 1;
	e.conf_line = 71;
	e.granted_s = 300;
	e.bindings = 1;
	EVENT_SET(e.subject, "alice");
	return e;
}

/* No SIP at all. */
static inline struct sw_event event_dropped(void)
{
	struct sw_event e = event_challenged("");

	e.act = SW_ACT_DROP;
	e.reason = SW_R_NOT_SIP;
	e.status = e.offered = 0;
	e.is_register = 0;
	e.method.n = e.ruri.n = e.call_id.n = e.user_agent.n = 0;
	return e;
}

#endif
