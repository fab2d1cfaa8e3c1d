/* SPDX-License-Identifier: Apache-2.0 */
/* `sipward register`: options, the server to ask, and the talk. */
#include <stdio.h>
#include <sys/random.h>

#include "base/secret.h"
#include "base/time.h"
#include "cmd/exchange.h"
#include "cmd/narrate.h"
#include "cmd/options.h"
#include "cmd/password.h"
#include "cmd/target.h"
#include "conf/value.h"

#define EXPIRES_MAX    604800 /* a week: more is a slip of the finger */
#define TIMEOUT_MAX_MS 600000

struct options {
	struct sw_target_want target;
	const char *contact, *password_file;
	struct sw_slice user;
	struct sw_password password;
	enum sw_uac_what what;
	struct sw_alg_form form;
	uint32_t expires_s;
	uint64_t timeout_us;
	bool wire, json;
};

/* Values as they stand on the command line. */
struct given {
	const char *password, *alg, *expires, *timeout;
	bool unregister, options;
};

static enum sw_exit wrong(const char *what, const char *value)
{
	return sw_options_wrong("register", what, value);
}

/* "5s", "500ms", "1m". */
static bool parse_span(struct sw_slice s, uint64_t *us)
{
	uint64_t ms;

	if (!sw_value_duration_ms(s, &ms) || ms == 0 || ms > TIMEOUT_MAX_MS)
		return false;
	*us = ms * 1000;
	return true;
}

static enum sw_exit set_what(struct options *o, const struct given *g)
{
	if (g->unregister && g->options)
		return wrong("--unregister and --options exclude each other", NULL);
	if (g->unregister)
		o->what = SW_UAC_UNREGISTER;
	if (g->options)
		o->what = SW_UAC_OPTIONS;
	return SW_EXIT_OK;
}

static enum sw_exit set_expires(struct options *o, const char *text)
{
	uint64_t v;

	if (!sw_slice_u64(sw_slice_of(text), EXPIRES_MAX, &v) || v == 0)
		return wrong("--expires takes seconds, 1 to 604800 (0 is --unregister), not", text);
	o->expires_s = (uint32_t)v;
	return SW_EXIT_OK;
}

static enum sw_exit check_contact(const char *text)
{
	struct sw_uri uri;

	if (sw_uri_parse(sw_slice_of(text), &uri) != SW_OK || !sw_uri_is_sip(&uri))
		return wrong("--contact takes a SIP URI like sip:alice@192.0.2.7, not", text);
	return SW_EXIT_OK;
}

/* The argument itself is overwritten: it is ours, main got it to change. */
static enum sw_exit set_password(struct options *o, const char *arg)
{
	if (o->password_file)
		return wrong("--password and --password-file exclude each other", NULL);
	return sw_password_arg("register", (char *)arg, &o->password);
}

/* USER, or USER@DOMAIN. */
static enum sw_exit set_user(struct options *o, const char *text)
{
	const char *at = strrchr(text, '@');

	o->user = at ? (struct sw_slice){ text, (size_t)(at - text) } : sw_slice_of(text);
	if (!sw_uac_is_user(o->user))
		return wrong("this cannot be the name of a user:", text);
	if (at && at[1] == 0)
		return wrong("the domain is missing behind @ in", text);
	if (at && o->target.domain)
		return wrong("the domain is given twice: by --domain and in", text);
	if (at)
		o->target.domain = at + 1;
	return SW_EXIT_OK;
}

static enum sw_exit take(struct options *o, const struct given *g)
{
	enum sw_exit code = set_what(o, g);

	if (code == SW_EXIT_OK && g->password)
		code = set_password(o, g->password);
	if (code == SW_EXIT_OK && g->expires)
		code = set_expires(o, g->expires);
	if (code == SW_EXIT_OK && o->contact)
		code = check_contact(o->contact);
	if (code != SW_EXIT_OK)
		return code;
	if (g->alg && !sw_alg_find_word(sw_slice_of(g->alg), &o->form))
		return wrong("--alg takes sha-256, sha-512-256 or md5, each also with -sess, not",
			     g->alg);
	if (g->timeout && !parse_span(sw_slice_of(g->timeout), &o->timeout_us))
		return wrong("--timeout takes a time like 5s or 500ms, not", g->timeout);
	return SW_EXIT_OK;
}

