/* SPDX-License-Identifier: Apache-2.0 */
#include "import/format.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "import/asterisk.h"
#include "import/columns.h"
#include "import/freeswitch.h"
#include "import/subscriber.h"

#define START  4096 /* octets that a guess looks at */
#define FIELDS 64

static const char *const names[] = {
	[SW_FORMAT_UNKNOWN] = "",
	[SW_FORMAT_CSV] = "csv",
	[SW_FORMAT_KAMAILIO] = "kamailio",
	[SW_FORMAT_ASTERISK] = "asterisk",
	[SW_FORMAT_FREESWITCH] = "freeswitch",
};

const char *sw_format_name(enum sw_format f)
{
	return names[f];
}

enum sw_format sw_format_named(struct sw_slice name)
{
	for (size_t i = 1; i < SW_ARRAY_LEN(names); i++)
		if (sw_slice_eq(name, sw_slice_of(names[i])))
			return (enum sw_format)i;
	return SW_FORMAT_UNKNOWN;
}

static struct sw_slice next_line(struct sw_slice *s)
{
	const char *end = s->n > 0 ? memchr(s->p, '\n', s->n) : NULL;
	struct sw_slice line = { s->p, end ? (size_t)(end - s->p) : s->n };

	*s = sw_slice_from(*s, end ? line.n + 1 : line.n);
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	return sw_slice_trim(line);
}

static struct sw_slice without_quotes(struct sw_slice s)
{
	s = sw_slice_trim(s);
	if (s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"')
		return (struct sw_slice){ s.p + 1, s.n - 2 };
	return s;
}

/* A header: our own words, or a subscriber's. */
static enum sw_format guess_header(struct sw_slice line)
{
	struct sw_slice name[FIELDS];
	char between = sw_csv_between(line);
	size_t n = 0, own, theirs;

	while (line.n > 0 && n < FIELDS) {
		const char *end = memchr(line.p, between, line.n);
		size_t len = end ? (size_t)(end - line.p) : line.n;

		name[n++] = without_quotes((struct sw_slice){ line.p, len });
		line = sw_slice_from(line, end ? len + 1 : len);
	}
	own = sw_columns_known(SW_COLUMNS_OWN, name, n);
	theirs = sw_columns_known(SW_COLUMNS_SUBSCRIBER, name, n);
	if (theirs > own && theirs >= 2)
		return SW_FORMAT_KAMAILIO;
	return own > 0 ? SW_FORMAT_CSV : SW_FORMAT_UNKNOWN;
}

enum sw_format sw_format_guess(struct sw_slice start)
{
	struct sw_slice line = { 0 };

	if (sw_subscriber_is(start))
		return SW_FORMAT_KAMAILIO;
	if (sw_slice_has_prefix(start, SW_LIT("\xef\xbb\xbf")))
		start = sw_slice_from(start, 3);
	while (start.n > 0 && line.n == 0)
		line = next_line(&start);
	if (line.n > 0 && line.p[0] == '<')
		return SW_FORMAT_FREESWITCH;
	return sw_asterisk_is(line) ? SW_FORMAT_ASTERISK : guess_header(line);
}

static enum sw_format_end fail(struct sw_format_job *job, const char *path, const char *why)
{
	(void)snprintf(job->why, sizeof(job->why), "%s: %s", path, why);
	return SW_FORMAT_FAILED;
}

static enum sw_format_end told(bool ok)
{
	return ok ? SW_FORMAT_READ : SW_FORMAT_REFUSED;
}

static enum sw_format_end read_columns(struct sw_format_job *job, enum sw_columns_kind kind,
				       struct sw_feed *feed, const char *path)
{
	struct sw_columns c = { .kind = kind, .to = job->to, .hash = job->hash };

