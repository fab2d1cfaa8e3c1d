/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/conf.h"

#include <stdlib.h>

#include "conf/build.h"

#define NONCE_LIFE_S    300
#define EXPIRES_MIN_S   60
#define EXPIRES_MAX_S   3600
#define MESSAGE_MAX     65536
#define CONNECTIONS_MAX 10000u

/* Made inside its own arena, so that one call frees all. */
static struct sw_conf *new_conf(const char *path)
{
	struct sw_arena arena = { 0 };
	struct sw_conf *c = sw_arena_alloc(&arena, 1, sizeof(*c));

	if (!c)
		return NULL;
	c->arena = arena;
	c->path = sw_arena_copy(&c->arena, sw_slice_of(path));
	c->log.level = SW_LEVEL_NOTICE;
	return c;
}

void sw_conf_free(struct sw_conf *c)
{
	struct sw_arena arena;

	if (!c)
		return;
	arena = c->arena;
	sw_arena_free(&arena);
}

static struct sw_slice default_control(struct sw_build *b)
{
	static const struct sw_slice name = SW_INIT(SW_CONF_SOCKET);
	struct sw_slice run = b->conf->run;
	char *p = sw_arena_alloc(&b->conf->arena, run.n + name.n + 1, 1);

	b->no_memory |= !p;
	if (!p)
		return (struct sw_slice){ 0 };
	memcpy(p, run.p, run.n);
	memcpy(p + run.n, name.p, name.n);
	return (struct sw_slice){ p, run.n + name.n };
}

static void finish_trunk(const struct sw_build *b, struct sw_trunk_draft *d)
{
	struct sw_trunk *t = &d->trunk;

	t->way = d->way;
	if (!d->seen[SW_KEY_register] && (t->phones || d->users > 0 || sw_lint_keeps_users(b)))
		t->reg = SW_REGISTER_HERE;
	if (t->expires_max_s == 0) {
		t->expires_min_s = b->expires_min_s;
		t->expires_max_s = b->expires_max_s;
	}
}

struct named {
	struct sw_slice name;
	uint32_t index;
};

static int by_name(const void *left, const void *right)
{
	const struct named *a = left, *b = right;

	return sw_policy_compare(a->name, b->name);
}

static const uint32_t *order_trunks(struct sw_build *b, const struct sw_trunk *trunk, size_t n)
{
	struct named *list = sw_arena_alloc(&b->conf->arena, n + 1, sizeof(*list));
	uint32_t *order = sw_arena_alloc(&b->conf->arena, n + 1, sizeof(*order));

	b->no_memory |= !list || !order;
	if (b->no_memory)
		return NULL;
	for (size_t i = 0; i < n; i++)
		list[i] = (struct named){ trunk[i].name, (uint32_t)i };
	qsort(list, n, sizeof(*list), by_name);
	for (size_t i = 0; i < n; i++)
		order[i] = list[i].index;
	return order;
}

static void finish_capacity(struct sw_conf *c)
{
	uint32_t *field[] = { &c->capacity.users, &c->capacity.bindings, &c->capacity.nonces,
			      &c->capacity.connections };

	for (size_t i = 0; i < SW_ARRAY_LEN(field); i++)
		if (*field[i] == 0)
			*field[i] = SW_CONF_CAPACITY;
	if (c->connections_max == 0)
		c->connections_max = c->capacity.connections < CONNECTIONS_MAX
					     ? c->capacity.connections
					     : CONNECTIONS_MAX;
}

