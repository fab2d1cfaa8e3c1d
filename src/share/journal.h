/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A journal: records one behind the other in a file, from one writer, for a reader elsewhere and
 * for whoever comes after a death. What a record holds is the business of others.
 *
 * A file only grows until it is emptied as a whole: octets that were written never change and no
 * record is withdrawn, so a reader may look at any time. What a write left half done (a full disk,
 * a death) stays behind as damage, and the next record comes after it.
 *
 * Each record has a sum of 64 bits over all of it and over its place in the file. It is there for
 * torn and flipped octets and for old blocks: damage within one group of eight octets is always
 * found, any other but once in 2^64. It is no defence against who can write the file. Who can only
 * choose text inside a body (a phone its Contact) cannot forge a record there: the magic is of
 * octets that no text of a message may have, and the place is not theirs to know.
 *
 * Descriptors come from the parent, are of regular files, and not O_APPEND.
 */
#ifndef SIPWARD_JOURNAL_H
#define SIPWARD_JOURNAL_H

#include <sipward/reason.h>
#include <sipward/slice.h>

#define SW_JOURNAL_HEAD 28u     /* octets of a record before its body */
#define SW_JOURNAL_BODY 16384u  /* of a body at most */
#define SW_JOURNAL_ROOM 131072u /* of a buffer: a few of the longest records */
#define SW_JOURNAL_STEP 1048576u

/* The writer. Records are made in room and go out with one write. */
struct sw_journal {
	int fd;
	char *room;        /* SW_JOURNAL_ROOM octets, the caller's */
	size_t n;          /* octets in room */
	uint32_t records;  /* in room */
	uint64_t end;      /* where room goes in the file */
	uint64_t reserved; /* up to here the file has its blocks */
};

/* Write behind what is there. The file is nobody else's to write. JOURNAL_FAILED: no such file. */
SW_MUST enum sw_reason sw_journal_start(struct sw_journal *j, int fd, char *room);

/*
 * See to it that this many more octets will fit: blocks are taken in steps of SW_JOURNAL_STEP, so
 * mostly it costs nothing. Ask before something is promised. JOURNAL_FULL: do not promise it. On
 * file systems that cannot reserve it is SW_OK.
 */
SW_MUST enum sw_reason sw_journal_reserve(struct sw_journal *j, size_t octets);

/*
 * Where the next body may be made, of at most `most` octets; then add it with what it really has.
 * NULL: the room is full, write first; or most is above SW_JOURNAL_BODY.
 */
char *sw_journal_claim(struct sw_journal *j, size_t most);
void sw_journal_add(struct sw_journal *j, uint16_t kind, uint64_t sequence, size_t length);

/*
 * All that was added, with one write; the room is empty then, whatever became of it. *done is how
 * many records, in the order they were added, the file now has whole: all of them with SW_OK. The
 * rest is lost and not to be promised: JOURNAL_FULL (disk, quota, limit of size), JOURNAL_FAILED.
 */
SW_MUST enum sw_reason sw_journal_write(struct sw_journal *j, uint32_t *done);

/*
 * Wait until all that was written survives a loss of power. After JOURNAL_FAILED nobody knows what
 * the disk has, and a later SW_OK does not heal it: write what counts into another file.
 */
SW_MUST enum sw_reason sw_journal_sync(int fd);

/* Everything in it was taken elsewhere: the file is empty then. Its writer starts anew. */
SW_MUST enum sw_reason sw_journal_empty(int fd);

enum sw_journal_got {
	SW_JOURNAL_END = 0, /* nothing more now; ask again when something was written */
	SW_JOURNAL_RECORD,
	SW_JOURNAL_NEED_MORE, /* what is left makes no whole record: it is being written, or torn */
	SW_JOURNAL_DAMAGED,   /* these octets are no record; what follows is looked for */
	SW_JOURNAL_UNREADABLE, /* the kernel does not give it */
};

struct sw_journal_record {
	uint16_t kind;
	uint64_t sequence;
	struct sw_slice body; /* in the reader, until the next call */
	uint64_t octets; /* RECORD: of all of it; DAMAGED: skipped; NEED_MORE: left at the end */
};

/* The reader; large. */
struct sw_journal_reader {
	int fd;
	uint64_t at; /* all that is before was given or skipped */
	size_t from, n;
	bool reaches_end; /* what is in room goes as far as the file went */
	char room[SW_JOURNAL_ROOM];
};

/* Read from octet `at` on, which is 0 or where a reader of this file was. */
void sw_journal_read_from(struct sw_journal_reader *r, int fd, uint64_t at);

/*
 * The next record into *out, in the order they were written, which need not be that of their
 * sequence. Only RECORD and DAMAGED go forward; records of another version count as damage. A
 * file that was emptied below `at` looks like END.
 */
SW_MUST enum sw_journal_got sw_journal_read(struct sw_journal_reader *r,
					    struct sw_journal_record *out);

#endif