static enum sw_exit read_options(struct options *o, int argc, char **argv)
{
	struct given g = { 0 };
	const struct sw_option list[] = {
		{ .name = "password", .value = &g.password },
		{ .name = "password-file", .value = &o->password_file },
		{ .name = "server", .value = &o->target.server },
		{ .name = "domain", .value = &o->target.domain },
		{ .name = "alg", .value = &g.alg },
		{ .name = "expires", .value = &g.expires },
		{ .name = "contact", .value = &o->contact },
		{ .name = "unregister", .flag = &g.unregister },
		{ .name = "options", .flag = &g.options },
		{ .name = "wire", .flag = &o->wire },
		{ .name = "json", .flag = &o->json },
		{ .name = "timeout", .value = &g.timeout },
		{ .name = "control", .value = &o->target.control },
		{ .name = "config", .letter = 'c', .value = &o->target.conf },
	};
	int words = 0;
	enum sw_exit code = sw_options_read(argc, argv, list, SW_ARRAY_LEN(list), &words);

	if (code == SW_EXIT_OK)
		code = take(o, &g);
	if (code != SW_EXIT_OK)
		return code;
	if (words == 0)
		return wrong("the name of a user is missing", NULL);
	if (words > 1)
		return wrong("one user at a time, not also", argv[2]);
	return set_user(o, argv[1]);
}

/* A registration cannot do without; OPTIONS can, and shows the challenge then. */
static enum sw_exit find_password(struct options *o)
{
	if (o->password.given)
		return SW_EXIT_OK;
	if (o->password_file)
		return sw_password_file("register", o->password_file, &o->password);
	if (o->what == SW_UAC_OPTIONS && !sw_password_can_prompt())
		return SW_EXIT_OK;
	return sw_password_prompt("register", o->user, &o->password);
}

static bool draw(uint8_t out[SW_UAC_RANDOM])
{
	return getrandom(out, SW_UAC_RANDOM, 0) == SW_UAC_RANDOM;
}

static enum sw_exit own_fault(const char *what)
{
	fprintf(stderr, "sipward register: %s\n", what);
	return SW_EXIT_FAILED;
}

/* Until the answer that ends this request, or another that asks for the next. */
static enum sw_exit hear(struct sw_narrate *n, struct sw_uac *u, struct sw_exchange *x,
			 enum sw_uac_step *step, enum sw_exchange_got *got)
{
	struct sw_uac_answer a;
	struct sw_slice octets;

	for (;;) {
		*got = sw_exchange_next(x, &octets);
		if (*got == SW_EXCHANGE_REPEATED) {
			sw_narrate_repeated(n, u);
			continue;
		}
		if (*got != SW_EXCHANGE_MESSAGE)
			return SW_EXIT_TIMEOUT;
		uint64_t took_us = sw_exchange_took_us(x);
		*step = sw_uac_read(u, octets, &a);
		if (*step == SW_UAC_IGNORE)
			continue;
		enum sw_exit code = sw_narrate_answer(n, u, *step, &a, took_us, octets);
		if (*step != SW_UAC_WAIT)
			return code;
		sw_exchange_slow(x);
	}
}

/* One request after the other, until an answer ends it. */
static enum sw_exit talk(struct sw_narrate *n, struct sw_uac *u, struct sw_exchange *x,
			 uint64_t timeout_us, enum sw_exchange_got *got)
{
	static char room[SW_UAC_MESSAGE];
	uint8_t random[SW_UAC_RANDOM];
	enum sw_uac_step step = SW_UAC_FAILED;

	for (;;) {
		struct sw_buf request = sw_buf_over(room, sizeof(room));

		if (!draw(random) || !sw_uac_write(u, random, &request))
			return own_fault("the request could not be written: a name is too long");
		sw_exchange_send(x, sw_buf_slice(&request), timeout_us);
		sw_narrate_sent(n, u, x);
		enum sw_exit code = hear(n, u, x, &step, got);
		if (*got != SW_EXCHANGE_MESSAGE || step != SW_UAC_PROVE)
			return code;
	}
}

