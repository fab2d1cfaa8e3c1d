/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/follow.h"

#include <stdlib.h>

#define BLOCK   4096
#define BEAT_US (15 * (int64_t)SW_US_PER_S)
#define SLOW    ": this follower was too slow, decisions were left out\n\n"
#define HELLO   ": decisions as they are made\n\n"

/* Called by the HTTP server when it can send. */
static ssize_t read_waiting(void *arg, uint64_t pos, char *out, size_t max)
{
	struct sw_follower *f = arg;
	size_t n = f->n < max ? f->n : max;

	(void)pos;
	if (n == 0 && f->over)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (n == 0) {
		f->asleep = true;
		MHD_suspend_connection(f->connection);
		return 0;
	}
	memcpy(out, f->room + f->from, n);
	f->from += n;
	f->n -= n;
	return (ssize_t)n;
}

static void let_go(void *arg)
{
	struct sw_follower *f = arg;

	f->connection = NULL;
}

static void wake(struct sw_follower *f)
{
	if (!f->asleep)
		return;
	f->asleep = false;
	MHD_resume_connection(f->connection);
}

static bool put(struct sw_follower *f, struct sw_slice s)
{
	if (f->from > 0) {
		memmove(f->room, f->room + f->from, f->n);
		f->from = 0;
	}
	if (sizeof(f->room) - f->n < s.n)
		return false;
	memcpy(f->room + f->n, s.p, s.n);
	f->n += s.n;
	return true;
}

/* Room for the last words is always kept. */
static void say(struct sw_follower *f, struct sw_slice s)
{
	if (f->over)
		return;
	if (sizeof(f->room) - f->n < s.n + sizeof(SLOW) || !put(f, s)) {
		f->over = true;
		(void)put(f, SW_LIT(SLOW));
	}
	wake(f);
}

static bool keep_filter(struct sw_follower *f, struct sw_slice trunk, struct sw_slice reason)
{
	struct sw_buf b = sw_buf_over(f->text, sizeof(f->text));

	f->any_reason_like = reason.n > 0 && reason.p[reason.n - 1] == '*';
	if (f->any_reason_like)
		reason.n--;
	sw_buf_put(&b, trunk);
	sw_buf_put(&b, reason);
	f->trunk = (struct sw_slice){ f->text, trunk.n };
	f->reason = (struct sw_slice){ f->text + trunk.n, reason.n };
	return sw_buf_ok(&b);
}

static struct sw_follower *free_place(struct sw_follow *f)
{
	for (size_t i = 0; i < SW_FOLLOWERS; i++)
		if (!f->list[i].connection)
			return &f->list[i];
	return NULL;
}

struct MHD_Response *sw_follow_add(struct sw_follow *f, struct MHD_Connection *connection,
				   struct sw_slice trunk, struct sw_slice reason)
{
	struct sw_follower *place = free_place(f);
	struct MHD_Response *r;

	if (!place || !keep_filter(place, trunk, reason))
		return NULL;
	r = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, read_waiting, place, let_go);
	if (!r)
		return NULL;
	place->connection = connection;
	place->asleep = false;
	place->over = false;
	place->from = place->n = 0;
	(void)put(place, SW_LIT(HELLO));
	MHD_add_response_header(r, "Content-Type", "text/event-stream");
	MHD_add_response_header(r, "Cache-Control", "no-store");
	return r;
}

static bool is_wanted(const struct sw_follower *f, const struct sw_event *e)
{
	struct sw_slice slug = sw_slice_of(sw_reason_slug((enum sw_reason)e->reason));

	if (f->trunk.n > 0 && !sw_slice_eq(f->trunk, SW_EVENT_SLICE(e->trunk)))
		return false;
	if (f->any_reason_like)
		return sw_slice_has_prefix(slug, f->reason);
	return f->reason.n == 0 || sw_slice_eq(f->reason, slug);
}

/* "data: {…}\n\n"; the caller frees. Made only when somebody wants it. */
static char *event_text(const struct sw_event *e)
{
	json_t *o = sw_decision_json(e, sw_event_level(e));
	char *json = o ? json_dumps(o, JSON_COMPACT) : NULL;
	size_t n = json ? strlen(json) : 0;
	char *text = json ? malloc(n + sizeof("data: \n\n")) : NULL;

	if (text) {
		struct sw_buf b = sw_buf_over(text, n + sizeof("data: \n\n"));

		sw_buf_str(&b, "data: ");
		sw_buf_put(&b, (struct sw_slice){ json, n });
		sw_buf_str(&b, "\n\n");
		sw_buf_text(&b);
	}
	free(json);
	json_decref(o);
	return text;
}

bool sw_follow_is_on(const struct sw_follow *f)
{
	for (size_t i = 0; i < SW_FOLLOWERS; i++)
		if (f->list[i].connection)
			return true;
	return false;
}

void sw_follow_put(struct sw_follow *f, const struct sw_event *e)
{
	char *text = NULL;

	for (size_t i = 0; i < SW_FOLLOWERS; i++) {
		struct sw_follower *one = &f->list[i];

		if (!one->connection || one->over || !is_wanted(one, e))
			continue;
		if (!text)
			text = event_text(e);
		if (text)
			say(one, sw_slice_of(text));
	}
	free(text);
}

static void beat(struct sw_follow *f)
{
	for (size_t i = 0; i < SW_FOLLOWERS; i++)
		if (f->list[i].connection)
			say(&f->list[i], SW_LIT(":\n\n"));
}

bool sw_follow_is_full(struct sw_follow *f)
{
	if (free_place(f))
		return false;
	beat(f);
	return true;
}

void sw_follow_beat(struct sw_follow *f, struct sw_wall now)
{
	if (now.us - f->spoke_us < BEAT_US && now.us >= f->spoke_us)
		return;
	f->spoke_us = now.us;
	beat(f);
}

void sw_follow_end(struct sw_follow *f)
{
	for (size_t i = 0; i < SW_FOLLOWERS; i++) {
		if (!f->list[i].connection)
			continue;
		f->list[i].over = true;
		wake(&f->list[i]);
	}
}
