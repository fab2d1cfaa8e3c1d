/* SPDX-License-Identifier: Apache-2.0 */
#include "import/row.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/hex.h"
#include "base/utf8.h"
#include "conf/value.h"
#include "core/name.h"

#define FAULT_MAX   400
#define WEAK_CHARS  8
#define WEAK_DIGITS 12 /* so many digits alone are few choices */
#define NAME_IN_IT  3  /* a shorter name is in anything */
#define ENTRY_HEAD  2  /* octets that each AoR and number takes beside its text */
#define HA1_OCTETS  32

static const char *const own_words[SW_ROW_PARTS] = {
	[SW_ROW_NAME] = "username",
	[SW_ROW_PASSWORD] = "password",
	[SW_ROW_TRUNK] = "trunk",
	[SW_ROW_AOR] = "aor",
	[SW_ROW_NUMBER] = "number",
	[SW_ROW_HA1 + SW_ALG_MD5] = "ha1_md5",
	[SW_ROW_HA1 + SW_ALG_SHA256] = "ha1_sha256",
	[SW_ROW_HA1 + SW_ALG_SHA512_256] = "ha1_sha512_256",
	[SW_ROW_HA1B + SW_ALG_MD5] = "ha1b_md5",
	[SW_ROW_HA1B + SW_ALG_SHA256] = "ha1b_sha256",
	[SW_ROW_HA1B + SW_ALG_SHA512_256] = "ha1b_sha512_256",
	[SW_ROW_DOMAIN] = "domain",
	[SW_ROW_ENABLED] = "enabled",
};

/* What guessers try first; the rest of such lists is caught by its form. */
static const char *const common[] = {
	"password",  "password1",  "passw0rd",  "p@ssw0rd",   "p@ssword", "passwort",
	"qwertyui",  "qwertyuiop", "qwerty123", "qwertz123",  "1q2w3e4r", "1qaz2wsx",
	"abcd1234",  "abc12345",   "iloveyou",  "welcome1",   "letmein1", "sunshine",
	"princess",  "football",   "baseball",  "superman",   "trustno1", "changeme",
	"changeit",  "default1",   "asterisk",  "freeswitch", "kamailio", "opensips",
	"telephone", "voip1234",   "sip12345",  "test1234",   "admin123", "administrator",
	"secret123", "secret12",   "mysecret",  "asdfghjk",   "zxcvbnm1", "internet",
	"computer",  "1234qwer",   "123456ab",  "geheim123",  "hallo123", "schatz123",
};

const char *sw_rows_word(const struct sw_rows *to, enum sw_row_part part)
{
	if (to->words && to->words[part])
		return to->words[part];
	return own_words[part];
}

static void tell(struct sw_rows *to, uint64_t line, enum sw_row_part part, const char *text)
{
	struct sw_row_fault f = { line, sw_rows_word(to, part), text };

	to->bads++;
	to->bad(to->arg, &f);
}

void sw_rows_bad(struct sw_rows *to, uint64_t line, enum sw_row_part part, const char *format, ...)
{
	char text[FAULT_MAX];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	tell(to, line, part, text);
}

bool sw_row_next(struct sw_slice *list, struct sw_slice *out)
{
	while (list->n > 0) {
		const char *end = memchr(list->p, ';', list->n);
		size_t n = end ? (size_t)(end - list->p) : list->n;

		*out = sw_slice_trim((struct sw_slice){ list->p, n });
		*list = sw_slice_from(*list, end ? n + 1 : n);
		if (out->n > 0)
			return true;
	}
	return false;
}

/* Characters of one line of clean UTF-8; 0: it is none. */
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

const char *sw_row_password_fault(struct sw_slice password)
{
	if (password.n == 0)
		return "is empty";
	if (password.n > SW_ROW_PASSWORD_MAX)
		return "is longer than 256 octets";
	return characters(password) == 0
		       ? "is no line of clean text: no control characters, and UTF-8 beyond ASCII"
		       : NULL;
}

static bool has_inside(struct sw_slice s, struct sw_slice part)
{
	for (size_t i = 0; i + part.n <= s.n; i++)
		if (sw_slice_eq_nocase((struct sw_slice){ s.p + i, part.n }, part))
			return true;
	return false;
}

static bool is_digits(struct sw_slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return true;
}

static bool is_one_character(struct sw_slice s)
{
	for (size_t i = 1; i < s.n; i++)
		if (s.p[i] != s.p[0])
			return false;
	return true;
}

static bool is_common(struct sw_slice s)
{
	for (size_t i = 0; i < SW_ARRAY_LEN(common); i++)
		if (sw_slice_eq_nocase(s, sw_slice_of(common[i])))
			return true;
	return false;
}

const char *sw_row_weakness(struct sw_slice name, struct sw_slice password)
{
	if (characters(password) < WEAK_CHARS)
		return "has less than 8 characters";
	if (sw_slice_eq_nocase(name, password))
		return "is the name itself";
	if (name.n >= NAME_IN_IT && has_inside(password, name))
		return "has the name in it";
	if (is_common(password))
		return "is one that guessers try first";
	if (is_one_character(password))
		return "is one character again and again";
	if (password.n < WEAK_DIGITS && is_digits(password))
		return "is a short number";
	return NULL;
}

