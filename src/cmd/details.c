/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/details.h"

static void put_when(const struct sw_view *v)
{
	sw_view_put(v, "\nwhen     ");
	sw_view_time(v, sw_view_text(v->decision, "ts"));
	sw_view_pair(v, "   id ", sw_view_text(v->decision, "id"));
	sw_view_pair(v, "   Call-ID ", sw_view_text(v->decision, "call_id"));
	sw_view_put(v, "\n");
}

/* "udp:0.0.0.0:5060" as people write it. */
static void put_listener(const struct sw_view *v, const char *listener)
{
	const char *colon = strchr(listener, ':');

	if (!colon)
		return;
	sw_view_put(v, "   at listener ");
	sw_buf_put(v->b, (struct sw_slice){ listener, (size_t)(colon - listener) });
	sw_view_put(v, " ");
	sw_view_put(v, colon + 1);
}

static void put_from(const struct sw_view *v)
{
	const char *agent = sw_view_text(v->decision, "ua");

	sw_view_put(v, "from     ");
	sw_view_source(v);
	put_listener(v, sw_view_text(v->decision, "listener"));
	if (agent[0] != '\0') {
		sw_view_put(v, "   ");
		sw_view_quoted(v, agent);
	}
	sw_view_put(v, "\n");
	if (sw_view_text(v->account, "ruri")[0] == '\0')
		return;
	sw_view_put(v, "asked    ");
	sw_view_put(v, sw_view_text(v->decision, "method"));
	sw_view_put(v, " ");
	sw_view_put(v, sw_view_text(v->account, "ruri"));
	sw_view_put(v, "\n");
}

static void put_ms(const struct sw_view *v, json_int_t us)
{
	sw_view_put_number(v, us / 1000);
	sw_view_put(v, ".");
	sw_view_put_number(v, us % 1000 / 100);
	sw_view_put_number(v, us % 100 / 10);
	sw_view_put(v, " ms");
}

static void put_answer(const struct sw_view *v)
{
	json_int_t status = sw_view_int(v->decision, "status");

	sw_view_put(v, "answer   ");
	if (status > 0)
		sw_view_put_number(v, status);
	else
		sw_view_put(v, "none");
	sw_view_put(v, ", in ");
	put_ms(v, sw_view_int(v->decision, "us"));
	sw_view_put(v, "\n");
}

static void put_who(const struct sw_view *v)
{
	const char *conf = sw_view_text(v->user, "conf");

	if (!v->trunk)
		return;
	sw_view_put(v, "who      ");
	sw_view_put(v,
		    strcmp(sw_view_text(v->trunk, "kind"), "phones") == 0 ? "phones " : "trunk ");
	sw_view_put(v, sw_view_text(v->trunk, "name"));
	sw_view_put(v, ", because ");
	sw_view_quoted(v, sw_view_name(v));
	sw_view_put(v, " is its user   ");
	if (conf[0] != '\0')
		sw_view_last_part(v, conf);
	else
		sw_view_put(v, "in the store");
	sw_view_put(v, "\n");
}

static void put_mark(const struct sw_view *v, bool good, const char *yes, const char *no)
{
	sw_view_put(v, "           ");
	sw_view_tinted(v, good ? SW_TINT_GREEN : SW_TINT_RED, good ? "✓" : "✗");
	sw_view_put(v, " ");
	sw_view_put(v, good ? yes : no);
	sw_view_put(v, "\n");
}

static void put_algorithm_mark(const struct sw_view *v, const json_t *way)
{
	const char *alg = sw_view_text(v->decision, "alg");
	const char *until = sw_view_text(v->trunk, "md5_until");
	bool taken = sw_view_has_alg(json_object_get(way, "algs"), alg);

	sw_view_put(v, "           ");
	if (taken && sw_view_failed_by(v, SW_R_DIGEST_ALG_ENDED)) {
		sw_view_tinted(v, SW_TINT_RED, "✗");
		sw_view_put(v, " MD5 was taken until ");
		sw_view_put(v, until);
	} else if (taken && sw_slice_has_prefix(sw_slice_of(alg), SW_LIT("md5"))) {
		sw_view_tinted(v, SW_TINT_YELLOW, "!");
		sw_view_put(v, until[0] != '\0' ? " MD5, taken until "
						: " MD5, taken with no end date");
		sw_view_put(v, until);
	} else {
		sw_view_tinted(v, taken ? SW_TINT_GREEN : SW_TINT_RED, taken ? "✓ " : "✗ ");
		sw_view_alg(v, alg);
		sw_view_put(v, taken ? " is taken" : " is not taken by this way");
	}
	sw_view_put(v, "\n");
}

