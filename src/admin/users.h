/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control API of users. Those of the configuration are told from it; everything else is asked
 * of the store role, in whose order the answers come, and the caller waits meanwhile: this role
 * does not.
 */
#ifndef SIPWARD_ADMIN_USERS_H
#define SIPWARD_ADMIN_USERS_H

#include "admin/control.h"

enum MHD_Result sw_users_get(struct sw_control *c, struct sw_control_request *r,
			     struct sw_slice rest);
enum MHD_Result sw_users_get_one(struct sw_control *c, struct sw_control_request *r,
				 struct sw_slice name);
enum MHD_Result sw_users_post(struct sw_control *c, struct sw_control_request *r,
			      struct sw_slice rest);
enum MHD_Result sw_users_delete(struct sw_control *c, struct sw_control_request *r,
				struct sw_slice name);

/* PATCH of the user, and POST of its password: an object of what is new. */
enum MHD_Result sw_users_set(struct sw_control *c, struct sw_control_request *r,
			     struct sw_slice name);
enum MHD_Result sw_users_set_password(struct sw_control *c, struct sw_control_request *r,
				      struct sw_slice name);

/* An answer of the store role's; fd below 0: none came along. Takes fd. */
struct MHD_Response *sw_users_answer(const struct sw_control *c, enum sw_control_asked asked,
				     uint32_t code, struct sw_slice text, int fd, unsigned *status);

/* A user of the configuration as JSON; commands write it too. NULL: no memory. */
json_t *sw_users_configured(const struct sw_policy *p, const struct sw_user *u);

#endif