static enum sw_exit talk_to(struct sw_narrate *n, const struct options *o, struct sw_uac_want *want,
			    struct sw_exchange *x, enum sw_exchange_got *got)
{
	uint8_t random[SW_UAC_RANDOM];
	struct sw_uac uac;

	want->local = x->local;
	want->transport = x->transport;
	if (!draw(random) || !sw_uac_init(&uac, want, random))
		return own_fault("the contact is too long");
	return talk(n, &uac, x, o->timeout_us, got);
}

/* One address of the server. */
static enum sw_exit try_one(struct sw_narrate *n, const struct options *o,
			    const struct sw_target *t, struct sw_uac_want *want,
			    struct sw_exchange *x, size_t number, enum sw_exchange_got *got)
{
	enum sw_exchange_opened opened = sw_exchange_open(x, t->transport, sw_slice_of(t->host),
							  t->port, number, o->timeout_us);

	*got = SW_EXCHANGE_MESSAGE;
	if (opened == SW_EXCHANGE_NONE)
		return SW_EXIT_FAILED;
	sw_narrate_begin(n, want, x);
	if (opened == SW_EXCHANGE_OPEN)
		return talk_to(n, o, want, x, got);
	*got = opened == SW_EXCHANGE_NOBODY ? SW_EXCHANGE_CLOSED : SW_EXCHANGE_TIMEOUT;
	return SW_EXIT_TIMEOUT;
}

/* A name may have several addresses: the next is tried where nothing listens on one. */
static enum sw_exit talk_to_first(struct sw_narrate *n, const struct options *o,
				  const struct sw_target *t, struct sw_uac_want *want)
{
	static struct sw_exchange x, last;
	enum sw_exchange_got got = SW_EXCHANGE_CLOSED, last_got = SW_EXCHANGE_MESSAGE;
	enum sw_exit code = SW_EXIT_FAILED;

	for (size_t i = 0; got == SW_EXCHANGE_CLOSED; i++) {
		enum sw_exit one = try_one(n, o, t, want, &x, i, &got);

		sw_exchange_close(&x);
		if (x.server.family == SW_FAMILY_NONE) /* there is none of this number */
			break;
		code = one;
		last = x;
		last_got = got;
	}
	if (last_got == SW_EXCHANGE_TIMEOUT ||
	    (last_got == SW_EXCHANGE_CLOSED && code == SW_EXIT_TIMEOUT))
		code = sw_narrate_silence(n, &last, last_got);
	return code;
}

static enum sw_exit run(struct options *o, const struct sw_target *t)
{
	struct sw_narrate n = {
		.json = o->json,
		.wire = o->wire,
		.control = o->target.control,
		.conf = o->target.conf,
	};
	struct sw_uac_want want = {
		.what = o->what,
		.user = o->user,
		.domain = sw_slice_of(t->domain),
		.password = { o->password.text, o->password.n },
		.has_password = o->password.given,
		.contact = o->contact ? sw_slice_of(o->contact) : (struct sw_slice){ 0 },
		.form = o->form,
		.expires_s = o->expires_s,
		.hash = sw_hash_new(),
	};

	if (!want.hash)
		return own_fault("this machine's libcrypto lacks a hash that Digest needs");
	enum sw_exit code = talk_to_first(&n, o, t, &want);
	sw_narrate_end(&n, code);
	sw_hash_free(want.hash);
	return code;
}

int sw_cmd_register(int argc, char **argv)
{
	struct options o = { .what = SW_UAC_REGISTER,
			     .expires_s = 300,
			     .timeout_us = UINT64_C(5) * SW_US_PER_S };
	struct sw_target t;
	enum sw_exit code = read_options(&o, argc, argv);

	if (code == SW_EXIT_OK)
		code = sw_target_find(&o.target, &t);
	if (code == SW_EXIT_OK)
		code = find_password(&o);
	if (code == SW_EXIT_OK)
		code = run(&o, &t);
	sw_secret_wipe(&o.password, sizeof(o.password));
	return (int)code;
}
