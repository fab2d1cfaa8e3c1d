/* SPDX-License-Identifier: Apache-2.0 */
/* People as JSON, for those who ask. No secret is in it. */
#include "store/people.h"

#include "base/buf.h"
#include "base/secret.h"

#define ADDRESS_ROOM 80

/* Takes j over; false: there was no memory for it. */
static bool put(json_t *o, const char *key, json_t *j)
{
	return json_object_set_new(o, key, j) == 0;
}

static json_t *text(struct sw_slice s)
{
	return json_stringn(s.p, s.n);
}

static json_t *number(uint64_t n)
{
	return json_integer((json_int_t)n);
}

static bool put_bad(json_t *rows, const struct sw_people_bad *bad)
{
	json_t *o = json_object();
	bool ok = put(o, "row", number(bad->row)) && put(o, "name", json_string(bad->name)) &&
		  put(o, "message", json_string(bad->message)) &&
		  (!bad->is_missing || put(o, "missing", json_true()));

	return json_array_append_new(rows, o) == 0 && ok;
}

json_t *sw_people_report_json(const struct sw_people_report *report)
{
	json_t *o = json_object(), *rows = json_array();
	bool ok = put(o, "added", number(report->added)) &&
		  put(o, "changed", number(report->changed)) &&
		  put(o, "deleted", number(report->deleted)) &&
		  put(o, "left_out", number(report->left_out)) &&
		  put(o, "bad", number(report->bad));

	for (size_t i = 0; i < report->bad && i < SW_PEOPLE_BAD && ok; i++)
		ok = put_bad(rows, &report->first[i]);
	if (put(o, "rows", rows) && ok)
		return o;
	json_decref(o);
	return NULL;
}

static json_t *algorithms(const struct sw_user *u)
{
	static const enum sw_alg order[] = { SW_ALG_SHA256, SW_ALG_SHA512_256, SW_ALG_MD5 };
	unsigned algs = u->algs[SW_FORM_NAME] | u->algs[SW_FORM_NAME_AT_REALM];
	json_t *list = json_array();

	for (size_t i = 0; i < SW_ARRAY_LEN(order); i++)
		if (algs & SW_ALG_BIT(order[i]))
			json_array_append_new(list,
					      json_string(sw_alg_form_word(
						      (struct sw_alg_form){ order[i], false })));
	return list;
}

static json_t *entries(const struct sw_user *u, char kind)
{
	json_t *list = json_array();
	struct sw_user_aor one;

	for (size_t at = 0; sw_user_aor_next(u, &at, &one);)
		if (one.kind == kind)
			json_array_append_new(list, text(one.text));
	if (kind == SW_AOR_USER && json_array_size(list) == 0)
		json_array_append_new(list, text(sw_user_name(u)));
	return list;
}

json_t *sw_people_json(const struct sw_user *u)
{
	json_t *o = json_object();

	if (put(o, "name", text(sw_user_name(u))) && put(o, "trunk", text(sw_user_trunk(u))) &&
	    put(o, "enabled", json_boolean(!u->is_off)) && put(o, "algorithms", algorithms(u)) &&
	    put(o, "aor", entries(u, SW_AOR_USER)) && put(o, "number", entries(u, SW_AOR_NUMBER)))
		return o;
	json_decref(o);
	return NULL;
}

struct listing {
	json_t *users;
	size_t limit;
	bool is_cut, has_failed;
};

static bool on_user(void *arg, const struct sw_user *u)
{
	struct listing *l = arg;

	if (json_array_size(l->users) == l->limit) {
		l->is_cut = true;
		return false;
	}
	l->has_failed = json_array_append_new(l->users, sw_people_json(u)) != 0;
	return !l->has_failed;
}

static json_t *next_of(const struct listing *l)
{
	size_t n = json_array_size(l->users);

	if (!l->is_cut || n == 0)
		return json_null();
	return json_copy(json_object_get(json_array_get(l->users, n - 1), "name"));
}

static void say_no_memory(struct sw_store_why *why)
{
	*why = (struct sw_store_why){ SW_STORE_MEMORY_OUT, "there is not enough memory" };
}

json_t *sw_people_list(struct sw_store *s, struct sw_slice after, size_t limit,
		       struct sw_store_why *why)
{
	struct listing l = { .users = json_array(), .limit = limit };
	bool ok = l.users && sw_store_each_user(s, after, on_user, &l, why);
	json_t *o = ok && !l.has_failed ? json_object() : NULL;

	if (!l.users || (ok && !o))
		say_no_memory(why);
	if (o && put(o, "next", next_of(&l)) && put(o, "users", json_incref(l.users))) {
		json_decref(l.users);
		return o;
	}
	if (o)
		say_no_memory(why);
	json_decref(o);
	json_decref(l.users);
	return NULL;
}

json_t *sw_people_show(struct sw_store *s, struct sw_slice name, struct sw_store_why *why)
{
	struct sw_user u = { 0 };
	json_t *o = NULL;

	*why = (struct sw_store_why){ 0 };
	if (sw_store_user(s, name, &u, why) == SW_STORE_ROW) {
		o = sw_people_json(&u);
		if (!o)
			say_no_memory(why);
	}
	sw_secret_wipe(&u, sizeof(u));
	return o;
}

struct bound {
	json_t *list;
	struct sw_slice name;
	int64_t now_s;
};

static json_t *registration(const struct sw_binding *b, int64_t now_s)
{
	char room[ADDRESS_ROOM];
	struct sw_buf source = sw_buf_over(room, sizeof(room));
	json_t *o = json_object();

	sw_addr_write(&source, &b->src);
	if (put(o, "aor", text((struct sw_slice){ b->aor, b->aor_n })) &&
	    put(o, "contact", text((struct sw_slice){ b->text, b->text_n })) &&
	    put(o, "transport", json_string(sw_transport_name((enum sw_transport)b->transport))) &&
	    put(o, "source", text(sw_buf_slice(&source))) &&
	    put(o, "expires_s", json_integer(b->expires_s - now_s)))
		return o;
	json_decref(o);
	return NULL;
}

static bool on_binding(void *arg, const struct sw_binding *b)
{
	const struct bound *l = arg;

	if (!b || b->expires_s <= l->now_s ||
	    !sw_slice_eq((struct sw_slice){ b->user, b->user_n }, l->name))
		return true;
	return json_array_append_new(l->list, registration(b, l->now_s)) == 0;
}

json_t *sw_people_registrations(struct sw_store *s, struct sw_slice name, struct sw_wall now,
				struct sw_store_why *why)
{
	struct bound l = { .list = json_array(), .name = name, .now_s = sw_wall_s(now) };

	*why = (struct sw_store_why){ 0 };
	if (strcmp(sw_store_name(s), "memory") != 0 &&
	    sw_store_each_binding(s, on_binding, &l, why))
		return l.list;
	json_decref(l.list);
	return NULL;
}
