/* SPDX-License-Identifier: Apache-2.0 */
/* `sipward explain`: which decision, ask the door, print its account. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/account.h"
#include "cmd/door.h"
#include "cmd/options.h"
#include "cmd/recorded.h"
#include "core/verdict.h"

#define TIMEOUT_S  10
#define TARGET_MAX 2048

struct wish {
	const char *id, *call_id, *trunk, *reason, *control, *conf;
	const char *file, *from, *over;
	bool last, follow, json;
};

static bool may_colour(void)
{
	const char *no = getenv("NO_COLOR");

	return isatty(STDOUT_FILENO) == 1 && (!no || no[0] == '\0');
}

/* Percent-encoded but for what can stand in a query as it is (RFC 3986 2.3). */
static void put_encoded(struct sw_buf *b, const char *s)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-._~*";
	static const char digit[] = "0123456789ABCDEF";

	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (strchr(plain, *s)) {
			sw_buf_char(b, *s);
			continue;
		}
		sw_buf_char(b, '%');
		sw_buf_char(b, digit[c >> 4]);
		sw_buf_char(b, digit[c & 15]);
	}
}

static void put_query(struct sw_buf *b, const char **before, const char *key, const char *value)
{
	if (!value)
		return;
	sw_buf_str(b, *before);
	sw_buf_str(b, key);
	sw_buf_char(b, '=');
	put_encoded(b, value);
	*before = "&";
}

static void put_target(struct sw_buf *b, const struct wish *w)
{
	const char *before = "?";

	if (w->follow) {
		sw_buf_str(b, "/v1/events");
		put_query(b, &before, "trunk", w->trunk);
		put_query(b, &before, "reason", w->reason);
		return;
	}
	sw_buf_str(b, "/v1/explain");
	if (w->id) {
		sw_buf_char(b, '/');
		put_encoded(b, w->id);
	}
	put_query(b, &before, "call_id", w->call_id);
	if (w->last)
		sw_buf_str(b, "?last=1");
}

static void print_account(const json_t *answer)
{
	static char room[SW_ACCOUNT_ROOM];
	struct sw_buf b = sw_buf_over(room, sizeof(room));

	sw_account_write(&b, answer, may_colour());
	(void)fwrite(b.p, 1, b.n, stdout);
}

static bool print_followed(void *arg, const json_t *event)
{
	const struct wish *w = arg;
	char room[4096];
	struct sw_buf b = sw_buf_over(room, sizeof(room));

	if (w->json) {
		sw_door_print(event);
	} else {
		sw_account_write_line(&b, event, may_colour());
		(void)fwrite(b.p, 1, b.n, stdout);
	}
	return fflush(stdout) == 0; /* whoever read us has gone */
}

static enum sw_exit follow(const struct sw_door *door, const char *target, struct wish *w)
{
	json_t *body = NULL;
	int status = 0;
	enum sw_exit code = sw_door_follow(door, target, print_followed, w, &status, &body);

	if (code == SW_EXIT_OK && body) {
		sw_door_complain("explain", status, body);
		code = SW_EXIT_FAILED;
	}
	json_decref(body);
	return code;
}

static enum sw_exit ask(const struct sw_door *door, const char *target, const struct wish *w)
{
	json_t *body = NULL;
	int status = 0;
	enum sw_exit code = sw_door_ask(door, "GET", target, TIMEOUT_S, &status, &body);

	if (code != SW_EXIT_OK)
		return code;
	if (status == 200 && w->json)
		sw_door_print(body);
	else if (status == 200)
		print_account(body);
	else if (status == 404 && w->id)
		fprintf(stderr,
			"sipward explain: no decision %s: it is no longer kept, or was never seen "
			"here.\n",
			w->id);
	else
		sw_door_complain("explain", status, body);
	json_decref(body);
	return status == 200 ? SW_EXIT_OK : SW_EXIT_FAILED;
}

/* Six characters that the door takes for an id: Crockford's base 32 in any case, O, I and L too. */
static bool is_id(const char *text)
{
	static const char taken[] = "0123456789abcdefghijklmnopqrstvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTVWXYZ";
	size_t n = 0;

	for (; *text != '\0'; text++) {
		if (*text == '-')
			continue;
		if (!strchr(taken, *text))
			return false;
		n++;
	}
	return n == SW_ID_LEN;
}

/* A reason that there is, or the beginning of some and a "*": nobody waits for what never comes. */
static enum sw_exit check_reason(const char *asked)
{
	const char *names[SW_REASON_LIMIT], *near;
	struct sw_slice begin = sw_slice_of(asked);
	bool is_prefix = begin.n > 0 && asked[begin.n - 1] == '*';
	size_t n = 0;

