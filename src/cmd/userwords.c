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

void sw_userwords_print(const json_t *u)
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
}
