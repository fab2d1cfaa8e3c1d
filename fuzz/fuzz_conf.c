/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any text as a configuration, whose files are one secret each. Oracles: a snapshot or an error,
 * never both or neither; a diagnostic is clean text with its caret on the line that it shows;
 * the secret is in none of them; the canonical document can be printed; the same text gives the
 * same diagnostics.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/hash.h"
#include "conf/conf.h"
#include "conf/print.h"

#define CANARY   "canary-7c0b4f52e1"
#define INCLUDED "included.conf"

static enum sw_conf_got read_secret(void *arg, const char *path, size_t max, struct sw_arena *arena,
				    struct sw_conf_file *out)
{
	bool is_include = strcmp(path, INCLUDED) == 0;
	struct sw_slice text = is_include ? SW_LIT("# nothing\n") : SW_LIT(CANARY);

	(void)arg;
	if (max < text.n || path[0] == '\0')
		return SW_CONF_TOO_LARGE;
	*out = (struct sw_conf_file){ .text = sw_arena_copy(arena, text), .mode = 0600 };
	return out->text.p ? SW_CONF_GOT : SW_CONF_FAILED;
}

/* Every include matches one file, which holds no statement. */
static bool match(void *arg, const char *pattern, struct sw_arena *arena, const char *const **paths,
		  size_t *n)
{
	const char **list = sw_arena_alloc(arena, 1, sizeof(*list));

	(void)arg;
	(void)pattern;
	if (!list)
		return false;
	list[0] = INCLUDED;
	*paths = list;
	*n = 1;
	return true;
}

static const char *variable(void *arg, const char *name)
{
	(void)arg;
	if (strcmp(name, "CREDENTIALS_DIRECTORY") == 0) /* no secret: messages name paths in it */
		return "/run/credentials";
	return name[0] == 'X' ? NULL : CANARY;
}

static const struct sw_conf_source source = { .read = read_secret, .glob = match, .env = variable };

static void check_text(struct sw_slice text, bool may_show)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		assert((c >= 0x20 && c != 0x7f) || c == '\t');
	}
	if (may_show || text.n < sizeof(CANARY) - 1)
		return;
	assert(!memmem(text.p, text.n, CANARY, sizeof(CANARY) - 1));
}

static void check_diags(const struct sw_diags *d, bool may_show)
{
	assert(d->n <= 2 * SW_DIAGS_MAX);
	for (size_t i = 0; i < d->n; i++) {
		const struct sw_diag *one = &d->list[i];

		assert(sw_lint_row(one->rule) && one->message.n > 0);
		assert(one->caret <= one->source.n + 1);
		check_text(one->message, may_show);
		check_text(one->source, may_show);
		for (size_t k = 0; k < one->helps; k++)
			check_text(one->help[k], may_show);
	}
}

static void check_snapshot(const struct sw_conf *c)
{
	json_t *document = sw_print_json(c);

	assert(c->policy.realm.n > 0 && c->policy.listeners > 0);
	for (size_t i = 0; i < c->policy.trunks; i++)
		for (size_t k = 0; k < c->policy.trunk[i].ways; k++)
			assert(c->policy.trunk[i].way[k].factors != 0);
	assert(json_is_object(document));
	json_decref(document);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct sw_hash *hash;
	struct sw_slice text = { (const char *)data, n };
	bool may_show = memmem(data, n, "canary", 6) != NULL; /* the text itself says it */
	struct sw_wall now = { INT64_C(1795420800) * SW_US_PER_S };
	struct sw_diags first = { 0 }, again = { 0 };
	struct sw_conf *c;

	if (!hash)
		hash = sw_hash_new();
	c = sw_conf_load_text(&source, "fuzz.conf", text, SW_CONF_RUNTIME, hash, now, &first);
	assert((c == NULL) == (first.errors > 0));
	check_diags(&first, may_show);
	if (c)
		check_snapshot(c);
	sw_conf_free(c);
	c = sw_conf_load_text(&source, "fuzz.conf", text, SW_CONF_RUNTIME, hash, now, &again);
	assert(first.errors == again.errors && first.warnings == again.warnings);
	sw_conf_free(c);
	sw_diags_free(&first);
	sw_diags_free(&again);
	return 0;
}
