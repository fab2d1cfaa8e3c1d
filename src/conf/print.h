/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A loaded configuration for readers: the canonical document, and one sentence per trunk. Also
 * diagnostics as JSON.
 */
#ifndef SIPWARD_PRINT_H
#define SIPWARD_PRINT_H

#include <jansson.h>

#include "base/buf.h"
#include "conf/conf.h"

/*
 * The canonical document, mechanically: block = object, one-word statement = string, longer =
 * array of words, repeatable key = array of statements, all leaves strings. Includes are in
 * their place. A cause stands behind the words of its statement: [..., "because", "..."].
 * The caller owns it; NULL when memory is out.
 */
json_t *sw_print_json(const struct sw_conf *c);

/* "gets in by digest sha-256 or md5 (until 2027-06-30) over udp; registers here; 2 users" */
void sw_print_trunk(struct sw_buf *out, const struct sw_policy *p, const struct sw_trunk *t);

/* Array of {code, severity, file, line, column, message, help}. The caller owns it. */
json_t *sw_print_diags(const struct sw_diags *d);

#endif
