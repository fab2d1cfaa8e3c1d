/* SPDX-License-Identifier: Apache-2.0 */
/* `sipward user show` and `sipward user list`. */
#include <stdio.h>

#include "cmd/options.h"
#include "cmd/reach.h"
#include "cmd/user.h"
#include "cmd/userwords.h"

#define PAGE      1000
#define TEXT_ROOM 2048

struct wish {
	struct sw_reach_by by;
	const char *trunk;
	bool json;
};

static const char *text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

/* registered sip:…  from 192.0.2.7:5060 udp, for 212 s */
static void say_registrations(const json_t *list)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)(void)
		printf("%-10s %s   from %s %s, for %lld s\n", i == 0 ? "registered" : "",
		       text(one, "contact"), text(one, "source"), text(one, "transport"),
		       (long long)json_integer_value(json_object_get(one, "expires_s")));
	if (list && i == 0)
		(void)printf("%-10s no\n", "registered");
}

static void say_user(const struct sw_reach *r, const json_t *u)
{
	sw_userwords_print(r, u);
	say_registrations(json_object_get(u, "registrations"));
}

static void print_user(const struct sw_reach *r, json_t *u)
{
	sw_userwords_mark(r, u);
	sw_door_print(u);
}

static enum sw_exit show(struct wish *w, const char *name)
{
	struct sw_reach r = { .is_json = w->json };
	struct sw_reach_answer a = { 0 };
	enum sw_exit code = sw_reach_find(&r, "user show", &w->by, SW_REACH_READ);

	if (code == SW_EXIT_OK)
		code = sw_reach_show(&r, sw_slice_of(name), &a);
	if (code == SW_EXIT_OK && a.status != 200)
		code = sw_reach_complain(&r, &a);
	else if (code == SW_EXIT_OK && w->json)
		print_user(&r, a.body);
	else if (code == SW_EXIT_OK)
		say_user(&r, a.body);
	json_decref(a.body);
	sw_reach_close(&r);
	return code;
}

int sw_user_show(int argc, char **argv)
{
	struct wish w = { 0 };
	const struct sw_option list[] = {
		{ .name = "json", .flag = &w.json },
		{ .name = "control", .value = &w.by.control },
		{ .name = "config", .letter = 'c', .value = &w.by.conf },
	};
	int words;
	enum sw_exit code = sw_options_read(argc, argv, list, SW_ARRAY_LEN(list), &words);

	if (code == SW_EXIT_OK && words == 0)
		code = sw_options_wrong("user show", "the name of a user is missing", NULL);
	if (code == SW_EXIT_OK && words > 1)
		code = sw_options_wrong("user show", "one user at a time, not also", argv[2]);
	return (int)(code == SW_EXIT_OK ? show(&w, argv[1]) : code);
}

struct listing {
	const struct wish *w;
	const struct sw_reach *reach;
	uint64_t shown;
};

static void put_head(const struct listing *l)
{
	if (l->w->json)
		(void)printf("{\"users\":[");
	else
		(void)printf("%-20s %-16s %-26s %s\n", "NAME", "TRUNK", "HASHES",
			     "ADDRESSES, NUMBERS");
}

static void put_json(const struct listing *l, json_t *u)
{
	sw_userwords_mark(l->reach, u);
	(void)printf("%s\n", l->shown > 0 ? "," : "");
	(void)json_dumpf(u, stdout, JSON_COMPACT);
}

static void put_line(const struct listing *l, const json_t *u)
{
	enum sw_userfault fault = sw_userwords_fault(l->reach, u);
	char algs[128], aors[TEXT_ROOM], numbers[TEXT_ROOM];
	const char *conf = text(u, "conf");
	const json_t *list = json_object_get(u, "number");

	(void)printf("%-20s %-16s %-26s %s", text(u, "name"), text(u, "trunk"),
		     sw_userwords_algs(json_object_get(u, "algorithms"), algs, sizeof(algs)),
		     sw_userwords_list(json_object_get(u, "aor"), aors, sizeof(aors)));
	if (json_array_size(list) > 0)
		(void)printf(", %s", sw_userwords_list(list, numbers, sizeof(numbers)));
	if (!json_is_true(json_object_get(u, "enabled")))
		(void)printf("   disabled");
	if (fault != SW_USERFAULT_NONE)
		(void)printf("   ! %s", sw_userwords_fault_text(fault));
	if (conf[0] != '\0')
		(void)printf("   %s", conf);
	(void)printf("\n");
}

static void put_users(struct listing *l, const json_t *users)
{
	json_t *u;
	size_t i;

	json_array_foreach(users, i, u)
	{
		if (l->w->trunk && strcmp(text(u, "trunk"), l->w->trunk) != 0)
			continue;
		if (l->w->json)
			put_json(l, u);
		else
			put_line(l, u);
		l->shown++;
	}
}

/* Page after page: a million users are never all in memory. */
static enum sw_exit put_pages(struct sw_reach *r, struct listing *l)
{
	char after[256] = "";

	for (bool first = true; first || after[0] != '\0'; first = false) {
		struct sw_reach_answer a = { 0 };
		enum sw_exit code = sw_reach_list(r, after, PAGE, &a);

		if (code == SW_EXIT_OK && a.status != 200)
			code = sw_reach_complain(r, &a);
		if (code == SW_EXIT_OK && first)
			put_head(l);
		if (code == SW_EXIT_OK) {
			put_users(l, json_object_get(a.body, "configured"));
			put_users(l, json_object_get(a.body, "users"));
		}
		(void)snprintf(after, sizeof(after), "%s", text(a.body, "next"));
		json_decref(a.body);
		if (code != SW_EXIT_OK)
			return code;
	}
	return SW_EXIT_OK;
}

/* A trunk that is gone may still have users: it is wrong only if nobody is of it. */
static enum sw_exit check_trunk(const struct listing *l)
{
	struct sw_reach_trunk t;

	if (!l->w->trunk || l->shown > 0 ||
	    sw_userwords_find_trunk(l->reach, sw_slice_of(l->w->trunk), &t))
		return SW_EXIT_OK;
	(void)fprintf(
		stderr,
		"sipward user list: the configuration has no trunk %s, and no user is of it\n",
		l->w->trunk);
	return SW_EXIT_FAILED;
}

static enum sw_exit list_users(struct wish *w)
{
	struct sw_reach r = { 0 };
	struct listing l = { .w = w, .reach = &r };
	enum sw_exit code = sw_reach_find(&r, "user list", &w->by, SW_REACH_READ);

	if (code == SW_EXIT_OK)
		code = put_pages(&r, &l);
	if (code == SW_EXIT_OK && w->json)
		(void)printf("%s]}\n", l.shown > 0 ? "\n" : "");
	if (code == SW_EXIT_OK)
		code = check_trunk(&l);
	sw_reach_close(&r);
	return code;
}

int sw_user_list(int argc, char **argv)
{
	struct wish w = { 0 };
	const struct sw_option list[] = {
		{ .name = "trunk", .value = &w.trunk },
		{ .name = "json", .flag = &w.json },
		{ .name = "control", .value = &w.by.control },
		{ .name = "config", .letter = 'c', .value = &w.by.conf },
	};
	int words;
	enum sw_exit code = sw_options_read(argc, argv, list, SW_ARRAY_LEN(list), &words);

	if (code == SW_EXIT_OK && words > 0)
		code = sw_options_wrong("user list", "it takes options only, not", argv[1]);
	return (int)(code == SW_EXIT_OK ? list_users(&w) : code);
}
