/* SPDX-License-Identifier: Apache-2.0 */
/* seal-key SECRET, read once all is known: a store in memory makes its own key. */
#include "conf/secret.h"

#include "base/hex.h"
#include "base/secret.h"

#define DEFAULT "file:" SW_CONF_SEAL

static struct sw_secret_use use_of(const struct sw_build *b)
{
	return (struct sw_secret_use){
		.s = b->seen[SW_KEY_seal_key],
		.word = 1,
		.reference = b->conf->seal.reference,
		.what = "seal key",
		.example = "seal-key " DEFAULT,
		.make = "openssl rand -hex 32",
	};
}

void sw_set_seal_key(struct sw_build *b, struct sw_stmt *s)
{
	struct sw_secret_use use;

	b->conf->seal.reference = s->word[1].text;
	use = use_of(b);
	use.s = s;
	if (!sw_secret_check(b, &use))
		b->conf->seal.reference = (struct sw_slice){ 0 };
}

/* 64 digits, or 32 octets; a newline behind either is dropped. */
static bool take_key(struct sw_slice text, uint8_t key[SW_SEAL_KEY])
{
	struct sw_slice line = sw_secret_line(text);

	if (sw_hex_parse(line, key, SW_SEAL_KEY))
		return true;
	if (text.n != SW_SEAL_KEY && line.n != SW_SEAL_KEY)
		return false;
	memcpy(key, text.p, SW_SEAL_KEY);
	return true;
}

static void read_key(struct sw_build *b, const struct sw_secret_use *use)
{
	struct sw_seal_setting *seal = &b->conf->seal;
	struct sw_arena arena = { 0 };
	struct sw_slice text = { 0 };
	const char *path;
	enum sw_secret_got got = sw_secret_read(b, use, &arena, &text, &path);

	if (path)
		seal->path = sw_arena_copy(&b->conf->arena, sw_slice_of(path));
	if (got == SW_SECRET_GOT)
		seal->has_key = take_key(text, seal->key);
	if (got == SW_SECRET_GOT && !seal->has_key) {
		sw_secret_error(b, use, SW_LINT_SEAL_FORM,
				"%.*s holds no seal key: 64 hexadecimal digits, or 32 octets",
				SW_DIAG_S(seal->path.p ? seal->path : seal->reference));
		sw_diag_help(b->diags, "make one: %s", use->make);
	}
	sw_arena_free(&arena); /* wipes */
}

/* From a source that says where it is, and keeps it. */
static void take_withheld(struct sw_build *b, const struct sw_secret_use *use)
{
	struct sw_seal_setting *seal = &b->conf->seal;
	struct sw_slice path = { 0 };

	if (!b->source->seal(b->source->arg, &path, &seal->is_withheld)) {
		sw_secret_error(b, use, SW_LINT_DOCUMENT, "nothing is said of the seal key here");
		return;
	}
	if (path.n == 0)
		return;
	seal->path = sw_arena_copy(&b->conf->arena, path);
	b->no_memory |= !seal->path.p;
}

void sw_seal_keys(struct sw_build *b)
{
	struct sw_stmt *s = b->seen[SW_KEY_seal_key];
	struct sw_secret_use use;

	if (b->depth == SW_CONF_PLAIN || (s && s->is_broken) || (!s && !b->conf->store.is_sqlite))
		return;
	if (!s)
		b->conf->seal.reference = SW_LIT(DEFAULT);
	use = use_of(b);
	(b->source->seal ? take_withheld : read_key)(b, &use);
}
