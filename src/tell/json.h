/* SPDX-License-Identifier: Apache-2.0 */
/* Small pieces of JSON that are written everywhere, by jansson. */
#ifndef SIPWARD_JSON_H
#define SIPWARD_JSON_H

#include <jansson.h>
#include <sipward/slice.h>

#include "base/time.h"

#define SW_JSON_TEXT 512 /* octets that a text may have after cleaning; the rest is cut */

/* o[key] = value, which is taken over, NULL too: then memory is out and the key stays away. */
void sw_json_put(json_t *o, const char *key, json_t *value);

/* A cleaned text (obs/text.h), null when it is empty; cut to `most` octets. */
json_t *sw_json_text(struct sw_slice s, size_t most);

/* "2026-11-23T08:14:07.412Z"; null for the start of 1970, which stands for never. */
json_t *sw_json_time(struct sw_wall t);

/* Set of algorithms as a list of words: ["sha-256", "md5"]; strongest first. */
json_t *sw_json_algs(unsigned set);

/* "/etc/sipward/sipward.conf:12"; null when line is 0. */
json_t *sw_json_place(struct sw_slice file, uint32_t line);

#endif
