/* SPDX-License-Identifier: Apache-2.0 */
/* user NAME [SECRET]: names at once, passwords (turned into HA1 values) once all is known. */
#include "conf/build.h"

#include <stdio.h>

#include "base/secret.h"
#include "base/utf8.h"
#include "conf/secret.h"
#include "conf/value.h"
#include "core/name.h"

#define PASSWORD_MAX 256
#define PASSWORD_MIN 8 /* characters, below it is weak */
#define EXAMPLE_MAX  512

/* Words about the password of a user, for messages. The room is for the example. */
static struct sw_secret_use use_of(struct sw_stmt *s, char room[EXAMPLE_MAX])
{
	(void)snprintf(room, EXAMPLE_MAX, "user %.*s file:/etc/sipward/secret/%.*s",
		       SW_DIAG_S(s->word[1].text), SW_DIAG_S(s->word[1].text));
	return (struct sw_secret_use){ .s = s,
				       .word = 2,
				       .reference = s->word[2].text,
				       .what = "password",
				       .example = room,
				       .make = "openssl rand -base64 15" };
}

static bool reference_is_right(struct sw_build *b, struct sw_stmt *s)
{
	char room[EXAMPLE_MAX];
	struct sw_secret_use use = use_of(s, room);

	return sw_secret_check(b, &use);
}

static bool name_is_right(struct sw_build *b, struct sw_stmt *s)
{
	struct sw_slice name = s->word[1].text;

	if (sw_key_is_reserved(name))
		sw_build_error(b, SW_LINT_NAME_RESERVED, s, 1,
			       "\"%.*s\" is a word of the language, so no name", SW_DIAG_S(name));
	else if (name.n > SW_NAME_MAX)
		sw_build_error(b, SW_LINT_NAME_FORM, s, 1, "the name is longer than %d octets",
			       SW_NAME_MAX);
	else if (!sw_name_is_user(name))
		sw_build_error(b, SW_LINT_NAME_FORM, s, 1,
			       "\"%.*s\" is no user: letters, digits and . _ - + * ! ~ = & $",
			       SW_DIAG_S(name));
	return !s->is_broken;
}

static void add_user(struct sw_build *b, struct sw_stmt *s)
{
	size_t n = b->conf->policy.users;
	struct sw_user *users = sw_build_grow(b, b->user, n, sizeof(*users));
	struct sw_origin *origins = sw_build_grow(b, b->origin, n, sizeof(*origins));
	uint32_t *drafts = sw_build_grow(b, b->user_draft, n, sizeof(*drafts));
	struct sw_stmt **stmts = sw_build_grow(b, b->user_stmt, n, sizeof(struct sw_stmt *));
	uint8_t *weak = sw_build_grow(b, b->weak, n, sizeof(*weak));

	if (!users || !origins || !drafts || !stmts || !weak)
		return;
	b->user = users;
	b->origin = origins;
	b->user_draft = drafts;
	b->user_stmt = stmts;
	b->weak = weak;
	b->weak[n] = SW_CONF_WEAK_NOT;
	b->user_stmt[n] = s;
	b->user_draft[n] = (uint32_t)(b->at - b->draft);
	b->origin[n] = (struct sw_origin){
		.secret = s->words > 2 ? s->word[2].text : (struct sw_slice){ 0 },
		.line = s->word[0].line,
		.file = s->file->path,
	};
	b->user[n] = (struct sw_user){ .origin = (uint32_t)n + 1, .is_reserved = s->words == 2 };
	if (sw_user_set_names(&b->user[n], s->word[1].text, b->at->trunk.name))
		b->conf->policy.users++;
}

void sw_set_user(struct sw_build *b, struct sw_stmt *s)
{
	b->at->users++; /* wrong ones too: who has any is not told that there are none */
	if (s->words > 2 && !reference_is_right(b, s))
		return; /* before all else: no other message may show the line */
	if (!name_is_right(b, s) || !sw_build_ends(b, s, 3))
		return;
	add_user(b, s);
}

static bool read_secret(struct sw_build *b, struct sw_stmt *s, struct sw_arena *arena,
			struct sw_slice *out)
{
	char room[EXAMPLE_MAX];
	struct sw_secret_use use = use_of(s, room);
	const char *path;

