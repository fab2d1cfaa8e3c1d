/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/facts.h"

#include <inttypes.h>

#include "base/secret.h"
#include "conf/read.h"

#define PATH_MOST   4000
#define SOCKET_MOST 107 /* sockaddr_un, without its NUL */
#define HOST_MOST   255
#define FILES       64 /* whose names stand once */

struct maker {
	struct sw_facts *f;
	struct sw_facts_text file[FILES];
	size_t files;
};

static bool is_hidden(char c)
{
	return (unsigned char)c < ' ' || c == 0x7f;
}

/* Into the room, with a NUL behind it. false: it does not fit. What cannot be shown becomes '?'. */
static bool keep(struct sw_facts *f, struct sw_slice s, struct sw_facts_text *out)
{
	char *p = f->room + f->used;

	*out = (struct sw_facts_text){ 0 };
	if (s.n == 0)
		return true;
	if (s.n >= SW_FACTS_ROOM - f->used)
		return false;
	for (size_t i = 0; i < s.n; i++)
		p[i] = is_hidden(s.p[i]) ? '?' : s.p[i];
	p[s.n] = '\0';
	*out = (struct sw_facts_text){ f->used, (uint32_t)s.n };
	f->used += (uint32_t)s.n + 1;
	return true;
}

/* Where there is no room for the name of a file, the place is not known: no reason to refuse. */
static struct sw_facts_place keep_place(struct maker *m, struct sw_slice file, uint32_t line)
{
	struct sw_facts_text name;

	for (size_t i = 0; i < m->files && line > 0; i++)
		if (sw_slice_eq(sw_facts_text(m->f, m->file[i]), file))
			return (struct sw_facts_place){ m->file[i], line };
	if (line == 0 || file.n > PATH_MOST || !keep(m->f, file, &name))
		return (struct sw_facts_place){ 0 };
	if (m->files < FILES)
		m->file[m->files++] = name;
	return (struct sw_facts_place){ name, line };
}

static void keep_listeners(struct maker *m, const struct sw_policy *p)
{
	m->f->listeners = (uint32_t)p->listeners;
	for (size_t i = 0; i < p->listeners; i++) {
		const struct sw_listener *l = &p->listener[i];

		m->f->listener[i] = (struct sw_facts_listener){ .addr = l->addr,
								.transport = l->transport };
		m->f->listener[i].place = keep_place(m, l->file, l->line);
	}
}

static const struct {
	struct sw_slice key, word; /* word: the second one, where that tells */
} keys[SW_FACTS_KEYS] = {
	[SW_FACTS_RUN] = { SW_INIT("run"), { 0 } },
	[SW_FACTS_CONTROL] = { SW_INIT("control"), { 0 } },
	[SW_FACTS_LOG] = { SW_INIT("log"), { 0 } },
	[SW_FACTS_STORE] = { SW_INIT("store"), { 0 } },
	[SW_FACTS_REALM] = { SW_INIT("realm"), { 0 } },
	[SW_FACTS_LIMIT] = { SW_INIT("limit"), SW_INIT("connections") },
	[SW_FACTS_WORKERS] = { SW_INIT("workers"), { 0 } },
	[SW_FACTS_SANDBOX] = { SW_INIT("sandbox"), { 0 } },
	[SW_FACTS_ADMIN] = { SW_INIT("admin"), { 0 } },
	[SW_FACTS_CAPACITY] = { SW_INIT("capacity"), { 0 } },
};

static void keep_key(struct maker *m, const struct sw_stmt *s)
{
	for (size_t i = 0; i < SW_FACTS_KEYS; i++) {
		if (m->f->place[i].line > 0 || !sw_slice_eq(s->word[0].text, keys[i].key))
			continue;
		if (keys[i].word.n > 0 &&
		    (s->words < 2 || !sw_slice_eq(s->word[1].text, keys[i].word)))
			continue;
		m->f->place[i] = keep_place(m, s->file->path, s->word[0].line);
	}
}

static void keep_numbers(struct sw_facts *f, const struct sw_conf *c)
{
	f->log_form = c->log.form;
	f->log_level = c->log.level;
	f->sandbox = c->sandbox;
	f->workers = c->workers;
	f->connections_max = c->connections_max;
	f->capacity = c->capacity;
	f->admin = c->admin;
	f->is_power = c->store.is_power;
}

static bool keep_texts(struct sw_facts *f, const struct sw_conf *c)
{
	const struct sw_seal_setting *seal = &c->seal;

	return keep(f, c->policy.realm, &f->realm) && keep(f, c->run, &f->run) &&
	       keep(f, c->control, &f->control) && keep(f, c->log.path, &f->log) &&
	       (!c->store.is_sqlite || keep(f, c->store.path, &f->store)) &&
	       keep(f, seal->path.n ? seal->path : seal->reference, &f->seal);
}

