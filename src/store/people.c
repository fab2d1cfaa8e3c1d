/* SPDX-License-Identifier: Apache-2.0 */
#include "store/people.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/secret.h"
#include "core/name.h"
#include "store/adapter.h"
#include "store/claims.h"
#include "store/person.h"

#define BUFFER    (2ul * SW_PEOPLE_LINE)
#define PLACE_MAX 128
#define PROGRESS  1024 /* rows between two words about how far it is */

/* Of a slice in a message. */
#define S(slice) (int)(slice).n, (slice).p

struct run {
	struct sw_store *s;
	const struct sw_people_rules *rules;
	struct sw_people_report *report;
	struct sw_claims *claims; /* of the configuration */
	uint64_t octets;
	int fd;
	bool is_skipping; /* the rest of a line that is too long */
	size_t n;         /* octets in the buffer */
	char buffer[BUFFER];
};

static void note_bad(struct run *r, const struct sw_people_bad *bad)
{
	struct sw_people_report *report = r->report;

	if (report->bad < SW_PEOPLE_BAD)
		report->first[report->bad] = *bad;
	report->bad++;
}

static bool index_claims(struct run *r)
{
	r->claims = sw_claims_new(r->rules->policy);
	return r->claims ||
	       sw_store_say(&r->report->why, SW_STORE_MEMORY_OUT, "there is not enough memory");
}

/* "(sipward.conf:12)", or nothing. */
static const char *place_of(const struct run *r, const struct sw_user *u, char room[PLACE_MAX])
{
	const struct sw_origin *at = sw_policy_origin(r->rules->policy, u);

	room[0] = '\0';
	if (at)
		(void)snprintf(room, PLACE_MAX, " (%.*s:%u)", S(at->file), at->line);
	return room;
}

/* A name with a password in the configuration is not the store's; one alone is for its trunk. */
static bool check_claims(const struct run *r, const struct sw_user *u, struct sw_people_bad *bad)
{
	const struct sw_user *c = NULL;
	struct sw_slice text;
	char room[PLACE_MAX];

	switch (sw_claims_check(r->claims, u, &c, &text)) {
	case SW_CLASH_NONE:
		break;
	case SW_CLASH_USER:
		return sw_person_bad(bad,
				     "this user stands in the configuration%s: change it there",
				     place_of(r, c, room));
	case SW_CLASH_TRUNK:
		return sw_person_bad(bad, "the configuration keeps this name for %.*s%s",
				     S(sw_user_trunk(c)), place_of(r, c, room));
	case SW_CLASH_ALIKE:
		return sw_person_bad(bad,
				     "the configuration has %.*s%s, which differs only in case",
				     S(sw_user_name(c)), place_of(r, c, room));
	case SW_CLASH_ADDRESS:
		return sw_person_bad(bad, "the address %.*s belongs to %.*s of the configuration%s",
				     S(text), S(sw_user_name(c)), place_of(r, c, room));
	}
	return true;
}

static bool say_taken(const struct sw_store_taken *t, struct sw_people_bad *bad)
{
	struct sw_slice by = { t->by, t->by_n };

	if (t->kind == 0 && t->by_n == 0)
		return sw_person_bad(bad, "there is a user of this name already");
	if (t->kind == 0)
		return sw_person_bad(bad, "there is %.*s already, which differs only in case",
				     S(by));
	return sw_person_bad(bad, "%s %.*s belongs to %.*s",
			     t->kind == SW_AOR_USER ? "the address" : "the number", S(t->text),
			     S(by));
}

/* What became of one row: of BAD *bad says why, of FAILED report->why. */
enum outcome {
	DONE,
	BAD,
	FAILED,
};

static enum outcome put(struct run *r, const struct sw_person *p, struct sw_user *u, bool is_new,
			struct sw_people_bad *bad)
{
	struct sw_store_taken taken;
	uint64_t left_out = 0;

