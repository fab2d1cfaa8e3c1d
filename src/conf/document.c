/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/document.h"

#include "conf/read.h"

#define MOST UINT32_MAX

static const char magic[8] = "sipwdoc1";

enum flag {
	FLAG_DEMO = 1,
	FLAG_BARE = 2,
	FLAG_ALL = 3,
};

enum kind {
	KIND_FILE = 1, /* path, text */
	KIND_GLOB,     /* pattern, how many, paths */
	KIND_SEAL,     /* path, is it there */
	KIND_USER,     /* name, weakness, algorithms, hashes */
	KIND_END,
};

/* Memory, or NULL to count only. */
struct out {
	char *p;
	size_t n, cap;
	bool is_full;
};

static void put(struct out *o, const void *p, size_t n)
{
	if (o->p && n > o->cap - o->n)
		o->is_full = true;
	if (o->is_full)
		return;
	if (o->p && n > 0)
		memcpy(o->p + o->n, p, n);
	o->n += n;
}

static void put_u32(struct out *o, uint32_t v)
{
	put(o, &v, sizeof(v));
}

/* Its length, its octets and a NUL. */
static void put_text(struct out *o, struct sw_slice s)
{
	put_u32(o, (uint32_t)s.n);
	put(o, s.p, s.n);
	put(o, "", 1);
}

static void put_step(struct out *o, const struct sw_read_step *step)
{
	put_u32(o, step->file ? KIND_FILE : KIND_GLOB);
	if (step->file) {
		put_text(o, step->file->path);
		put_text(o, step->file->text);
		return;
	}
	put_text(o, step->pattern);
	put_u32(o, (uint32_t)step->paths);
	for (size_t i = 0; i < step->paths; i++)
		put_text(o, sw_slice_of(step->path[i]));
}

static void put_user(struct out *o, const struct sw_conf *c, size_t i, bool is_bare)
{
	static const uint8_t none[sizeof(((struct sw_user *)0)->ha1)];
	const struct sw_user *u = &c->policy.user[i];

	put_u32(o, KIND_USER);
	put_text(o, sw_user_name(u));
	put_u32(o, c->weak[i]);
	put(o, u->algs, sizeof(u->algs));
	put(o, is_bare ? (const void *)none : u->ha1, sizeof(u->ha1));
}

static void put_all(struct out *o, const struct sw_conf *c, const struct sw_document_head *head)
{
	const struct sw_seal_setting *seal = &c->seal;

	put(o, magic, sizeof(magic));
	put_u32(o, (head->is_demo ? FLAG_DEMO : 0) | (head->is_bare ? FLAG_BARE : 0));
	put_u32(o, head->log_form);
	put_text(o, c->path);
	for (size_t i = 0; i < c->doc->steps; i++)
		put_step(o, &c->doc->step[i]);
	if (!head->is_bare && seal->reference.n > 0) {
		put_u32(o, KIND_SEAL);
		put_text(o, seal->path);
		put_u32(o, seal->has_key || seal->is_withheld);
	}
	for (size_t i = 0; i < c->policy.users; i++)
		if (!c->policy.user[i].is_reserved)
			put_user(o, c, i, head->is_bare);
	put_u32(o, KIND_END);
}

size_t sw_document_size(const struct sw_conf *c, const struct sw_document_head *head)
{
	struct out o = { 0 };

	put_all(&o, c, head);
	return o.n <= MOST ? o.n : 0;
}

bool sw_document_write(const struct sw_conf *c, const struct sw_document_head *head, void *memory,
		       size_t size)
{
	struct out o = { .p = memory, .cap = size };

	put_all(&o, c, head);
	return !o.is_full && o.n == size;
}

/* What is left of a document. Once something is not as it must be, nothing more is given. */
struct reader {
	struct sw_slice left;
	bool is_bad;
};

static const char *take(struct reader *r, size_t n)
{
	const char *p = r->left.p;

	r->is_bad |= n > r->left.n;
	if (r->is_bad)
		return NULL;
	r->left = sw_slice_from(r->left, n);
	return p;
}

static uint32_t take_u32(struct reader *r)
{
	const char *p = take(r, sizeof(uint32_t));
	uint32_t v = 0;

	if (p)
		memcpy(&v, p, sizeof(v));
	return v;
}

/* At most so much, else it is bad. */
static uint32_t take_below(struct reader *r, uint32_t most)
{
	uint32_t v = take_u32(r);

	r->is_bad |= v > most;
	return r->is_bad ? 0 : v;
}

static struct sw_slice take_text(struct reader *r)
{
	size_t n = take_u32(r);
	const char *p = take(r, n), *end = take(r, 1);

	r->is_bad |= !end || *end != '\0';
	return r->is_bad ? SW_LIT("") : (struct sw_slice){ p, n };
}

/* One that libc may read to its NUL. */
static struct sw_slice take_name(struct reader *r)
{
	struct sw_slice name = take_text(r);

