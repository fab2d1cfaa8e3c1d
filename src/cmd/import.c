/* SPDX-License-Identifier: Apache-2.0 */
/* `sipward user import`: a file of users is read, checked, and put into the store as a whole. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/secret.h"
#include "cmd/options.h"
#include "cmd/progress.h"
#include "cmd/reach.h"
#include "cmd/user.h"
#include "cmd/userwords.h"
#include "import/format.h"
#include "share/clock.h"

#define COMMAND "user import"
#define FAULTS  20 /* that are printed; of the rest only how many */
#define WEAK    5
#define KEPT    1000 /* faults that --json has */

/* A file of those that were read: its lines are numbered behind those of the one before. */
struct part {
	char *path;
	uint64_t base, last; /* number before its first line, and of the last that was seen */
};

struct job {
	struct sw_reach_by by;
	const char *path, *format, *trunk_given;
	struct sw_slice trunk; /* of rows that name none; empty: they must */
	bool skip_bad, dry_run, json;
	struct sw_reach reach;
	struct sw_lines lines;
	struct sw_format_job reading;
	struct sw_rows rows;
	struct part *part;
	size_t parts;
	uint64_t octets; /* of the file that is being read; 0: not known */
	uint64_t weak, skipped, bads;
	uint64_t refused; /* of the bad ones: by the store */
	uint64_t began_us;
	struct sw_progress progress;
	json_t *faults;             /* with --json */
	struct sw_slice last_trunk; /* known to be one */
};

/* --- where a row is --- */

static void note_file(void *arg, const char *path, uint64_t octets)
{
	struct job *j = arg;
	struct part *grown = realloc(j->part, (j->parts + 1) * sizeof(*grown));
	uint64_t base = j->parts > 0 && grown ? grown[j->parts - 1].last : 0;

	j->octets = octets;
	if (!grown)
		return; /* then places are named by the file before */
	j->part = grown;
	grown[j->parts++] = (struct part){ .path = strdup(path), .base = base, .last = base };
}

static uint64_t number_of(struct job *j, uint64_t line)
{
	struct part *p = j->parts > 0 ? &j->part[j->parts - 1] : NULL;

	if (!p)
		return line;
	if (p->base + line > p->last)
		p->last = p->base + line;
	return p->base + line;
}

/* "users.csv:7" of the number 7 */
static void put_place(const struct job *j, uint64_t number, char *out, size_t cap)
{
	const struct part *p = j->part;

	for (size_t i = 0; i < j->parts && j->part[i].base < number; i++)
		p = &j->part[i];
	if (!p)
		(void)snprintf(out, cap, "%s", j->path);
	else if (number > p->base)
		(void)snprintf(out, cap, "%s:%llu", p->path ? p->path : j->path,
			       (unsigned long long)(number - p->base));
	else
		(void)snprintf(out, cap, "%s", p->path ? p->path : j->path);
}

/* --- what is told --- */

struct fault {
	uint64_t number;
	const char *kind, *column, *name, *text; /* all but kind and text may be NULL */
};

static void keep_fault(struct job *j, const struct fault *f, const char *place)
{
	if (!j->faults || json_array_size(j->faults) >= KEPT)
		return;
	(void)json_array_append_new(j->faults, json_pack("{s:s,s:s,s:s?,s:s?,s:s}", "kind", f->kind,
							 "at", place, "column", f->column, "name",
							 f->name, "message", f->text));
}

/* users.csv:7: column password: …; users.csv:7: warning: …; users.csv:7: alice: … */
static void put_fault(const struct fault *f, const char *place)
{
	(void)fprintf(stderr, "%s: ", place);
	if (strcmp(f->kind, "bad") != 0)
		(void)fprintf(stderr, "%s: ", f->kind);
	if (f->column)
		(void)fprintf(stderr, "column %s: ", f->column);
	else if (f->name && f->name[0] != '\0')
		(void)fprintf(stderr, "%s: ", f->name);
	(void)fprintf(stderr, "%s\n", f->text);
}

static void say_fault(struct job *j, const struct fault *f, uint64_t nth, uint64_t most)
{
	char place[1024];

	put_place(j, f->number, place, sizeof(place));
	keep_fault(j, f, place);
	if (nth > most)
		return;
	sw_progress_end(&j->progress);
	put_fault(f, place);
	sw_progress_begin(&j->progress, j->progress.doing);
}

