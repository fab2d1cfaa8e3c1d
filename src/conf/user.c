/* SPDX-License-Identifier: Apache-2.0 */
/* user NAME [SECRET]: names at once, passwords (turned into HA1 values) once all is known. */
#include "conf/build.h"
#include "base/utf8.h"
#include "core/name.h"
#include "conf/value.h"

#include "base/secret.h"

#define PASSWORD_MAX 256
#define SECRET_MAX   4096 /* octets that are read; more is no password */
#define PASSWORD_MIN 8    /* characters, below it is weak */
#define OTHERS       06   /* read or write */

enum secret_kind {
	SECRET_NONE,
	SECRET_FILE,
	SECRET_ENV,
	SECRET_CRED,
};

/* Which kind of reference, and what it names. */
static enum secret_kind take_reference(struct sw_slice word, struct sw_slice *name)
{
	static const struct {
		struct sw_slice prefix;
		enum secret_kind kind;
	} kinds[] = {
		{ SW_INIT("file:"), SECRET_FILE },
		{ SW_INIT("env:"), SECRET_ENV },
		{ SW_INIT("cred:"), SECRET_CRED },
	};

	for (size_t i = 0; i < SW_ARRAY_LEN(kinds); i++) {
		if (!sw_slice_has_prefix(word, kinds[i].prefix))
			continue;
		*name = sw_slice_from(word, kinds[i].prefix.n);
		return kinds[i].kind;
	}
	return SECRET_NONE;
}

static bool is_variable(struct sw_slice name)
{
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (!(c >= 'A' && c <= 'Z') && c != '_' && (i == 0 || c < '0' || c > '9'))
			return false;
	}
	return name.n > 0;
}

