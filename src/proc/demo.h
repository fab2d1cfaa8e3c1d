/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The demo: a door on loopback with one user, whose configuration is text in memory and whose
 * password is new at each start. Nothing on disk but its control socket.
 */
#ifndef SIPWARD_DEMO_H
#define SIPWARD_DEMO_H

#include "proc/parent.h"

#define SW_DEMO_PASSWORD 32 /* octets of room for one, with its NUL */

/* A password like wren-cobalt-71. false: the kernel gives no random octets. */
SW_MUST bool sw_demo_password(char out[SW_DEMO_PASSWORD]);

struct sw_demo_setting {
	const char *program, *control; /* how commands that it prints begin; path of its socket */
	enum sw_log_form log_form;
	struct sw_mono begun; /* of "ready in" */
	bool is_beside;       /* another door: commands must say which one they mean */
	bool is_single;       /* these two: see struct sw_parent_setting */
	int (*admin)(const struct sw_admin_start *start);
};

SW_MUST enum sw_parent_end sw_demo_run(const struct sw_demo_setting *setting);

#endif
