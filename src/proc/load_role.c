/* SPDX-License-Identifier: Apache-2.0 */
/* The conf role: a source of files that asks the parent, and what is handed over in the end. */
#include "proc/load.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/secret.h"
#include "conf/disk.h"
#include "conf/read.h"
#include "share/area.h"
#include "share/ipc.h"

struct conf_role {
	const struct sw_load_setting *setting;
	struct sw_hash *hash;
	int pair;
	struct sw_diags diags;
	struct sw_load_report report;
	struct sw_ipc m;
};

/* false: the parent is gone. */
static bool wait_for(const struct conf_role *r, short what)
{
	struct pollfd p = { .fd = r->pair, .events = what };
	int n;

	do
		n = poll(&p, 1, -1);
	while (n < 0 && errno == EINTR);
	return n == 1 && (p.revents & what);
}

static bool send_fd(struct conf_role *r, enum sw_ipc_type type, uint32_t code, struct sw_slice text,
		    int fd)
{
	while (!sw_ipc_send_fd(r->pair, type, code, text, fd))
		if ((errno != EAGAIN && errno != EWOULDBLOCK) || !wait_for(r, POLLOUT))
			return false;
	return true;
}

/* Ask, and wait for the answer, which is in r->m then; *fd is ours or -1. */
static bool ask(struct conf_role *r, enum sw_ipc_type type, const char *text,
		enum sw_ipc_type answer, int *fd)
{
	struct sw_slice words = sw_slice_of(text);
	enum sw_ipc_got got = SW_IPC_NOTHING;

	*fd = -1;
	if (words.n > SW_IPC_TEXT || !send_fd(r, type, 0, words, -1))
		return false;
	while (got == SW_IPC_NOTHING && wait_for(r, POLLIN))
		got = sw_ipc_receive_fd(r->pair, &r->m, fd);
	return got == SW_IPC_GOT && r->m.type == (uint32_t)answer;
}

static void close_any(int fd)
{
	if (fd >= 0)
		(void)close(fd);
}

static enum sw_conf_got ask_file(void *arg, const char *path, size_t max, struct sw_arena *arena,
				 struct sw_conf_file *out)
{
	struct conf_role *r = arg;
	enum sw_conf_got got = SW_CONF_FAILED;
	int fd;

	if (ask(r, SW_IPC_LOAD_OPEN, path, SW_IPC_LOAD_FILE, &fd))
		got = fd >= 0 ? sw_disk_take(fd, max, arena, out) : sw_disk_why((int)r->m.code);
	close_any(fd);
	if (got == SW_CONF_GOT && r->m.n < sizeof(out->stranger))
		memcpy(out->stranger, r->m.text, r->m.n);
	return got;
}

/* NUL-ended paths one behind the other to a list in the arena. */
static bool split(struct sw_slice all, struct sw_arena *arena, const char *const **paths, size_t *n)
{
	struct sw_slice own = sw_arena_copy(arena, all);
	const char **list;
	size_t count = 0;

	for (size_t i = 0; i < all.n; i++)
		count += all.p[i] == '\0';
	list = sw_arena_alloc(arena, count + 1, sizeof(*list));
	if (!own.p || !list)
		return false;
	for (size_t i = 0, at = 0; i < count; i++, at += strlen(own.p + at) + 1)
		list[i] = own.p + at;
	*paths = list;
	*n = count;
	return true;
}

static bool ask_glob(void *arg, const char *pattern, struct sw_arena *arena,
		     const char *const **paths, size_t *n)
{
	struct conf_role *r = arg;
	struct sw_area area = { 0 };
	bool ok;
	int fd;

	ok = ask(r, SW_IPC_LOAD_GLOB, pattern, SW_IPC_LOAD_PATHS, &fd) && r->m.code == 0 &&
	     sw_area_read(&area, fd, SW_LOAD_DOCUMENT_MOST) &&
	     split((struct sw_slice){ area.p, area.n }, arena, paths, n);
	sw_area_close(&area);
	close_any(fd);
	return ok;
}

static const char *ask_environment(void *arg, const char *name)
{
	const struct sw_load_setting *s = ((struct conf_role *)arg)->setting;

	return s->env ? s->env(s->env_arg, name) : getenv(name);
}

static struct sw_conf *load(struct conf_role *r)
{
	const struct sw_conf_source source = {
		.arg = r, .read = ask_file, .glob = ask_glob, .env = ask_environment
	};
	const struct sw_load_setting *s = r->setting;
	struct sw_wall now = sw_clock_wall();

	if (s->text.p)
		return sw_conf_load_text(&source, s->path, s->text, SW_CONF_RUNTIME, r->hash, now,
					 &r->diags);
	return sw_conf_load(&source, s->path, SW_CONF_RUNTIME, r->hash, now, &r->diags);
}

/* A stream into one of the report's texts; what does not fit is cut. */
static FILE *write_to(char text[SW_LOAD_SHOWN])
{
	return fmemopen(text, SW_LOAD_SHOWN, "w");
}

static void end_text(FILE *out, char text[SW_LOAD_SHOWN])
{
	if (out)
		(void)fclose(out);
	text[SW_LOAD_SHOWN - 1] = '\0';
}

/* The three lines that stand before the whole text of a refusal (share/ipc.def). */
static void print_head(FILE *out, const struct sw_diag *d)
{
	(void)fprintf(out, "SW%03d\n%.*s\n", (int)d->rule, SW_DIAG_S(d->message));
	if (d->line > 0)
		(void)fprintf(out, "%.*s:%" PRIu32 ":%" PRIu32 "\n", SW_DIAG_S(d->file), d->line,
			      d->col);
	else
		(void)fprintf(out, "%.*s\n", SW_DIAG_S(d->file));
}

