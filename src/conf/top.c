/* SPDX-License-Identifier: Apache-2.0 */
/* The keys at the top of the file; trunk.c has those of blocks. */
#include "conf/build.h"
#include "conf/value.h"

#define SIP_PORT        5060
#define SOCKET_PATH_MAX 107 /* sockaddr_un, without its NUL */
#define PATH_MAX_OCTETS 4000

#define NONCE_LIFE_LEAST_MS 10000
#define NONCE_LIFE_MOST_MS  3600000

static bool host(struct sw_build *b, struct sw_stmt *s, size_t word, struct sw_slice *out)
{
	struct sw_slice text = s->word[word].text;

	if (sw_value_is_host(text)) {
		*out = text;
		return true;
	}
	sw_build_error(b, SW_LINT_VALUE_HOST, s, word,
		       "\"%.*s\" is no host: a name or an IP address, without scheme and port",
		       SW_DIAG_S(text));
	return false;
}

void sw_set_realm(struct sw_build *b, struct sw_stmt *s)
{
	(void)host(b, s, 1, &b->conf->policy.realm);
}

void sw_set_domain(struct sw_build *b, struct sw_stmt *s)
{
	for (size_t i = 1; i < s->words; i++) {
		struct sw_slice name;
		struct sw_slice *list;

		if (!host(b, s, i, &name))
			return;
		list = sw_build_grow(b, b->domain, b->conf->policy.domains, sizeof(*list));
		if (!list)
			return;
		b->domain = list;
		b->domain[b->conf->policy.domains++] = name;
	}
}

static bool is_listed(struct sw_build *b, struct sw_stmt *s, size_t word,
		      const struct sw_listener *new)
{
	for (size_t i = 0; i < b->conf->policy.listeners; i++) {
		const struct sw_listener *old = &b->listener[i];

		if (old->transport != new->transport || !sw_addr_eq(&old->addr, &new->addr))
			continue;
		sw_build_error(b, SW_LINT_LISTEN_TWICE, s, word, "this listener stands twice");
		sw_diag_help(b->diags, "it is at %.*s:%u",
			     SW_DIAG_S(b->listener_stmt[i]->file->path), old->line);
		return true;
	}
	return false;
}

static bool is_crowded(struct sw_build *b, struct sw_stmt *s, size_t word)
{
	if (b->conf->policy.listeners < SW_CONF_LISTENERS_MOST)
		return false;
	sw_build_error(b, SW_LINT_LISTEN_MANY, s, word, "more than %u listeners",
		       SW_CONF_LISTENERS_MOST);
	return true;
}

static void add_listener(struct sw_build *b, struct sw_stmt *s, size_t word,
			 enum sw_transport transport)
{
	struct sw_listener one = { .transport = transport,
				   .line = s->word[0].line,
				   .file = s->file->path };
	struct sw_slice text = s->word[word].text;
	size_t n = b->conf->policy.listeners;
	struct sw_listener *list;
	struct sw_stmt **stmts;

	if (!sw_build_address(text, &one.addr)) {
		sw_build_error(b, SW_LINT_VALUE_ADDR, s, word,
			       "\"%.*s\" is no address: ADDR4, ADDR4:PORT, [ADDR6] or [ADDR6]:PORT",
			       SW_DIAG_S(text));
		sw_diag_help(b->diags, "0.0.0.0:5060 is every IPv4 address of this machine");
		return;
	}
	if (one.addr.port == 0)
		one.addr.port = SIP_PORT;
	if (is_listed(b, s, word, &one) || is_crowded(b, s, word))
		return;
	list = sw_build_grow(b, b->listener, n, sizeof(*list));
	stmts = sw_build_grow(b, b->listener_stmt, n, sizeof(struct sw_stmt *));
	if (!list || !stmts)
		return;
	b->listener = list;
	b->listener_stmt = stmts;
	b->listener[n] = one;
	b->listener_stmt[n] = s;
	b->conf->policy.listeners++;
}

void sw_set_listen(struct sw_build *b, struct sw_stmt *s)
{
	static const struct sw_choice protos[] = {
		{ SW_INIT("udp"), SW_UDP, false }, { SW_INIT("tcp"), SW_TCP, false },
		{ SW_INIT("tls"), 0, true },       { SW_INIT("ws"), 0, true },
		{ SW_INIT("wss"), 0, true },
	};
	int transport = sw_build_choice(b, s, 1, protos, SW_ARRAY_LEN(protos));

	if (transport < 0 || !sw_build_has(b, s, 2))
		return;
	for (size_t i = 2; i < s->words; i++) {
		struct sw_slice text = s->word[i].text;

		if (!sw_key_is_reserved(text)) {
			add_listener(b, s, i, (enum sw_transport)transport);
			continue;
		}
		sw_build_error(b, SW_LINT_VALUE_LATER, s, i, "listen … %.*s is not in this version",
			       SW_DIAG_S(text));
		sw_diag_help(b->diags, "%s %s", s->key->name, s->key->value);
		return;
	}
}

