/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the store share: a folder of their own, a door's policy, lists as text. */
#ifndef SIPWARD_PEOPLE_OF_H
#define SIPWARD_PEOPLE_OF_H

#include "store/people.h"

extern const struct sw_policy test_policy; /* realm example.com; trunks all, new, none, old */
extern struct sw_people_report report;
extern const uint8_t test_key[SW_SEAL_KEY], other_key[SW_SEAL_KEY];

/* A path in a fresh folder, which goes with folder_end. */
int folder_begin(void **state);
int folder_end(void **state);
const char *path_of(const char *name);

bool test_random(void *out, size_t n);
struct sw_store_setting setting_of(const char *path); /* NULL: memory */
struct sw_store *open_good(const struct sw_store_setting *setting);
enum sw_store_trouble open_bad(const struct sw_store_setting *setting, struct sw_store_why *why);

enum sw_people apply(struct sw_store *s, const char *lines);
enum sw_people apply_some(struct sw_store *s, const char *lines); /* bad rows are skipped */

/* A list that must be taken. */
void apply_good(struct sw_store *s, const char *lines);

/* All users as one text, for comparison; the caller frees it. */
char *all_of(struct sw_store *s);

struct sw_binding binding_of(uint64_t id, const char *user, int64_t expires_s);
size_t bindings_of(struct sw_store *s);

#endif