static bool name_is_right(struct sw_rows *to, const struct sw_row *r)
{
	if (r->name.n == 0)
		tell(to, r->line, SW_ROW_NAME, "the name is missing");
	else if (memchr(r->name.p, '@', r->name.n))
		tell(to, r->line, SW_ROW_NAME,
		     "a name has no @: leave the domain away, both forms can log in");
	else if (!sw_name_is_user(r->name))
		tell(to, r->line, SW_ROW_NAME,
		     "this is no user: up to 64 letters, digits and . _ - + * ! ~ = & $");
	else
		return true;
	return false;
}

static bool trunk_is_right(struct sw_rows *to, const struct sw_row *r)
{
	if (r->trunk.n == 0 || sw_value_is_trunk_name(r->trunk))
		return true;
	tell(to, r->line, SW_ROW_TRUNK,
	     "this is no trunk's name: up to 64 letters, digits, - and _");
	return false;
}

static bool is_hash(struct sw_slice s, enum sw_alg alg)
{
	uint8_t out[HA1_OCTETS];
	size_t n = alg == SW_ALG_MD5 ? 16 : 32;

	return sw_hex_parse(s, out, n);
}

static bool hashes_are_right(struct sw_rows *to, const struct sw_row *r, size_t *n)
{
	*n = 0;
	for (enum sw_alg a = SW_ALG_MD5; a < SW_ALG_COUNT; a++) {
		const struct sw_slice both[] = { r->ha1[a], r->ha1_at[a] };
		const unsigned part[] = { SW_ROW_HA1 + a, SW_ROW_HA1B + a };

		for (size_t i = 0; i < SW_ARRAY_LEN(both); i++) {
			if (both[i].n == 0)
				continue;
			++*n;
			if (is_hash(both[i], a))
				continue;
			sw_rows_bad(to, r->line, (enum sw_row_part)part[i],
				    "this is no hash: %d hexadecimal digits",
				    a == SW_ALG_MD5 ? 32 : 64);
			return false;
		}
	}
	return true;
}

static bool password_is_right(struct sw_rows *to, const struct sw_row *r)
{
	const char *why = sw_row_password_fault(r->password);

	if (!why)
		return true;
	sw_rows_bad(to, r->line, SW_ROW_PASSWORD, "the password %s", why);
	return false;
}

/* A password or hashes, and not both: which of them is right nobody could say. */
static bool secret_is_right(struct sw_rows *to, const struct sw_row *r)
{
	size_t hashes;

	if (!hashes_are_right(to, r, &hashes))
		return false;
	if (r->has_password && hashes > 0)
		tell(to, r->line, SW_ROW_WHOLE,
		     "a password and a hash of one: leave one of them away");
	else if (!r->has_password && hashes == 0)
		tell(to, r->line, SW_ROW_WHOLE,
		     "neither a password nor a hash of one: write one of them");
	else
		return !r->has_password || password_is_right(to, r);
	return false;
}

static bool is_number(struct sw_slice s)
{
	char room[SW_NUMBER_MAX + 2];
	struct sw_buf tidy = sw_buf_over(room, sizeof(room));

	return sw_name_tidy_number(s, &tidy);
}

static bool entries_are_right(struct sw_rows *to, const struct sw_row *r)
{
	struct sw_slice aors = r->aors, numbers = r->numbers, one;
	size_t n = 0;

	for (; sw_row_next(&aors, &one); n += one.n + ENTRY_HEAD)
		if (!sw_name_is_user(one)) {
			tell(to, r->line, SW_ROW_AOR,
			     "this is no address of a user: write its part before the @ alone");
			return false;
		}
	for (; sw_row_next(&numbers, &one); n += one.n + ENTRY_HEAD)
		if (!is_number(one)) {
			tell(to, r->line, SW_ROW_NUMBER,
			     "this is no number: digits, with a + before them or without");
			return false;
		}
	if (n <= SW_ROW_ENTRIES_MAX)
		return true;
	tell(to, r->line, SW_ROW_WHOLE,
	     "more addresses and numbers than a user has room for: 256 octets");
	return false;
}

static void note_weak(struct sw_rows *to, const struct sw_row *r)
{
	const char *why = r->has_password ? sw_row_weakness(r->name, r->password) : NULL;
	struct sw_row_fault f = { r->line, sw_rows_word(to, SW_ROW_PASSWORD), why };

	if (why && to->weak)
		to->weak(to->arg, &f);
}

/* One that has such a name already can be set and deleted. */
static bool name_is_free(struct sw_rows *to, const struct sw_row *r)
{
	if (!sw_name_is_reserved(r->name))
		return true;
	tell(to, r->line, SW_ROW_NAME,
	     "this name is a word of the configuration's language: choose another");
	return false;
}

void sw_rows_take(struct sw_rows *to, const struct sw_row *r)
{
	to->rows++;
	if (!name_is_right(to, r) || !name_is_free(to, r) || !trunk_is_right(to, r) ||
	    !secret_is_right(to, r) || !entries_are_right(to, r))
		return;
	note_weak(to, r);
	to->user(to->arg, r);
}

void sw_rows_change(struct sw_rows *to, const struct sw_row *r)
{
	to->rows++;
	if (name_is_right(to, r) && trunk_is_right(to, r) && entries_are_right(to, r))
		to->user(to->arg, r);
}