	if (!sw_person_apply(p, r->rules, u, &left_out, bad) || !check_claims(r, u, bad))
		return BAD;
	switch (sw_store_put_user(r->s, u, is_new, &taken, &r->report->why)) {
	case SW_STORE_ROW:
		break;
	case SW_STORE_ROW_FAILED:
		return FAILED;
	case SW_STORE_NO_ROW:
		(void)sw_person_bad(bad, "the store has no user of this name");
		return BAD;
	case SW_STORE_TAKEN:
		(void)say_taken(&taken, bad);
		return BAD;
	}
	r->report->left_out += left_out;
	(*(is_new ? &r->report->added : &r->report->changed))++;
	return DONE;
}

static enum outcome add(struct run *r, const struct sw_person *p, struct sw_people_bad *bad)
{
	uint64_t most = r->rules->users_max;
	struct sw_user u = { 0 };
	enum outcome end;

	if (sw_name_is_reserved(p->name)) {
		(void)sw_person_bad(bad, "this name is a word of the configuration's language: "
					 "choose another");
		return BAD;
	}
	if (most > 0 && sw_store_users(r->s) >= most) {
		(void)sw_person_bad(bad,
				    "the door has room for %llu users while it runs, and is full; "
				    "stop it, add the users without it, and start it again",
				    (unsigned long long)most);
		return BAD;
	}
	end = put(r, p, &u, true, bad);
	sw_secret_wipe(&u, sizeof(u));
	return end;
}

static enum outcome no_such(const struct run *r, const struct sw_person *p,
			    struct sw_people_bad *bad)
{
	struct sw_user u = { 0 };
	const struct sw_user *c = NULL;
	struct sw_slice text;
	char room[PLACE_MAX];

	bad->is_missing = !sw_user_set_names(&u, p->name, SW_LIT("")) ||
			  sw_claims_check(r->claims, &u, &c, &text) != SW_CLASH_USER;
	if (bad->is_missing)
		(void)sw_person_bad(bad, "the store has no user of this name");
	else
		(void)sw_person_bad(bad, "this user stands in the configuration%s: change it there",
				    place_of(r, c, room));
	return BAD;
}

static enum outcome set(struct run *r, const struct sw_person *p, struct sw_people_bad *bad)
{
	struct sw_user u = { 0 };
	enum outcome end;

	switch (sw_store_user(r->s, p->name, &u, &r->report->why)) {
	case SW_STORE_ROW:
		end = put(r, p, &u, false, bad);
		break;
	case SW_STORE_NO_ROW:
		end = no_such(r, p, bad);
		break;
	default:
		end = FAILED;
	}
	sw_secret_wipe(&u, sizeof(u));
	return end;
}

static enum outcome del(struct run *r, const struct sw_person *p, struct sw_people_bad *bad)
{
	switch (sw_store_drop_user(r->s, p->name, &r->report->why)) {
	case SW_STORE_ROW:
		r->report->deleted++;
		return DONE;
	case SW_STORE_NO_ROW:
		return no_such(r, p, bad);
	default:
		return FAILED;
	}
}

static enum outcome apply_one(struct run *r, const struct sw_person *p, struct sw_people_bad *bad)
{
	switch (p->op) {
	case SW_PERSON_ADD:
		return add(r, p, bad);
	case SW_PERSON_SET:
		return set(r, p, bad);
	default:
		return del(r, p, bad);
	}
}

static void say_progress(const struct run *r)
{
	if (r->rules->progress && r->report->rows % PROGRESS == 0)
		r->rules->progress(r->rules->arg, r->report->rows, r->octets);
}

static bool is_ended(const struct run *r)
{
	const _Atomic bool *is_ended = r->rules->is_ended;

	return is_ended && atomic_load_explicit(is_ended, memory_order_acquire) &&
	       !sw_store_say(&r->report->why, SW_STORE_BROKEN,
			     "the door is stopping: nothing was changed");
}

