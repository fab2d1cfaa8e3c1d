/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any octets as a stream. Oracles: what the framer sees in it does not depend on how it is cut;
 * its length of a message is the parser's; a message that the parser takes from a datagram is
 * one on a stream too, if it has a length; a broken stream is refused; nothing is read beyond.
 */
#include <assert.h>
#include <stdlib.h>

#include <sipward/msg.h>

#include "core/frame.h"
#include "lines.h"

#define MESSAGE_MAX 16384

/* Numbers that depend on the octets alone. */
static uint64_t mix(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15u);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	return z ^ z >> 27;
}

/* The framer over what came so far, until it says something. */
static enum sw_frame next(struct sw_slice octets, uint64_t seed, struct sw_framer *f, size_t *n)
{
	enum sw_frame what = SW_FRAME_MORE;
	bool in_body;

	for (size_t have = 0; have < octets.n && what == SW_FRAME_MORE;) {
		uint64_t draw = mix(&seed);
		size_t step = draw % 4 == 0 ? 1 : draw >> 8 & 127;

		have = octets.n - have > step ? have + step : octets.n;
		what = sw_frame_next(f, (struct sw_slice){ octets.p, have }, MESSAGE_MAX, n,
				     &in_body);
		assert(*n <= have && (what == SW_FRAME_MORE) == (*n == 0));
	}
	return what;
}

static void check_message(struct sw_slice message)
{
	static struct sw_msg m;
	char *own = malloc(message.n);

	if (!own)
		abort();
	memcpy(own, message.p, message.n); /* a sanitizer sees the first octet behind it */
	enum sw_reason r = sw_msg_parse_stream((struct sw_slice){ own, message.n }, false, &m);

	assert(r != SW_R_LENGTH && r != SW_R_LENGTH_GONE && r != SW_R_LINE_END);
	assert(r != SW_OK || m.body.p + m.body.n == own + message.n);
	free(own);
}

static void check_broken(struct sw_slice part)
{
	static struct sw_msg m;

	assert(sw_msg_parse_stream(part, true, &m) != SW_OK && m.rule != SW_RULE_NONE);
}

/* What a datagram's reader takes whole is a message of the same length here. */
static void check_datagram(struct sw_slice octets, enum sw_frame what, size_t n)
{
	static struct sw_msg m;

	if (octets.n > MESSAGE_MAX || sw_msg_parse(octets, &m) != SW_OK)
		return;
	if (!sw_msg_header(&m, SW_FIELD_CONTENT_LENGTH)) {
		assert(what == SW_FRAME_BROKEN);
		return;
	}
	assert(what == SW_FRAME_MESSAGE);
	assert(octets.p + n == m.body.p + m.body.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sw_slice octets = { (const char *)data, size };
	struct sw_framer whole = { 0 }, cut = { 0 };
	uint64_t seed = size;

	for (size_t i = 0; i < size; i++)
		seed = seed * 31 + data[i];
	while (octets.n > 0) {
		size_t n = 0, same = 0;
		bool in_body;
		enum sw_frame what = sw_frame_next(&whole, octets, MESSAGE_MAX, &n, &in_body);

		assert(next(octets, mix(&seed), &cut, &same) == what && same == n);
		if (what == SW_FRAME_MORE)
			return 0;
		struct sw_slice part = { octets.p, n };

		if (what == SW_FRAME_MESSAGE || what == SW_FRAME_BROKEN)
			check_datagram(octets, what, n);
		if (what == SW_FRAME_MESSAGE)
			check_message(part);
		if (what == SW_FRAME_BROKEN) {
			check_broken(part);
			return 0;
		}
		octets = sw_slice_from(octets, n);
	}
	return 0;
}
