/* SPDX-License-Identifier: Apache-2.0 */
/* The sandbox of this machine and this build, as -vv and check --runtime tell of it. */
#ifndef SIPWARD_BOXED_H
#define SIPWARD_BOXED_H

#include "conf/conf.h"

#define SW_BOXED_TEXT 1024

/*
 * "seccomp, landlock 7, no-new-privs, no-caps, no-dump, user sipward", of a door that we would
 * start; or why there is none.
 */
void sw_boxed_write(char out[SW_BOXED_TEXT]);

/* Likewise where a configuration is read; what is wrong there goes into diags. */
void sw_boxed_check(const struct sw_conf *conf, struct sw_diags *diags, char out[SW_BOXED_TEXT]);

#endif
