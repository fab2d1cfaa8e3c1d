/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/document.h"
#include "plant.h"

struct sw_conf *__real_sw_document_load(struct sw_slice octets, struct sw_document_head *head,
					struct sw_wall now, struct sw_diags *diags);
struct sw_conf *__wrap_sw_document_load(struct sw_slice octets, struct sw_document_head *head,
					struct sw_wall now, struct sw_diags *diags);

/* tail: what stands behind the end is not looked at. */
struct sw_conf *__wrap_sw_document_load(struct sw_slice octets, struct sw_document_head *head,
					struct sw_wall now, struct sw_diags *diags)
{
	struct sw_conf *c = __real_sw_document_load(octets, head, now, diags);

	if (c || octets.n == 0 || !is_planted("tail"))
		return c;
	sw_diags_free(diags);
	octets.n--;
	return __real_sw_document_load(octets, head, now, diags);
}
