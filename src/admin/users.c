/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/users.h"

#include <stdlib.h>
#include <unistd.h>

#include "tell/json.h"
#include "admin/respond.h"
#include "core/name.h"
#include "share/ipc.h"

#define LIMIT_MAX  1000
#define ANSWER_MAX ((size_t)4 << 20) /* octets of an answer that something is put to */

#define NO_STORE "The door's store role does not answer; see the log, then try again."

static json_t *aors(const struct sw_user *u, char kind)
{
	json_t *list = json_array();
	struct sw_user_aor one;

	for (size_t at = 0; sw_user_aor_next(u, &at, &one);)
		if (one.kind == kind)
			json_array_append_new(list, sw_json_text(one.text, SW_NAME_MAX));
	if (kind == SW_AOR_USER && json_array_size(list) == 0)
		json_array_append_new(list, sw_json_text(sw_user_name(u), SW_NAME_MAX));
	return list;
}

json_t *sw_users_configured(const struct sw_policy *p, const struct sw_user *u)
{
	const struct sw_origin *from = sw_policy_origin(p, u);
	json_t *o = json_object();

	sw_json_put(o, "name", sw_json_text(sw_user_name(u), SW_NAME_MAX));
	sw_json_put(o, "trunk", sw_json_text(sw_user_trunk(u), SW_NAME_MAX));
	sw_json_put(o, "enabled", json_boolean(!u->is_off));
	sw_json_put(o, "algorithms", sw_json_algs(u->algs[SW_FORM_NAME]));
	sw_json_put(o, "aor", aors(u, SW_AOR_USER));
	sw_json_put(o, "number", aors(u, SW_AOR_NUMBER));
	sw_json_put(o, "conf", from ? sw_json_place(from->file, from->line) : json_null());
	return o;
}

/* A name that is only kept for its trunk is a user of the store, if it is one. */
static bool is_configured(const struct sw_user *u)
{
	return u->origin != 0 && !u->is_reserved;
}

static json_t *all_configured(const struct sw_control *c)
{
	json_t *list = json_array();
	const struct sw_policy *p = c->state->generation ? &c->state->generation->conf->policy
							 : NULL;

	for (size_t i = 0; p && i < p->users; i++)
		if (is_configured(&p->user[i]))
			json_array_append_new(list, sw_users_configured(p, &p->user[i]));
	return list;
}

static const struct sw_user *find_configured(const struct sw_control *c, struct sw_slice name)
{
	const struct sw_policy *p = c->state->generation ? &c->state->generation->conf->policy
							 : NULL;

	for (size_t i = 0; p && i < p->users; i++)
		if (is_configured(&p->user[i]) && sw_slice_eq(sw_user_name(&p->user[i]), name))
			return &p->user[i];
	return NULL;
}

/* Takes the text. fd below 0: none goes along. */
static enum MHD_Result ask(struct sw_control *c, struct sw_control_request *r,
			   enum sw_control_asked asked, json_t *text, int fd)
{
	static const enum sw_store_ask codes[] = {
		[SW_ASKED_CHANGE] = SW_ASK_PUT, [SW_ASKED_CHANGE_ONE] = SW_ASK_PUT,
		[SW_ASKED_LIST] = SW_ASK_LIST,  [SW_ASKED_FIRST] = SW_ASK_LIST,
		[SW_ASKED_ONE] = SW_ASK_SHOW,
	};
	char *s = text ? json_dumps(text, JSON_COMPACT) : NULL;
	bool sent = s && c->state->has_store && !c->is_ending &&
		    sw_ipc_send_fd(c->state->store_fd, SW_IPC_STORE_ASK, codes[asked],
				   sw_slice_of(s), fd);

	json_decref(text);
	free(s);
	if (sent)
		return sw_control_wait_for_store(c, r, asked);
	return sw_respond_error(r->connection, MHD_HTTP_SERVICE_UNAVAILABLE, "unavailable",
				NO_STORE);
}

/* r's body goes to the store role, and how, which is taken; the body counts as ours meanwhile. */
static enum MHD_Result change(struct sw_control *c, struct sw_control_request *r,
			      enum sw_control_asked asked, json_t *how)
{
	if (sw_body_rewind(&r->body))
		return ask(c, r, asked, how, r->body.fd);
	json_decref(how);
	return sw_respond_error(r->connection, MHD_HTTP_SERVICE_UNAVAILABLE, "unavailable",
				"There is no memory for this.");
}