	job->to->words = sw_columns_words(kind);
	if (!sw_subscriber_is(sw_feed_look(feed, START)))
		return told(sw_columns_file(&c, feed));
	if (kind != SW_COLUMNS_SUBSCRIBER)
		return fail(job, path, "this is a database, not CSV. Say:  --format kamailio");
	if (strcmp(path, "-") == 0)
		return fail(job, path, "a database is read from a file, not from standard input");
	return told(sw_subscriber_file(&c, path));
}

static enum sw_format_end read_as(struct sw_format_job *job, struct sw_feed *feed, const char *path)
{
	switch (job->format) {
	case SW_FORMAT_CSV:
		return read_columns(job, SW_COLUMNS_OWN, feed, path);
	case SW_FORMAT_KAMAILIO:
		return read_columns(job, SW_COLUMNS_SUBSCRIBER, feed, path);
	case SW_FORMAT_ASTERISK:
		job->to->words = sw_asterisk_words;
		return told(sw_asterisk_file(job->to, feed));
	case SW_FORMAT_FREESWITCH:
		job->to->words = sw_freeswitch_words;
		return told(sw_freeswitch_file(job->to, feed, job->folder, path));
	case SW_FORMAT_UNKNOWN:
		break;
	}
	return fail(job, path,
		    "what this is cannot be told from its beginning. Say:  --format csv, "
		    "kamailio, asterisk or freeswitch");
}

static enum sw_format_end read_feed(struct sw_format_job *job, struct sw_feed *feed,
				    const char *path)
{
	enum sw_format_end end;

	feed->progress = job->progress;
	feed->arg = job->arg;
	if (job->format == SW_FORMAT_UNKNOWN)
		job->format = sw_format_guess(sw_feed_look(feed, START));
	end = feed->error == 0 ? read_as(job, feed, path) : SW_FORMAT_FAILED;
	return feed->error == 0 ? end : fail(job, path, strerror(feed->error));
}

static enum sw_format_end read_fd(struct sw_format_job *job, int fd, const char *path)
{
	struct sw_feed feed;
	struct stat st;
	bool known = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0;
	enum sw_format_end end;

	if (!sw_feed_init(&feed, fd))
		return fail(job, path, "no memory");
	job->file(job->arg, path, known ? (uint64_t)st.st_size : 0);
	end = read_feed(job, &feed, path);
	sw_feed_free(&feed);
	return end;
}

static enum sw_format_end read_path(struct sw_format_job *job, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	enum sw_format_end end;

	if (fd < 0)
		return fail(job, path, strerror(errno));
	end = read_fd(job, fd, path);
	close(fd);
	return end;
}

/* Files first: what they say of the folders beside them must be known there. */
static int by_name(const FTSENT **a, const FTSENT **b)
{
	int files = ((*a)->fts_info == FTS_D) - ((*b)->fts_info == FTS_D);

	return files != 0 ? files : strcmp((*a)->fts_name, (*b)->fts_name);
}

static bool is_xml(const FTSENT *e)
{
	return (e->fts_info == FTS_F || e->fts_info == FTS_SLNONE) && e->fts_namelen > 4 &&
	       strcmp(e->fts_name + e->fts_namelen - 4, ".xml") == 0;
}

/* A file that is refused does not keep the others from being looked at. */
static enum sw_format_end read_entries(struct sw_format_job *job, FTS *tree, unsigned *files)
{
	enum sw_format_end all = SW_FORMAT_READ, one;
	const FTSENT *e;

	while ((e = fts_read(tree)) != NULL) {
		if (e->fts_info == FTS_DNR || e->fts_info == FTS_ERR || e->fts_info == FTS_NS)
			return fail(job, e->fts_path, strerror(e->fts_errno));
		if (!is_xml(e))
			continue;
		if (e->fts_info == FTS_SLNONE)
			return fail(job, e->fts_path, "the link leads nowhere");
		++*files;
		one = read_path(job, e->fts_path);
		if (one == SW_FORMAT_FAILED)
			return one;
		if (one == SW_FORMAT_REFUSED)
			all = one;
	}
	return all;
}

static enum sw_format_end read_folder(struct sw_format_job *job)
{
	struct sw_freeswitch_folder folder = { 0 };
	char *const paths[] = { (char *)(uintptr_t)job->path, NULL };
	enum sw_format_end end;
	unsigned files = 0;
	FTS *tree;

	if (job->format != SW_FORMAT_UNKNOWN && job->format != SW_FORMAT_FREESWITCH)
		return fail(job, job->path, "a folder: only FreeSWITCH's directory is one");
	job->format = SW_FORMAT_FREESWITCH;
	tree = fts_open(paths, FTS_LOGICAL | FTS_NOCHDIR, by_name);
	if (!tree)
		return fail(job, job->path, strerror(errno));
	job->folder = &folder;
	end = read_entries(job, tree, &files);
	job->folder = NULL;
	sw_freeswitch_forget(&folder);
	(void)fts_close(tree);
	if (end == SW_FORMAT_READ && files == 0)
		return fail(job, job->path, "no file in this folder ends in .xml");
	return end;
}

enum sw_format_end sw_format_read(struct sw_format_job *job)
{
	struct stat st;

	if (strcmp(job->path, "-") == 0)
		return read_fd(job, STDIN_FILENO, "-");
	if (stat(job->path, &st) == 0 && S_ISDIR(st.st_mode))
		return read_folder(job);
	return read_path(job, job->path);
}
