/* SPDX-License-Identifier: Apache-2.0 */
#include "tell/decision.h"

#include "tell/json.h"
#include "obs/text.h"

#define CLAIMED_MAX 64 /* octets of a claimed name, escapes included */

static const char *const level_names[] = {
	[SW_LEVEL_ERROR] = "error", [SW_LEVEL_WARN] = "warn",   [SW_LEVEL_NOTICE] = "notice",
	[SW_LEVEL_INFO] = "info",   [SW_LEVEL_DEBUG] = "debug",
};

const char *sw_level_name(enum sw_level level)
{
	return (unsigned)level < SW_ARRAY_LEN(level_names) ? level_names[level] : "error";
}

struct sw_slice sw_decision_id(const struct sw_event *e)
{
	return (struct sw_slice){ e->id, strnlen(e->id, SW_ID_LEN) };
}

const char *sw_decision_kind(const struct sw_event *e)
{
	bool served = e->act == SW_ACT_ALLOW && e->is_register && e->status == 200;

	return served ? "registration" : "decision";
}

static json_t *warnings(unsigned set)
{
	json_t *list = json_array();

	for (unsigned w = 0; w < SW_WARN_COUNT; w++)
		if (set & SW_WARN_BIT(w))
			json_array_append_new(list, json_string(sw_warn_slug((enum sw_warn)w)));
	return list;
}

static json_t *number_or_null(uint32_t n)
{
	return n != 0 ? json_integer(n) : json_null();
}

static json_t *word_or_null(bool given, const char *word)
{
	return given ? json_string(word) : json_null();
}

static json_t *address(const struct sw_addr *a)
{
	char room[64];
	struct sw_buf b = sw_buf_over(room, sizeof(room));

	if (a->family == SW_FAMILY_NONE)
		return json_null();
	sw_addr_write_ip(&b, a);
	return json_stringn(b.p, b.n);
}

/* "udp:0.0.0.0:5060" */
static json_t *listener(const struct sw_event *e)
{
	char room[80];
	struct sw_buf b = sw_buf_over(room, sizeof(room));

	if (e->at.family == SW_FAMILY_NONE)
		return json_null();
	sw_buf_str(&b, sw_transport_name((enum sw_transport)e->transport));
	sw_buf_char(&b, ':');
	sw_addr_write(&b, &e->at);
	return json_stringn(b.p, b.n);
}

static void put_judged(json_t *o, const struct sw_event *e)
{
	enum sw_reason r = (enum sw_reason)e->reason;

	sw_json_put(o, "id", sw_json_text(sw_decision_id(e), SW_JSON_TEXT));
	sw_json_put(o, "verdict", json_string(sw_act_name((enum sw_act)e->act)));
	sw_json_put(o, "reason", json_string(sw_reason_slug(r)));
	sw_json_put(o, "class", json_string(sw_class_name(sw_reason_row(r)->class)));
	sw_json_put(o, "status", number_or_null(e->status));
	sw_json_put(o, "method", sw_json_text(SW_EVENT_SLICE(e->method), SW_JSON_TEXT));
}

static void put_came_by(json_t *o, const struct sw_event *e)
{
	sw_json_put(o, "transport",
		    json_string(sw_transport_name((enum sw_transport)e->transport)));
	sw_json_put(o, "src", address(&e->src));
	sw_json_put(o, "sport", number_or_null(e->src.port));
	sw_json_put(o, "listener", listener(e));
}

/* What proved it, or what was tried and did not. */
static enum sw_factor factor_of(const struct sw_event *e)
{
	if (e->factor != SW_FACTOR_NONE)
		return (enum sw_factor)e->factor;
	return e->claimed.n > 0 || e->alg != SW_ALG_NONE ? SW_FACTOR_DIGEST : SW_FACTOR_NONE;
}

static void put_proof(json_t *o, const struct sw_event *e)
{
	struct sw_alg_form form = { (enum sw_alg)e->alg, e->sess };
	enum sw_factor factor = factor_of(e);

	sw_json_put(o, "trunk", sw_json_text(SW_EVENT_SLICE(e->trunk), SW_JSON_TEXT));
	sw_json_put(o, "subject", sw_json_text(SW_EVENT_SLICE(e->subject), SW_JSON_TEXT));
	sw_json_put(o, "claimed", sw_json_text(SW_EVENT_SLICE(e->claimed), CLAIMED_MAX));
	sw_json_put(o, "factor", word_or_null(factor != SW_FACTOR_NONE, sw_factor_name(factor)));
	sw_json_put(o, "alg", word_or_null(form.alg != SW_ALG_NONE, sw_alg_form_word(form)));
	sw_json_put(o, "way", number_or_null(e->way));
	sw_json_put(o, "conf", sw_json_place(SW_EVENT_SLICE(e->conf_file), e->conf_line));
	sw_json_put(o, "warn", warnings(e->warn));
}

