/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/recorded.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <sipward/engine.h>

#include "tell/account.h"
#include "cmd/options.h"
#include "core/frame.h"
#include "edge/generation.h"
#include "share/clock.h"

#define ROWS 16 /* of tables that one message can fill */

static const uint8_t key_seed[SW_SEED_LEN] = "of no door";

/* All that a decision needs; what is NULL was not made. */
struct bench {
	char *octets;
	struct sw_generation *generation;
	struct sw_engine *engine;
	void *location, *replay;
	struct sw_recent recent; /* none: it is the only one */
	struct sw_recent_one one;
	struct sw_input in;
	struct sw_actions out;
	char room[SW_ROOM];
};

static enum sw_exit wrong(const struct sw_recorded *r, const char *what)
{
	fprintf(stderr, "sipward explain: %s %s\n", r->file, what);
	return SW_EXIT_FAILED;
}

static enum sw_exit read_file(const struct sw_recorded *r, struct bench *b)
{
	FILE *f = fopen(r->file, "rb");
	size_t n = 0;

	b->octets = f ? malloc(SW_RECORDED_MAX + 1) : NULL;
	if (b->octets)
		n = fread(b->octets, 1, SW_RECORDED_MAX + 1, f);
	bool failed = !b->octets || ferror(f);
	int why = errno;

	if (f)
		(void)fclose(f);
	if (failed) {
		fprintf(stderr, "sipward explain: cannot read %s: %s\n", r->file, strerror(why));
		return SW_EXIT_FAILED;
	}
	if (n == 0)
		return wrong(r, "is empty: there is no message in it");
	if (n > SW_RECORDED_MAX)
		return wrong(
			r, "is larger than 1 MiB: one message a file, octet for octet as it came");
	b->in.octets = (struct sw_slice){ b->octets, n };
	return SW_EXIT_OK;
}

static enum sw_exit read_way(const struct sw_recorded *r, struct sw_input *in)
{
	struct sw_slice from = sw_slice_of(r->from ? r->from : "127.0.0.1:5060");

	if (!r->over || strcmp(r->over, "udp") == 0)
		in->transport = SW_UDP;
	else if (strcmp(r->over, "tcp") == 0)
		in->transport = SW_TCP;
	else
		return sw_options_wrong("explain", "--over takes udp or tcp, not", r->over);
	if (!sw_addr_parse_port(from, &in->src))
		return sw_options_wrong("explain", "--from takes IP:PORT, not", r->from);
	if (in->src.port == 0)
		in->src.port = 5060;
	return SW_EXIT_OK;
}

/* The one message of a stream; what a client sends between messages may stand before it. */
static enum sw_exit frame(const struct sw_recorded *r, const struct sw_policy *p,
			  struct sw_input *in)
{
	size_t most = sw_policy_message_max(p, in->transport);
	struct sw_slice rest = in->octets;
	struct sw_framer f = { 0 };
	enum sw_frame what;
	bool in_body;
	size_t n;

	while ((what = sw_frame_next(&f, rest, most, &n, &in_body)) == SW_FRAME_BLANK ||
	       what == SW_FRAME_PING)
		rest = sw_slice_from(rest, n);
	if (what == SW_FRAME_MORE && rest.n == 0)
		return wrong(r, "holds a keep-alive: there is nothing to decide");
	if (what == SW_FRAME_MORE)
		return wrong(r, "ends within a message: on a stream the door waits for the rest");
	if (what == SW_FRAME_MESSAGE && n < rest.n)
		return wrong(r,
			     "holds more than one message: cut it behind the Content-Length of the "
			     "first, and explain them one by one");
	in->octets = (struct sw_slice){ rest.p, n };
	in->is_broken = what == SW_FRAME_BROKEN;
	in->flow = 1;
	return SW_EXIT_OK;
}

static enum sw_exit load(const struct sw_recorded *r, struct bench *b)
{
	struct sw_diags diags = { 0 };
	const char *path = r->conf ? r->conf : SW_CONF_DEFAULT;
	struct sw_conf *conf = sw_conf_load(&sw_conf_disk, path, SW_CONF_PLAIN, NULL,
					    sw_clock_wall(), &diags);

	if (!conf)
		sw_diags_print(stderr, &diags, 3);
	else
		b->generation = sw_generation_new(conf, 1, sw_clock_wall(), key_seed);
	if (conf && !b->generation)
		sw_conf_free(conf);
	sw_diags_free(&diags);
	if (!conf)
		return SW_EXIT_CONF;
	return b->generation ? SW_EXIT_OK : SW_EXIT_FAILED;
}

static bool start(struct bench *b, struct sw_engine_parts *parts)
{
	static const struct sw_mac_key key = { "one message" };

	b->location = calloc(1, sw_location_size(ROWS));
	b->replay = calloc(1, sw_replay_size(ROWS));
	if (!b->location || !b->replay)
		return false;
	parts->policy = &b->generation->conf->policy;
	parts->users = b->generation->users;
	sw_location_init(&parts->location, b->location, ROWS, &key);
	sw_replay_init(&parts->replay, b->replay, ROWS);
	b->engine = sw_engine_new(parts);
	return b->engine != NULL;
}

/* The first listener of the transport: where such a message would have come in. */
static void find_listener(struct sw_input *in, const struct sw_policy *p)
{
	for (uint32_t i = 0; i < p->listeners; i++) {
		if (p->listener[i].transport != in->transport)
			continue;
		in->listener = i;
		in->local = p->listener[i].addr;
		return;
	}
}

static json_t *tell(struct bench *b)
{
	struct sw_account_now now = { .conf = b->generation->conf, .generation = 1 };

	sw_event_keep(&b->one.event, &b->out.account, &b->in.local, 0, 1);
	return sw_account_json(&b->one, &now, &b->recent);
}

static enum sw_exit judge(const struct sw_recorded *r, struct bench *b, json_t **account)
{
	struct sw_engine_parts parts = { .random_seed = "of no door" };

	memcpy(parts.key_seed, key_seed, sizeof(key_seed));
	if (!start(b, &parts))
		return wrong(r, "cannot be judged: out of memory");
	b->in.mono = sw_clock_mono();
	b->in.wall = sw_clock_wall();
	find_listener(&b->in, parts.policy);
	sw_engine_take(b->engine, &b->in, b->room, &b->out);
	if (b->out.n == 0)
		return wrong(r, "holds a keep-alive: there is nothing to decide");
	*account = tell(b);
	return *account ? SW_EXIT_OK : wrong(r, "cannot be explained: out of memory");
}

enum sw_exit sw_recorded_judge(const struct sw_recorded *r, json_t **account)
{
	struct bench *b = calloc(1, sizeof(*b));
	enum sw_exit code;

	if (!b)
		return wrong(r, "cannot be judged: out of memory");
	code = read_way(r, &b->in);
	if (code == SW_EXIT_OK)
		code = read_file(r, b);
	if (code == SW_EXIT_OK)
		code = load(r, b);
	if (code == SW_EXIT_OK && b->in.transport == SW_TCP)
		code = frame(r, &b->generation->conf->policy, &b->in);
	if (code == SW_EXIT_OK)
		code = judge(r, b, account);
	sw_engine_free(b->engine);
	sw_generation_free(b->generation);
	free(b->location);
	free(b->replay);
	free(b->octets);
	free(b);
	return code;
}