	begin.n -= is_prefix;
	for (unsigned r = 0; r < SW_REASON_LIMIT; r++) {
		const char *slug = sw_reason_slug((enum sw_reason)r);
		struct sw_slice name = sw_slice_of(slug);

		if (is_prefix ? sw_slice_has_prefix(name, begin) : sw_slice_eq(name, begin))
			return SW_EXIT_OK;
		names[n++] = slug;
	}
	near = sw_options_nearest(asked, names, n);
	if (!near)
		return sw_options_wrong("explain", "there is no reason", asked);
	fprintf(stderr,
		"sipward explain: there is no reason %s; %s is the nearest. Try:  %s explain "
		"--help\n",
		asked, near, sw_program);
	return SW_EXIT_USAGE;
}

/* What goes with a recorded message, and what does not. */
static enum sw_exit check_file(const struct wish *w)
{
	if (!w->file && (w->from || w->over))
		return sw_options_wrong("explain", "--from and --over go with a FILE", NULL);
	if (w->file && w->control)
		return sw_options_wrong("explain",
					"a file is judged without a door: leave out --control",
					w->control);
	return SW_EXIT_OK;
}

/* One of the ways to name a decision, and filters only where they filter. */
static enum sw_exit check(const struct wish *w)
{
	int named = (w->id != NULL) + (w->file != NULL) + (w->call_id != NULL) + w->last +
		    w->follow;

	if (named == 0)
		return sw_options_wrong(
			"explain", "which one? ID, FILE, --call-id ID, --last or --follow", NULL);
	if (named > 1)
		return sw_options_wrong(
			"explain", "ID, FILE, --call-id, --last and --follow exclude each other",
			NULL);
	if (w->call_id && w->call_id[0] == '\0')
		return sw_options_wrong("explain", "--call-id is empty", NULL);
	if (!w->follow && (w->trunk || w->reason))
		return sw_options_wrong("explain", "--trunk and --reason go with --follow", NULL);
	if (w->id && !is_id(w->id))
		return sw_options_wrong("explain",
					"there is no such file, and an id is six letters and "
					"digits, like 7Q4KX2, not",
					w->id);
	if (w->reason)
		return check_reason(w->reason);
	return check_file(w);
}

/*
 * A word that can be an id is one; ./ABC123 is a file of that name. Everything else is a file,
 * where one is or could be meant.
 */
static void take_word(struct wish *w, const char *word)
{
	bool file = w->from || w->over || strchr(word, '/') ||
		    (!is_id(word) && access(word, F_OK) == 0);

	if (file)
		w->file = word;
	else
		w->id = word;
}

static enum sw_exit read_wish(int argc, char **argv, struct wish *w)
{
	const struct sw_option list[] = {
		{ .name = "call-id", .value = &w->call_id },
		{ .name = "last", .flag = &w->last },
		{ .name = "follow", .flag = &w->follow },
		{ .name = "trunk", .value = &w->trunk },
		{ .name = "reason", .value = &w->reason },
		{ .name = "from", .value = &w->from },
		{ .name = "over", .value = &w->over },
		{ .name = "json", .flag = &w->json },
		{ .name = "control", .value = &w->control },
		{ .name = "config", .letter = 'c', .value = &w->conf },
	};
	int words;
	enum sw_exit code = sw_options_read(argc, argv, list, SW_ARRAY_LEN(list), &words);

	if (code != SW_EXIT_OK)
		return code;
	if (words > 1)
		return sw_options_wrong(
			"explain", "one ID or FILE at a time; too many arguments, from", argv[2]);
	if (words == 1)
		take_word(w, argv[1]);
	return check(w);
}

static enum sw_exit explain_file(const struct wish *w)
{
	const struct sw_recorded r = {
		.file = w->file, .from = w->from, .over = w->over, .conf = w->conf
	};
	json_t *account = NULL;
	enum sw_exit code = sw_recorded_judge(&r, &account);

	if (code == SW_EXIT_OK && w->json)
		sw_door_print(account);
	else if (code == SW_EXIT_OK)
		print_account(account);
	json_decref(account);
	return code;
}

int sw_cmd_explain(int argc, char **argv)
{
	struct wish w = { 0 };
	struct sw_door door;
	char target[TARGET_MAX];
	struct sw_buf b = sw_buf_over(target, sizeof(target));
	enum sw_exit code = read_wish(argc, argv, &w);

	if (code != SW_EXIT_OK)
		return (int)code;
	if (w.file)
		return (int)explain_file(&w);
	put_target(&b, &w);
	sw_buf_char(&b, '\0');
	if (!sw_buf_ok(&b))
		return (int)sw_options_wrong("explain", "what was asked for is too long", NULL);
	code = sw_door_find(w.control, w.conf, false, &door);
	if (code != SW_EXIT_OK)
		return (int)code;
	code = w.follow ? follow(&door, target, &w) : ask(&door, target, &w);
	return (int)code;
}
