/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/account.h"

#include "cmd/cmd.h"
#include "cmd/details.h"
#include "core/verdict.h"

/* REFUSED  digest_wrong   REGISTER by "alice" from 127.0.0.1:41822 udp */
static void put_head(const struct sw_view *v)
{
	const char *method = sw_view_text(v->decision, "method");

	sw_view_verdict(v);
	sw_view_put(v, "  ");
	sw_view_put(v, sw_view_text(v->decision, "reason"));
	sw_view_put(v, "   ");
	if (method[0] != '\0') {
		sw_view_put(v, method);
		sw_view_put(v, " ");
	}
	if (sw_view_name(v)[0] != '\0') {
		sw_view_put(v, "by ");
		sw_view_quoted(v, sw_view_name(v));
		sw_view_put(v, " ");
	}
	sw_view_put(v, "from ");
	sw_view_source(v);
}

static void put_user(const struct sw_view *v)
{
	if (sw_view_failed_by(v, SW_R_DIGEST_NO_USER)) {
		sw_view_put(v, "  no user is called ");
		sw_view_quoted(v, sw_view_name(v));
		sw_view_put(v, "\n");
		return;
	}
	if (!v->user)
		return;
	sw_view_put(v, "  ");
	sw_view_put(v, sw_view_name(v));
	if (!sw_view_is_true(v->user, "enabled")) {
		sw_view_put(v, " exists, but is switched off; it has hashes for ");
	} else if (sw_view_failed_by(v, SW_R_DIGEST_NO_TRUNK)) {
		sw_view_put(v, " exists, but the configuration does not have its trunk ");
		sw_view_put(v, sw_view_text(v->trunk, "name"));
		sw_view_put(v, "; it has hashes for ");
	} else if (v->trunk && !sw_view_is_true(v->trunk, "enabled")) {
		sw_view_put(v, " exists, but its trunk ");
		sw_view_put(v, sw_view_text(v->trunk, "name"));
		sw_view_put(v, " is switched off; it has hashes for ");
	} else {
		sw_view_put(v, " exists, is enabled, and has hashes for ");
	}
	sw_view_algs(v, json_object_get(v->user, "algs"));
	if (strcmp(sw_view_text(v->digest, "form"), "name@realm") == 0)
		sw_view_put(v, " as name@realm, which it was called by");
	sw_view_put(v, "\n");
}

static void put_nonce_age(const struct sw_view *v)
{
	sw_view_put_number(v, sw_view_int(v->digest, "nonce_age_s"));
	sw_view_put(v, " s old");
}

/* Why a nonce of ours was not good any more. */
static void put_old_nonce(const struct sw_view *v)
{
	json_int_t life = sw_view_int(v->account, "nonce_life_s");

	if (sw_view_failed_by(v, SW_R_DIGEST_NONCE_SOURCE)) {
		sw_view_put(v, "nonce ours (");
		put_nonce_age(v);
		sw_view_put(v, "), but given to another network");
	} else if (life > 0 && sw_view_int(v->digest, "nonce_age_s") > life) {
		sw_view_put(v, "nonce ours, but ");
		put_nonce_age(v);
		sw_view_put(v, " (good for ");
		sw_view_put_number(v, life);
		sw_view_put(v, " s)");
	} else {
		sw_view_put(
			v,
			"nonce ours, but of an earlier start of the door, or too long ago to tell "
			"whether it was used");
	}
}

static void put_nonce(const struct sw_view *v)
{
	if (!sw_view_is_true(v->digest, "nonce_ours")) {
		sw_view_put(v, "nonce not made here");
	} else if (sw_view_is_true(v->digest, "nonce_fresh")) {
		sw_view_put(v, "nonce good (");
		put_nonce_age(v);
		sw_view_put(v, ", this source)");
	} else {
		put_old_nonce(v);
	}
}

static void put_nc(const struct sw_view *v)
{
	if (sw_view_int(v->digest, "nc") == 0)
		return;
	sw_view_put(v, " · nc ");
	sw_view_put_number(v, sw_view_int(v->digest, "nc"));
	if (sw_view_is_true(v->digest, "nc_new"))
		sw_view_put(v, " new");
	else if (sw_view_failed_by(v, SW_R_DIGEST_REPLAY))
		sw_view_put(v, " used before");
	else
		sw_view_put(v, " not counted");
}

static void put_algorithm(const struct sw_view *v)
{
	const char *alg = sw_view_text(v->decision, "alg");

	if (!sw_view_is_true(v->digest, "nonce_ours"))
		return;
	sw_view_put(v, " · algorithm ");
	sw_view_alg(v, alg[0] != '\0' ? alg : "unknown");
	sw_view_put(v, sw_view_failed_by(v, SW_R_DIGEST_ALG_NOT_OFFERED) ? " was not offered"
									 : " was offered");
}

