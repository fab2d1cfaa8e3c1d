/* SPDX-License-Identifier: Apache-2.0 */
/* Damaged records of journals: counted, and told in one sentence that names the first place. */
#ifndef SIPWARD_DAMAGE_H
#define SIPWARD_DAMAGE_H

#include <stdbool.h>
#include <stdint.h>

#define SW_DAMAGE_PATH 400
#define SW_DAMAGE_TEXT (SW_DAMAGE_PATH + 300)

struct sw_damage {
	uint64_t n, at; /* how many; octet of the first one */
	bool is_long;   /* one has more octets than any that was written here */
	char path[SW_DAMAGE_PATH];
};

void sw_damage_note(struct sw_damage *d, const char *path, uint64_t at);

/* false: there is none, and nothing is written. */
bool sw_damage_tell(const struct sw_damage *d, char text[SW_DAMAGE_TEXT]);

#endif