static void take_bad(void *arg, const struct sw_row_fault *f)
{
	struct job *j = arg;
	const struct fault fault = {
		number_of(j, f->line), "bad", f->column, NULL, f->text,
	};

	say_fault(j, &fault, ++j->bads, FAULTS);
}

static void take_weak(void *arg, const struct sw_row_fault *f)
{
	struct job *j = arg;
	char text[128];
	const struct fault fault = { number_of(j, f->line), "warning", NULL, NULL, text };

	(void)snprintf(text, sizeof(text), "the password %s", f->text);
	say_fault(j, &fault, ++j->weak, WEAK);
}

static void take_skipped(void *arg, uint64_t line, const char *why)
{
	struct job *j = arg;
	const struct fault fault = { number_of(j, line), "left out", NULL, NULL, why };

	say_fault(j, &fault, ++j->skipped, WEAK);
}

/* --- the end --- */

static void say_more(uint64_t n, uint64_t most, const char *what)
{
	if (n > most)
		(void)fprintf(stderr, "sipward " COMMAND ": and %llu more %s\n",
			      (unsigned long long)(n - most), what);
}

static uint64_t took_ms(const struct job *j)
{
	return (sw_clock_mono().us - j->began_us) / 1000;
}

static uint64_t count_of(const json_t *report, const char *key)
{
	json_int_t n = json_integer_value(json_object_get(report, key));

	return n > 0 ? (uint64_t)n : 0;
}

static void print_json(const struct job *j, uint64_t added, uint64_t left_out)
{
	json_t *o = json_pack("{s:s,s:s,s:b,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:O}", "file", j->path,
			      "format", sw_format_name(j->reading.format), "dry_run", j->dry_run,
			      "rows", (json_int_t)j->rows.rows, "added", (json_int_t)added, "bad",
			      (json_int_t)j->bads, "weak", (json_int_t)j->weak, "skipped",
			      (json_int_t)j->skipped, "hashes_left_out", (json_int_t)left_out, "ms",
			      (json_int_t)took_ms(j), "faults", j->faults);

	sw_door_print(o);
	json_decref(o);
}

static void print_text(const struct job *j, uint64_t added, uint64_t left_out)
{
	char room[32];

	(void)printf("%s %s users of %s (%s) in %.1f s", j->dry_run ? "would import" : "imported",
		     sw_progress_number(room, added), j->path, sw_format_name(j->reading.format),
		     (double)took_ms(j) / 1000.0);
	if (j->bads > 0)
		(void)printf("; bad rows left out: %s", sw_progress_number(room, j->bads));
	if (left_out > 0)
		(void)printf("; hashes left out that their trunk does not take: %s",
			     sw_progress_number(room, left_out));
	(void)printf("\n");
}

static void print_end(const struct job *j, uint64_t added, uint64_t left_out)
{
	say_more(j->bads, FAULTS, "bad rows");
	say_more(j->weak, WEAK, "weak passwords");
	say_more(j->skipped, WEAK, "that are no users");
	if (j->json)
		print_json(j, added, left_out);
	else
		print_text(j, added, left_out);
}

/* Are there good rows beside the bad ones? */
static bool has_good(const struct job *j)
{
	return j->lines.lines > j->refused;
}

static enum sw_exit say_none(const struct job *j)
{
	char bads[32];

	say_more(j->bads, FAULTS, "bad rows");
	if (j->bads > 0)
		(void)fprintf(stderr,
			      "sipward " COMMAND ": nothing was imported: bad rows: %s. Correct "
			      "them%s\n",
			      sw_progress_number(bads, j->bads),
			      has_good(j) ? ", or take only the good ones:  --skip-bad" : "");
	else
		(void)fprintf(stderr,
			      "sipward " COMMAND ": nothing was imported: there is no user in %s\n",
			      j->path);
	if (j->json)
		print_json(j, 0, 0);
	return SW_EXIT_FAILED;
}

/* --- reading --- */

/* Rows name the same trunk again and again. */
static bool is_trunk(struct job *j, struct sw_slice name)
{
	struct sw_reach_trunk t;

	if (j->last_trunk.n > 0 && sw_slice_eq(name, j->last_trunk))
		return true;
	if (!sw_userwords_find_trunk(&j->reach, name, &t))
		return false;
	j->last_trunk = t.name;
	return true;
}