	r->is_bad |= name.n > 0 && memchr(name.p, '\0', name.n);
	return r->is_bad ? SW_LIT("") : name;
}

/* Must the next one be of this kind and about this? The loader says so, and asks in order. */
static bool is_next(struct reader *r, enum kind kind, struct sw_slice name)
{
	r->is_bad |= take_u32(r) != (uint32_t)kind;
	r->is_bad |= !sw_slice_eq(take_name(r), name);
	return !r->is_bad;
}

static enum sw_conf_got give_file(void *arg, const char *path, size_t max, struct sw_arena *arena,
				  struct sw_conf_file *out)
{
	struct reader *r = arg;
	struct sw_slice text;

	if (!is_next(r, KIND_FILE, sw_slice_of(path)))
		return SW_CONF_FAILED;
	text = take_text(r);
	if (r->is_bad || text.n > max)
		return SW_CONF_TOO_LARGE;
	*out = (struct sw_conf_file){ .text = sw_arena_copy(arena, text), .mode = 0600 };
	return out->text.p ? SW_CONF_GOT : SW_CONF_FAILED;
}

static bool give_paths(void *arg, const char *pattern, struct sw_arena *arena,
		       const char *const **paths, size_t *n)
{
	struct reader *r = arg;
	const char **list;
	uint32_t count;

	if (!is_next(r, KIND_GLOB, sw_slice_of(pattern)))
		return false;
	count = take_below(r, (uint32_t)(r->left.n / (sizeof(uint32_t) + 1)));
	list = sw_arena_alloc(arena, (size_t)count + 1, sizeof(*list));
	for (uint32_t i = 0; list && i < count && !r->is_bad; i++) {
		list[i] = sw_arena_copy(arena, take_name(r)).p;
		r->is_bad |= !list[i];
	}
	*paths = list;
	*n = count;
	return list && !r->is_bad;
}

static const char *give_nothing(void *arg, const char *name)
{
	(void)arg;
	(void)name;
	return NULL;
}

static bool give_made(void *arg, struct sw_slice name, struct sw_conf_made *out)
{
	struct reader *r = arg;
	const char *algs, *ha1;

	if (!is_next(r, KIND_USER, name))
		return false;
	out->weak = (enum sw_conf_weak)take_below(r, SW_CONF_WEAK_NAME);
	algs = take(r, sizeof(out->algs));
	ha1 = take(r, sizeof(out->ha1));
	if (!algs || !ha1)
		return false;
	memcpy(out->algs, algs, sizeof(out->algs));
	memcpy(out->ha1, ha1, sizeof(out->ha1));
	for (size_t i = 0; i < SW_ARRAY_LEN(out->algs); i++)
		r->is_bad |= (out->algs[i] & ~SW_ALG_ALL) != 0;
	return !r->is_bad;
}

static bool give_seal(void *arg, struct sw_slice *path, bool *is_there)
{
	struct reader *r = arg;

	r->is_bad |= take_u32(r) != KIND_SEAL;
	*path = take_name(r);
	*is_there = take_below(r, 1) == 1;
	return !r->is_bad;
}

static struct sw_slice take_head(struct reader *r, struct sw_document_head *head)
{
	const char *begin = take(r, sizeof(magic));
	uint32_t flags;

	r->is_bad |= !begin || memcmp(begin, magic, sizeof(magic)) != 0;
	flags = take_below(r, FLAG_ALL);
	head->is_demo = flags & FLAG_DEMO;
	head->is_bare = flags & FLAG_BARE;
	head->log_form = (enum sw_log_form)take_below(r, SW_LOG_JSON);
	return take_name(r);
}

static bool is_through(struct reader *r)
{
	r->is_bad |= take_u32(r) != KIND_END;
	return !r->is_bad && r->left.n == 0;
}

struct sw_conf *sw_document_load(struct sw_slice octets, struct sw_document_head *head,
				 struct sw_wall now, struct sw_diags *diags)
{
	struct reader r = { .left = octets };
	const struct sw_conf_source source = { .arg = &r,
					       .read = give_file,
					       .glob = give_paths,
					       .env = give_nothing,
					       .user = give_made,
					       .seal = give_seal };
	struct sw_document_head told = { 0 };
	struct sw_slice path = take_head(&r, &told);
	struct sw_conf *c = NULL;

	if (!r.is_bad)
		c = sw_conf_load(&source, path.p, told.is_bare ? SW_CONF_PLAIN : SW_CONF_RUNTIME,
				 NULL, now, diags);
	if (diags->errors == 0 && !is_through(&r)) {
		sw_diag_add(diags, SW_LINT_DOCUMENT, NULL,
			    "the configuration was cut or changed between two processes of the "
			    "door; please report it");
		sw_conf_free(c);
		return NULL;
	}
	if (!c)
		return NULL;
	if (told.log_form != SW_LOG_AUTO)
		c->log.form = told.log_form;
	if (head)
		*head = told;
	return c;
}
