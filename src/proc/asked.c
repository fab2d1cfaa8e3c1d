/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/asked.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/secret.h"
#include "proc/store_own.h"
#include "share/clock.h"

#define LIST_LIMIT  100
#define LIST_MOST   1000
#define PATIENCE_MS 1000 /* for admin to take an answer */

static bool is_stopped(struct sw_store_role *r)
{
	return atomic_load_explicit(&r->is_stopped, memory_order_acquire);
}

/* A descriptor that holds the text, read from its beginning; -1: the kernel gives none. */
static int put_aside(struct sw_slice text)
{
	int fd = memfd_create("sipward-answer", MFD_CLOEXEC);
	size_t n = 0;

	while (fd >= 0 && n < text.n) {
		ssize_t put = write(fd, text.p + n, text.n - n);

		if (put <= 0) {
			close(fd);
			return -1;
		}
		n += (size_t)put;
	}
	if (fd >= 0 && lseek(fd, 0, SEEK_SET) == 0)
		return fd;
	return -1;
}

static void send_answer(struct sw_store_role *r, enum sw_store_answer code, struct sw_slice text)
{
	struct pollfd p = { .fd = r->ask_fd, .events = POLLOUT };
	int fd = -1;

	if (text.n > SW_IPC_TEXT) {
		fd = put_aside(text);
		text = fd >= 0 ? SW_LIT("") : SW_LIT("{\"message\":\"the answer is too long\"}");
		if (fd < 0)
			code = SW_ANSWER_FAILED;
	}
	(void)poll(&p, 1, PATIENCE_MS);
	if (!sw_ipc_send_fd(r->ask_fd, SW_IPC_STORE_ANSWER, code, text, fd)) {
		/* Answers are told apart by their order: none may be missing. */
		r->is_alone = true;
		(void)shutdown(r->ask_fd, SHUT_RDWR);
	}
	if (fd >= 0)
		close(fd);
}

/* Takes o over; NULL: there was no memory for it. */
static void answer(struct sw_store_role *r, enum sw_store_answer code, json_t *o)
{
	char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;

	json_decref(o);
	if (text)
		send_answer(r, code, sw_slice_of(text));
	else
		send_answer(r, SW_ANSWER_FAILED,
			    SW_LIT("{\"message\":\"there is not enough memory\"}"));
	free(text);
}

static void refuse(struct sw_store_role *r, enum sw_store_answer code, const char *message)
{
	answer(r, code, json_pack("{s:s}", "message", message));
}

/* A hand-over does not wait for a long list, nor do registrations. */
static void on_progress(void *arg, uint64_t rows, uint64_t octets)
{
	(void)rows;
	(void)octets;
	sw_store_hear(arg);
	sw_store_role_breathe(arg);
}

/* The list is on the disk: workers hear of it now, or when the database can be read again. */
static void take_changes(struct sw_store_role *r)
{
	struct sw_store_why why = { 0 };

	if (!is_stopped(r) && !sw_keeper_take_changes(r, &why))
		sw_store_role_fail(r, &why);
}

static enum sw_people apply(struct sw_store_role *r, int fd, const struct sw_people_rules *rules)
{
	enum sw_people end;

	sw_store_stamp(r->store, (struct sw_store_stamp){ sw_location_draw(&r->location),
							  sw_store_steady(r->start) });
	atomic_store(&r->keep->has_list, true);
	end = sw_people_apply(r->store, fd, rules, &r->report);
	if (end == SW_PEOPLE_DONE && !rules->is_trial)
		take_changes(r);
	atomic_store(&r->keep->has_list, false);
	return end;
}

static void put(struct sw_store_role *r, const json_t *text, int fd)
{
	const struct sw_people_rules rules = {
		.policy = &r->rules->policy,
		.hash = r->hash,
		.now = sw_clock_wall(),
		.skip_bad = json_is_true(json_object_get(text, "skip_bad")),
		.is_trial = json_is_true(json_object_get(text, "try")),
		.users_max = r->capacity,
		.is_ended = &r->is_stopped,
		.progress = on_progress,
		.arg = r,
	};

	if (r->is_behind) {
		refuse(r, SW_ANSWER_FAILED, r->why.text);
		return;
	}
	switch (apply(r, fd, &rules)) {
	case SW_PEOPLE_BAD_ROWS:
		answer(r, SW_ANSWER_BAD_ROWS, sw_people_report_json(&r->report));
		return;
	case SW_PEOPLE_FAILED:
		refuse(r, SW_ANSWER_FAILED, r->report.why.text);
		return;
	case SW_PEOPLE_DONE:
		break;
	}
	answer(r, SW_ANSWER_DONE, sw_people_report_json(&r->report));
}

static struct sw_slice text_of(const json_t *o, const char *key)
{
	const json_t *j = json_object_get(o, key);

	return (struct sw_slice){ json_string_value(j), json_string_length(j) };
}

static void list(struct sw_store_role *r, const json_t *text)
{
	json_int_t limit = json_integer_value(json_object_get(text, "limit"));
	struct sw_store_why why = { 0 };
	json_t *o;

	if (limit <= 0)
		limit = LIST_LIMIT;
	o = sw_people_list(r->store, text_of(text, "after"),
			   (size_t)(limit < LIST_MOST ? limit : LIST_MOST), &why);
	if (o)
		answer(r, SW_ANSWER_DONE, o);
	else
		refuse(r, SW_ANSWER_FAILED, why.text);
}

static void show(struct sw_store_role *r, const json_t *text)
{
	struct sw_slice name = text_of(text, "name");
	struct sw_store_why why, unread;
	json_t *o = sw_people_show(r->store, name, &why);
	json_t *now = o ? sw_people_registrations(r->store, name, sw_store_steady(r->start),
						  &unread)
			: NULL;

	if (now)
		(void)json_object_set_new(o, "registrations", now);
	if (o)
		answer(r, SW_ANSWER_DONE, o);
	else if (why.trouble == SW_STORE_OK)
		refuse(r, SW_ANSWER_NO_USER, "the store has no user of this name");
	else
		refuse(r, SW_ANSWER_FAILED, why.text);
}

void sw_asked(struct sw_store_role *r, int fd)
{
	json_t *text = json_loadb(r->ipc.text, r->ipc.n, JSON_REJECT_DUPLICATES, NULL);
	uint32_t code = r->ipc.code;

	if (is_stopped(r))
		refuse(r, SW_ANSWER_FAILED, "the door is stopping: nothing was changed");
	else if (!json_is_object(text) || (code == SW_ASK_PUT && fd < 0))
		refuse(r, SW_ANSWER_BAD_ASK, "the store does not understand what it is asked");
	else if (code == SW_ASK_PUT)
		put(r, text, fd);
	else if (code == SW_ASK_LIST)
		list(r, text);
	else if (code == SW_ASK_SHOW)
		show(r, text);
	else
		refuse(r, SW_ANSWER_BAD_ASK, "the store does not know what it is asked for");
	json_decref(text);
}
