/* SPDX-License-Identifier: Apache-2.0 */
#include "store/person.h"

#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hex.h"
#include "base/secret.h"
#include "base/utf8.h"
#include "core/name.h"

#define PASSWORD_MAX 256

/* Of a slice in a message. */
#define S(slice) (int)(slice).n, (slice).p

bool sw_person_bad(struct sw_people_bad *bad, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(bad->message, sizeof(bad->message), format, args);
	va_end(args);
	return false;
}

static void free_wiped(void *p)
{
	if (p)
		sw_secret_wipe(p, malloc_usable_size(p));
	free(p);
}

void sw_person_guard(void)
{
	json_malloc_t make;
	json_free_t give;

	json_get_alloc_funcs(&make, &give);
	if (give != free_wiped)
		json_set_alloc_funcs(malloc, free_wiped);
}

static struct sw_slice text_of(const json_t *j)
{
	return (struct sw_slice){ json_string_value(j), json_string_length(j) };
}

/* Text without control characters, which would change what a message shows. */
static bool is_line(struct sw_slice s)
{
	for (size_t i = 0, n; i < s.n; i += n) {
		n = sw_utf8_len(sw_slice_from(s, i));
		if (n == 0 || sw_utf8_is_control(s.p[i]) || s.p[i] == '\t')
			return false;
	}
	return true;
}

static bool take_text(const json_t *j, const char *key, struct sw_slice *out,
		      struct sw_people_bad *bad)
{
	if (!json_is_string(j))
		return sw_person_bad(bad, "%s is not a text", key);
	*out = text_of(j);
	return true;
}

static bool take_op(const json_t *j, enum sw_person_op *op, struct sw_people_bad *bad)
{
	static const struct {
		struct sw_slice word;
		enum sw_person_op op;
	} ops[] = {
		{ SW_INIT("add"), SW_PERSON_ADD },
		{ SW_INIT("set"), SW_PERSON_SET },
		{ SW_INIT("del"), SW_PERSON_DEL },
	};

	for (size_t i = 0; json_is_string(j) && i < SW_ARRAY_LEN(ops); i++) {
		if (!sw_slice_eq(text_of(j), ops[i].word))
			continue;
		*op = ops[i].op;
		return true;
	}
	return sw_person_bad(bad, "op is add, set or del");
}

static bool take_kind(const json_t *j, bool is_right, const char *key, const char *kind,
		      const json_t **out, struct sw_people_bad *bad)
{
	if (!is_right)
		return sw_person_bad(bad, "%s is not %s", key, kind);
	*out = j;
	return true;
}

static bool take_row(const json_t *j, struct sw_person *p, struct sw_people_bad *bad)
{
	if (!json_is_integer(j) || json_integer_value(j) < 0)
		return sw_person_bad(bad, "row is not a number");
	p->row = bad->row = (uint64_t)json_integer_value(j);
	return true;
}

static bool take_key(struct sw_person *p, const char *key, const json_t *j,
		     struct sw_people_bad *bad)
{
	struct sw_slice k = sw_slice_of(key);

	if (sw_slice_eq(k, SW_LIT("op")))
		return take_op(j, &p->op, bad);
	if (sw_slice_eq(k, SW_LIT("row")))
		return take_row(j, p, bad);
	if (sw_slice_eq(k, SW_LIT("name")))
		return take_text(j, "name", &p->name, bad);
	if (sw_slice_eq(k, SW_LIT("trunk")))
		return take_text(j, "trunk", &p->trunk, bad);
	if (sw_slice_eq(k, SW_LIT("password")))
		return take_text(j, "password", &p->password, bad);
	if (sw_slice_eq(k, SW_LIT("ha1")))
		return take_kind(j, json_is_object(j), "ha1", "an object", &p->ha1, bad);
	if (sw_slice_eq(k, SW_LIT("ha1_at")))
		return take_kind(j, json_is_object(j), "ha1_at", "an object", &p->ha1_at, bad);
	if (sw_slice_eq(k, SW_LIT("aor")))
		return take_kind(j, json_is_array(j), "aor", "a list", &p->aor, bad);
	if (sw_slice_eq(k, SW_LIT("number")))
		return take_kind(j, json_is_array(j), "number", "a list", &p->number, bad);
	if (sw_slice_eq(k, SW_LIT("enabled")))
		return take_kind(j, json_is_boolean(j), "enabled", "true or false", &p->enabled,
				 bad);
	return sw_person_bad(bad, "a key is unknown; there are op, row, name, trunk, password, "
				  "ha1, ha1_at, aor, number and enabled");
}

static bool take_keys(struct sw_person *p, struct sw_people_bad *bad)
{
	const char *key;
	json_t *j;

	json_object_foreach(p->json, key, j) if (!take_key(p, key, j, bad)) return false;
	return true;
}