/* nonce good (1 s old, this source) · nc 1 new · realm good · uri good · algorithm … */
static void put_facts(const struct sw_view *v)
{
	if (!v->digest)
		return;
	sw_view_put(v, "  ");
	put_nonce(v);
	put_nc(v);
	sw_view_put(v,
		    sw_view_is_true(v->digest, "realm_ok") ? " · realm good" : " · realm not ours");
	if (sw_view_is_true(v->digest, "uri_ok"))
		sw_view_put(v, sw_view_failed_by(v, SW_R_DIGEST_URI)
				       ? " · uri good, but not exactly the Request-URI"
				       : " · uri good");
	else if (sw_view_failed_by(v, SW_R_DIGEST_URI))
		sw_view_put(v, " · uri of another resource");
	put_algorithm(v);
	sw_view_put(v, "\n");
}

/* A user that no line of the configuration has is the store's. */
static void put_command(const struct sw_view *v)
{
	sw_view_put(v, ".        Set one:  ");
	sw_view_command(v, "user passwd");
}

static void put_where_set(const struct sw_view *v)
{
	const char *secret = sw_view_text(v->user, "secret");
	const char *conf = sw_view_text(v->user, "conf");

	if (conf[0] == '\0') {
		put_command(v);
		return;
	}
	if (sw_view_is_true(v->account, "demo")) {
		sw_view_put(v, ".        The demo showed the right one at its start");
		return;
	}
	sw_view_put(v, ".        Set one:  ");
	sw_view_put(v, conf);
	sw_view_put(v, secret[0] != '\0' ? ", user " : ", the line  user ");
	sw_view_put(v, sw_view_name(v));
	sw_view_pair(v, " ", secret);
	sw_view_put(v, "; then  ");
	sw_view_put(v, sw_program);
	sw_view_put(v, " reload");
}

/* A sentence of reason.def, open to what comes behind it. */
static void put_sentence(const struct sw_view *v, struct sw_slice s)
{
	if (s.n > 0 && s.p[s.n - 1] == '.')
		s.n--;
	sw_buf_put(v->b, s);
}

/* ": octet 217 (line 5, column 34)" */
static void put_octet(const struct sw_view *v, const json_t *fault)
{
	sw_view_put(v, ": octet ");
	sw_view_put_number(v, sw_view_int(fault, "at"));
	sw_view_put(v, " (line ");
	sw_view_put_number(v, sw_view_int(fault, "line"));
	sw_view_put(v, ", column ");
	sw_view_put_number(v, sw_view_int(fault, "column"));
	sw_view_put(v, ")");
}

/* The line with a caret below the octet; and what stands in the way of what. */
static void put_fault(const struct sw_view *v, const json_t *fault)
{
	const char *before = sw_view_text(fault, "before");
	const char *from = sw_view_text(fault, "from");

	if (before[0] != '\0' || from[0] != '\0') {
		sw_view_put(v, "\n    ");
		sw_view_put(v, before);
		sw_view_put(v, from);
		sw_view_put(v, "\n    ");
		for (const char *p = before; *p != '\0'; p++)
			if (((unsigned char)*p & 0xc0) != 0x80) /* one column a character */
				sw_view_put(v, " ");
		sw_view_tinted(v, SW_TINT_RED, "^");
	}
	sw_view_put(v, "\n  ");
	sw_view_put(v, sw_view_text(fault, "rfc"));
	sw_view_put(v, ", ");
	sw_view_put(v, sw_view_text(fault, "rule"));
	sw_view_put(v, ": ");
	sw_view_put(v, sw_view_text(fault, "wants"));
}

static void put_proof(const struct sw_view *v)
{
	sw_view_put(v, "  ");
	sw_view_put(v, sw_view_name(v));
	sw_view_put(v, " is a user of ");
	sw_view_put(v, sw_view_text(v->decision, "trunk"));
	sw_view_put(v, " and proved it by ");
	sw_view_put(v, sw_view_text(v->decision, "factor"));
	sw_view_put(v, " ");
	sw_view_alg(v, sw_view_text(v->decision, "alg"));
	if (strcmp(sw_view_text(v->digest, "form"), "name@realm") == 0)
		sw_view_put(v, " as name@realm");
	sw_view_put(v, ", way ");
	sw_view_put_number(v, sw_view_int(v->decision, "way"));
	sw_view_put(v, " in, at ");
	sw_view_put(v, sw_view_text(v->decision, "conf"));
	sw_view_put(v, "\n");
}

/* What stands in the place of a proof. */
static void put_known(const struct sw_view *v)
{
	bool by_flow = strcmp(sw_view_text(v->account, "known"), "connection") == 0;

	sw_view_put(v, by_flow ? "  a user has proven itself over this connection"
			       : "  a user has proven itself from this address within the hour");
	sw_view_put(v, ": OPTIONS to the door itself needs no more, and nothing else was done\n");
}

/* Nobody can say that the password was wrong; a password that is set makes all hashes. */
static void put_no_hash(const struct sw_view *v)
{
	sw_view_put(v, "  the response was not checked: no ");
	sw_view_alg(v, sw_view_text(v->decision, "alg"));
	sw_view_put(v, " hash is kept.        Set the password once more:  ");
	sw_view_command(v, "user passwd");
	sw_view_put(v, "\n");
}