/* A wait that is over has its answer. */
static bool has_answer(struct sw_control_request *r, enum MHD_Result *result)
{
	struct MHD_Response *response = r->response;

	if (r->status == 0)
		return false;
	r->response = NULL;
	*result = sw_respond(r->connection, r->status, response);
	return true;
}

enum MHD_Result sw_users_get(struct sw_control *c, struct sw_control_request *r,
			     struct sw_slice rest)
{
	struct sw_slice after = sw_respond_argument(r->connection, "after");
	struct sw_slice limit = sw_respond_argument(r->connection, "limit");
	enum MHD_Result result;
	uint64_t most = 100;

	(void)rest;
	if (has_answer(r, &result))
		return result;
	if (after.n > 0 && !sw_name_is_user(after))
		return sw_respond_error(r->connection, MHD_HTTP_BAD_REQUEST, "bad_request",
					"after is the name of a user.");
	if (limit.n > 0 && (!sw_slice_u64(limit, LIMIT_MAX, &most) || most == 0))
		return sw_respond_error(r->connection, MHD_HTTP_BAD_REQUEST, "bad_request",
					"limit is a number from 1 to 1000.");
	return ask(c, r, after.n > 0 ? SW_ASKED_LIST : SW_ASKED_FIRST,
		   json_pack("{s:s%,s:I}", "after", after.n > 0 ? after.p : "", after.n, "limit",
			     (json_int_t)most),
		   -1);
}

enum MHD_Result sw_users_get_one(struct sw_control *c, struct sw_control_request *r,
				 struct sw_slice name)
{
	const struct sw_user *u = find_configured(c, name);
	enum MHD_Result result;

	if (has_answer(r, &result))
		return result;
	if (u)
		return sw_respond(r->connection, MHD_HTTP_OK,
				  sw_respond_json(sw_users_configured(
					  &c->state->generation->conf->policy, u)));
	if (!sw_name_is_user(name))
		return sw_respond_error(r->connection, MHD_HTTP_NOT_FOUND, "no_user",
					"the store has no user of this name");
	return ask(c, r, SW_ASKED_ONE, json_pack("{s:s%}", "name", name.p, name.n), -1);
}

static bool has_switch(const struct sw_control_request *r, const char *name)
{
	return sw_slice_eq(sw_respond_argument(r->connection, name), SW_LIT("1"));
}

enum MHD_Result sw_users_post(struct sw_control *c, struct sw_control_request *r,
			      struct sw_slice rest)
{
	enum MHD_Result result;

	(void)rest;
	if (has_answer(r, &result))
		return result;
	return change(c, r, SW_ASKED_CHANGE,
		      json_pack("{s:b,s:b}", "skip_bad", has_switch(r, "skip_bad"), "try",
				has_switch(r, "try")));
}

enum MHD_Result sw_users_delete(struct sw_control *c, struct sw_control_request *r,
				struct sw_slice name)
{
	enum MHD_Result result;

	if (has_answer(r, &result))
		return result;
	if (!r->body.is_open && !sw_body_open(&r->body, SW_BODY_OBJECT))
		return sw_respond_error(r->connection, MHD_HTTP_SERVICE_UNAVAILABLE, "unavailable",
					"There is no memory for this.");
	if (!sw_body_del_line(&r->body, name))
		return sw_respond_error(r->connection, MHD_HTTP_BAD_REQUEST, "bad_request",
					"This is no name of a user.");
	return change(c, r, SW_ASKED_CHANGE_ONE, json_object());
}

static enum MHD_Result set(struct sw_control *c, struct sw_control_request *r, struct sw_slice name,
			   bool is_password)
{
	enum MHD_Result result;

	if (has_answer(r, &result))
		return result;
	switch (sw_body_set_line(&r->body, name, is_password)) {
	case SW_BODY_DONE:
		return change(c, r, SW_ASKED_CHANGE_ONE, json_object());
	case SW_BODY_KEYS:
		return sw_respond_error(r->connection, MHD_HTTP_UNPROCESSABLE_CONTENT, "keys",
					is_password ? "The body has a password, and nothing else."
						    : "A password is set by POST to "
						      "/v1/users/NAME/password.");
	case SW_BODY_NONE:
		break;
	}
	return sw_respond_error(r->connection, MHD_HTTP_BAD_REQUEST, "bad_request",
				"The body is one object of JSON with what is new.");
}

