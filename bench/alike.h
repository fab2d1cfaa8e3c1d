/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A door and the causes of a failed login that nobody outside may tell apart, as requests that
 * are equally long: for the programs that count instructions and time.
 */
#ifndef SIPWARD_ALIKE_H
#define SIPWARD_ALIKE_H

#include <sipward/engine.h>

enum alike_cause {
	ALIKE_WRONG,     /* of the configuration, wrong password */
	ALIKE_KEPT,      /* of the store, wrong password */
	ALIKE_UNKNOWN,   /* a name that does not exist */
	ALIKE_OFF,       /* a user that is switched off */
	ALIKE_TRUNK_OFF, /* its trunk is */
	ALIKE_OTHER,     /* reserved for another trunk */
	ALIKE_NOWHERE,   /* of a trunk that does not exist */
	ALIKE_ALG,       /* its trunk does not take the algorithm */
	ALIKE_ENDED,     /* MD5 past its end */
	ALIKE_CAUSES,
};

extern const char *const alike_name[ALIKE_CAUSES];

struct alike;

/* Ends the program where it cannot. The store keeps `kept` users. */
struct alike *alike_open(uint32_t kept);
void alike_close(struct alike *a);

/* The next failed login by this cause, up to its last request; alike_fail takes that. */
void alike_prepare(struct alike *a, enum alike_cause cause);
void alike_fail(struct alike *a);

/* Did it fail for this cause? Ends the program if not. */
void alike_check(const struct alike *a, enum alike_cause cause);

#define ALIKE_NAMES 64u /* users of each cause, taken in turn */

#endif
