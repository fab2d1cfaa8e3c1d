/* SPDX-License-Identifier: Apache-2.0 */
#include "share/journal.h"

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD    SW_JOURNAL_HEAD
#define LONGEST (HEAD + SW_JOURNAL_BODY)
#define VERSION 1

/* Begins like nothing that a SIP message or a text file holds; LF shows a translation of lines. */
static const char magic[4] = { '\xd7', 'J', '\n', '\x1a' };

/* Offsets in a head; numbers are little-endian. */
enum {
	AT_VERSION = 4,
	AT_KIND = 6,
	AT_LENGTH = 8,
	AT_SEQUENCE = 12,
	AT_SUM = 20,
};

static void put16(char *p, uint16_t v)
{
	v = htole16(v);
	memcpy(p, &v, sizeof(v));
}

static void put32(char *p, uint32_t v)
{
	v = htole32(v);
	memcpy(p, &v, sizeof(v));
}

static void put64(char *p, uint64_t v)
{
	v = htole64(v);
	memcpy(p, &v, sizeof(v));
}

static uint16_t get16(const char *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return le16toh(v);
}

static uint32_t get32(const char *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return le32toh(v);
}

static uint64_t get64(const char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return le64toh(v);
}

/* Each step can be undone, so two texts that differ in one group of eight never meet again. */
static uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15u;
	return h << 29 | h >> 35;
}

static uint64_t sum_octets(uint64_t h, const char *p, size_t n)
{
	char rest[8] = { 0 };

	for (; n >= 8; p += 8, n -= 8)
		h = mix(h, get64(p));
	if (n == 0)
		return h;
	memcpy(rest, p, n);
	return mix(h, get64(rest));
}

/* Of a record that is whole, at this place in the file. Its length stands in its head. */
static uint64_t sum_of(const char *record, uint64_t place)
{
	uint64_t h = sum_octets(mix(VERSION, place), record, AT_SUM);

	h = mix(sum_octets(h, record + HEAD, get32(record + AT_LENGTH)), 0);
	return h ^ h >> 32;
}

/* --- the writer --- */

static enum sw_reason why(int error)
{
	return error == ENOSPC || error == EDQUOT || error == EFBIG ? SW_R_JOURNAL_FULL
								    : SW_R_JOURNAL_FAILED;
}

enum sw_reason sw_journal_start(struct sw_journal *j, int fd, char *room)
{
	struct stat st;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size < 0)
		return SW_R_JOURNAL_FAILED;
	*j = (struct sw_journal){ .fd = fd, .room = room, .end = (uint64_t)st.st_size };
	return SW_OK;
}

enum sw_reason sw_journal_reserve(struct sw_journal *j, size_t octets)
{
	uint64_t want = j->end + j->n + octets;
	uint64_t from = j->reserved > j->end ? j->reserved : j->end;
	uint64_t n;

	if (want <= j->reserved)
		return SW_OK;
	n = (want - from + SW_JOURNAL_STEP - 1) / SW_JOURNAL_STEP * SW_JOURNAL_STEP;
	if (fallocate(j->fd, FALLOC_FL_KEEP_SIZE, (off_t)from, (off_t)n) != 0 &&
	    errno != EOPNOTSUPP && errno != ENOSYS)
		return why(errno);
	j->reserved = from + n;
	return SW_OK;
}

char *sw_journal_claim(struct sw_journal *j, size_t most)
{
	if (most > SW_JOURNAL_BODY || SW_JOURNAL_ROOM - j->n < HEAD + most)
		return NULL;
	return j->room + j->n + HEAD;
}

void sw_journal_add(struct sw_journal *j, uint16_t kind, uint64_t sequence, size_t length)
{
	char *head = j->room + j->n;

	assert(length <= SW_JOURNAL_BODY && SW_JOURNAL_ROOM - j->n >= HEAD + length);
	memcpy(head, magic, sizeof(magic));
	put16(head + AT_VERSION, VERSION);
	put16(head + AT_KIND, kind);
	put32(head + AT_LENGTH, (uint32_t)length);
	put64(head + AT_SEQUENCE, sequence);
	put64(head + AT_SUM, sum_of(head, j->end + j->n));
	j->n += HEAD + length;
	j->records++;
}

/* How many records of the room lie in its first n octets. */
static uint32_t whole_records(const struct sw_journal *j, size_t n)
{
	uint32_t whole = 0;
	size_t at = 0;

	while (at < j->n) {
		at += HEAD + get32(j->room + at + AT_LENGTH);
		if (at > n)
			break;
		whole++;
	}
	return whole;
}

/* Goes on after a short write, for only the next one says why it was short. */
static enum sw_reason write_out(struct sw_journal *j, size_t *wrote)
{
	size_t done = 0;
	ssize_t n;

