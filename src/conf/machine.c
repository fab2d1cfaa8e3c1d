/* SPDX-License-Identifier: Apache-2.0 */
/* What the door takes of its machine: workers, capacity, sandbox, and admin's address. */
#include "conf/build.h"

#define CAPACITY_LEAST 100

void sw_set_workers(struct sw_build *b, struct sw_stmt *s)
{
	struct sw_slice text = s->word[1].text;
	uint64_t n;

	if (sw_slice_eq(text, SW_LIT("auto")))
		b->conf->workers = 0;
	else if (sw_slice_u64(text, SW_CONF_WORKERS_MOST, &n) && n > 0)
		b->conf->workers = (uint32_t)n;
	else
		sw_build_error(b, SW_LINT_VALUE_RANGE, s, 1,
			       "workers takes auto or a whole number from 1 to %u, not \"%.*s\"",
			       SW_CONF_WORKERS_MOST, SW_DIAG_S(text));
}

void sw_set_capacity(struct sw_build *b, struct sw_stmt *s)
{
	enum {
		USERS,
		BINDINGS,
		NONCES,
		CONNECTIONS
	};
	static const struct sw_choice tables[] = {
		{ SW_INIT("users"), USERS, false },
		{ SW_INIT("bindings"), BINDINGS, false },
		{ SW_INIT("nonces"), NONCES, false },
		{ SW_INIT("connections"), CONNECTIONS, false },
	};
	struct sw_capacity *c = &b->conf->capacity;
	uint32_t *const field[] = { &c->users, &c->bindings, &c->nonces, &c->connections };
	int what = sw_build_choice(b, s, 1, tables, SW_ARRAY_LEN(tables));
	unsigned most = what == CONNECTIONS ? SW_CONF_CONNECTIONS_MOST : SW_CONF_CAPACITY_MOST;
	uint64_t n;

	if (what < 0 || !sw_build_has(b, s, 2) || !sw_build_ends(b, s, 3))
		return;
	if (*field[what])
		sw_build_error(b, SW_LINT_KEY_TWICE, s, 1, "capacity %.*s may stand once",
			       SW_DIAG_S(s->word[1].text));
	else if (sw_slice_u64(s->word[2].text, most, &n) && n >= CAPACITY_LEAST)
		*field[what] = (uint32_t)n;
	else
		sw_build_error(b, SW_LINT_VALUE_RANGE, s, 2,
			       "capacity %.*s takes a whole number from %u to %u, not \"%.*s\"",
			       SW_DIAG_S(s->word[1].text), CAPACITY_LEAST, most,
			       SW_DIAG_S(s->word[2].text));
}

void sw_set_sandbox(struct sw_build *b, struct sw_stmt *s)
{
	static const struct sw_choice words[] = {
		{ SW_INIT("auto"), SW_SANDBOX_AUTO, false },
		{ SW_INIT("required"), SW_SANDBOX_REQUIRED, false },
		{ SW_INIT("off"), SW_SANDBOX_OFF, false },
	};
	int mode = sw_build_choice(b, s, 1, words, SW_ARRAY_LEN(words));

	if (mode < 0)
		return;
	b->conf->sandbox = (enum sw_sandbox)mode;
	if (mode == SW_SANDBOX_OFF &&
	    sw_build_warn(b, SW_LINT_SANDBOX_OFF, s,
			  "whoever takes a process of the door over may do what its user may"))
		sw_diag_help(b->diags, "sandbox auto");
}

/* Port 0, or none, is off, which nobody has to write. */
void sw_set_admin(struct sw_build *b, struct sw_stmt *s)
{
	struct sw_slice text = s->word[1].text;
	struct sw_addr at;

	if (!sw_build_address(text, &at) || at.port == 0) {
		sw_build_error(b, SW_LINT_VALUE_ADDR, s, 1,
			       "\"%.*s\" is no address: ADDR4:PORT or [ADDR6]:PORT",
			       SW_DIAG_S(text));
		sw_diag_help(b->diags, "%s", s->key->example);
	} else if (!sw_addr_is_loopback(&at)) {
		sw_build_error(b, SW_LINT_ADMIN_BEYOND, s, 1,
			       "%.*s can be reached from beyond this machine", SW_DIAG_S(text));
		sw_diag_help(b->diags, "admin %s:%u",
			     at.family == SW_FAMILY_4 ? "127.0.0.1" : "[::1]", at.port);
	} else {
		b->conf->admin = at;
	}
}

/* NULL also where a faulty line may have meant to say how much room there is. */
static struct sw_stmt *find_limit(const struct sw_build *b)
{
	struct sw_stmt *found = NULL;

	for (struct sw_stmt *s = b->doc->first; s; s = s->next) {
		enum sw_key_id key = s->key ? s->key->id : SW_KEY_none;

		if (key == SW_KEY_capacity && s->is_broken)
			return NULL;
		if (key == SW_KEY_limit && s->words == 3 && !s->is_broken &&
		    sw_slice_eq(s->word[1].text, SW_LIT("connections")))
			found = s;
	}
	return found;
}

static void limit_room(struct sw_build *b)
{
	uint32_t room = b->conf->capacity.connections;
	struct sw_stmt *s = find_limit(b);

	if (room == 0)
		room = SW_CONF_CAPACITY;
	if (!s || b->conf->connections_max <= room)
		return;
	sw_build_error(b, SW_LINT_LIMIT_ROOM, s, 2, "there is room for %u connections, not %u",
		       room, b->conf->connections_max);
	sw_diag_help(b->diags, "capacity connections %u", b->conf->connections_max);
}

static void admin_listens(struct sw_build *b)
{
	struct sw_stmt *s = b->seen[SW_KEY_admin];

	for (size_t i = 0; s && i < b->conf->policy.listeners; i++) {
		const struct sw_listener *l = &b->listener[i];

		if (l->transport != SW_TCP || !sw_addr_eq(&l->addr, &b->conf->admin))
			continue;
		sw_build_error(b, SW_LINT_LISTEN_TWICE, s, 1, "a listener has this address");
		sw_diag_help(b->diags, "it is at %.*s:%u", SW_DIAG_S(l->file), l->line);
	}
}

void sw_machine_check(struct sw_build *b)
{
	limit_room(b);
	admin_listens(b);
}
