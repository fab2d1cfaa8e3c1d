/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <glob.h>

#include "base/hash.h"
#include "conf/document.h"
#include "conf/print.h"
#include "source.h"

#define ROOT     SIPWARD_VECTORS "/conf/"
#define PASSWORD "wren-cobalt-71"

static const struct sw_document_head whole = { 0 }, bare = { .is_bare = true };

/* The caller frees it. */
static struct sw_slice document_of(const struct sw_conf *c, const struct sw_document_head *head)
{
	size_t n = sw_document_size(c, head);
	char *p = malloc(n);

	assert_non_null(p);
	assert_true(sw_document_write(c, head, p, n));
	return (struct sw_slice){ p, n };
}

static struct sw_conf *from(struct sw_slice document, struct sw_diags *d)
{
	return sw_document_load(document, NULL, TEST_NOW, d);
}

static char *printed(const struct sw_diags *d)
{
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	assert_non_null(out);
	sw_diags_print(out, d, SIZE_MAX);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void assert_same_slice(struct sw_slice a, struct sw_slice b)
{
	assert_true(sw_slice_eq(a, b));
}

static void assert_same_trunks(const struct sw_policy *a, const struct sw_policy *b)
{
	assert_int_equal(a->trunks, b->trunks);
	for (size_t i = 0; i < a->trunks; i++) {
		const struct sw_trunk *t = &a->trunk[i], *u = &b->trunk[i];

		assert_same_slice(t->name, u->name);
		assert_same_slice(t->file, u->file);
		assert_int_equal(t->line, u->line);
		assert_int_equal(t->md5_until_s, u->md5_until_s);
		assert_int_equal(t->qops, u->qops);
		assert_int_equal(t->reg, u->reg);
		assert_int_equal(t->enabled, u->enabled);
		assert_int_equal(t->contacts, u->contacts);
		assert_int_equal(t->expires_max_s, u->expires_max_s);
		assert_int_equal(t->ways, u->ways);
		for (size_t k = 0; k < t->ways; k++) {
			assert_int_equal(t->way[k].algs, u->way[k].algs);
			assert_int_equal(t->way[k].line, u->way[k].line);
			assert_same_slice(t->way[k].text, u->way[k].text);
		}
		assert_int_equal(a->trunk_order[i], b->trunk_order[i]);
	}
}

static void assert_same_policy(const struct sw_policy *a, const struct sw_policy *b)
{
	assert_same_slice(a->realm, b->realm);
	assert_int_equal(a->domains, b->domains);
	assert_int_equal(a->listeners, b->listeners);
	for (size_t i = 0; i < a->listeners; i++) {
		assert_true(sw_addr_eq(&a->listener[i].addr, &b->listener[i].addr));
		assert_int_equal(a->listener[i].transport, b->listener[i].transport);
		assert_int_equal(a->listener[i].line, b->listener[i].line);
		assert_same_slice(a->listener[i].file, b->listener[i].file);
	}
	assert_same_trunks(a, b);
	assert_int_equal(a->users, b->users);
	for (size_t i = 0; i < a->users; i++) {
		assert_memory_equal(&a->user[i], &b->user[i], sizeof(a->user[i]));
		assert_int_equal(a->origin[i].line, b->origin[i].line);
		assert_same_slice(a->origin[i].file, b->origin[i].file);
		assert_same_slice(a->origin[i].secret, b->origin[i].secret);
	}
	assert_int_equal(a->nonce_life_s, b->nonce_life_s);
	assert_int_equal(a->message_max, b->message_max);
	assert_int_equal(a->client.rules, b->client.rules);
}

static void assert_same(const struct sw_conf *a, const struct sw_conf *b)
{
	json_t *left = sw_print_json(a), *right = sw_print_json(b);

	assert_true(json_equal(left, right));
	json_decref(left);
	json_decref(right);
	assert_same_policy(&a->policy, &b->policy);
	assert_same_slice(a->path, b->path);
	assert_same_slice(a->run, b->run);
	assert_same_slice(a->control, b->control);
	assert_same_slice(a->log.path, b->log.path);
	assert_int_equal(a->log.form, b->log.form);
	assert_int_equal(a->log.level, b->log.level);
	assert_int_equal(a->connections_max, b->connections_max);
	assert_memory_equal(&a->capacity, &b->capacity, sizeof(a->capacity));
	assert_int_equal(a->store.is_sqlite, b->store.is_sqlite);
	assert_same_slice(a->store.path, b->store.path);
	assert_int_equal(a->store.line, b->store.line);
	assert_same_slice(a->seal.path, b->seal.path);
	assert_same_slice(a->seal.reference, b->seal.reference);
	assert_int_equal(a->seal.has_key, b->seal.is_withheld);
	assert_int_equal(a->risks, b->risks);
	for (size_t i = 0; i < a->risks; i++) {
		assert_same_slice(a->risk[i].rule, b->risk[i].rule);
		assert_int_equal(a->risk[i].line, b->risk[i].line);
	}
}

static bool has(struct sw_slice octets, struct sw_slice what)
{
	return what.n > 0 && memmem(octets.p, octets.n, what.p, what.n) != NULL;
}

static void assert_keeps_secrets(struct sw_slice document, const struct sw_conf *c)
{
	static const char *const passwords[] = { "wren-cobalt-71", "heron-violet-12" };
	struct sw_slice key = { (const char *)c->seal.key, sizeof(c->seal.key) };

	for (size_t i = 0; i < SW_ARRAY_LEN(passwords); i++)
		assert_false(has(document, sw_slice_of(passwords[i])));
	if (c->seal.has_key)
		assert_false(has(document, key));
}

/* Also what only warns. */
static void try_sample(const char *path)
{
	struct sw_hash *hash = sw_hash_new();
	struct sw_diags before = { 0 }, after = { 0 };
	struct sw_conf *c = sw_conf_load(&vectors_source, path + strlen(ROOT), SW_CONF_RUNTIME,
					 hash, TEST_NOW, &before);
	struct sw_slice document;
	struct sw_conf *again;
	char *said, *said_again;

	sw_hash_free(hash);
	if (c) {
		print_message("%s\n", path + strlen(ROOT));
		document = document_of(c, &whole);
		again = from(document, &after);
		said = printed(&before);
		said_again = printed(&after);
		assert_string_equal(said, said_again);
		assert_non_null(again);
		assert_same(c, again);
		assert_keeps_secrets(document, c);
		sw_conf_free(again);
		free(said);
		free(said_again);
		free((void *)(uintptr_t)document.p);
	}
	sw_conf_free(c);
	sw_diags_free(&before);
	sw_diags_free(&after);
}

static void each_sample_is_the_same_from_its_document(void **state)
{
	glob_t g = { 0 };

	(void)state;
	assert_int_equal(glob(ROOT "good/*.conf", 0, NULL, &g), 0);
	assert_int_equal(glob(ROOT "bad/*.conf", GLOB_APPEND, NULL, &g), 0);
	for (size_t i = 0; i < g.gl_pathc; i++)
		try_sample(g.gl_pathv[i]);
	globfree(&g);
}

#define TOP  "realm example.com\nlisten udp 127.0.0.1\nstore memory\nseal-key file:k\n"
#define TEXT TOP "include d/*\nphones p {\naccept digest\nuser alice file:p\nuser bob file:b\n}\n"

static const struct memory_file files[] = {
	{ "t", TEXT },
	{ "p", PASSWORD "\n" },
	{ "b", "short" },
	{ "k", "thirty-two octets that are a key" },
	{ "d/1", "# nothing\n" },
	{ "d/2", "phones q {\naccept digest md5\nuser carl file:../p\n}\n" },
	{ "d/../p", PASSWORD },
	{ NULL, NULL },
};

static struct sw_conf *load_files(void)
{
	struct sw_conf_source source = memory_source(files);
	struct sw_hash *hash = sw_hash_new();
	struct sw_diags d = { 0 };
	struct sw_conf *c = sw_conf_load(&source, "t", SW_CONF_RUNTIME, hash, TEST_NOW, &d);

	assert_non_null(c);
	assert_int_equal(d.warnings, 2); /* bob's password is short, and MD5 has no end */
	sw_diags_free(&d);
	sw_hash_free(hash);
	return c;
}

static void a_seal_key_is_known_of_but_not_there(void **state)
{
	struct sw_conf *c = load_files(), *again;
	struct sw_slice document = document_of(c, &whole);
	static const uint8_t none[SW_SEAL_KEY];
	struct sw_diags d = { 0 };

	(void)state;
	again = from(document, &d);
	assert_non_null(again);
	assert_int_equal(d.warnings, 2);
	assert_true(again->seal.is_withheld);
	assert_false(again->seal.has_key);
	assert_memory_equal(again->seal.key, none, sizeof(none));
	assert_false(has(document, SW_LIT("thirty-two")));
	assert_false(has(document, SW_LIT(PASSWORD)));
	free((void *)(uintptr_t)document.p);
	sw_conf_free(again);
	sw_conf_free(c);
	sw_diags_free(&d);
}

/* Of the first user who has one. */
static const struct sw_ha1 *some_hash(const struct sw_conf *c)
{
	size_t n = 0;

	while (!(c->policy.user[n].algs[SW_FORM_NAME] & SW_ALG_BIT(SW_ALG_SHA256)))
		n++;
	return &c->policy.user[n].ha1[SW_FORM_NAME][SW_ALG_SHA256];
}

static void a_bare_document_has_no_hashes(void **state)
{
	struct sw_conf *c = load_files(), *again;
	struct sw_slice document = document_of(c, &bare), whole_one = document_of(c, &whole);
	const struct sw_ha1 *ha1 = some_hash(c);
	struct sw_document_head head = { 0 };
	struct sw_diags d = { 0 };

	(void)state;
	assert_true(has(whole_one, (struct sw_slice){ (const char *)ha1, sizeof(*ha1) }));
	assert_false(has(document, (struct sw_slice){ (const char *)ha1, sizeof(*ha1) }));
	again = sw_document_load(document, &head, TEST_NOW, &d);
	assert_non_null(again);
	assert_true(head.is_bare);
	assert_int_equal(again->policy.users, c->policy.users);
	for (size_t i = 0; i < again->policy.users; i++) {
		static const struct sw_ha1 none[SW_FORM_COUNT][SW_ALG_COUNT];
		const struct sw_user *u = &again->policy.user[i];

		assert_memory_equal(u->algs, c->policy.user[i].algs, sizeof(u->algs));
		assert_int_equal(sizeof(u->ha1), sizeof(none));
		assert_memory_equal(u->ha1, none, sizeof(none));
	}
	free((void *)(uintptr_t)document.p);
	free((void *)(uintptr_t)whole_one.p);
	sw_conf_free(again);
	sw_conf_free(c);
	sw_diags_free(&d);
}

static void what_goes_before_the_text_is_handed_on(void **state)
{
	static const struct sw_document_head given = { .log_form = SW_LOG_JSON, .is_demo = true };
	struct sw_conf *c = load_files(), *again;
	struct sw_slice document = document_of(c, &given);
	struct sw_document_head head = { 0 };
	struct sw_diags d = { 0 };

	(void)state;
	again = sw_document_load(document, &head, TEST_NOW, &d);
	assert_non_null(again);
	assert_int_equal(again->log.form, SW_LOG_JSON);
	assert_int_equal(head.log_form, SW_LOG_JSON);
	assert_true(head.is_demo);
	assert_false(head.is_bare);
	free((void *)(uintptr_t)document.p);
	sw_conf_free(again);
	sw_conf_free(c);
	sw_diags_free(&d);
}

static void assert_refused(struct sw_slice document)
{
	struct sw_diags d = { 0 };

	assert_null(from(document, &d));
	assert_true(d.errors > 0);
	sw_diags_free(&d);
}

static void a_document_cut_short_anywhere_is_refused(void **state)
{
	struct sw_conf *c = load_files();
	struct sw_slice document = document_of(c, &whole);

	(void)state;
	for (size_t n = 0; n < document.n; n++) {
		char *part = malloc(n + 1); /* of its own, so that ASan sees a step too far */

		assert_non_null(part);
		memcpy(part, document.p, n);
		assert_refused((struct sw_slice){ part, n });
		free(part);
	}
	free((void *)(uintptr_t)document.p);
	sw_conf_free(c);
}

static void a_document_with_something_behind_it_is_refused(void **state)
{
	struct sw_conf *c = load_files();
	struct sw_slice document = document_of(c, &whole);
	char *more = calloc(1, document.n + 4);
	struct sw_diags d = { 0 };

	(void)state;
	assert_non_null(more);
	memcpy(more, document.p, document.n);
	for (size_t n = 1; n <= 4; n++)
		assert_refused((struct sw_slice){ more, document.n + n });
	assert_null(from((struct sw_slice){ more, document.n + 1 }, &d));
	assert_true(has_rule(&d, SW_LINT_DOCUMENT));
	sw_diags_free(&d);
	free(more);
	free((void *)(uintptr_t)document.p);
	sw_conf_free(c);
}

/* A snapshot or an error, whatever stands there; all ones is the length of lengths. */
static void a_document_with_a_changed_octet_is_read_within_its_bounds(void **state)
{
	static const unsigned char changes[] = { 0x01, 0x80, 0xff };
	struct sw_conf *c = load_files();
	struct sw_slice document = document_of(c, &whole);
	char *p = (char *)(uintptr_t)document.p;

	(void)state;
	for (size_t i = 0; i < document.n; i++) {
		char was = p[i];

		for (size_t k = 0; k < sizeof(changes); k++) {
			struct sw_diags d = { 0 };
			struct sw_conf *again;

			p[i] = (char)(was ^ changes[k]);
			again = from(document, &d);
			assert_int_equal(again == NULL, d.errors > 0);
			sw_conf_free(again);
			sw_diags_free(&d);
		}
		p[i] = was;
	}
	free(p);
	sw_conf_free(c);
}

static void replace(struct sw_slice document, const char *old, const char *new, size_t n)
{
	char *at = memmem(document.p, document.n, old, n);

	assert_non_null(at);
	memcpy(at, new, n);
}

static const struct {
	const char *name, *old, *new;
	size_t n;
} lies[] = {
	{ "another magic", "sipwdoc1", "sipwdoc2", 8 },
	{ "a file that was not asked for", "d/1\0\x0a", "d/3\0\x0a", 5 },
	{ "another pattern", "d/*\0\x02", "d/?\0\x02", 5 },
	{ "a path with a NUL", "d/1\0\x0a",
	  "d\0"
	  "1\0\x0a",
	  5 },
	{ "a user that was not asked for", "alice\0\0", "alicf\0\0", 7 },
	{ "no NUL behind a text", "alice\0\0", "alice!\0", 7 },
	{ "more hashes than there are", "\x0c\x0c", "\xff\x0c", 2 },
	{ "a weakness that is none", "bob\0\x01", "bob\0\x03", 5 },
};

static void a_document_that_lies_about_what_was_read_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(lies); i++) {
		struct sw_conf *c = load_files();
		struct sw_slice document = document_of(c, &whole);

		print_message("%s\n", lies[i].name);
		replace(document, lies[i].old, lies[i].new, lies[i].n);
		assert_refused(document);
		free((void *)(uintptr_t)document.p);
		sw_conf_free(c);
	}
}