	while (done < j->n) {
		n = pwrite(j->fd, j->room + done, j->n - done, (off_t)(j->end + done));
		if (n > 0)
			done += (size_t)n;
		else if (n == 0 || errno != EINTR)
			break;
	}
	*wrote = done;
	return done == j->n ? SW_OK : n == 0 ? SW_R_JOURNAL_FAILED : why(errno);
}

enum sw_reason sw_journal_write(struct sw_journal *j, uint32_t *done)
{
	size_t wrote;
	enum sw_reason r = write_out(j, &wrote);

	*done = whole_records(j, wrote);
	j->end += wrote;
	j->n = 0;
	j->records = 0;
	return r;
}

enum sw_reason sw_journal_sync(int fd)
{
	int r;

	do
		r = fdatasync(fd);
	while (r != 0 && errno == EINTR);
	return r == 0 ? SW_OK : why(errno);
}

enum sw_reason sw_journal_empty(int fd)
{
	int r;

	do
		r = ftruncate(fd, 0);
	while (r != 0 && errno == EINTR);
	return r == 0 ? SW_OK : why(errno);
}

/* --- the reader --- */

void sw_journal_read_from(struct sw_journal_reader *r, int fd, uint64_t at)
{
	r->fd = fd;
	r->at = at;
	r->from = r->n = 0;
	r->reaches_end = false;
}

/* The room anew, from r->at on. */
static bool fill(struct sw_journal_reader *r)
{
	size_t n = 0;
	ssize_t got = 1;

	while (got != 0 && n < sizeof(r->room)) {
		got = pread(r->fd, r->room + n, sizeof(r->room) - n, (off_t)(r->at + n));
		if (got > 0)
			n += (size_t)got;
		else if (got < 0 && errno != EINTR)
			return false;
	}
	r->from = 0;
	r->n = n;
	r->reaches_end = got == 0;
	return true;
}

/* Does a whole and good record begin so far into what is in the room? */
static bool is_record(const struct sw_journal_reader *r, size_t ahead)
{
	const char *p = r->room + r->from + ahead;
	size_t n = r->n - r->from - ahead;

	if (n < HEAD || memcmp(p, magic, sizeof(magic)) != 0 || get16(p + AT_VERSION) != VERSION)
		return false;
	if (get32(p + AT_LENGTH) > SW_JOURNAL_BODY || get32(p + AT_LENGTH) > n - HEAD)
		return false;
	return get64(p + AT_SUM) == sum_of(p, r->at + ahead);
}

static enum sw_journal_got give(struct sw_journal_reader *r, struct sw_journal_record *out)
{
	const char *p = r->room + r->from;
	uint32_t length = get32(p + AT_LENGTH);

	*out = (struct sw_journal_record){ .kind = get16(p + AT_KIND),
					   .sequence = get64(p + AT_SEQUENCE),
					   .body = { p + HEAD, length },
					   .octets = HEAD + length };
	r->from += HEAD + length;
	r->at += HEAD + length;
	return SW_JOURNAL_RECORD;
}

/*
 * How far away the next record is: only so far that the longest one would be whole, unless there
 * is nothing behind the room.
 */
static size_t next_record(const struct sw_journal_reader *r)
{
	size_t n = r->n - r->from;
	size_t stop = r->reaches_end ? n : n > LONGEST ? n - LONGEST : 0;
	size_t ahead = 1;

	while (ahead < stop && !is_record(r, ahead)) {
		const char *p = r->room + r->from + ahead + 1;
		const char *end = r->room + r->from + stop;
		const char *next = memchr(p, (unsigned char)magic[0], (size_t)(end - p));

		ahead = next ? (size_t)(next - (r->room + r->from)) : stop;
	}
	return ahead;
}

static enum sw_journal_got skip(struct sw_journal_reader *r, struct sw_journal_record *out)
{
	size_t n = r->n - r->from;
	size_t ahead = next_record(r);

	*out = (struct sw_journal_record){ .octets = ahead };
	if (ahead == n)
		return SW_JOURNAL_NEED_MORE;
	r->from += ahead;
	r->at += ahead;
	return SW_JOURNAL_DAMAGED;
}

/* What is in the room may be older than the file: only what was read anew says that one is bad. */
enum sw_journal_got sw_journal_read(struct sw_journal_reader *r, struct sw_journal_record *out)
{
	if (r->from < r->n && is_record(r, 0))
		return give(r, out);
	if (!fill(r))
		return SW_JOURNAL_UNREADABLE;
	if (r->n == 0)
		return SW_JOURNAL_END;
	return is_record(r, 0) ? give(r, out) : skip(r, out);
}
