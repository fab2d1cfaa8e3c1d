/* SPDX-License-Identifier: Apache-2.0 */
#include "reading.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"

static void put(struct reading *r, const char *text)
{
	size_t n = strlen(r->text);

	assert_true(n + strlen(text) + 2 < sizeof(r->text));
	(void)snprintf(r->text + n, sizeof(r->text) - n, "%s%s", n > 0 ? "|" : "", text);
}

static void put_set(struct sw_buf *b, char mark, const struct sw_slice ha1[SW_ALG_COUNT])
{
	bool any = false;

	for (enum sw_alg a = SW_ALG_MD5; a < SW_ALG_COUNT; a++) {
		if (ha1[a].n == 0)
			continue;
		if (!any) {
			sw_buf_char(b, ' ');
			sw_buf_char(b, mark);
		}
		any = true;
		sw_buf_u64(b, a);
	}
}

static void put_word(struct sw_buf *b, const char *key, struct sw_slice value)
{
	if (value.n == 0)
		return;
	sw_buf_str(b, key);
	sw_buf_put(b, value);
}

static void take_user(void *arg, const struct sw_row *row)
{
	char room[1024];
	struct sw_buf b = sw_buf_over(room, sizeof(room));

	sw_buf_u64(&b, row->line);
	put_word(&b, ":", row->name);
	if (row->has_password)
		sw_buf_str(&b, " p");
	put_set(&b, 'h', row->ha1);
	put_set(&b, 'H', row->ha1_at);
	put_word(&b, " t=", row->trunk);
	put_word(&b, " a=", row->aors);
	put_word(&b, " n=", row->numbers);
	if (row->is_off)
		sw_buf_str(&b, " off");
	put(arg, sw_buf_text(&b));
}

static bool repeats(const char *text)
{
	return strstr(text, "canary") || strstr(text, "cafe");
}

static void take_bad(void *arg, const struct sw_row_fault *f)
{
	struct reading *r = arg;
	size_t n = strlen(r->faults);
	char room[256];

	(void)snprintf(room, sizeof(room), "%llu!%s", (unsigned long long)f->line,
		       f->column ? f->column : "");
	put(r, room);
	(void)snprintf(r->faults + n, sizeof(r->faults) - n, "%s\n", f->text);
	if (repeats(f->text) || (f->column && repeats(f->column)))
		fail_msg("a fault repeats what stands in the file: %s", f->text);
}

static void take_weak(void *arg, const struct sw_row_fault *f)
{
	char room[64];

	(void)snprintf(room, sizeof(room), "%llu~", (unsigned long long)f->line);
	put(arg, room);
	assert_false(repeats(f->text));
}

static void take_skipped(void *arg, uint64_t line, const char *why)
{
	char room[64];

	(void)snprintf(room, sizeof(room), "%llu-", (unsigned long long)line);
	put(arg, room);
	assert_true(why[0] != '\0');
}

static void take_file(void *arg, const char *path, uint64_t octets)
{
	(void)arg;
	(void)path;
	(void)octets;
}

void reading_of_path(struct reading *r, enum sw_format format, const char *path)
{
	struct sw_rows to = {
		.realm = SW_LIT(READING_REALM),
		.user = take_user,
		.bad = take_bad,
		.weak = take_weak,
		.skipped = take_skipped,
		.arg = r,
	};
	struct sw_format_job job = {
		.path = path,
		.format = format,
		.hash = sw_hash_new(),
		.to = &to,
		.file = take_file,
	};

	memset(r, 0, sizeof(*r));
	assert_non_null(job.hash);
	r->end = sw_format_read(&job);
	r->format = job.format;
	r->rows = to.rows;
	r->bads = to.bads;
	if (r->end == SW_FORMAT_FAILED) {
		assert_false(repeats(job.why));
		(void)snprintf(r->faults, sizeof(r->faults), "%s", job.why);
	}
	sw_hash_free(job.hash);
}

void reading_of(struct reading *r, enum sw_format format, struct sw_slice text)
{
	int fd = memfd_create("reading", 0);
	char path[64];

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text.p, text.n), (ssize_t)text.n);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	reading_of_path(r, format, path);
	close(fd);
}

void reading_check(enum sw_format format, const struct reading_row *rows, size_t n)
{
	static struct reading r;

	for (size_t i = 0; i < n; i++) {
		print_message("%s\n", rows[i].name);
		reading_of(&r, format, rows[i].text);
		if (strcmp(r.text, rows[i].want) != 0)
			print_message("%s", r.faults);
		assert_string_equal(r.text, rows[i].want);
	}
}
