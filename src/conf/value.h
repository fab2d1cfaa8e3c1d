/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values as the language writes them. Pure: text in, a number or a verdict out; messages are the
 * caller's. Outs are written only on true.
 */
#ifndef SIPWARD_VALUE_H
#define SIPWARD_VALUE_H

#include <sipward/slice.h>

/* N and ms, s, m, h or d; the same number with one of k or m: 300s, 64k. */
SW_MUST bool sw_value_duration_ms(struct sw_slice text, uint64_t *out);
SW_MUST bool sw_value_size(struct sw_slice text, uint64_t *out);

/* YYYY-MM-DD of the years 2000 to 9999, to its end: the second after the last of that day. */
SW_MUST bool sw_value_date_end_s(struct sw_slice text, int64_t *out);

/* A host name or an IP address without brackets and port. */
bool sw_value_is_host(struct sw_slice text);

/* Characters and length of a trunk's name. A user's: core/name.h. */
bool sw_value_is_trunk_name(struct sw_slice text);

#endif
