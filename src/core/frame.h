/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where one message of a stream ends and the next begins (RFC 3261 18.3, 7.5; RFC 5626 4.4.1).
 * Content-Length alone decides; it is read by the same readers as in sw_msg_parse. What stands in
 * a message is not judged here: a message that the parser refuses still has a length, and the
 * stream goes on behind it, unless two readers could disagree about where that is.
 */
#ifndef SIPWARD_FRAME_H
#define SIPWARD_FRAME_H

#include <sipward/slice.h>

enum sw_frame {
	SW_FRAME_MORE = 0, /* the end has not come yet */
	SW_FRAME_MESSAGE,
	SW_FRAME_PING,   /* the second of two CR LF between messages: a CR LF goes back */
	SW_FRAME_BLANK,  /* a CR LF between messages: skipped */
	SW_FRAME_BROKEN, /* nobody can say where the next message begins: refuse, then close */
};

/* Start line and header fields together; over it the end of the header is not waited for. */
#define SW_FRAME_HEADER_MAX 65536

/* Zeroed: the start of a stream. Remembers what was looked at, so trickling costs linear time. */
struct sw_framer {
	size_t scanned;  /* octets before this one hold no line end that was not seen */
	size_t line;     /* where the line that is being read begins */
	size_t field;    /* where the field that the line before belongs to begins */
	size_t header_n; /* length of start line and header fields with their empty line */
	uint32_t length; /* Content-Length */
	uint8_t phase;
	bool is_pending;   /* the field may go on in a folded line */
	bool has_length;   /* Content-Length came */
	bool is_doubtful;  /* the header ends somewhere, but its length cannot be trusted */
	bool is_half_ping; /* a CR LF was taken just before */
};

/*
 * What stands first in the octets and how long it is. octets always begin behind what the last
 * answer other than MORE took, and grow at their end only. *n is 0 for MORE; for BROKEN the
 * octets that are worth showing to sw_msg_parse, which refuses them with the reason.
 *
 * The answers do not depend on how the octets are cut. CR LF CR LF is BLANK, then PING: so one
 * CR LF, which some clients send alone, never waits for a second.
 *
 * *in_body: all of the header is there; which deadline runs.
 *
 * BROKEN: no Content-Length, one that is no number, two that differ; a control character or bare
 * CR or LF in the header; a header over SW_FRAME_HEADER_MAX, a message over message_max; no SIP,
 * told from the first octets where they can.
 */
SW_MUST enum sw_frame sw_frame_next(struct sw_framer *f, struct sw_slice octets, size_t message_max,
				    size_t *n, bool *in_body);

#endif
