/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SIP and SIPS URIs (RFC 3261 19.1, 25.1) and telephone numbers as URIs (RFC 3966). Other schemes
 * are recognised, not taken apart. All slices borrow from the text. Nothing is unescaped on the
 * way in; the functions that compare do that, octet by octet.
 */
#ifndef SIPWARD_URI_H
#define SIPWARD_URI_H

#include <sipward/reason.h>
#include <sipward/rule.h>

#include "base/addr.h"

enum sw_scheme {
	SW_SCHEME_NONE = 0,
	SW_SCHEME_SIP,
	SW_SCHEME_SIPS,
	SW_SCHEME_TEL,
	SW_SCHEME_OTHER, /* well-formed scheme, and nothing behind it that no URI may have */
};

enum sw_host_kind {
	SW_HOST_NONE = 0,
	SW_HOST_NAME,
	SW_HOST_IP4,
	SW_HOST_IP6, /* host is without the brackets */
};

struct sw_host {
	enum sw_host_kind kind;
	struct sw_slice text;
	struct sw_addr ip; /* of IP4 and IP6; without the port */
	uint16_t port;     /* 0: none given */
};

struct sw_uri {
	enum sw_scheme scheme;
	bool has_user;
	struct sw_slice text; /* the whole */
	struct sw_slice user; /* as sent, escapes and all; of tel: the number with its "+-.()" */
	struct sw_slice password; /* never logged */
	struct sw_host host;
	struct sw_slice params;  /* after the first ';', without it */
	struct sw_slice headers; /* after '?', without it */
	struct sw_slice context; /* phone-context of a tel: number without "+" */
};

/*
 * Parse a URI that is the whole of text. Refusals: SW_R_URI_SYNTAX. An unknown scheme is no
 * refusal: scheme says SW_SCHEME_OTHER. *out is written only on SW_OK.
 */
SW_MUST enum sw_reason sw_uri_parse(struct sw_slice text, struct sw_uri *out);

/* Likewise; after a refusal *why says at which octet and by which rule, and *out is empty. */
SW_MUST enum sw_reason sw_uri_parse_why(struct sw_slice text, struct sw_uri *out,
					struct sw_fault *why);

/*
 * host [":" port], the whole of text: the part after '@', and sent-by of Via. IPv6 in brackets.
 * Three colons before an embedded IPv4 address are read as two (RFC 5118 4.10).
 */
SW_MUST enum sw_reason sw_host_parse(struct sw_slice text, struct sw_host *out);
SW_MUST enum sw_reason sw_host_parse_why(struct sw_slice text, struct sw_host *out,
					 struct sw_fault *why);

/*
 * Same URI by RFC 3261 19.1.4, numbers by RFC 3966 4; IPv6 hosts compare as addresses. With more
 * than 33 parameters or headers only octet by octet.
 */
bool sw_uri_eq(const struct sw_uri *a, const struct sw_uri *b);

/* Is it one that a request can be for? */
static inline bool sw_uri_is_sip(const struct sw_uri *u)
{
	return u->scheme == SW_SCHEME_SIP || u->scheme == SW_SCHEME_SIPS;
}

/* Same host: names and IPv4 without regard to case, IPv6 as addresses; ports are not compared. */
bool sw_host_eq(const struct sw_host *a, const struct sw_host *b);

/* Same user part, %HH equal to the octet it stands for, also reserved ones: for "who", not for "where". */
bool sw_user_eq(struct sw_slice a, struct sw_slice b);

/*
 * Value of a parameter in a ";a=b;c" list without its first ';'; found but without value: empty.
 * Of a quoted value what stands inside of the quotes. For parameters of fields; those of a URI
 * have other characters and no quotes.
 */
SW_MUST bool sw_param_find(struct sw_slice params, struct sw_slice name, struct sw_slice *value);

/* Likewise for the params of a URI; escapes in the value stay. */
SW_MUST bool sw_uri_param_find(struct sw_slice params, struct sw_slice name,
			       struct sw_slice *value);

#endif
