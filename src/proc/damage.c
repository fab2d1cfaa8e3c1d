/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/damage.h"

#include <inttypes.h>
#include <stdio.h>

void sw_damage_note(struct sw_damage *d, const char *path, uint64_t at)
{
	if (d->n++ > 0)
		return;
	d->at = at;
	(void)snprintf(d->path, sizeof(d->path), "%s", path);
}

bool sw_damage_tell(const struct sw_damage *d, char text[SW_DAMAGE_TEXT])
{
	if (d->n == 0)
		return false;
	(void)snprintf(text, SW_DAMAGE_TEXT,
		       "%" PRIu64 " damaged places in journals of registrations were left out, the "
		       "first at octet %" PRIu64 " of %s: look for errors of its disk%s",
		       d->n, d->at, d->path,
		       d->is_long ? ", and for who else writes there: one is longer than the door "
				    "makes it"
				  : "");
	return true;
}