static void set_sqlite(struct sw_build *b, struct sw_stmt *s)
{
	static const struct sw_choice words[] = { { SW_INIT("durability"), 0, false } };
	static const struct sw_choice kinds[] = {
		{ SW_INIT("process"), 0, false },
		{ SW_INIT("power"), 1, false },
	};
	int kind;

	if (!sw_build_path(b, s, 2, PATH_MAX_OCTETS, &b->conf->store.path))
		return;
	if (s->words == 3 || sw_build_choice(b, s, 3, words, SW_ARRAY_LEN(words)) < 0)
		return;
	kind = sw_build_choice(b, s, 4, kinds, SW_ARRAY_LEN(kinds));
	if (kind >= 0 && sw_build_ends(b, s, 5))
		b->conf->store.is_power = kind == 1;
}

void sw_set_store(struct sw_build *b, struct sw_stmt *s)
{
	static const struct sw_choice stores[] = {
		{ SW_INIT("memory"), 0, false },
		{ SW_INIT("sqlite"), 1, false },
	};
	int kind = sw_build_choice(b, s, 1, stores, SW_ARRAY_LEN(stores));

	if (kind < 0)
		return;
	b->conf->store = (struct sw_keep_setting){ .is_sqlite = kind == 1,
						   .file = s->file->path,
						   .line = s->word[0].line };
	if (kind == 1)
		set_sqlite(b, s);
	else
		(void)sw_build_ends(b, s, 2);
}

void sw_set_run(struct sw_build *b, struct sw_stmt *s)
{
	(void)sw_build_path(b, s, 1, SOCKET_PATH_MAX - sizeof(SW_CONF_SOCKET) + 1, &b->conf->run);
}

void sw_set_control(struct sw_build *b, struct sw_stmt *s)
{
	(void)sw_build_path(b, s, 1, SOCKET_PATH_MAX, &b->conf->control);
}

enum log_word {
	LOG_TEXT,
	LOG_JSON,
	LOG_LEVEL,
	LOG_FILE
};

static bool log_level(struct sw_build *b, struct sw_stmt *s, size_t word)
{
	static const struct sw_choice levels[] = {
		{ SW_INIT("error"), SW_LEVEL_ERROR, false },
		{ SW_INIT("warn"), SW_LEVEL_WARN, false },
		{ SW_INIT("notice"), SW_LEVEL_NOTICE, false },
		{ SW_INIT("info"), SW_LEVEL_INFO, false },
		{ SW_INIT("debug"), SW_LEVEL_DEBUG, false },
	};
	int level = sw_build_choice(b, s, word, levels, SW_ARRAY_LEN(levels));

	if (level < 0)
		return false;
	b->conf->log.level = (enum sw_level)level;
	return true;
}

void sw_set_log(struct sw_build *b, struct sw_stmt *s)
{
	static const struct sw_choice words[] = {
		{ SW_INIT("text"), LOG_TEXT, false },
		{ SW_INIT("json"), LOG_JSON, false },
		{ SW_INIT("level"), LOG_LEVEL, false },
		{ SW_INIT("file"), LOG_FILE, false },
	};
	struct sw_log_setting *log = &b->conf->log;
	bool seen[SW_ARRAY_LEN(words)] = { false };

	for (size_t i = 1; i < s->words; i++) {
		int what = sw_build_choice(b, s, i, words, SW_ARRAY_LEN(words));
		int slot = what == LOG_JSON ? LOG_TEXT
					    : what; /* text and json exclude each other */

		if (what < 0)
			return;
		if (seen[slot]) {
			sw_build_error(b, SW_LINT_WORD_TWICE, s, i, "log says this a second time");
			return;
		}
		seen[slot] = true;
		if (slot == LOG_TEXT)
			log->form = what == LOG_JSON ? SW_LOG_JSON : SW_LOG_TEXT;
		else if (what == LOG_LEVEL && !log_level(b, s, ++i))
			return;
		else if (what == LOG_FILE && !sw_build_path(b, s, ++i, PATH_MAX_OCTETS, &log->path))
			return;
	}
}

static void limit_message(struct sw_build *b, struct sw_stmt *s)
{
	struct sw_slice text = s->word[2].text;
	uint64_t octets;

	if (b->conf->policy.message_max) {
		sw_build_error(b, SW_LINT_KEY_TWICE, s, 1, "limit message may stand once");
	} else if (!sw_value_size(text, &octets)) {
		sw_build_error(b, SW_LINT_VALUE_UNIT, s, 2,
			       "\"%.*s\" is no size: a whole number and k or m", SW_DIAG_S(text));
		sw_diag_help(b->diags, "for example 64k");
	} else if (octets < 1024 || octets > 65536) {
		sw_build_error(b, SW_LINT_VALUE_RANGE, s, 2,
			       "limit message takes 1k to 64k, not %.*s", SW_DIAG_S(text));
	} else {
		b->conf->policy.message_max = (uint32_t)octets;
	}
}