static const struct sw_diag *first_error(const struct sw_diags *diags)
{
	for (size_t i = 0; i < diags->n; i++)
		if (diags->list[i].is_error)
			return &diags->list[i];
	return NULL;
}

static void tell_shown(struct sw_load_report *report, const struct sw_diags *diags)
{
	FILE *out = write_to(report->shown);

	if (out)
		sw_diags_print(out, diags, SW_DIAGS_SHOWN);
	end_text(out, report->shown);
}

static void tell_answer(struct sw_load_report *report, const struct sw_diags *diags)
{
	const struct sw_diag *error = first_error(diags);
	FILE *out = write_to(report->answer);

	if (out) {
		if (error)
			print_head(out, error);
		sw_diags_print(out, diags, SW_DIAGS_SHOWN);
	}
	end_text(out, report->answer);
}

/* Its first line says where and what; the others show the source. */
static void print_line(FILE *out, const struct sw_diag *d)
{
	char *text = NULL;
	size_t n = 0;
	FILE *whole = open_memstream(&text, &n);
	const char *end;

	if (!whole)
		return;
	sw_diag_print(whole, d);
	(void)fclose(whole);
	end = text ? memchr(text, '\n', n) : NULL;
	if (end)
		(void)fprintf(out, "%c %.*s\n", d->is_error ? 'E' : 'W', (int)(end - text), text);
	free(text);
}

static void tell_lines(struct sw_load_report *report, const struct sw_diags *diags)
{
	FILE *out = write_to(report->lines);
	size_t told[2] = { 0 };

	for (size_t i = 0; out && i < diags->n; i++)
		if (told[diags->list[i].is_error]++ < SW_DIAGS_SHOWN)
			print_line(out, &diags->list[i]);
	end_text(out, report->lines);
}

/*
 * The seed of all keys: from the seal key, so that nonces of an earlier start are known as ours
 * and old, and hashes in the store stay what they are; else a new one.
 */
static bool make_secrets(const struct sw_conf *c, struct sw_load_secrets *out, struct sw_why *why)
{
	bool ok;

	out->has_seal = c->seal.has_key;
	memcpy(out->seal, c->seal.key, sizeof(out->seal));
	ok = c->seal.has_key ? sw_seal_seed(c->seal.key, SW_LIT("sipward engine 1"), out->seed)
			     : getrandom(out->seed, sizeof(out->seed), 0) == sizeof(out->seed);
	return ok || sw_why_say(why, "neither the kernel nor OpenSSL gives octets for keys");
}

/* Sealed, and handed over. */
static bool pass(struct conf_role *r, enum sw_load_part part, struct sw_slice octets)
{
	int fd = sw_area_seal("sipward conf", octets);
	bool ok = fd >= 0 && send_fd(r, SW_IPC_LOAD_DONE, (uint32_t)part, SW_LIT(""), fd);

	close_any(fd);
	return ok;
}

static bool pass_document(struct conf_role *r, const struct sw_conf *c, bool is_bare)
{
	const struct sw_document_head head = { .log_form = r->setting->log_form,
					       .is_demo = r->setting->is_demo,
					       .is_bare = is_bare };
	size_t n = sw_document_size(c, &head);
	char *p = n > 0 ? malloc(n) : NULL;
	bool ok = p && sw_document_write(c, &head, p, n) &&
		  pass(r, is_bare ? SW_LOAD_BARE : SW_LOAD_DOCUMENT, (struct sw_slice){ p, n });

	if (p)
		sw_secret_wipe(p, n);
	free(p);
	return ok;
}

static bool pass_all(struct conf_role *r, const struct sw_conf *c)
{
	struct sw_load_report *report = &r->report;

	if (!sw_facts_make(c, r->setting->is_demo, &report->facts, &report->why) ||
	    (r->setting->is_first && !make_secrets(c, &report->secrets, &report->why)))
		return false;
	if (pass_document(r, c, false) && pass_document(r, c, true))
		return true;
	return sw_why_say(&report->why,
			  "there is no memory to hand the configuration to the roles");
}

static void tell(struct conf_role *r, struct sw_conf *c)
{
	struct sw_load_report *report = &r->report;

	if (c && r->setting->log_form != SW_LOG_AUTO)
		c->log.form = r->setting->log_form;
	report->errors = (uint32_t)r->diags.errors;
	report->warnings = (uint32_t)r->diags.warnings;
	tell_shown(report, &r->diags);
	tell_answer(report, &r->diags);
	tell_lines(report, &r->diags);
	if (!c)
		report->end = SW_LOAD_REFUSED;
	else if (pass_all(r, c))
		report->end = SW_LOAD_LOADED;
}

void sw_load_main(const struct sw_load_setting *setting, struct sw_hash *hash, int pair)
{
	struct conf_role *r = calloc(1, sizeof(*r));

	if (!r)
		return; /* the parent says that nothing came */
	*r = (struct conf_role){ .setting = setting, .hash = hash, .pair = pair };
	r->report.version = SW_LOAD_VERSION;
	if (hash) {
		struct sw_conf *c = load(r);

		tell(r, c);
		sw_conf_free(c);
	} else {
		(void)sw_why_say(&r->report.why,
				 "OpenSSL gives no MD5 or SHA-2 here (is it in FIPS mode?): users "
				 "cannot be loaded without");
	}
	(void)pass(r, SW_LOAD_REPORT,
		   (struct sw_slice){ (const char *)&r->report, sizeof(r->report) });
	sw_diags_free(&r->diags);
	sw_secret_wipe(r, sizeof(*r));
	free(r);
}
