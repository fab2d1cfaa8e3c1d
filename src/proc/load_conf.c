/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/load_conf.h"

#include "share/area.h"

static void say_first(const struct sw_diags *diags, struct sw_why *why)
{
	for (size_t i = 0; i < diags->n; i++) {
		const struct sw_diag *d = &diags->list[i];

		if (!d->is_error)
			continue;
		(void)sw_why_say(why, "%.*s", SW_DIAG_S(d->message));
		return;
	}
	(void)sw_why_say(why, "there is not enough memory for this configuration");
}

struct sw_conf *sw_conf_from_document(int fd, struct sw_document_head *head, struct sw_wall now,
				      struct sw_why *why)
{
	struct sw_diags diags = { 0 };
	struct sw_area area;
	struct sw_conf *c;

	if (!sw_area_read(&area, fd, SW_LOAD_DOCUMENT_MOST)) {
		(void)sw_why_say(why,
				 "what came as a configuration is none that is sealed, or there "
				 "is no memory for it");
		return NULL;
	}
	c = sw_document_load((struct sw_slice){ area.p, area.n }, head, now, &diags);
	if (!c)
		say_first(&diags, why);
	sw_diags_free(&diags);
	sw_area_close(&area);
	return c;
}

bool sw_document_is_same(int a, int b)
{
	struct sw_area left = { 0 }, right = { 0 };
	bool same = sw_area_read(&left, a, SW_LOAD_DOCUMENT_MOST) &&
		    sw_area_read(&right, b, SW_LOAD_DOCUMENT_MOST) && left.n == right.n &&
		    (left.n == 0 || memcmp(left.p, right.p, left.n) == 0);

	sw_area_close(&left);
	sw_area_close(&right);
	return same;
}