static void take_user(void *arg, const struct sw_row *row)
{
	struct job *j = arg;
	struct sw_row with = *row;

	if (with.trunk.n == 0)
		with.trunk = j->trunk;
	if (with.trunk.n == 0)
		sw_rows_bad(&j->rows, row->line, SW_ROW_TRUNK,
			    "no trunk is named, and there are several: name it in the row, or by "
			    "--trunk");
	else if (!is_trunk(j, with.trunk))
		sw_rows_bad(&j->rows, row->line, SW_ROW_TRUNK,
			    "the configuration has no trunk of this name");
	else
		sw_lines_user(&j->lines, "add", &with, number_of(j, row->line));
}

static void show_reading(void *arg, uint64_t octets)
{
	struct job *j = arg;

	sw_progress_show(&j->progress, octets, j->octets, j->rows.rows);
}

static enum sw_exit say_failed(const char *why)
{
	(void)fprintf(stderr, "sipward " COMMAND ": %s\n", why);
	return SW_EXIT_FAILED;
}

/* The only trunk there is stands for one that is not named. */
static enum sw_exit find_trunk(struct job *j)
{
	struct sw_reach_trunk t, more;

	if (j->trunk_given) {
		j->trunk = sw_slice_of(j->trunk_given);
		if (is_trunk(j, j->trunk))
			return SW_EXIT_OK;
		(void)fprintf(stderr, "sipward " COMMAND ": the configuration has no trunk %s\n",
			      j->trunk_given);
		return SW_EXIT_FAILED;
	}
	if (sw_reach_trunk(&j->reach, 0, &t) && !sw_reach_trunk(&j->reach, 1, &more))
		j->trunk = t.name;
	return SW_EXIT_OK;
}

static enum sw_exit read_file(struct job *j)
{
	enum sw_format_end end;

	j->rows = (struct sw_rows){
		.realm = sw_reach_realm(&j->reach),
		.user = take_user,
		.bad = take_bad,
		.weak = take_weak,
		.skipped = take_skipped,
		.arg = j,
	};
	j->reading.path = j->path;
	j->reading.to = &j->rows;
	j->reading.file = note_file;
	j->reading.progress = show_reading;
	j->reading.arg = j;
	sw_progress_begin(&j->progress, "reading");
	end = sw_format_read(&j->reading);
	sw_progress_end(&j->progress);
	if (end == SW_FORMAT_FAILED)
		return say_failed(j->reading.why);
	if (end == SW_FORMAT_REFUSED) {
		say_more(j->bads, FAULTS, "bad rows");
		(void)fprintf(stderr, "sipward " COMMAND ": nothing was imported\n");
		return SW_EXIT_FAILED;
	}
	return j->rows.rows + j->bads > 0 ? SW_EXIT_OK : say_none(j);
}

static enum sw_exit read_users(struct job *j)
{
	enum sw_exit code;

	if (!sw_lines_init(&j->lines))
		return say_failed("no memory for this");
	j->reading.hash = sw_hash_new();
	if (!j->reading.hash)
		return say_failed("libcrypto does not give the hashes");
	code = read_file(j);
	if (code == SW_EXIT_OK && !sw_lines_end(&j->lines))
		return say_failed(j->lines.error == EFBIG
					  ? "these are more users than can be taken at once (512 "
					    "MiB of them): import the list in parts"
					  : "no memory for so many users");
	return code;
}

/* --- storing --- */

/* One bad row and nothing is done; the store is asked all the same, to name all of them. */
static bool is_refused(const struct job *j)
{
	return j->bads > 0 && !j->skip_bad;
}

static void show_storing(void *arg, uint64_t rows, uint64_t octets)
{
	struct job *j = arg;

	if (rows == 0 && octets < j->lines.octets)
		j->progress.doing = "sending";
	else
		j->progress.doing = "storing";
	if (rows == 0 && octets == j->lines.octets)
		octets = 0; /* all is there, and how far the door is nobody tells */
	sw_progress_show(&j->progress, octets, octets > 0 ? j->lines.octets : 0, rows);
}