bool sw_facts_make(const struct sw_conf *c, bool is_demo, struct sw_facts *out, struct sw_why *why)
{
	struct maker m = { .f = out };

	memset(out, 0, sizeof(*out));
	out->version = SW_FACTS_VERSION;
	if (!keep_texts(out, c))
		return sw_why_say(why, "the paths of the configuration are too long together");
	keep_numbers(out, c);
	out->is_demo = is_demo;
	out->has_seal = c->seal.has_key;
	if (c->seal.has_key && !sw_seal_check(c->seal.key, out->seal_check))
		return sw_why_say(why, "OpenSSL cannot work with the seal key");
	for (const struct sw_stmt *s = c->doc->first; s; s = s->next)
		keep_key(&m, s);
	keep_listeners(&m, &c->policy);
	return true;
}

struct sw_slice sw_facts_text(const struct sw_facts *f, struct sw_facts_text t)
{
	if (t.n == 0 || t.at >= SW_FACTS_ROOM || t.n >= SW_FACTS_ROOM - t.at ||
	    f->room[t.at + t.n] != '\0')
		return SW_LIT("");
	return (struct sw_slice){ f->room + t.at, t.n };
}

bool sw_facts_is_sqlite(const struct sw_facts *f)
{
	return f->store.n > 0;
}

static bool is_text(const struct sw_facts *f, struct sw_facts_text t, size_t most)
{
	struct sw_slice s = sw_facts_text(f, t);

	if (s.n != t.n || s.n > most)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (is_hidden(s.p[i]))
			return false;
	return true;
}

static bool is_path(const struct sw_facts *f, struct sw_facts_text t, size_t most)
{
	return t.n > 0 && is_text(f, t, most) && sw_facts_text(f, t).p[0] == '/';
}

static bool is_address(const struct sw_addr *a)
{
	return (a->family == SW_FAMILY_4 || a->family == SW_FAMILY_6) && a->port > 0;
}

static bool are_listeners(const struct sw_facts *f)
{
	if (f->listeners > SW_FACTS_LISTENERS)
		return false;
	for (size_t i = 0; i < f->listeners; i++) {
		const struct sw_facts_listener *l = &f->listener[i];

		if ((l->transport != SW_UDP && l->transport != SW_TCP) || !is_address(&l->addr) ||
		    !is_text(f, l->place.file, PATH_MOST))
			return false;
	}
	return f->listeners > 0;
}

static bool are_places(const struct sw_facts *f)
{
	for (size_t i = 0; i < SW_FACTS_KEYS; i++)
		if (!is_text(f, f->place[i].file, PATH_MOST))
			return false;
	return true;
}

static bool are_texts(const struct sw_facts *f)
{
	return f->realm.n > 0 && is_text(f, f->realm, HOST_MOST) &&
	       is_path(f, f->run, SOCKET_MOST) && is_path(f, f->control, SOCKET_MOST) &&
	       (f->log.n == 0 || is_path(f, f->log, PATH_MOST)) &&
	       (f->store.n == 0 || is_path(f, f->store, PATH_MOST)) &&
	       is_text(f, f->seal, PATH_MOST + HOST_MOST);
}

static bool is_within(uint32_t n, uint32_t least, uint32_t most)
{
	return n >= least && n <= most;
}

static bool are_numbers(const struct sw_facts *f)
{
	const struct sw_capacity *c = &f->capacity;

	return f->log_form <= SW_LOG_JSON && f->log_level <= SW_LEVEL_DEBUG &&
	       f->sandbox <= SW_SANDBOX_OFF && f->workers <= SW_CONF_WORKERS_MOST &&
	       is_within(c->users, 1, SW_CONF_CAPACITY_MOST) &&
	       is_within(c->bindings, 1, SW_CONF_CAPACITY_MOST) &&
	       is_within(c->nonces, 1, SW_CONF_CAPACITY_MOST) &&
	       is_within(c->connections, 1, SW_CONF_CONNECTIONS_MOST) &&
	       is_within(f->connections_max, 1, c->connections) && f->is_power <= 1 &&
	       f->is_demo <= 1 && f->has_seal <= 1 &&
	       (f->admin.port == 0 || sw_addr_is_loopback(&f->admin));
}

bool sw_facts_check(const struct sw_facts *f, struct sw_why *why)
{
	if (f->version == SW_FACTS_VERSION && f->used <= SW_FACTS_ROOM && are_listeners(f) &&
	    are_places(f) && are_texts(f) && are_numbers(f))
		return true;
	return sw_why_say(why,
			  "the process that reads the configuration said what no configuration "
			  "can say: please report it");
}

void sw_facts_add_place(const struct sw_facts *f, struct sw_facts_place p, struct sw_why *why)
{
	struct sw_slice file = sw_facts_text(f, p.file);

	if (p.line > 0 && file.n > 0)
		sw_why_add(why, " (%.*s:%" PRIu32 ")", (int)file.n, file.p, p.line);
}

static bool is_fixed(const struct sw_facts *next, enum sw_facts_key key, struct sw_slice was,
		     struct sw_slice is, struct sw_why *why)
{
	if (sw_slice_eq(was, is))
		return true;
	(void)sw_why_say(why, "%s cannot change while the door runs (it is %.*s): restart",
			 keys[key].key.p, (int)was.n, was.p);
	if (next->place[key].line > 0) {
		sw_why_add(why, ", or take the change back");
		sw_facts_add_place(next, next->place[key], why);
	}
	return false;
}

