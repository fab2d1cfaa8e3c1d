/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/userwords.h"

#include <stdio.h>

#include "base/buf.h"

#define TEXT_ROOM 2048

#define NAMED 8 /* trunks that are said; of more only that there are */

static void say_several(const struct sw_reach *r)
{
	struct sw_reach_trunk t;

	(void)fprintf(stderr, "sipward %s: there are several trunks; say which:  --trunk",
		      r->command);
	for (size_t i = 0; i <= NAMED && sw_reach_trunk(r, i, &t); i++)
		if (i < NAMED)
			(void)fprintf(stderr, "%s %.*s", i > 0 ? " |" : "", (int)t.name.n,
				      t.name.p);
		else
			(void)fprintf(stderr, " | …");
	(void)fputc('\n', stderr);
}

bool sw_userwords_only_trunk(const struct sw_reach *r, struct sw_slice *out)
{
	struct sw_reach_trunk first, more;

	if (!sw_reach_trunk(r, 0, &first)) {
		(void)fprintf(
			stderr,
			"sipward %s: the configuration has no trunk that a user could be of\n",
			r->command);
		return false;
	}
	if (sw_reach_trunk(r, 1, &more)) {
		say_several(r);
		return false;
	}
	*out = first.name;
	return true;
}

bool sw_userwords_find_trunk(const struct sw_reach *r, struct sw_slice name,
			     struct sw_reach_trunk *out)
{
	for (size_t i = 0; sw_reach_trunk(r, i, out); i++)
		if (sw_slice_eq(name, out->name))
			return true;
	return false;
}

static const char *alg_name(const char *word)
{
	struct sw_alg_form form;

	return sw_alg_find_word(sw_slice_of(word), &form) ? sw_alg_form_name(form) : word;
}

static const char *join(const json_t *list, bool is_algs, char *room, size_t cap)
{
	struct sw_buf b = sw_buf_over(room, cap);
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		const char *word = json_string_value(one);

		if (i > 0)
			sw_buf_str(&b, ", ");
		sw_buf_str(&b, !word ? "?" : is_algs ? alg_name(word) : word);
	}
	return sw_buf_text(&b);
}

const char *sw_userwords_algs(const json_t *list, char *room, size_t cap)
{
	return join(list, true, room, cap);
}

const char *sw_userwords_list(const json_t *list, char *room, size_t cap)
{
	return join(list, false, room, cap);
}

bool sw_userwords_has(const json_t *list, const char *word)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one) if (json_is_string(one) &&
					     strcmp(json_string_value(one), word) == 0) return true;
	return false;
}

void sw_userwords_say_forgets(const struct sw_reach *r)
{
	if (sw_reach_forgets(r))
		(void)fprintf(
			stderr,
			"sipward %s: this lasts until the door ends: it keeps users in memory\n",
			r->command);
}

static const char *text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

static void put_list(const char *label, const json_t *list)
{
	char room[TEXT_ROOM];

	if (json_array_size(list) > 0)
		(void)printf("%-10s %s\n", label, sw_userwords_list(list, room, sizeof(room)));
}

static unsigned hashes_of(const json_t *u)
{
	const json_t *one, *list = json_object_get(u, "algorithms");
	unsigned algs = 0;
	size_t i;

	json_array_foreach(list, i, one)
	{
		const char *word = json_string_value(one);
		struct sw_alg_form form;

		if (word && sw_alg_find_word(sw_slice_of(word), &form))
			algs |= SW_ALG_BIT(form.alg);
	}
	return algs;
}

enum sw_userfault sw_userwords_fault(const struct sw_reach *r, const json_t *u)
{
	struct sw_reach_trunk t;

	if (text(u, "conf")[0] != '\0') /* check has looked at it */
		return SW_USERFAULT_NONE;
	if (!sw_userwords_find_trunk(r, sw_slice_of(text(u, "trunk")), &t))
		return SW_USERFAULT_TRUNK;
	return t.algs & hashes_of(u) ? SW_USERFAULT_NONE : SW_USERFAULT_HASH;
}

const char *sw_userwords_fault_text(enum sw_userfault fault)
{
	static const char *const texts[] = {
		[SW_USERFAULT_NONE] = "",
		[SW_USERFAULT_TRUNK] = "no such trunk",
		[SW_USERFAULT_HASH] = "no hash that its trunk takes",
	};

	return texts[fault];
}

void sw_userwords_mark(const struct sw_reach *r, json_t *u)
{
	enum sw_userfault fault = sw_userwords_fault(r, u);

	if (fault != SW_USERFAULT_NONE)
		(void)json_object_set_new(u, "fault", json_string(sw_userwords_fault_text(fault)));
}

static void say_fault(enum sw_userfault fault, const json_t *u)
{
	if (fault == SW_USERFAULT_TRUNK)
		(void)printf("%-10s the configuration has no trunk %s, so nobody can log in: add "
			     "it, or  sipward user set %s --trunk …\n",
			     "trouble", text(u, "trunk"), text(u, "name"));
	if (fault == SW_USERFAULT_HASH)
		(void)printf("%-10s no hash that its trunk takes, so nobody can log in:  sipward "
			     "user passwd %s\n",
			     "trouble", text(u, "name"));
}

void sw_userwords_print(const struct sw_reach *r, const json_t *u)
{
	const char *conf = text(u, "conf");
	char room[TEXT_ROOM];

	(void)printf("%s   trunk %s, %s\n", text(u, "name"), text(u, "trunk"),
		     json_is_true(json_object_get(u, "enabled")) ? "enabled" : "disabled");
	(void)printf("%-10s %s\n", "hashes",
		     sw_userwords_algs(json_object_get(u, "algorithms"), room, sizeof(room)));
	put_list("addresses", json_object_get(u, "aor"));
	put_list("numbers", json_object_get(u, "number"));
	if (conf[0] != '\0')
		(void)printf("%-10s in the configuration, %s\n", "written", conf);
	say_fault(sw_userwords_fault(r, u), u);
}
