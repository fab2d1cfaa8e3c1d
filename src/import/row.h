/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One user as somebody's list has it, and the rules that it must keep. Where the octets come from
 * is the readers' business (csv.h, mysql.h, sqlite.h, asterisk.h, freeswitch.h); what becomes of a
 * user is not decided here. No fault says anything of what stands in a row: it may be a password.
 */
#ifndef SIPWARD_ROW_H
#define SIPWARD_ROW_H

#include <sipward/digest.h>

#define SW_ROW_PASSWORD_MAX 256
#define SW_ROW_ENTRIES_MAX  256 /* octets of all AoRs and numbers, with two more for each */

/* All slices borrow until the function that is given the row returns; empty: not given. */
struct sw_row {
	uint64_t line; /* where it begins, from 1 */
	struct sw_slice name, trunk;
	bool has_password;
	struct sw_slice password;
	struct sw_slice ha1[SW_ALG_COUNT];    /* hexadecimal, of name:realm:password */
	struct sw_slice ha1_at[SW_ALG_COUNT]; /* of name@realm:realm:password */
	struct sw_slice aors, numbers;        /* joined by ";"; p of an empty list is not NULL */
	bool is_off;
};

/* What a fault can be of; each format has its own words for them. */
enum sw_row_part {
	SW_ROW_WHOLE = 0,
	SW_ROW_NAME,
	SW_ROW_PASSWORD,
	SW_ROW_TRUNK,
	SW_ROW_AOR,
	SW_ROW_NUMBER,
	SW_ROW_HA1,                              /* + enum sw_alg */
	SW_ROW_HA1B = SW_ROW_HA1 + SW_ALG_COUNT, /* + enum sw_alg */
	SW_ROW_DOMAIN = SW_ROW_HA1B + SW_ALG_COUNT,
	SW_ROW_ENABLED,
	SW_ROW_PARTS,
};

struct sw_row_fault {
	uint64_t line;      /* 0: of the whole file */
	const char *column; /* a word of ours; NULL: of the whole row */
	const char *text;   /* what is wrong and what to do */
};

/* To whom a reader tells what it finds. */
struct sw_rows {
	struct sw_slice realm;    /* ours; empty: not known, nothing is compared with it */
	const char *const *words; /* SW_ROW_PARTS of them; a NULL in it: our own; may be NULL */
	void (*user)(void *arg, const struct sw_row *row);
	void (*bad)(void *arg, const struct sw_row_fault *fault);
	void (*weak)(void *arg, const struct sw_row_fault *fault);  /* of a row that is taken */
	void (*skipped)(void *arg, uint64_t line, const char *why); /* no user for us, no fault */
	void *arg;
	uint64_t rows, bads; /* counted here */
};

/* A row whose form is right goes to user(), and to weak() before; another to bad(). */
void sw_rows_take(struct sw_rows *to, const struct sw_row *row);

/* Likewise a change of a user that is there: it needs no password and no hash. */
void sw_rows_change(struct sw_rows *to, const struct sw_row *row);

/* A row that cannot be read at all. format as printf has it; never with what the row holds. */
__attribute__((format(printf, 4, 5))) void sw_rows_bad(struct sw_rows *to, uint64_t line,
						       enum sw_row_part part, const char *format,
						       ...);

/* What the format calls it; NULL: SW_ROW_WHOLE. */
const char *sw_rows_word(const struct sw_rows *to, enum sw_row_part part);

/* The next of a list that is joined by ";", trimmed; false: there is none. */
bool sw_row_next(struct sw_slice *list, struct sw_slice *out);

/*
 * Why this is a weak password of that name, as the end of "the password …"; NULL: it is not.
 * Short, the name in it, one of the commonest, one character again and again, or digits only.
 */
const char *sw_row_weakness(struct sw_slice name, struct sw_slice password);

/* Why this can be no password, as above; NULL: it can. */
const char *sw_row_password_fault(struct sw_slice password);

#endif