static void a_document_is_written_whole_or_not(void **state)
{
	struct sw_conf *c = load_files();
	size_t n = sw_document_size(c, &whole);
	char *p = malloc(n + 1);

	(void)state;
	assert_non_null(p);
	assert_false(sw_document_write(c, &whole, p, n - 1));
	assert_false(sw_document_write(c, &whole, p, 3));
	assert_false(sw_document_write(c, &whole, p, n + 1));
	assert_true(sw_document_write(c, &whole, p, n));
	free(p);
	sw_conf_free(c);
}

/* What was sent on arrives as it was. */
static void a_document_of_a_document_is_the_same(void **state)
{
	struct sw_conf *c = load_files(), *again;
	struct sw_slice first = document_of(c, &whole), second;
	struct sw_diags d = { 0 };

	(void)state;
	again = from(first, &d);
	assert_non_null(again);
	second = document_of(again, &whole);
	assert_true(sw_slice_eq(first, second));
	free((void *)(uintptr_t)first.p);
	free((void *)(uintptr_t)second.p);
	sw_conf_free(again);
	sw_conf_free(c);
	sw_diags_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_sample_is_the_same_from_its_document),
		cmocka_unit_test(a_seal_key_is_known_of_but_not_there),
		cmocka_unit_test(a_bare_document_has_no_hashes),
		cmocka_unit_test(what_goes_before_the_text_is_handed_on),
		cmocka_unit_test(a_document_cut_short_anywhere_is_refused),
		cmocka_unit_test(a_document_with_something_behind_it_is_refused),
		cmocka_unit_test(a_document_with_a_changed_octet_is_read_within_its_bounds),
		cmocka_unit_test(a_document_that_lies_about_what_was_read_is_refused),
		cmocka_unit_test(a_document_is_written_whole_or_not),
		cmocka_unit_test(a_document_of_a_document_is_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