static void limit_connections(struct sw_build *b, struct sw_stmt *s)
{
	struct sw_slice text = s->word[2].text;
	uint64_t n;

	if (b->conf->connections_max) {
		sw_build_error(b, SW_LINT_KEY_TWICE, s, 1, "limit connections may stand once");
	} else if (!sw_slice_u64(text, SW_CONF_CONNECTIONS_MOST, &n) || n == 0) {
		sw_build_error(b, SW_LINT_VALUE_RANGE, s, 2,
			       "limit connections takes a whole number from 1 to %u, not \"%.*s\"",
			       SW_CONF_CONNECTIONS_MOST, SW_DIAG_S(text));
	} else {
		b->conf->connections_max = (uint32_t)n;
	}
}

void sw_set_limit(struct sw_build *b, struct sw_stmt *s)
{
	static const struct sw_choice limits[] = {
		{ SW_INIT("message"), 0, false },
		{ SW_INIT("connections"), 1, false },
		{ SW_INIT("unproven"), 0, true },
		{ SW_INIT("failures"), 0, true },
	};
	int what = sw_build_choice(b, s, 1, limits, SW_ARRAY_LEN(limits));

	if (what < 0 || !sw_build_has(b, s, 2) || !sw_build_ends(b, s, 3))
		return;
	(what == 0 ? limit_message : limit_connections)(b, s);
}

void sw_set_nonce_life(struct sw_build *b, struct sw_stmt *s)
{
	struct sw_slice text = s->word[1].text;
	uint64_t ms;

	if (!sw_build_duration_ms(b, s, 1, &ms))
		return;
	if (ms > NONCE_LIFE_MOST_MS) {
		sw_build_error(b, SW_LINT_NONCE_LIFE, s, 1,
			       "a challenge could be answered for %.*s, which is longer than 1h",
			       SW_DIAG_S(text));
		sw_diag_help(b->diags, "nonce-life 300s");
	} else if (ms % 1000 != 0 || ms < NONCE_LIFE_LEAST_MS) {
		sw_build_error(b, SW_LINT_VALUE_RANGE, s, 1,
			       "nonce-life takes whole seconds from 10s to 1h, not %.*s",
			       SW_DIAG_S(text));
	} else {
		b->conf->policy.nonce_life_s = (uint32_t)(ms / 1000);
	}
}

void sw_set_expires(struct sw_build *b, struct sw_stmt *s)
{
	(void)sw_build_expires(b, s, &b->expires_min_s, &b->expires_max_s);
}

void sw_set_include(struct sw_build *b, struct sw_stmt *s)
{
	(void)b; /* read.c has done it */
	(void)s;
}

void sw_set_mismatch(struct sw_build *b, struct sw_stmt *s)
{
	static const struct sw_choice answers[] = {
		{ SW_INIT("refuse"), 0, false },
		{ SW_INIT("challenge"), 1, false },
	};

	b->conf->policy.mismatch_challenge = sw_build_choice(b, s, 1, answers,
							     SW_ARRAY_LEN(answers)) == 1;
}

void sw_set_order(struct sw_build *b, struct sw_stmt *s)
{
	static const struct sw_choice words[] = {
		{ SW_INIT("auto"), SW_ORDER_AUTO, false },
		{ SW_INIT("strong"), SW_ORDER_STRONG, false },
		{ SW_INIT("md5-first"), SW_ORDER_MD5_FIRST, false },
	};
	int order = sw_build_choice(b, s, 1, words, SW_ARRAY_LEN(words));

	if (order >= 0)
		b->conf->policy.client.order = (enum sw_order)order;
}

static bool prefix_is_right(struct sw_build *b, struct sw_stmt *s)
{
	struct sw_slice prefix = s->word[1].text;

	if (prefix.n == 0) {
		sw_build_error(b, SW_LINT_VALUE_WORD, s, 1,
			       "every User-Agent begins with nothing; say how it begins");
		sw_diag_help(b->diags, "for all clients there is: order auto | strong | md5-first");
	}
	for (size_t i = 0; i < b->conf->policy.client.rules; i++)
		if (sw_slice_eq_nocase(b->client[i].prefix, prefix))
			sw_build_error(b, SW_LINT_WORD_TWICE, s, 1,
				       "an earlier line says what \"%.*s\" does",
				       SW_DIAG_S(prefix));
	return !s->is_broken;
}

void sw_set_client(struct sw_build *b, struct sw_stmt *s)
{
	static const struct sw_choice words[] = {
		{ SW_INIT("first-only"), SW_CLIENT_FIRST_ONLY, false },
		{ SW_INIT("md5-alone"), SW_CLIENT_MD5_ALONE, false },
		{ SW_INIT("all"), SW_CLIENT_ALL, false },
	};
	size_t *n = &b->conf->policy.client.rules;
	int mode = sw_build_choice(b, s, 2, words, SW_ARRAY_LEN(words));
	struct sw_client_rule *list;

	if (mode < 0 || !prefix_is_right(b, s))
		return;
	list = sw_build_grow(b, b->client, *n, sizeof(*list));
	if (!list)
		return;
	b->client = list;
	b->client[(*n)++] = (struct sw_client_rule){ s->word[1].text, (enum sw_client_mode)mode };
}