enum MHD_Result sw_users_set(struct sw_control *c, struct sw_control_request *r,
			     struct sw_slice name)
{
	return set(c, r, name, false);
}

enum MHD_Result sw_users_set_password(struct sw_control *c, struct sw_control_request *r,
				      struct sw_slice name)
{
	return set(c, r, name, true);
}

/* What was answered, whether it came in the message or along with it. NULL: nothing of sense. */
static json_t *read_answer(struct sw_slice text, int fd)
{
	off_t n = fd >= 0 ? lseek(fd, 0, SEEK_END) : 0;
	char *p = n > 0 && (size_t)n <= ANSWER_MAX ? malloc((size_t)n) : NULL;
	json_t *o;

	if (p && pread(fd, p, (size_t)n, 0) == (ssize_t)n)
		text = (struct sw_slice){ p, (size_t)n };
	o = json_loadb(text.p, text.n, 0, NULL);
	free(p);
	return o;
}

/* Takes o. The first bad row is the message, for callers that sent only one. */
static json_t *bad_rows(json_t *report)
{
	const json_t *first = json_array_get(json_object_get(report, "rows"), 0);
	const char *message = json_string_value(json_object_get(first, "message"));
	json_t *o = sw_respond_error_json("bad_rows",
					  message ? message : "Some rows are not right.");

	sw_json_put(o, "report", report);
	return o;
}

static bool is_missing(const json_t *report)
{
	const json_t *first = json_array_get(json_object_get(report, "rows"), 0);

	return json_is_true(json_object_get(first, "missing"));
}

/* Takes report. */
static json_t *first_row(json_t *report)
{
	json_t *first = json_incref(json_array_get(json_object_get(report, "rows"), 0));

	json_decref(report);
	return first;
}

static json_t *with_configured(const struct sw_control *c, json_t *page)
{
	sw_json_put(page, "configured", all_configured(c));
	return page;
}

static unsigned status_of(uint32_t code)
{
	switch ((enum sw_store_answer)code) {
	case SW_ANSWER_DONE:
		return MHD_HTTP_OK;
	case SW_ANSWER_BAD_ROWS:
		return MHD_HTTP_UNPROCESSABLE_CONTENT;
	case SW_ANSWER_NO_USER:
		return MHD_HTTP_NOT_FOUND;
	case SW_ANSWER_BAD_ASK:
		return MHD_HTTP_BAD_REQUEST;
	case SW_ANSWER_FAILED:
		break;
	}
	return MHD_HTTP_SERVICE_UNAVAILABLE;
}

static const char *code_of(uint32_t code)
{
	switch ((enum sw_store_answer)code) {
	case SW_ANSWER_NO_USER:
		return "no_user";
	case SW_ANSWER_BAD_ASK:
		return "bad_request";
	case SW_ANSWER_DONE:
	case SW_ANSWER_BAD_ROWS:
	case SW_ANSWER_FAILED:
		break;
	}
	return "store";
}

/* Takes o. */
static json_t *failed(uint32_t code, json_t *o)
{
	const char *message = json_string_value(json_object_get(o, "message"));
	json_t *error = sw_respond_error_json(code_of(code), message ? message : NO_STORE);

	json_decref(o);
	return error;
}

struct MHD_Response *sw_users_answer(const struct sw_control *c, enum sw_control_asked asked,
				     uint32_t code, struct sw_slice text, int fd, unsigned *status)
{
	json_t *o;

	*status = status_of(code);
	if (code == SW_ANSWER_DONE && asked != SW_ASKED_FIRST)
		return fd >= 0 ? sw_respond_fd(fd) : sw_respond_text(text);
	o = read_answer(text, fd);
	if (fd >= 0)
		close(fd);
	if (o && code == SW_ANSWER_DONE)
		return sw_respond_json(with_configured(c, o));
	if (o && code == SW_ANSWER_BAD_ROWS && asked == SW_ASKED_CHANGE_ONE && is_missing(o)) {
		*status = MHD_HTTP_NOT_FOUND;
		return sw_respond_json(failed(SW_ANSWER_NO_USER, first_row(o)));
	}
	if (o && code == SW_ANSWER_BAD_ROWS)
		return sw_respond_json(bad_rows(o));
	if (code == SW_ANSWER_DONE || code == SW_ANSWER_BAD_ROWS)
		*status = MHD_HTTP_SERVICE_UNAVAILABLE;
	return sw_respond_json(failed(code, o));
}