/* What the file left out, and the lists in their place. */
static void finish(struct sw_build *b)
{
	struct sw_policy *p = &b->conf->policy;
	struct sw_trunk *trunk = sw_arena_alloc(&b->conf->arena, b->drafts + 1, sizeof(*trunk));

	b->no_memory |= !trunk;
	if (b->conf->run.n == 0)
		b->conf->run = SW_LIT(SW_CONF_RUN);
	if (b->conf->control.n == 0)
		b->conf->control = default_control(b);
	if (p->nonce_life_s == 0)
		p->nonce_life_s = NONCE_LIFE_S;
	if (p->message_max == 0)
		p->message_max = MESSAGE_MAX;
	finish_capacity(b->conf);
	if (b->expires_max_s == 0) {
		b->expires_min_s = EXPIRES_MIN_S;
		b->expires_max_s = EXPIRES_MAX_S;
	}
	for (size_t i = 0; trunk && i < b->drafts; i++) {
		finish_trunk(b, &b->draft[i]);
		trunk[i] = b->draft[i].trunk;
	}
	p->trunk = trunk;
	p->trunks = b->drafts;
	p->domain = b->domain;
	p->client.rule = b->client;
	p->listener = b->listener;
	p->trunk_order = order_trunks(b, trunk, b->drafts);
	p->user = b->user;
	p->origin = b->origin;
	b->conf->weak = b->weak;
	b->conf->risk = b->risk;
}

static void load(struct sw_build *b, const char *path, const struct sw_slice *text)
{
	b->doc = sw_read(b->source, path, text, &b->conf->arena, b->diags);
	b->conf->doc = b->doc;
	if (!b->doc) {
		b->no_memory = true;
		return;
	}
	if (b->doc->files == 0 || !b->doc->first) /* nothing was read: that was said */
		b->doc->is_partial |= b->diags->errors > 0;
	sw_build(b);
	if (!b->seen[SW_KEY_store])
		b->conf->store = (struct sw_keep_setting){ .is_sqlite = true,
							   .path = SW_LIT(SW_CONF_STORE) };
	sw_seal_keys(b);
	sw_user_secrets(b);
	if (!b->no_memory)
		sw_lint(b);
	if (!b->no_memory)
		finish(b);
}

/* b->conf is what could be built, also where diags holds errors; NULL: not even begun. */
static void build_any(struct sw_build *b, const char *path, const struct sw_slice *text)
{
	b->conf = new_conf(path);
	b->no_memory = !b->conf;
	if (b->conf)
		load(b, path, text);
	if (b->no_memory)
		sw_diag_add(b->diags, SW_LINT_MEMORY, NULL,
			    "memory is out, or libcrypto refuses a hash");
	sw_diags_sort(b->diags);
}

static struct sw_conf *load_any(struct sw_build *b, const char *path, const struct sw_slice *text)
{
	build_any(b, path, text);
	if (b->diags->errors == 0)
		return b->conf;
	sw_conf_free(b->conf);
	return NULL;
}

bool sw_conf_control(const struct sw_conf_source *source, const char *path, struct sw_wall now,
		     struct sw_buf *out, struct sw_diags *diags)
{
	struct sw_build b = {
		.source = source,
		.depth = SW_CONF_PLAIN,
		.now = now,
		.diags = diags,
	};

	build_any(&b, path, NULL);
	bool found = b.conf && b.doc && b.doc->first;

	if (found)
		sw_buf_put(out, b.conf->control);
	sw_conf_free(b.conf);
	return found;
}

struct sw_conf *sw_conf_load(const struct sw_conf_source *source, const char *path,
			     enum sw_conf_depth depth, struct sw_hash *hash, struct sw_wall now,
			     struct sw_diags *diags)
{
	struct sw_build b = {
		.source = source,
		.depth = depth,
		.hash = hash,
		.now = now,
		.diags = diags,
	};

	return load_any(&b, path, NULL);
}

struct sw_conf *sw_conf_load_text(const struct sw_conf_source *source, const char *path,
				  struct sw_slice text, enum sw_conf_depth depth,
				  struct sw_hash *hash, struct sw_wall now, struct sw_diags *diags)
{
	struct sw_build b = {
		.source = source,
		.depth = depth,
		.hash = hash,
		.now = now,
		.diags = diags,
	};

	return load_any(&b, path, &text);
}
