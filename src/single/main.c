/* SPDX-License-Identifier: Apache-2.0 */
/* sipward-single: what `sipward serve --single` becomes. */
#include "admin/admin.h"
#include "cmd/cmd.h"
#include "conf/diag.h"

static int be_admin(const struct sw_admin_start *start)
{
	(void)sw_admin_main((void *)(uintptr_t)start);
	return SW_EXIT_OK;
}

int main(int argc, char **argv)
{
	sw_serve_admin = be_admin;
	sw_program = sw_diag_program = "sipward";
	return sw_cmd_serve(argc, argv);
}