/* A response in an algorithm for which no hash is kept could not be checked. */
static void put_response(const struct sw_view *v)
{
	const char *alg = sw_view_text(v->decision, "alg");

	if (sw_view_is_true(v->digest, "response_ok")) {
		put_mark(v, true, "response", "");
		put_mark(v, sw_view_is_true(v->digest, "nc_new"), "nc, not used before",
			 "nc, used before");
	} else if (sw_view_has_hash(json_object_get(v->user, "algs"), alg)) {
		put_mark(v, false, "", "response: not the hash of the stored password");
	} else {
		sw_view_put(v, "           – response: not checked, no ");
		sw_view_alg(v, alg);
		sw_view_put(v, " hash is kept\n");
	}
}

static void put_way(const struct sw_view *v, const json_t *way)
{
	sw_view_put(v, "  way ");
	sw_view_put_number(v, sw_view_int(way, "way"));
	sw_view_put(v, "  accept ");
	sw_view_put(v, sw_view_text(way, "accept"));
	sw_view_put(v, "   ");
	sw_view_last_part(v, sw_view_text(way, "conf"));
	sw_view_put(v, "\n");
	if (!v->digest)
		return;
	put_algorithm_mark(v, way);
	put_mark(v, sw_view_is_true(v->digest, "nonce_fresh"), "nonce", "nonce: its time is over");
	put_response(v);
}

static void put_ways(const struct sw_view *v)
{
	const json_t *ways = json_object_get(v->trunk, "ways");

	for (size_t i = 0; i < json_array_size(ways); i++)
		put_way(v, json_array_get(ways, i));
	if (v->trunk && sw_view_int(v->account, "gen_now") != sw_view_int(v->decision, "gen"))
		sw_view_put(
			v,
			"         (the configuration was loaded again since; these lines are of now)\n");
}

static void put_before(const struct sw_view *v)
{
	const json_t *list = json_object_get(v->account, "before");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *o = json_array_get(list, i);

		sw_view_put(v, i == 0 ? "before   " : "         ");
		sw_view_time(v, sw_view_text(o, "ts"));
		sw_view_put(v, " ");
		sw_view_put(v, sw_view_text(o, "verdict"));
		if (strcmp(sw_view_text(o, "verdict"), sw_view_text(o, "reason")) != 0)
			sw_view_pair(v, " ", sw_view_text(o, "reason"));
		sw_view_pair(v, ", id ", sw_view_text(o, "id"));
		sw_view_put(v, i == 0 ? "   (same Call-ID)\n" : "\n");
	}
}

/* The password, hashes, trunk or switch of a user that no line of the configuration has? */
static bool is_of_store(const struct sw_view *v)
{
	if (!v->user || sw_view_text(v->user, "conf")[0] != '\0')
		return false;
	return sw_view_failed_by(v, SW_R_DIGEST_WRONG) ||
	       sw_view_failed_by(v, SW_R_DIGEST_NO_HASH) ||
	       sw_view_failed_by(v, SW_R_DIGEST_NO_TRUNK) ||
	       (sw_view_failed_by(v, SW_R_DIGEST_USER_OFF) && !sw_view_is_true(v->user, "enabled"));
}

static void put_todo_of_store(const struct sw_view *v)
{
	if (sw_view_failed_by(v, SW_R_DIGEST_WRONG)) {
		sw_view_put(v, "do       give the client the right password, or set another:  ");
		sw_view_command(v, "user passwd");
	} else if (sw_view_failed_by(v, SW_R_DIGEST_NO_TRUNK)) {
		sw_view_put(v, "do       add the trunk and reload, or give the user another:  ");
		sw_view_command(v, "user set");
		sw_view_put(v, " --trunk …");
	} else if (sw_view_failed_by(v, SW_R_DIGEST_NO_HASH)) {
		sw_view_put(v, "do       set the password once more, which makes every hash that "
			       "its trunk takes:  ");
		sw_view_command(v, "user passwd");
	} else {
		sw_view_put(v, "do       ");
		sw_view_command(v, "user enable");
	}
	sw_view_put(v, "\n");
}

static void put_todo(const struct sw_view *v)
{
	const char *todo = sw_view_todo(v->reason);

	if (sw_view_is_allowed(v))
		return;
	if (!todo && sw_reason_row(v->reason)->class == SW_CLASS_PARSE)
		todo = "update the client, or look for something on the way that rewrites messages "
		       "(a router's SIP ALG); a scanner's garbage needs nothing";
	if (is_of_store(v)) {
		put_todo_of_store(v);
		return;
	}
	if (sw_view_failed_by(v, SW_R_DIGEST_WRONG) && sw_view_is_true(v->account, "demo"))
		todo = "give the client the password that the demo showed at its start";
	if (todo && todo[0] != '\0') {
		sw_view_put(v, "do       ");
		sw_view_put(v, todo);
		sw_view_put(v, "\n");
	}
}

void sw_details_write(const struct sw_view *v)
{
	put_when(v);
	put_from(v);
	put_answer(v);
	put_who(v);
	put_ways(v);
	put_before(v);
	put_todo(v);
}
