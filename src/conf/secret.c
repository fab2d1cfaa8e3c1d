/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/secret.h"

#include <stdarg.h>
#include <stdio.h>

#define OTHERS  06 /* read or write */
#define MESSAGE 512

enum secret_kind {
	SECRET_NONE,
	SECRET_FILE,
	SECRET_ENV,
	SECRET_CRED,
};

void sw_secret_error(struct sw_build *b, const struct sw_secret_use *use, enum sw_lint rule,
		     const char *format, ...)
{
	char text[MESSAGE];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (use->s)
		sw_build_error(b, rule, use->s, use->word, "%s", text);
	else
		sw_diag_add(b->diags, rule, NULL, "%s", text);
}

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

bool sw_secret_check(struct sw_build *b, const struct sw_secret_use *use)
{
	struct sw_slice name = { 0 };
	enum secret_kind kind = take_reference(use->reference, &name);

	if (kind == SECRET_NONE) {
		sw_secret_error(b, use, SW_LINT_SECRET_INLINE,
				"a %s is written into the file; name a place where it is kept",
				use->what);
		sw_diag_help(b->diags, "%s", use->example);
		return false;
	}
	if (kind == SECRET_FILE && name.n == 0)
		sw_secret_error(b, use, SW_LINT_SECRET_NAME, "file: names no file");
	else if (kind == SECRET_ENV && !is_variable(name))
		sw_secret_error(b, use, SW_LINT_SECRET_NAME,
				"env: takes the name of a variable: capital letters, digits and _");
	else if (kind == SECRET_CRED && (name.n == 0 || memchr(name.p, '/', name.n)))
		sw_secret_error(b, use, SW_LINT_SECRET_NAME,
				"cred: takes the name of a credential, which has no slash");
	else
		return true;
	return false;
}

/* Can nobody read it, or put another one there, who should not? Else an error. */
static bool is_private(struct sw_build *b, const struct sw_secret_use *use, const char *path,
		       const struct sw_conf_file *f)
{
	if (f->mode & OTHERS) {
		sw_secret_error(b, use, SW_LINT_SECRET_OPEN,
				"%s is open to every user of this machine (mode %04o)", path,
				f->mode);
		sw_diag_help(b->diags, "chmod o-rwx %s", path);
		return false;
	}
	if (f->stranger[0] == '\0')
		return true;
	sw_secret_error(b, use, SW_LINT_SECRET_OPEN,
			"%s belongs to %s, who could put another %s there", path, f->stranger,
			use->what);
	sw_diag_help(b->diags, "chown root %s, or to whoever runs the door", path);
	return false;
}

static enum sw_secret_got read_file(struct sw_build *b, const struct sw_secret_use *use,
				    struct sw_slice path, struct sw_arena *arena,
				    struct sw_slice *out)
{
	struct sw_conf_file got = { 0 };

	switch (b->source->read(b->source->arg, path.p, SW_SECRET_MAX, arena, &got)) {
	case SW_CONF_GOT:
		*out = got.text;
		return is_private(b, use, path.p, &got) ? SW_SECRET_GOT : SW_SECRET_BAD;
	case SW_CONF_MISSING:
		return SW_SECRET_GONE;
	case SW_CONF_DENIED:
		sw_secret_error(b, use, SW_LINT_SECRET_GONE, "%s cannot be read by this user",
				path.p);
		break;
	case SW_CONF_IS_DIR:
		sw_secret_error(b, use, SW_LINT_SECRET_GONE, "%s is a directory", path.p);
		break;
	case SW_CONF_NO_FILE:
		sw_secret_error(b, use, SW_LINT_SECRET_GONE, "%s is no regular file", path.p);
		break;
	case SW_CONF_TOO_LARGE:
		sw_secret_error(b, use, SW_LINT_SECRET_FORM, "%s is too large to hold a %s", path.p,
				use->what);
		break;
	default:
		sw_secret_error(b, use, SW_LINT_SECRET_GONE, "%s cannot be read", path.p);
	}
	return SW_SECRET_BAD;
}

static enum sw_secret_got read_env(struct sw_build *b, const struct sw_secret_use *use,
				   struct sw_slice name, struct sw_arena *arena,
				   struct sw_slice *out)
{
	struct sw_slice z = sw_arena_copy(arena, name);
	const char *value = z.p ? b->source->env(b->source->arg, z.p) : NULL;

	if (value) {
		*out = sw_slice_of(value);
		return SW_SECRET_GOT;
	}
	sw_secret_error(b, use, SW_LINT_SECRET_GONE, "the environment has no %.*s",
			SW_DIAG_S(name));
	return SW_SECRET_BAD;
}

/* The file of a credential; no path: an error was added. */
static struct sw_slice find_cred(struct sw_build *b, const struct sw_secret_use *use,
				 struct sw_slice name, struct sw_arena *arena)
{
	const char *dir = b->source->env(b->source->arg, "CREDENTIALS_DIRECTORY");
	size_t n = dir ? sw_slice_of(dir).n + name.n + 2 : 0;
	struct sw_buf path;
	char *p;

	if (!dir) {
		sw_secret_error(b, use, SW_LINT_SECRET_GONE,
				"there are no credentials: CREDENTIALS_DIRECTORY is not set");
		sw_diag_help(b->diags, "in the unit: LoadCredential=%.*s:/etc/sipward/secret/%.*s",
			     SW_DIAG_S(name), SW_DIAG_S(name));
		return (struct sw_slice){ 0 };
	}
	p = sw_arena_alloc(arena, n, 1);
	path = sw_buf_over(p, p ? n : 0);
	sw_buf_str(&path, dir);
	sw_buf_char(&path, '/');
	sw_buf_put(&path, name);
	b->no_memory |= !p;
	return p ? (struct sw_slice){ sw_buf_text(&path), path.n } : (struct sw_slice){ 0 };
}

static struct sw_slice find_file(struct sw_build *b, const struct sw_secret_use *use,
				 struct sw_slice name, struct sw_arena *arena)
{
	struct sw_slice path = use->s ? sw_read_path(arena, use->s->file, name)
				      : sw_arena_copy(arena, name);

	b->no_memory |= !path.p;
	return path;
}

enum sw_secret_got sw_secret_read(struct sw_build *b, const struct sw_secret_use *use,
				  struct sw_arena *arena, struct sw_slice *out, const char **path)
{
	struct sw_slice name = { 0 }, file;
	enum secret_kind kind = take_reference(use->reference, &name);

	*path = NULL;
	if (kind == SECRET_ENV)
		return read_env(b, use, name, arena, out);
	file = kind == SECRET_CRED ? find_cred(b, use, name, arena)
				   : find_file(b, use, name, arena);
	*path = file.p;
	return file.p ? read_file(b, use, file, arena, out) : SW_SECRET_BAD;
}

struct sw_slice sw_secret_line(struct sw_slice s)
{
	if (s.n > 0 && s.p[s.n - 1] == '\n')
		s.n -= s.n > 1 && s.p[s.n - 2] == '\r' ? 2 : 1;
	return s;
}