static void put_what(const struct sw_view *v)
{
	const struct sw_reason_row *row = sw_reason_row(v->reason);
	const json_t *fault = sw_view_object(v->account, "fault");
	const char *what = sw_view_what(v->reason);

	if (sw_view_failed_by(v, SW_R_DIGEST_NO_HASH)) {
		put_no_hash(v);
		return;
	}
	sw_view_put(v, "  ");
	put_sentence(v, sw_slice_of(what ? what : row->sentence));
	if (fault)
		put_octet(v, fault);
	if (sw_view_failed_by(v, SW_R_DIGEST_WRONG) && v->user)
		put_where_set(v);
	if (fault)
		put_fault(v, fault);
	sw_view_put(v, "\n");
}

static void put_registered(const struct sw_view *v)
{
	json_int_t contacts = sw_view_int(v->account, "contacts");

	if (!sw_view_is_true(v->account, "register"))
		return;
	if (sw_view_int(v->account, "granted_s") == 0 && contacts == 0) {
		sw_view_put(v, "  not registered now\n");
		return;
	}
	if (sw_view_int(v->account, "granted_s") > 0) {
		sw_view_put(v, "  registered for ");
		sw_view_put_number(v, sw_view_int(v->account, "granted_s"));
		sw_view_put(v, " s; ");
	} else {
		sw_view_put(v, "  asked, or ended what it asked for; ");
	}
	sw_view_put_number(v, contacts);
	sw_view_put(v, contacts == 1 ? " contact now\n" : " contacts now\n");
}

static void put_warnings(const struct sw_view *v)
{
	const json_t *list = json_object_get(v->decision, "warn");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *slug = json_string_value(json_array_get(list, i));

		sw_view_put(v, "  ");
		sw_view_tinted(v, SW_TINT_YELLOW, "!");
		sw_view_put(v, " ");
		sw_view_put(v, slug ? slug : "?");
		for (unsigned w = 0; slug && w < SW_WARN_COUNT; w++)
			if (strcmp(sw_warn_slug((enum sw_warn)w), slug) == 0) {
				sw_view_put(v, ": ");
				sw_view_put(v, sw_warn_sentence((enum sw_warn)w));
			}
		sw_view_put(v, "\n");
	}
}

/* Refusals that must look the same to the caller, whatever the cause. */
static bool is_hidden_cause(enum sw_reason r)
{
	return (r >= SW_R_DIGEST_WRONG && r <= SW_R_DIGEST_ALG_ENDED) ||
	       r == SW_R_DIGEST_NO_TRUNK || r == SW_R_DIGEST_QOP_TRUNK || r == SW_R_DIGEST_NO_HASH;
}

static void put_told_challenge(const struct sw_view *v)
{
	sw_view_put(v, " that asks for one of ");
	sw_view_algs(v, json_object_get(v->account, "offered"));
	if (sw_view_is_true(v->account, "stale"))
		sw_view_put(v, ", stale=true: the password is not asked for again");
}

static void put_phrase(const struct sw_view *v)
{
	sw_view_put(v, " ");
	sw_view_quoted(v, sw_reason_row(v->reason)->phrase);
}

static void put_told(const struct sw_view *v)
{
	json_int_t status = sw_view_int(v->decision, "status");

	if (status == 0) {
		sw_view_put(v, "  the caller saw nothing: no answer was sent\n");
		return;
	}
	sw_view_put(v, "  the caller saw a ");
	sw_view_put_number(v, status);
	if (sw_view_failed_by(v, SW_R_DIGEST_NO_USER))
		sw_view_put(v, " equal to the one for a wrong password");
	else if (is_hidden_cause(v->reason))
		sw_view_put(v, " equal to the one for an unknown name");
	else if (status == 401 || status == 407)
		put_told_challenge(v);
	else if (!sw_view_is_allowed(v))
		put_phrase(v);
	sw_view_put(v, "\n");
}

void sw_account_write(struct sw_buf *b, const json_t *answer, bool colour)
{
	struct sw_view v = sw_view_of(b, answer, colour);

	put_head(&v);
	sw_view_put(&v, "\n");
	if (sw_view_text(v.decision, "subject")[0] != '\0')
		put_proof(&v);
	else if (sw_view_is_allowed(&v))
		put_known(&v);
	else
		put_user(&v);
	put_facts(&v);
	if (sw_view_is_allowed(&v))
		put_registered(&v);
	else if (v.reason != SW_OK)
		put_what(&v);
	put_warnings(&v);
	put_told(&v);
	sw_details_write(&v);
}

void sw_account_write_line(struct sw_buf *b, const json_t *decision, bool colour)
{
	struct sw_view v = sw_view_of(b, decision, colour);
	json_int_t status = sw_view_int(decision, "status");

	sw_view_put(&v, sw_view_text(decision, "ts"));
	sw_view_put(&v, "  ");
	put_head(&v);
	sw_view_put(&v, "   ");
	if (status > 0)
		sw_view_put_number(&v, status);
	else
		sw_view_put(&v, "no answer");
	sw_view_pair(&v, ", id ", sw_view_text(decision, "id"));
	sw_view_put(&v, "\n");
}