static void take_report(struct job *j, const json_t *report)
{
	const json_t *row;
	size_t i;

	j->refused = count_of(report, "bad");
	json_array_foreach(json_object_get(report, "rows"), i, row)
	{
		const struct fault fault = {
			count_of(row, "row"),
			"bad",
			NULL,
			json_string_value(json_object_get(row, "name")),
			json_string_value(json_object_get(row, "message")),
		};

		say_fault(j, &fault, ++j->bads, FAULTS);
	}
	if (count_of(report, "bad") > i)
		j->bads += count_of(report, "bad") - i;
}

static enum sw_exit take_answer(struct job *j, const struct sw_reach_answer *a)
{
	const json_t *report = json_object_get(a->body, "report");

	if (a->status == 422 && report) {
		take_report(j, report);
		return say_none(j);
	}
	if (a->status != 200)
		return sw_reach_complain(&j->reach, a);
	take_report(j, a->body);
	if (is_refused(j))
		return say_none(j);
	if (!j->dry_run)
		sw_userwords_say_forgets(&j->reach);
	print_end(j, count_of(a->body, "added"), count_of(a->body, "left_out"));
	return count_of(a->body, "added") > 0 ? SW_EXIT_OK : SW_EXIT_FAILED;
}

static enum sw_exit store_users(struct job *j)
{
	const struct sw_reach_how how = {
		.skip_bad = j->skip_bad || j->bads > 0,
		.is_trial = j->dry_run || is_refused(j),
		.progress = show_storing,
		.arg = j,
	};
	struct sw_reach_answer a;
	enum sw_exit code;

	sw_progress_begin(&j->progress, "storing");
	code = sw_reach_put(&j->reach, &j->lines, &how, &a);
	sw_progress_end(&j->progress);
	if (code == SW_EXIT_OK)
		code = take_answer(j, &a);
	json_decref(a.body);
	return code;
}

static enum sw_exit import(struct job *j)
{
	enum sw_exit code = sw_reach_find(&j->reach, COMMAND, &j->by,
					  j->dry_run ? SW_REACH_TRY : SW_REACH_CHANGE);

	if (code == SW_EXIT_OK)
		code = find_trunk(j);
	if (code == SW_EXIT_OK)
		code = read_users(j);
	return code == SW_EXIT_OK ? store_users(j) : code;
}

static enum sw_exit take_words(struct job *j, int words, char **argv)
{
	if (words == 0)
		return sw_options_wrong(COMMAND, "the file is missing (- is standard input)", NULL);
	if (words > 1)
		return sw_options_wrong(COMMAND, "one file at a time, not also", argv[2]);
	j->path = argv[1];
	if (!j->format)
		return SW_EXIT_OK;
	j->reading.format = sw_format_named(sw_slice_of(j->format));
	if (j->reading.format != SW_FORMAT_UNKNOWN)
		return SW_EXIT_OK;
	return sw_options_wrong(
		COMMAND, "--format takes csv, kamailio, asterisk or freeswitch, not", j->format);
}

static enum sw_exit read_options(struct job *j, int argc, char **argv)
{
	const struct sw_option list[] = {
		{ .name = "format", .value = &j->format },
		{ .name = "trunk", .value = &j->trunk_given },
		{ .name = "skip-bad", .flag = &j->skip_bad },
		{ .name = "dry-run", .flag = &j->dry_run },
		{ .name = "json", .flag = &j->json },
		{ .name = "control", .value = &j->by.control },
		{ .name = "config", .letter = 'c', .value = &j->by.conf },
	};
	int words;
	enum sw_exit code = sw_options_read(argc, argv, list, SW_ARRAY_LEN(list), &words);

	return code == SW_EXIT_OK ? take_words(j, words, argv) : code;
}

static void end(struct job *j)
{
	sw_lines_free(&j->lines);
	if (j->reading.hash)
		sw_hash_free(j->reading.hash);
	sw_reach_close(&j->reach);
	json_decref(j->faults);
	for (size_t i = 0; i < j->parts; i++)
		free(j->part[i].path);
	free(j->part);
}

int sw_user_import(int argc, char **argv)
{
	struct job j = { .lines = { .fd = -1 }, .began_us = sw_clock_mono().us };
	enum sw_exit code = read_options(&j, argc, argv);

	j.faults = json_array();
	if (code == SW_EXIT_OK)
		code = import(&j);
	end(&j);
	return (int)code;
}
