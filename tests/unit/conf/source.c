/* SPDX-License-Identifier: Apache-2.0 */
#include "source.h"

#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"

#define ROOT SIPWARD_VECTORS "/conf/"

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && strcmp(text + n - m, end) == 0;
}

static enum sw_conf_got played(const char *path)
{
	if (ends_with(path, ".gone"))
		return SW_CONF_MISSING;
	if (ends_with(path, ".denied"))
		return SW_CONF_DENIED;
	if (ends_with(path, ".failed"))
		return SW_CONF_FAILED;
	if (ends_with(path, ".pipe"))
		return SW_CONF_NO_FILE;
	return ends_with(path, ".large") ? SW_CONF_TOO_LARGE : SW_CONF_GOT;
}

static unsigned played_mode(const char *path)
{
	if (ends_with(path, ".writable"))
		return 0646;
	return ends_with(path, ".open") ? 0644 : 0640;
}

static enum sw_conf_got vectors_read(void *arg, const char *path, size_t max,
				     struct sw_arena *arena, struct sw_conf_file *out)
{
	char full[PATH_MAX];
	enum sw_conf_got got = played(path);

	(void)arg;
	if (got != SW_CONF_GOT)
		return got;
	(void)snprintf(full, sizeof(full), ROOT "%s", path);
	got = sw_conf_disk.read(NULL, full, max, arena, out);
	out->mode = played_mode(path);
	(void)snprintf(out->stranger, sizeof(out->stranger), "%s",
		       ends_with(path, ".stranger") ? "mallory" : "");
	return got;
}

static bool vectors_glob(void *arg, const char *pattern, struct sw_arena *arena,
			 const char *const **paths, size_t *n)
{
	char full[PATH_MAX];
	const char **list;

	(void)arg;
	if (strstr(pattern, "unlistable"))
		return false;
	(void)snprintf(full, sizeof(full), ROOT "%s", pattern);
	if (!sw_conf_disk.glob(NULL, full, arena, paths, n))
		return false;
	list = sw_arena_alloc(arena, *n + 1, sizeof(*list));
	for (size_t i = 0; list && i < *n; i++)
		list[i] = (*paths)[i] + strlen(ROOT);
	*paths = list;
	return list;
}

static const char *test_env(void *arg, const char *name)
{
	(void)arg;
	if (strcmp(name, "SIPWARD_TEST_PASSWORD") == 0 || strcmp(name, "BERLIN_PASSWORD") == 0)
		return "heron-violet-12";
	return strcmp(name, "CREDENTIALS_DIRECTORY") == 0 ? "secret" : NULL;
}

const struct sw_conf_source vectors_source = { .read = vectors_read,
					       .glob = vectors_glob,
					       .env = test_env };

static enum sw_conf_got memory_read(void *arg, const char *path, size_t max, struct sw_arena *arena,
				    struct sw_conf_file *out)
{
	for (const struct memory_file *f = arg; f->path; f++) {
		if (strcmp(f->path, path) != 0)
			continue;
		if (strlen(f->text) > max)
			return SW_CONF_TOO_LARGE;
		*out = (struct sw_conf_file){ .text = sw_arena_copy(arena, sw_slice_of(f->text)),
					      .mode = 0600 };
		return SW_CONF_GOT;
	}
	return SW_CONF_MISSING;
}

static bool memory_glob(void *arg, const char *pattern, struct sw_arena *arena,
			const char *const **paths, size_t *n)
{
	const struct memory_file *files = arg;
	const char **list;
	size_t all = 0;

	while (files[all].path)
		all++;
	list = sw_arena_alloc(arena, all + 1, sizeof(*list));
	*n = 0;
	for (size_t i = 0; list && i < all; i++)
		if (fnmatch(pattern, files[i].path, FNM_PATHNAME) == 0)
			list[(*n)++] = files[i].path;
	*paths = list;
	return list;
}

struct sw_conf_source memory_source(const struct memory_file *files)
{
	return (struct sw_conf_source){ .arg = (void *)(uintptr_t)files,
					.read = memory_read,
					.glob = memory_glob,
					.env = test_env };
}

struct sw_conf *load_text(const char *text, struct sw_diags *diags)
{
	static const struct memory_file files[] = { { "p", "wren-cobalt-71\n" }, { NULL, NULL } };
	struct sw_conf_source source = memory_source(files);
	struct sw_hash *hash = sw_hash_new();
	struct sw_conf *c = sw_conf_load_text(&source, "test.conf", sw_slice_of(text),
					      SW_CONF_RUNTIME, hash, TEST_NOW, diags);

	sw_hash_free(hash);
	return c;
}

bool has_rule(const struct sw_diags *d, enum sw_lint rule)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->list[i].rule == rule)
			return true;
	return false;
}
