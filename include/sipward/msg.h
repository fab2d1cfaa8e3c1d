/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A SIP message, taken apart (RFC 3261 7 and 25). Slices borrow from the octets that were
 * parsed. Folded lines are allowed on the way in: a value may hold CR LF blank, which readers
 * treat as a blank and writers replace by one.
 *
 * Exact or refused: what two readers could take differently is refused with its own reason.
 */
#ifndef SIPWARD_MSG_H
#define SIPWARD_MSG_H

#include <sipward/uri.h>

enum sw_method {
	SW_METHOD_OTHER = 0, /* well-formed, but none of ours */
#define SW_METHOD(symbol) SW_METHOD_##symbol,
#include "core/method.def"
#undef SW_METHOD
};

enum sw_field {
	SW_FIELD_OTHER = 0,
#define SW_FIELD(symbol, name, compact, kind, syntax) SW_FIELD_##symbol,
#include "core/field.def"
#undef SW_FIELD
	SW_FIELD_COUNT,
};

#define SW_FIELDS_MAX      100 /* Content-Length among them, also where it is missing */
#define SW_VIA_MAX         30
#define SW_ROUTE_MAX       20
#define SW_START_LINE_MAX  2048
#define SW_HEADER_LINE_MAX 10240

struct sw_header {
	enum sw_field field;
	struct sw_slice name;  /* as sent */
	struct sw_slice value; /* without blanks at its ends; may be folded inside */
};

/* name-addr or addr-spec with parameters: From, To, Contact (RFC 3261 20.10). */
struct sw_nameaddr {
	struct sw_slice text;    /* the whole value */
	struct sw_slice display; /* as sent, with its quotes */
	struct sw_slice uri_text;
	struct sw_slice params; /* after the first ';' behind the URI, without it */
	struct sw_slice tag;    /* empty: none */
	bool bracketed;
	bool is_plain; /* From, To: an answer repeats it without its display name */
	struct sw_uri uri;
};

/* One Via value (RFC 3261 20.42). received and rport that a peer sent are read and not believed. */
struct sw_via {
	struct sw_slice text;
	struct sw_slice name, version; /* "SIP" and "2.0" as sent */
	struct sw_slice transport;     /* "UDP" as sent */
	struct sw_slice sent_by_text;
	struct sw_host sent_by;
	struct sw_slice params;
	struct sw_slice branch;
	bool has_rport;
};

struct sw_cseq {
	uint32_t number;
	struct sw_slice method;
};

struct sw_msg {
	bool is_response;
	enum sw_method method;
	struct sw_slice method_text; /* of a request */
	struct sw_slice ruri_text;
	struct sw_uri ruri;
	int status; /* of a response */
	struct sw_slice phrase;

	struct sw_header header[SW_FIELDS_MAX];
	size_t headers;
	int16_t first[SW_FIELD_COUNT]; /* index of the first of each field, -1 for none */

	struct sw_via via; /* topmost */
	struct sw_nameaddr from, to;
	struct sw_nameaddr contact;   /* the first value of the first Contact; of "*" unset … */
	struct sw_slice contact_rest; /* … as is this: what stands behind it there */
	struct sw_slice call_id;
	struct sw_cseq cseq;
	struct sw_slice body;

	bool is_dirty;     /* what an answer would repeat holds a control character */
	size_t fault_at;   /* after a refusal: offset of the octet that was in the way */
	enum sw_rule rule; /* and what the grammar wants there */
};

/*
 * Parse one datagram. Octets behind Content-Length are ignored (RFC 3261 18.3), too few are
 * SW_R_LENGTH. The refusal is the reason's; then *out holds what could be read in spite of it and
 * is good for one thing only: asking sw_msg_is_answerable whether an error can be sent, and
 * writing it. Of several faults the first line's comes first, then those of lines, of values in
 * their order, of the length.
 */
SW_MUST enum sw_reason sw_msg_parse(struct sw_slice octets, struct sw_msg *out);

/*
 * Parse one message that a framer found in a stream. Content-Length must be there. is_broken: the
 * framer could not say where the message ends (core/frame.h), so it is refused in any case, with
 * the reason for that if nothing comes before it.
 */
SW_MUST enum sw_reason sw_msg_parse_stream(struct sw_slice octets, bool is_broken,
					   struct sw_msg *out);

/*
 * May an error answer be written from what was read? It needs a request other than ACK whose
 * topmost Via can be read at least up to its sent-by. Via, From, To, Call-ID and CSeq are
 * repeated as far as they came; a control character in one of them makes silence the safe answer,
 * but for display names, which need not be repeated (RFC 4475 3.1.2).
 */
bool sw_msg_is_answerable(const struct sw_msg *m);

/* For readers of later layers: note where a message was refused. Gives the reason back. */
enum sw_reason sw_msg_fault(struct sw_msg *m, struct sw_slice octets, struct sw_fault why,
			    enum sw_reason reason);

/* First header of a field, or NULL; and the next one of the same field behind h. */
const struct sw_header *sw_msg_header(const struct sw_msg *m, enum sw_field field);
const struct sw_header *sw_msg_next(const struct sw_msg *m, const struct sw_header *h);

/* The method of a name; SW_METHOD_OTHER for all but ours. Case matters (RFC 3261 7.1). */
enum sw_method sw_method_find(struct sw_slice name);

/*
 * The next value of a Contact-like list: *rest moves behind it. SW_R_HEADER_SYNTAX or
 * SW_R_URI_SYNTAX. The list is at its end when rest->n is 0. "*" is not a nameaddr.
 */
SW_MUST enum sw_reason sw_nameaddr_next(struct sw_slice *rest, struct sw_nameaddr *out);

/* Likewise; *out is written in any case, and after a refusal empty. */
SW_MUST enum sw_reason sw_nameaddr_next_why(struct sw_slice *rest, struct sw_nameaddr *out,
					    struct sw_fault *why);

/*
 * Likewise for Via. With _why *out is written in any case: what could be read, for an answer;
 * nothing if out->text is empty.
 */
SW_MUST enum sw_reason sw_via_next(struct sw_slice *rest, struct sw_via *out);
SW_MUST enum sw_reason sw_via_next_why(struct sw_slice *rest, struct sw_via *out,
				       struct sw_fault *why);

#endif
