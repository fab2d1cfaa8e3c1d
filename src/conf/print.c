/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/print.h"

#include "conf/read.h"
#include "core/client.h"

static json_t *text(struct sw_slice s)
{
	return json_stringn(s.p ? s.p : "", s.n);
}

/* The words behind the first `from`, and the cause. */
static json_t *words(const struct sw_stmt *s, size_t from)
{
	json_t *list;

	if (s->words == from + 1 && !s->because)
		return text(s->word[from].text);
	list = json_array();
	for (size_t i = from; i < s->words; i++)
		(void)json_array_append_new(list, text(s->word[i].text));
	if (!s->because)
		return list;
	(void)json_array_append_new(list, json_string("because"));
	(void)json_array_append_new(list, text(s->because->text));
	return list;
}

/* The value under a key, made when it is not there yet. */
static json_t *under(json_t *object, const char *key, json_t *(*make)(void))
{
	json_t *value = json_object_get(object, key);

	if (value)
		return value;
	value = make();
	return json_object_set_new(object, key, value) == 0 ? value : NULL;
}

static void put_stmt(json_t *object, const struct sw_stmt *s)
{
	const struct sw_key *k = s->key;

	if (k->often == SW_KEY_MANY)
		(void)json_array_append_new(under(object, k->name, json_array), words(s, 1));
	else
		(void)json_object_set_new(object, k->name, words(s, 1));
}

static void put_block(json_t *root, const struct sw_stmt *s)
{
	json_t *kind = under(root, s->key->name, json_object);
	json_t *block = json_object();

	for (const struct sw_stmt *piece = s; piece; piece = piece->more)
		for (const struct sw_stmt *one = piece->first; one; one = one->next)
			put_stmt(block, one);
	(void)json_object_setn_new_nocheck(kind, s->word[1].text.p, s->word[1].text.n, block);
}

json_t *sw_print_json(const struct sw_conf *c)
{
	json_t *root = json_object();

	for (const struct sw_stmt *s = c->doc->first; s; s = s->next) {
		if (s->key->id == SW_KEY_include)
			continue;
		if (!s->is_block)
			put_stmt(root, s);
		else if (!s->is_added)
			put_block(root, s);
	}
	return root;
}

static void put_way(struct sw_buf *out, const struct sw_trunk *t, const struct sw_way *w)
{
	static const struct sw_client_policy plain;
	struct sw_alg_form form[SW_ALG_FORMS];
	size_t n = sw_client_order(&plain, (struct sw_slice){ 0 }, w->algs, form);

	sw_buf_str(out, "digest");
	for (size_t i = 0; i < n; i++) {
		sw_buf_str(out, i == 0 ? " " : i + 1 < n ? ", " : " or ");
		sw_buf_str(out, sw_alg_form_word(form[i]));
	}
	if (!(w->algs & SW_ALG_MD5_FORMS) || t->md5_until_text.n == 0)
		return;
	sw_buf_str(out, " (until ");
	sw_buf_put(out, t->md5_until_text);
	sw_buf_char(out, ')');
}

static void put_transports(struct sw_buf *out, const struct sw_policy *p)
{
	unsigned seen = 0;

	for (size_t i = 0; i < p->listeners; i++) {
		enum sw_transport t = p->listener[i].transport;

		if (seen & (1u << t))
			continue;
		sw_buf_str(out, seen ? " or " : " over ");
		sw_buf_str(out, sw_transport_name(t));
		seen |= 1u << t;
	}
}

void sw_print_trunk(struct sw_buf *out, const struct sw_policy *p, const struct sw_trunk *t)
{
	size_t users = 0;

	for (size_t i = 0; i < p->users; i++)
		users += sw_slice_eq(sw_user_trunk(&p->user[i]), t->name);
	sw_buf_str(out, t->enabled ? "gets in by " : "is switched off; would get in by ");
	for (size_t i = 0; i < t->ways; i++) {
		sw_buf_str(out, i > 0 ? ", or by " : "");
		put_way(out, t, &t->way[i]);
	}
	put_transports(out, p);
	sw_buf_str(out,
		   t->reg == SW_REGISTER_HERE ? "; registers here; " : "; does not register; ");
	if (users == 0) {
		sw_buf_str(out, "its users are in the store");
		return;
	}
	sw_buf_u64(out, users);
	sw_buf_str(out, users == 1 ? " user" : " users");
}

static json_t *diag(const struct sw_diag *d)
{
	char code[] = { 'S',
			'W',
			(char)('0' + d->rule / 100 % 10),
			(char)('0' + d->rule / 10 % 10),
			(char)('0' + d->rule % 10),
			'\0' };
	json_t *help = json_array();

	for (size_t i = 0; i < d->helps; i++)
		(void)json_array_append_new(help, text(d->help[i]));
	return json_pack("{s:s, s:s, s:o, s:I, s:I, s:o, s:o}", "code", code, "severity",
			 d->is_error ? "error" : "warning", "file", text(d->file), "line",
			 (json_int_t)d->line, "column", (json_int_t)d->col, "message",
			 text(d->message), "help", help);
}

json_t *sw_print_diags(const struct sw_diags *d)
{
	json_t *list = json_array();

	for (size_t i = 0; i < d->n; i++)
		(void)json_array_append_new(list, diag(&d->list[i]));
	return list;
}
