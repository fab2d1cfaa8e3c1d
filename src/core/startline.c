/* SPDX-License-Identifier: Apache-2.0 */
#include "core/startline.h"

bool sw_startline_is_sip(struct sw_slice line)
{
	for (size_t i = 0; i + 4 <= line.n; i++)
		if (sw_slice_eq_nocase((struct sw_slice){ line.p + i, 4 }, SW_LIT("SIP/")))
			return true;
	return false;
}
