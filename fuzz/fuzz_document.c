/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A document whose writer was taken over. The input is a configuration, which is loaded and made a
 * document; what stands behind its last record separator (0x1e) changes that document, three octets
 * a change: where (two, little-endian; behind the end: one more) and what. Input that begins with a
 * 0x1d is a document itself.
 *
 * Oracles: a snapshot or an error, never both or neither; what is taken, written again, is the same
 * octet for octet, so nothing was skipped or guessed; the document that was not changed is taken,
 * with the users that were in it; no secret is in it.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/hash.h"
#include "conf/document.h"

#define CANARY "canary-7c0b4f52e1"

static enum sw_conf_got read_secret(void *arg, const char *path, size_t max, struct sw_arena *arena,
				    struct sw_conf_file *out)
{
	struct sw_slice text = strchr(path, '*') ? SW_LIT("# nothing\n") : SW_LIT(CANARY);

	(void)arg;
	if (max < text.n)
		return SW_CONF_TOO_LARGE;
	*out = (struct sw_conf_file){ .text = sw_arena_copy(arena, text), .mode = 0600 };
	return out->text.p ? SW_CONF_GOT : SW_CONF_FAILED;
}

/* Every include matches two files, which hold no statement. */
static bool match(void *arg, const char *pattern, struct sw_arena *arena, const char *const **paths,
		  size_t *n)
{
	static const char *const names[] = { "*a", "*b" };

	(void)arg;
	(void)pattern;
	(void)arena;
	*paths = names;
	*n = 2;
	return true;
}

static const char *variable(void *arg, const char *name)
{
	(void)arg;
	(void)name;
	return CANARY;
}

static const struct sw_conf_source source = { .read = read_secret, .glob = match, .env = variable };
static const struct sw_wall now = { INT64_C(1795420800) * SW_US_PER_S };

static char *write_document(const struct sw_conf *c, const struct sw_document_head *head, size_t *n)
{
	char *p;

	*n = sw_document_size(c, head);
	p = malloc(*n + 1);
	assert(*n > 0 && p);
	assert(sw_document_write(c, head, p, *n));
	return p;
}

/* How many users, -1: it was refused. */
static long take(const char *p, size_t n)
{
	struct sw_document_head head = { 0 };
	struct sw_diags diags = { 0 };
	struct sw_conf *c = sw_document_load((struct sw_slice){ p, n }, &head, now, &diags);
	long users = c ? (long)c->policy.users : -1;

	assert((c == NULL) == (diags.errors > 0));
	sw_diags_free(&diags);
	if (c) {
		size_t again_n;
		char *again = write_document(c, &head, &again_n);

		assert(again_n == n && memcmp(again, p, n) == 0);
		free(again);
	}
	sw_conf_free(c);
	return users;
}

/* Exactly as long as it is, so that ASan sees a step too far. */
static void take_copy(const char *p, size_t n)
{
	char *copy = malloc(n + (n == 0));

	assert(copy);
	memcpy(copy, p, n);
	(void)take(copy, n);
	free(copy);
}

static void change(char **p, size_t *n, const uint8_t *how)
{
	size_t at = (size_t)how[0] | (size_t)how[1] << 8;
	char *more;

	if (at < *n) {
		(*p)[at] = (char)((*p)[at] ^ how[2]);
		return;
	}
	more = realloc(*p, *n + 1);
	assert(more);
	more[(*n)++] = (char)how[2];
	*p = more;
}

static void try_changes(struct sw_slice text, const uint8_t *how, size_t hows)
{
	static const struct sw_document_head kinds[] = { { 0 }, { .is_bare = true } };
	static struct sw_hash *hash;
	const struct sw_document_head *head = &kinds[hows & 1];
	bool may_show = memmem(text.p, text.n, "canary", 6) != NULL;
	struct sw_diags diags = { 0 };
	struct sw_conf *c;
	size_t n;
	char *p;

	if (!hash)
		hash = sw_hash_new();
	c = sw_conf_load_text(&source, "fuzz.conf", text, SW_CONF_RUNTIME, hash, now, &diags);
	sw_diags_free(&diags);
	if (!c)
		return;
	p = write_document(c, head, &n);
	assert(may_show || !memmem(p, n, CANARY, sizeof(CANARY) - 1));
	assert(take(p, n) == (long)c->policy.users);
	for (; hows > 0; hows--, how += 3)
		change(&p, &n, how);
	take_copy(p, n);
	free(p);
	sw_conf_free(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const uint8_t *mark = n > 0 ? memrchr(data, 0x1e, n) : NULL;
	struct sw_slice text = { (const char *)data, mark ? (size_t)(mark - data) : n };
	size_t hows = mark ? (n - text.n - 1) / 3 : 0;

	if (n > 0 && data[0] == 0x1d)
		take_copy((const char *)data + 1, n - 1);
	else
		try_changes(text, mark ? mark + 1 : NULL, hows);
	return 0;
}