json_t *sw_decision_json(const struct sw_event *e, enum sw_level level)
{
	json_t *o = json_object();

	if (!o)
		return NULL;
	sw_json_put(o, "v", json_integer(1));
	sw_json_put(o, "ts", sw_json_time((struct sw_wall){ e->at_us }));
	sw_json_put(o, "level", json_string(sw_level_name(level)));
	sw_json_put(o, "event", json_string(sw_decision_kind(e)));
	put_judged(o, e);
	put_came_by(o, e);
	put_proof(o, e);
	sw_json_put(o, "ua", sw_json_text(SW_EVENT_SLICE(e->user_agent), SW_JSON_TEXT));
	sw_json_put(o, "call_id", sw_json_text(SW_EVENT_SLICE(e->call_id), SW_JSON_TEXT));
	sw_json_put(o, "us", json_integer(e->took_us));
	sw_json_put(o, "node", json_null()); /* there is only this one */
	sw_json_put(o, "gen", json_integer(e->generation));
	return o;
}

/* Text that stands alone in a line: nothing is quoted, so blanks must not look like ours. */
static void put_word(struct sw_buf *b, struct sw_slice s)
{
	sw_buf_char(b, ' ');
	if (s.n == 0)
		sw_buf_char(b, '-');
	else
		sw_text_clean(b, s);
}

static void put_name(struct sw_buf *b, const struct sw_event *e)
{
	struct sw_slice name = SW_EVENT_SLICE(e->subject);
	char room[CLAIMED_MAX + 2];
	struct sw_buf quoted = sw_buf_over(room, sizeof(room));

	if (name.n == 0)
		name = SW_EVENT_SLICE(e->claimed);
	if (name.n == 0)
		return;
	sw_text_quote(&quoted, name);
	sw_buf_str(b, " by ");
	sw_buf_put(b, sw_buf_slice(&quoted));
	if (!sw_buf_ok(&quoted)) /* the closing mark did not fit */
		sw_buf_char(b, '"');
}

static void put_proven(struct sw_buf *b, const struct sw_event *e)
{
	struct sw_alg_form form = { (enum sw_alg)e->alg, e->sess };

	if (e->act != SW_ACT_ALLOW || e->trunk.n == 0)
		return;
	sw_buf_str(b, " (");
	sw_text_clean(b, SW_EVENT_SLICE(e->trunk));
	sw_buf_str(b, ", ");
	sw_buf_str(b, sw_factor_name((enum sw_factor)e->factor));
	if (form.alg != SW_ALG_NONE) {
		sw_buf_char(b, ' ');
		sw_buf_str(b, sw_alg_form_name(form));
	}
	sw_buf_char(b, ')');
}

static void put_answer(struct sw_buf *b, const struct sw_event *e)
{
	if (e->status == 0) {
		sw_buf_str(b, ", no answer");
	} else {
		sw_buf_str(b, ", ");
		sw_buf_u64(b, e->status);
	}
	if (sw_decision_id(e).n > 0) {
		sw_buf_str(b, ", id ");
		sw_text_clean(b, sw_decision_id(e));
	}
	if (strcmp(sw_decision_kind(e), "registration") == 0) {
		sw_buf_str(b, e->granted_s > 0 ? ", for " : ", gone");
		if (e->granted_s > 0) {
			sw_buf_u64(b, e->granted_s);
			sw_buf_str(b, " s");
		}
	}
	for (unsigned w = 0; w < SW_WARN_COUNT; w++) {
		if (!(e->warn & SW_WARN_BIT(w)))
			continue;
		sw_buf_str(b, "; ");
		sw_buf_str(b, sw_warn_slug((enum sw_warn)w));
		sw_buf_str(b, ": ");
		sw_buf_str(b, sw_warn_sentence((enum sw_warn)w));
	}
}

void sw_decision_line(struct sw_buf *b, const struct sw_event *e, enum sw_level level)
{
	sw_text_time(b, (struct sw_wall){ e->at_us });
	sw_buf_char(b, ' ');
	sw_buf_str(b, sw_level_name(level));
	sw_buf_char(b, ' ');
	sw_buf_str(b, sw_act_name((enum sw_act)e->act));
	sw_buf_char(b, ' ');
	sw_buf_str(b, sw_reason_slug((enum sw_reason)e->reason));
	put_word(b, SW_EVENT_SLICE(e->method));
	put_name(b, e);
	put_proven(b, e);
	sw_buf_str(b, " from ");
	sw_addr_write(b, &e->src);
	sw_buf_char(b, ' ');
	sw_buf_str(b, sw_transport_name((enum sw_transport)e->transport));
	put_answer(b, e);
}