static struct sw_slice store_of(const struct sw_facts *f)
{
	return sw_facts_is_sqlite(f) ? sw_facts_text(f, f->store) : SW_LIT("memory");
}

/* Users are sealed with the key of the start, and the next start would not open them. */
static bool is_seal_fixed(const struct sw_facts *now, const struct sw_facts *next,
			  struct sw_why *why)
{
	struct sw_slice name = sw_facts_text(next, next->seal);

	if (!sw_facts_is_sqlite(now) || !now->has_seal ||
	    (next->has_seal &&
	     sw_secret_eq(now->seal_check, next->seal_check, sizeof(now->seal_check))))
		return true;
	return sw_why_say(why,
			  "the seal key cannot change while the door runs (%.*s is %s): users are "
			  "sealed with the one that it began with, so put that back",
			  (int)name.n, name.p, next->has_seal ? "another one" : "not there");
}

bool sw_facts_may_follow(const struct sw_facts *now, const struct sw_facts *next, bool has_users,
			 struct sw_why *why)
{
	return is_fixed(next, SW_FACTS_RUN, sw_facts_text(now, now->run),
			sw_facts_text(next, next->run), why) &&
	       is_fixed(next, SW_FACTS_CONTROL, sw_facts_text(now, now->control),
			sw_facts_text(next, next->control), why) &&
	       is_fixed(next, SW_FACTS_STORE, store_of(now), store_of(next), why) &&
	       is_seal_fixed(now, next, why) &&
	       (!has_users || is_fixed(next, SW_FACTS_REALM, sw_facts_text(now, now->realm),
				       sw_facts_text(next, next->realm), why));
}

uint32_t sw_facts_connections(const struct sw_facts *first, const struct sw_facts *next)
{
	uint32_t room = first->capacity.connections;

	return next->connections_max < room ? next->connections_max : room;
}

/* What a key says, for people. */
static const char *words_of(const struct sw_facts *f, enum sw_facts_key key, struct sw_buf *out)
{
	static const char *const modes[] = { "auto", "required", "off" };

	switch (key) {
	case SW_FACTS_WORKERS:
		if (f->workers == 0)
			sw_buf_str(out, "auto");
		else
			sw_buf_u64(out, f->workers);
		break;
	case SW_FACTS_SANDBOX:
		sw_buf_str(out, modes[f->sandbox < SW_ARRAY_LEN(modes) ? f->sandbox : 0]);
		break;
	case SW_FACTS_STORE: /* where it is cannot change at all */
		sw_buf_str(out, f->is_power ? "durability power" : "durability process");
		break;
	case SW_FACTS_CAPACITY:
		sw_buf_str(out, "users ");
		sw_buf_u64(out, f->capacity.users);
		sw_buf_str(out, ", bindings ");
		sw_buf_u64(out, f->capacity.bindings);
		sw_buf_str(out, ", nonces ");
		sw_buf_u64(out, f->capacity.nonces);
		sw_buf_str(out, ", connections ");
		sw_buf_u64(out, f->capacity.connections);
		break;
	default:
		break;
	}
	return sw_buf_text(out);
}

/* Does this key say another thing than at the start? Then *sentence. */
static bool has_changed(const struct sw_facts *first, const struct sw_facts *next,
			enum sw_facts_key key, struct sw_why *sentence)
{
	char left[160], right[160];
	struct sw_buf a = sw_buf_over(left, sizeof(left)), b = sw_buf_over(right, sizeof(right));
	const char *was = words_of(first, key, &a), *is = words_of(next, key, &b);

	if (strcmp(was, is) == 0)
		return false;
	(void)sw_why_say(sentence,
			 "SW%03d: %s is %s from the next start on, until then %s: restart the door",
			 (int)SW_LINT_LIMIT_LATER, keys[key].key.p, is, was);
	sw_facts_add_place(next, next->place[key], sentence);
	return true;
}

static bool has_no_room(const struct sw_facts *first, const struct sw_facts *next,
			struct sw_why *sentence)
{
	if (next->connections_max <= first->capacity.connections)
		return false;
	(void)sw_why_say(
		sentence,
		"SW%03d: %" PRIu32 " connections from the next start on, until then %" PRIu32
		": restart the door",
		(int)SW_LINT_LIMIT_LATER, next->connections_max, first->capacity.connections);
	sw_facts_add_place(next, next->place[SW_FACTS_LIMIT], sentence);
	return true;
}

bool sw_facts_waits(const struct sw_facts *first, const struct sw_facts *next, size_t n,
		    struct sw_why *sentence)
{
	static const enum sw_facts_key settled[] = { SW_FACTS_WORKERS, SW_FACTS_CAPACITY,
						     SW_FACTS_SANDBOX, SW_FACTS_STORE };

	for (size_t i = 0; i < SW_ARRAY_LEN(settled); i++)
		if (has_changed(first, next, settled[i], sentence) && n-- == 0)
			return true;
	return has_no_room(first, next, sentence) && n == 0;
}
