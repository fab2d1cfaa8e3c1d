/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `sipward register` shows: a line for each message as it goes and comes, or one JSON
 * object at the end. Everything that a peer chose is printed with escapes for control characters
 * and the like (obs/text.h); a password never gets here.
 */
#ifndef SIPWARD_NARRATE_H
#define SIPWARD_NARRATE_H

#include <jansson.h>

#include "cmd/cmd.h"
#include "cmd/exchange.h"
#include "cmd/uac.h"

struct sw_narrate {
	bool json, wire;
	const char *control, *conf; /* options that the suggested commands repeat; or NULL */
	json_t *steps, *result;     /* JSON: owned here until _end */
};

void sw_narrate_begin(struct sw_narrate *n, const struct sw_uac_want *want,
		      const struct sw_exchange *x);

/* A request went (again). */
void sw_narrate_sent(struct sw_narrate *n, const struct sw_uac *u, const struct sw_exchange *x);
void sw_narrate_repeated(struct sw_narrate *n, const struct sw_uac *u);

/* An answer came; octets are the whole of it. The exit code that the step means. */
enum sw_exit sw_narrate_answer(struct sw_narrate *n, const struct sw_uac *u, enum sw_uac_step step,
			       const struct sw_uac_answer *a, uint64_t took_us,
			       struct sw_slice octets);

/* None came (SW_EXCHANGE_TIMEOUT, SW_EXCHANGE_CLOSED). */
enum sw_exit sw_narrate_silence(struct sw_narrate *n, const struct sw_exchange *x,
				enum sw_exchange_got got);

/* Prints the JSON object, if that was asked for. */
void sw_narrate_end(struct sw_narrate *n, enum sw_exit code);

#endif
