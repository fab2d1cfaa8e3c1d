/* SPDX-License-Identifier: Apache-2.0 */
#include "sip/state.h"

uint64_t sw_state_draw(struct sw_engine *e)
{
	uint64_t n = e->drawn++;

	return sw_mac_u64(e->mac, &e->random_key, (struct sw_slice){ (const char *)&n, sizeof(n) });
}