/* false: it failed as a whole. */
static bool take_line(struct run *r, struct sw_slice line)
{
	struct sw_people_bad bad;
	struct sw_person p;
	enum outcome end = BAD;

	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	r->report->rows++;
	if (is_ended(r))
		return false;
	if (line.n == 0)
		return true;
	if (sw_person_read(line, r->report->rows, &p, &bad))
		end = apply_one(r, &p, &bad);
	sw_person_free(&p);
	if (end == BAD)
		note_bad(r, &bad);
	say_progress(r);
	return end != FAILED;
}

static void note_long(struct run *r)
{
	struct sw_people_bad bad = { .row = ++r->report->rows };

	(void)sw_person_bad(&bad, "the line is longer than %d octets", SW_PEOPLE_LINE);
	note_bad(r, &bad);
}

static void drop(struct run *r, size_t n)
{
	memmove(r->buffer, r->buffer + n, r->n - n);
	r->n -= n;
}

/* All whole lines of the buffer; at the end what is left is one too. */
static bool take_lines(struct run *r, bool is_end)
{
	size_t at = 0;

	for (;;) {
		char *end = memchr(r->buffer + at, '\n', r->n - at);
		size_t n = end ? (size_t)(end - (r->buffer + at)) : r->n - at;

		if (!end && !(is_end && n > 0) && n <= SW_PEOPLE_LINE)
			break;
		if (n > SW_PEOPLE_LINE && !r->is_skipping)
			note_long(r);
		else if (!r->is_skipping && !take_line(r, (struct sw_slice){ r->buffer + at, n }))
			return false;
		r->is_skipping = !end;
		at += end ? n + 1 : n;
		if (at == r->n)
			break;
	}
	drop(r, at);
	return true;
}

static bool take_all(struct run *r)
{
	for (;;) {
		ssize_t got = read(r->fd, r->buffer + r->n, BUFFER - r->n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return sw_store_say(&r->report->why, SW_STORE_BROKEN,
					    "the list of users cannot be read: %s",
					    strerrordesc_np(errno));
		r->n += (size_t)got;
		r->octets += (uint64_t)got;
		if (!take_lines(r, got == 0))
			return false;
		if (got == 0)
			return true;
	}
}

static bool check_key(struct run *r)
{
	return sw_store_takes_users(r->s) ||
	       sw_store_say(&r->report->why, SW_STORE_KEY_NONE,
			    "there is no seal key, and users sealed with one that is forgotten "
			    "could not be opened again: make one, as  sipward check --runtime  "
			    "shows, and restart the door if it runs");
}

static enum sw_people finish(struct run *r, bool ok)
{
	struct sw_people_report *report = r->report;
	bool is_good = ok && (report->bad == 0 || r->rules->skip_bad);

	if (is_good && !r->rules->is_trial && sw_store_commit(r->s, &report->why))
		return SW_PEOPLE_DONE;
	sw_store_rollback(r->s);
	if (is_good && r->rules->is_trial)
		return SW_PEOPLE_DONE;
	report->added = report->changed = report->deleted = report->left_out = 0;
	if (!ok || report->why.trouble != SW_STORE_OK)
		return SW_PEOPLE_FAILED;
	return SW_PEOPLE_BAD_ROWS;
}

static enum sw_people run(struct run *r)
{
	sw_store_stamp(r->s, (struct sw_store_stamp){ 0, r->rules->now });
	if (!check_key(r) || !index_claims(r) || !sw_store_begin(r->s, false, &r->report->why))
		return SW_PEOPLE_FAILED;
	return finish(r, take_all(r));
}

enum sw_people sw_people_apply(struct sw_store *s, int fd, const struct sw_people_rules *rules,
			       struct sw_people_report *report)
{
	struct run *r = calloc(1, sizeof(*r));
	enum sw_people end;

	memset(report, 0, sizeof(*report));
	if (!r) {
		(void)sw_store_say(&report->why, SW_STORE_MEMORY_OUT, "there is not enough memory");
		return SW_PEOPLE_FAILED;
	}
	sw_person_guard();
	r->s = s;
	r->fd = fd;
	r->rules = rules;
	r->report = report;
	end = run(r);
	sw_claims_free(r->claims);
	sw_secret_wipe(r, sizeof(*r));
	free(r);
	return end;
}