/* What stands in a message must be readable: a name that is none is left out. */
static void note_who(struct sw_person *p, struct sw_people_bad *bad)
{
	const json_t *row = json_object_get(p->json, "row");
	struct sw_slice name = text_of(json_object_get(p->json, "name"));

	if (json_is_integer(row) && json_integer_value(row) >= 0)
		bad->row = (uint64_t)json_integer_value(row);
	if (name.n > 0 && name.n < sizeof(bad->name) && is_line(name))
		memcpy(bad->name, name.p, name.n);
}

static bool check_whole(const struct sw_person *p, struct sw_people_bad *bad)
{
	if (p->op == SW_PERSON_NONE)
		return sw_person_bad(bad, "op is missing: add, set or del");
	if (p->name.n == 0)
		return sw_person_bad(bad, "there is no name");
	/* del takes whatever was once put in */
	if (p->op != SW_PERSON_DEL && !sw_name_is_user(p->name))
		return sw_person_bad(bad,
				     "this is no name of a user: up to %d letters, digits and "
				     ". _ - + * ! ~ = & $",
				     SW_NAME_MAX);
	return true;
}

bool sw_person_read(struct sw_slice line, uint64_t row, struct sw_person *out,
		    struct sw_people_bad *bad)
{
	json_error_t error; /* its text may show a part of a password */

	*out = (struct sw_person){ .row = row };
	*bad = (struct sw_people_bad){ .row = row };
	out->json = json_loadb(line.p, line.n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
	sw_secret_wipe(&error, sizeof(error));
	if (!json_is_object(out->json))
		return sw_person_bad(bad, "the line is no object of JSON, or has a key twice");
	note_who(out, bad);
	return take_keys(out, bad) && check_whole(out, bad);
}

void sw_person_free(struct sw_person *p)
{
	json_decref(p->json);
	*p = (struct sw_person){ 0 };
}

unsigned sw_person_algs(const struct sw_trunk *t)
{
	unsigned algs = 0;

	for (size_t i = 0; i < t->ways; i++)
		if (t->way[i].factors & SW_FACTOR_BIT(SW_FACTOR_DIGEST))
			algs |= t->way[i].algs;
	return SW_ALG_PLAIN(algs);
}

static bool take_trunk(const struct sw_person *p, const struct sw_people_rules *rules,
		       struct sw_user *u, unsigned *algs, struct sw_people_bad *bad)
{
	struct sw_slice name = p->trunk.p ? p->trunk : sw_user_trunk(u);
	const struct sw_trunk *t = sw_policy_find_trunk(rules->policy, name);

	if (name.n == 0)
		return sw_person_bad(bad, "there is no trunk: say which one the user belongs to");
	if (!t)
		return sw_person_bad(bad, "the configuration has no trunk or phones of this name");
	*algs = sw_person_algs(t);
	if (*algs == 0)
		return sw_person_bad(bad, "the trunk %.*s takes no digest, so no user", S(t->name));
	return sw_user_set_names(u, p->name, t->name);
}

static bool hash_password(const struct sw_person *p, const struct sw_people_rules *rules,
			  unsigned algs, struct sw_user *u, struct sw_people_bad *bad)
{
	if (p->password.n == 0)
		return sw_person_bad(bad, "the password is empty");
	if (p->password.n > PASSWORD_MAX || !is_line(p->password))
		return sw_person_bad(bad,
				     "the password is not one line of text of at most %d octets",
				     PASSWORD_MAX);
	return sw_user_set_password(u, rules->hash, algs, rules->policy->realm, p->password) ||
	       sw_person_bad(bad, "libcrypto refuses to hash");
}

static const char *word_of(enum sw_alg alg)
{
	return sw_alg_form_word((struct sw_alg_form){ .alg = alg });
}

/* NONE: unknown, or a -sess form, which starts from the same hash. */
static enum sw_alg alg_of(struct sw_slice word)
{
	struct sw_alg_form form;