static bool reference_is_right(struct sw_build *b, struct sw_stmt *s)
{
	struct sw_slice name = { 0 };
	enum secret_kind kind = take_reference(s->word[2].text, &name);

	if (kind == SECRET_NONE) {
		sw_build_error(
			b, SW_LINT_SECRET_INLINE, s, 2,
			"a password is written into the file; name a place where it is kept");
		sw_diag_help(b->diags, "user %.*s file:/etc/sipward/secret/%.*s",
			     SW_DIAG_S(s->word[1].text), SW_DIAG_S(s->word[1].text));
		return false;
	}
	if (kind == SECRET_FILE && name.n == 0)
		sw_build_error(b, SW_LINT_SECRET_NAME, s, 2, "file: names no file");
	else if (kind == SECRET_ENV && !is_variable(name))
		sw_build_error(b, SW_LINT_SECRET_NAME, s, 2,
			       "env: takes the name of a variable: capital letters, digits and _");
	else if (kind == SECRET_CRED && (name.n == 0 || memchr(name.p, '/', name.n)))
		sw_build_error(b, SW_LINT_SECRET_NAME, s, 2,
			       "cred: takes the name of a credential, which has no slash");
	return !s->is_broken;
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

	if (!users || !origins || !drafts || !stmts)
		return;
	b->user = users;
	b->origin = origins;
	b->user_draft = drafts;
	b->user_stmt = stmts;
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

/* Can nobody read it, or put another one there, who should not? Else an error. */
static bool is_private(struct sw_build *b, struct sw_stmt *s, const char *path,
		       const struct sw_conf_file *f)
{
	if (f->mode & OTHERS) {
		sw_build_error(b, SW_LINT_SECRET_OPEN, s, 2,
			       "%s is open to every user of this machine (mode %04o)", path,
			       f->mode);
		sw_diag_help(b->diags, "chmod o-rwx %s", path);
		return false;
	}
	if (f->stranger[0] == '\0')
		return true;
	sw_build_error(b, SW_LINT_SECRET_OPEN, s, 2,
		       "%s belongs to %s, who could put another password there", path, f->stranger);
	sw_diag_help(b->diags, "chown root %s, or to whoever runs the door", path);
	return false;
}

/* The octets of a secret, in the arena; false after an error. */
static bool read_file(struct sw_build *b, struct sw_stmt *s, struct sw_slice path,
		      struct sw_arena *arena, struct sw_slice *out)
{
	struct sw_conf_file got = { 0 };

	switch (b->source->read(b->source->arg, path.p, SECRET_MAX, arena, &got)) {
	case SW_CONF_GOT:
		break;
	case SW_CONF_MISSING:
		sw_build_error(b, SW_LINT_SECRET_GONE, s, 2, "%s does not exist", path.p);
		sw_diag_help(b->diags, "(umask 077; openssl rand -base64 15 > '%s')", path.p);
		return false;
	case SW_CONF_DENIED:
		sw_build_error(b, SW_LINT_SECRET_GONE, s, 2, "%s cannot be read by this user",
			       path.p);
		return false;
	case SW_CONF_IS_DIR:
		sw_build_error(b, SW_LINT_SECRET_GONE, s, 2, "%s is a directory", path.p);
		return false;
	case SW_CONF_NO_FILE:
		sw_build_error(b, SW_LINT_SECRET_GONE, s, 2, "%s is no regular file", path.p);
		return false;
	case SW_CONF_TOO_LARGE:
		sw_build_error(b, SW_LINT_SECRET_FORM, s, 2, "%s is too large to hold a password",
			       path.p);
		return false;
	default:
		sw_build_error(b, SW_LINT_SECRET_GONE, s, 2, "%s cannot be read", path.p);
		return false;
	}
	if (!is_private(b, s, path.p, &got))
		return false;
	*out = got.text;
	return true;
}

static bool read_env(struct sw_build *b, struct sw_stmt *s, struct sw_slice name,
		     struct sw_arena *arena, struct sw_slice *out)
{
	struct sw_slice z = sw_arena_copy(arena, name);
	const char *value = z.p ? b->source->env(b->source->arg, z.p) : NULL;

	if (value) {
		*out = sw_slice_of(value);
		return true;
	}
	sw_build_error(b, SW_LINT_SECRET_GONE, s, 2, "the environment has no %.*s",
		       SW_DIAG_S(name));
	return false;
}

static bool read_cred(struct sw_build *b, struct sw_stmt *s, struct sw_slice name,
		      struct sw_arena *arena, struct sw_slice *out)
{
	const char *dir = b->source->env(b->source->arg, "CREDENTIALS_DIRECTORY");
	size_t n = dir ? sw_slice_of(dir).n + name.n + 2 : 0;
	struct sw_buf path;
	char *p;

	if (!dir) {
		sw_build_error(b, SW_LINT_SECRET_GONE, s, 2,
			       "there are no credentials: CREDENTIALS_DIRECTORY is not set");
		sw_diag_help(b->diags, "in the unit: LoadCredential=%.*s:/etc/sipward/secret/%.*s",
			     SW_DIAG_S(name), SW_DIAG_S(name));
		return false;
	}
	p = sw_arena_alloc(arena, n, 1);
	path = sw_buf_over(p, p ? n : 0);
	sw_buf_str(&path, dir);
	sw_buf_char(&path, '/');
	sw_buf_put(&path, name);
	b->no_memory |= !p;
	return p && read_file(b, s, (struct sw_slice){ sw_buf_text(&path), path.n }, arena, out);
}

static bool read_secret(struct sw_build *b, struct sw_stmt *s, struct sw_arena *arena,
			struct sw_slice *out)
{
	struct sw_slice name = { 0 }, path;
	enum secret_kind kind = take_reference(s->word[2].text, &name);

	if (kind == SECRET_ENV)
		return read_env(b, s, name, arena, out);
	if (kind == SECRET_CRED)
		return read_cred(b, s, name, arena, out);
	path = sw_read_path(arena, s->file, name);
	b->no_memory |= !path.p;
	return path.p && read_file(b, s, path, arena, out);
}

static struct sw_slice without_newline(struct sw_slice s)
{
	if (s.n > 0 && s.p[s.n - 1] == '\n')
		s.n -= s.n > 1 && s.p[s.n - 2] == '\r' ? 2 : 1;
	return s;
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

static bool password_is_right(struct sw_build *b, struct sw_stmt *s, struct sw_slice password)
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
	if (n >= PASSWORD_MIN && !sw_slice_eq_nocase(password, s->word[1].text))
		return true;
	if (sw_build_warn(b, SW_LINT_SECRET_WEAK, s,
			  n < PASSWORD_MIN ? "the password of %.*s has less than 8 characters"
					   : "the password of %.*s is the name itself",
			  SW_DIAG_S(s->word[1].text)))
		sw_diag_help(b->diags, "make a new one: openssl rand -base64 15");
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

void sw_user_secrets(struct sw_build *b)
{
	if (b->depth == SW_CONF_PLAIN)
		return;
	for (size_t i = 0; i < b->conf->policy.users && !b->no_memory; i++) {
		struct sw_arena arena = { 0 };
		struct sw_slice secret = { 0 };

		if (b->user[i].is_reserved)
			continue;
		if (read_secret(b, b->user_stmt[i], &arena, &secret)) {
			secret = without_newline(secret);
			if (password_is_right(b, b->user_stmt[i], secret))
				make_ha1(b, i, secret);
		}
		sw_arena_free(&arena); /* wipes */
	}
}
