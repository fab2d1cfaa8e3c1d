/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/status.h"
#include "plant.h"
#include "share/ipc.h"

json_t *__real_sw_status_json(const struct sw_admin_state *s, struct sw_wall now);
json_t *__wrap_sw_status_json(const struct sw_admin_state *s, struct sw_wall now);

/* order: who asks how it is ends the door. */
json_t *__wrap_sw_status_json(const struct sw_admin_state *s, struct sw_wall now)
{
	if (is_planted("order") && !sw_ipc_send(s->start->parent_fd, SW_IPC_STOP, 0, SW_LIT("")))
		abort();
	return __real_sw_status_json(s, now);
}