	return sw_alg_find_word(word, &form) && !form.sess ? form.alg : SW_ALG_NONE;
}

static bool take_ha1(const json_t *list, enum sw_form form, unsigned algs, struct sw_user *u,
		     uint64_t *left_out, struct sw_people_bad *bad)
{
	static const char *const name[] = { "ha1", "ha1_at" };
	const char *key;
	json_t *j;

	json_object_foreach((json_t *)(uintptr_t)list, key, j)
	{
		enum sw_alg alg = alg_of(sw_slice_of(key));

		if (alg == SW_ALG_NONE)
			return sw_person_bad(bad,
					     "%s knows md5, sha-256 and sha-512-256, nothing else",
					     name[form]);
		if (!sw_hex_parse(text_of(j), u->ha1[form][alg].octets, sw_alg_len(alg)))
			return sw_person_bad(bad, "the %s of %s is not %zu hexadecimal digits",
					     name[form], word_of(alg), 2 * sw_alg_len(alg));
		if (algs & SW_ALG_BIT(alg))
			u->algs[form] |= (uint8_t)SW_ALG_BIT(alg);
		else
			(*left_out)++;
	}
	return true;
}

/* HA1s of algorithms that the trunk does not take are not kept. */
static bool drop_others(struct sw_user *u, unsigned algs, struct sw_slice trunk,
			struct sw_people_bad *bad)
{
	for (unsigned form = 0; form < SW_FORM_COUNT; form++) {
		u->algs[form] &= (uint8_t)algs;
		for (unsigned alg = 0; alg < SW_ALG_COUNT; alg++)
			if (!(u->algs[form] & SW_ALG_BIT(alg)))
				sw_secret_wipe(&u->ha1[form][alg], sizeof(u->ha1[form][alg]));
	}
	if (u->algs[SW_FORM_NAME] | u->algs[SW_FORM_NAME_AT_REALM])
		return true;
	return sw_person_bad(bad,
			     "the trunk %.*s takes no algorithm that there is a hash for: give a "
			     "password",
			     S(trunk));
}

/* A new secret replaces all old ones: none may go on opening the account. */
static bool take_secret(const struct sw_person *p, const struct sw_people_rules *rules,
			unsigned algs, struct sw_user *u, uint64_t *left_out,
			struct sw_people_bad *bad)
{
	bool has_ha1 = p->ha1 || p->ha1_at;

	if (p->password.p && has_ha1)
		return sw_person_bad(bad, "there is a password and an ha1: one of them says it");
	if (!p->password.p && !has_ha1)
		return p->op == SW_PERSON_SET || sw_person_bad(bad, "there is no password");
	memset(u->algs, 0, sizeof(u->algs));
	if (p->password.p)
		return hash_password(p, rules, algs, u, bad);
	return (!p->ha1 || take_ha1(p->ha1, SW_FORM_NAME, algs, u, left_out, bad)) &&
	       (!p->ha1_at || take_ha1(p->ha1_at, SW_FORM_NAME_AT_REALM, algs, u, left_out, bad));
}

static bool has_entry(const struct sw_user *u, char kind, struct sw_slice text)
{
	struct sw_user_aor one;

	for (size_t at = 0; sw_user_aor_next(u, &at, &one);)
		if (one.kind == kind && sw_slice_eq_nocase(one.text, text))
			return true;
	return false;
}

static bool add_entry(struct sw_user *u, char kind, struct sw_slice text, struct sw_people_bad *bad)
{
	if (has_entry(u, kind, text))
		return sw_person_bad(bad, "%.*s stands there twice", S(text));
	return sw_user_add_aor(u, kind, text) ||
	       sw_person_bad(bad,
			     "there are more addresses and numbers than a user can have: %d "
			     "octets",
			     SW_AORS_MAX);
}

static bool add_one(struct sw_user *u, char kind, const json_t *j, struct sw_people_bad *bad)
{
	struct sw_slice text = text_of(j);
	char room[SW_NAME_MAX];
	struct sw_buf tidy = sw_buf_over(room, sizeof(room));

	if (kind == SW_AOR_USER)
		return sw_name_is_user(text) ? add_entry(u, kind, text, bad)
					     : sw_person_bad(bad, "an aor is no name: the part "
								  "before the @ of an address");
	if (!sw_name_tidy_number(text, &tidy))
		return sw_person_bad(bad, "a number is none: digits, with a + in front or not");
	return add_entry(u, kind, sw_buf_slice(&tidy), bad);
}

/* The list that is given, or what was kept. */
static bool take_entries(const json_t *list, char kind, const struct sw_user *kept,
			 struct sw_user *u, struct sw_people_bad *bad)
{
	struct sw_user_aor one;

	for (size_t i = 0; i < json_array_size(list); i++)
		if (!add_one(u, kind, json_array_get(list, i), bad))
			return false;
	for (size_t at = 0; !list && sw_user_aor_next(kept, &at, &one);)
		if (one.kind == kind && !add_entry(u, kind, one.text, bad))
			return false;
	return true;
}

bool sw_person_apply(const struct sw_person *p, const struct sw_people_rules *rules,
		     struct sw_user *u, uint64_t *left_out, struct sw_people_bad *bad)
{
	struct sw_user kept = { .aors_n = u->aors_n };
	unsigned algs;

	if (!take_trunk(p, rules, u, &algs, bad) ||
	    !take_secret(p, rules, algs, u, left_out, bad) ||
	    !drop_others(u, algs, sw_user_trunk(u), bad))
		return false;
	if (p->enabled)
		u->is_off = json_is_false(p->enabled);
	memcpy(kept.aors, u->aors, sizeof(kept.aors));
	u->aors_n = 0;
	memset(u->aors, 0, sizeof(u->aors));
	return take_entries(p->aor, SW_AOR_USER, &kept, u, bad) &&
	       take_entries(p->number, SW_AOR_NUMBER, &kept, u, bad);
}