	switch (sw_secret_read(b, &use, arena, out, &path)) {
	case SW_SECRET_GOT:
		return true;
	case SW_SECRET_GONE:
		sw_secret_error(b, &use, SW_LINT_SECRET_GONE, "%s does not exist", path);
		sw_diag_help(b->diags, "mkdir -p -m 0700 '%.*s' && (umask 077; %s > '%s')",
			     (int)(strrchr(path, '/') ? strrchr(path, '/') - path : 1),
			     strrchr(path, '/') ? path : ".", use.make, path);
		return false;
	default:
		return false;
	}
}

/* Characters of one line of clean UTF-8; 0 when it is none. */
static size_t characters(struct sw_slice s)
{
	size_t count = 0;

	for (size_t i = 0, n; i < s.n; i += n, count++) {
		n = sw_utf8_len(sw_slice_from(s, i));
		if (n == 0 || sw_utf8_is_control(s.p[i]) || s.p[i] == '\t')
			return 0;
	}
	return count;
}

static enum sw_conf_weak weakness(size_t characters, struct sw_slice password, struct sw_slice name)
{
	if (characters < PASSWORD_MIN)
		return SW_CONF_WEAK_SHORT;
	return sw_slice_eq_nocase(password, name) ? SW_CONF_WEAK_NAME : SW_CONF_WEAK_NOT;
}

static void warn_weak(struct sw_build *b, struct sw_stmt *s, enum sw_conf_weak weak)
{
	if (weak == SW_CONF_WEAK_NOT)
		return;
	if (sw_build_warn(b, SW_LINT_SECRET_WEAK, s,
			  weak == SW_CONF_WEAK_SHORT
				  ? "the password of %.*s has less than 8 characters"
				  : "the password of %.*s is the name itself",
			  SW_DIAG_S(s->word[1].text)))
		sw_diag_help(b->diags, "make a new one: openssl rand -base64 15");
}

static bool password_is_right(struct sw_build *b, struct sw_stmt *s, struct sw_slice password,
			      enum sw_conf_weak *weak)
{
	size_t n = characters(password);

	if (password.n == 0) {
		sw_build_error(b, SW_LINT_SECRET_EMPTY, s, 2, "the password is empty");
		return false;
	}
	if (n == 0 || password.n > PASSWORD_MAX) {
		sw_build_error(b, SW_LINT_SECRET_FORM, s, 2,
			       "this holds no password: one line of text of at most %d octets",
			       PASSWORD_MAX);
		return false;
	}
	*weak = weakness(n, password, s->word[1].text);
	return true;
}

static void make_ha1(struct sw_build *b, size_t n, struct sw_slice password)
{
	const struct sw_trunk_draft *d = &b->draft[b->user_draft[n]];
	unsigned algs = 0;

	for (size_t i = 0; i < d->trunk.ways; i++)
		algs |= d->way[i].algs;
	if (!b->hash ||
	    !sw_user_set_password(&b->user[n], b->hash, algs, b->conf->policy.realm, password))
		b->no_memory = true; /* told as one: memory or libcrypto */
}

static void take_secret(struct sw_build *b, size_t n)
{
	struct sw_stmt *s = b->user_stmt[n];
	struct sw_arena arena = { 0 };
	struct sw_slice secret = { 0 };
	enum sw_conf_weak weak;

	if (read_secret(b, s, &arena, &secret)) {
		secret = sw_secret_line(secret);
		if (password_is_right(b, s, secret, &weak)) {
			b->weak[n] = (uint8_t)weak;
			make_ha1(b, n, secret);
		}
	}
	sw_arena_free(&arena); /* wipes */
}

/* From a source that has what was made, and no secret. */
static void take_made(struct sw_build *b, size_t n)
{
	struct sw_user *u = &b->user[n];
	struct sw_conf_made made;

	if (b->source->user(b->source->arg, sw_user_name(u), &made)) {
		b->weak[n] = (uint8_t)made.weak;
		memcpy(u->algs, made.algs, sizeof(u->algs));
		memcpy(u->ha1, made.ha1, sizeof(u->ha1));
	} else {
		sw_build_error(b, SW_LINT_DOCUMENT, b->user_stmt[n], 1, "%.*s has no hashes here",
			       SW_DIAG_S(sw_user_name(u)));
	}
	sw_secret_wipe(&made, sizeof(made));
}

void sw_user_secrets(struct sw_build *b)
{
	if (b->depth == SW_CONF_PLAIN && !b->source->user)
		return;
	for (size_t i = 0; i < b->conf->policy.users && !b->no_memory; i++) {
		if (b->user[i].is_reserved)
			continue;
		(b->source->user ? take_made : take_secret)(b, i);
		warn_weak(b, b->user_stmt[i], (enum sw_conf_weak)b->weak[i]);
	}
}
