/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One decision, as the control socket gives it, and the buffer that its account is written to:
 * what account.c (the prose) and details.c (the table below it) have in common.
 */
#ifndef SIPWARD_VIEW_H
#define SIPWARD_VIEW_H

#include <jansson.h>
#include <sipward/reason.h>

#include "base/buf.h"

/* Where things are in the object, and how it is written. Missing objects are NULL. */
struct sw_view {
	struct sw_buf *b;
	const json_t *decision, *account, *digest, *user, *trunk;
	enum sw_reason reason; /* SW_OK for one that we do not know */
	bool colour;
};

enum sw_tint {
	SW_TINT_RED = 31,
	SW_TINT_GREEN = 32,
	SW_TINT_YELLOW = 33,
};

struct sw_view sw_view_of(struct sw_buf *b, const json_t *answer, bool colour);

/* A member; "", 0, false or NULL when it is not there. */
const char *sw_view_text(const json_t *o, const char *key);
json_int_t sw_view_int(const json_t *o, const char *key);
bool sw_view_is_true(const json_t *o, const char *key);
const json_t *sw_view_object(const json_t *o, const char *key);

/* Does the list of hashes have the one that this algorithm, or its -sess form, starts from? */
bool sw_view_has_hash(const json_t *list, const char *word);

/* Is this word in the list? */
bool sw_view_has_alg(const json_t *list, const char *word);

const char *sw_view_name(const struct sw_view *v); /* proven, else claimed */
bool sw_view_is_allowed(const struct sw_view *v);

/* Was it this that the request failed by? */
bool sw_view_failed_by(const struct sw_view *v, enum sw_reason r);

/* What advice.def says of a reason; NULL when it has no row. */
const char *sw_view_what(enum sw_reason r);
const char *sw_view_todo(enum sw_reason r);

void sw_view_put(const struct sw_view *v, const char *s);
void sw_view_put_number(const struct sw_view *v, json_int_t n);
void sw_view_pair(const struct sw_view *v, const char *label, const char *value); /* if any */
void sw_view_command(const struct sw_view *v, const char *what); /* "sipward user passwd alice" */
void sw_view_quoted(const struct sw_view *v, const char *s);
void sw_view_tinted(const struct sw_view *v, enum sw_tint tint, const char *s);
void sw_view_alg(const struct sw_view *v, const char *word);    /* "SHA-256" */
void sw_view_algs(const struct sw_view *v, const json_t *list); /* "SHA-256, MD5" or "none" */
void sw_view_last_part(const struct sw_view *v, const char *path);
void sw_view_verdict(const struct sw_view *v); /* "REFUSED" */
void sw_view_source(const struct sw_view *v);  /* "127.0.0.1:41822 udp" */
void sw_view_time(const struct sw_view *v, const char *ts);

#endif
