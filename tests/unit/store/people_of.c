/* SPDX-License-Identifier: Apache-2.0 */
#include "people_of.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include <cmocka.h>
#include <ftw.h>

struct sw_people_report report;
const uint8_t test_key[SW_SEAL_KEY] = { 1, 2, 3 }, other_key[SW_SEAL_KEY] = { 1, 2, 4 };

static const struct sw_way ways[] = {
	{ .factors = SW_FACTOR_BIT(SW_FACTOR_DIGEST), .algs = SW_ALG_ALL },
	{ .factors = SW_FACTOR_BIT(SW_FACTOR_DIGEST), .algs = SW_ALG_BIT(SW_ALG_SHA256) },
	{ .factors = 0, .algs = SW_ALG_ALL },
	{ .factors = SW_FACTOR_BIT(SW_FACTOR_DIGEST), .algs = SW_ALG_SESS(SW_ALG_MD5) },
};
static const struct sw_trunk trunks[] = {
	{ .name = SW_INIT("all"), .way = &ways[0], .ways = 1 },
	{ .name = SW_INIT("new"), .way = &ways[1], .ways = 1 },
	{ .name = SW_INIT("none"), .way = &ways[2], .ways = 1 },
	{ .name = SW_INIT("old"), .way = &ways[3], .ways = 1 },
};
static const struct sw_user users[] = {
	{ .name = "conrad", .name_n = 6, .trunk = "all", .trunk_n = 3, .origin = 1 },
	{ .name = "rita",
	  .name_n = 4,
	  .trunk = "new",
	  .trunk_n = 3,
	  .origin = 2,
	  .is_reserved = true },
};
static const struct sw_origin origins[] = {
	{ .file = SW_INIT("a.conf"), .line = 7 },
	{ .file = SW_INIT("a.conf"), .line = 9 },
};
const struct sw_policy test_policy = {
	.realm = SW_INIT("example.com"),
	.trunk = trunks,
	.trunks = SW_ARRAY_LEN(trunks),
	.user = users,
	.users = SW_ARRAY_LEN(users),
	.origin = origins,
};

static char folder[64], path[128];

int folder_begin(void **state)
{
	(void)state;
	/* in memory where there is such a place: a sync of a disk costs more than all else */
	(void)snprintf(folder, sizeof(folder), "%s/sipward-store-XXXXXX",
		       access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_one(const char *name, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(name);
}

int folder_end(void **state)
{
	(void)state;
	return nftw(folder, remove_one, 4, FTW_DEPTH | FTW_PHYS);
}

const char *path_of(const char *name)
{
	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

bool test_random(void *out, size_t n)
{
	return getrandom(out, n, 0) == (ssize_t)n;
}

struct sw_store_setting setting_of(const char *file)
{
	return (struct sw_store_setting){
		.kind = file ? SW_STORE_SQLITE : SW_STORE_MEMORY,
		.path = file,
		.realm = SW_INIT("example.com"),
		.seal = file ? test_key : NULL,
		.draw = test_random,
	};
}

struct sw_store *open_good(const struct sw_store_setting *setting)
{
	struct sw_store_why why;
	struct sw_store *s = sw_store_open(setting, &why);

	if (!s)
		fail_msg("%s", why.text);
	return s;
}

enum sw_store_trouble open_bad(const struct sw_store_setting *setting, struct sw_store_why *why)
{
	assert_null(sw_store_open(setting, why));
	assert_true(strlen(why->text) > 20);
	assert_null(strchr(why->text, '\n'));
	return why->trouble;
}

static enum sw_people apply_as(struct sw_store *s, const char *lines, bool skip_bad)
{
	struct sw_hash *hash = sw_hash_new();
	const struct sw_people_rules rules = {
		.policy = &test_policy, .hash = hash, .skip_bad = skip_bad, .users_max = 100000
	};
	int fd = memfd_create("people", MFD_CLOEXEC);
	enum sw_people end;

	assert_int_equal(write(fd, lines, strlen(lines)), strlen(lines));
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	end = sw_people_apply(s, fd, &rules, &report);
	close(fd);
	sw_hash_free(hash);
	return end;
}

enum sw_people apply(struct sw_store *s, const char *lines)
{
	return apply_as(s, lines, false);
}

enum sw_people apply_some(struct sw_store *s, const char *lines)
{
	return apply_as(s, lines, true);
}

void apply_good(struct sw_store *s, const char *lines)
{
	enum sw_people end = apply(s, lines);

	if (end == SW_PEOPLE_BAD_ROWS)
		fail_msg("row %d: %s", (int)report.first[0].row, report.first[0].message);
	if (end == SW_PEOPLE_FAILED)
		fail_msg("%s", report.why.text);
}

char *all_of(struct sw_store *s)
{
	struct sw_store_why why;
	json_t *o = sw_people_list(s, SW_LIT(""), 1000, &why);
	char *text = o ? json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS) : NULL;

	if (!text)
		fail_msg("%s", why.text);
	json_decref(o);
	return text;
}

struct sw_binding binding_of(uint64_t id, const char *user, int64_t expires_s)
{
	struct sw_binding b = { .id = id,
				.expires_s = expires_s,
				.refreshed_us = 1000000,
				.granted_s = 300,
				.cseq = 4000000000u,
				.reg_id = 1,
				.q = 500,
				.call_id = { 1, 0, 255 },
				.instance = { 2 },
				.transport = SW_UDP,
				.src = { SW_FAMILY_4, 5060, 0, { 192, 0, 2, 1 } },
				.at = { SW_FAMILY_6, 5062, 0, { 0x20, 1, 0xd, 0xb8, [15] = 1 } },
				.uri_at = 1,
				.uri_n = 10 };
	struct sw_slice name = sw_slice_of(user);

	memcpy(b.aor, name.p, name.n);
	memcpy(b.user, name.p, name.n);
	b.aor_n = b.user_n = (uint16_t)name.n;
	b.text_n = (uint16_t)snprintf(b.text, sizeof(b.text), "<sip:a@b.cd>");
	b.path_n = (uint16_t)snprintf(b.path, sizeof(b.path), "<sip:edge;lr>");
	return b;
}

static bool count(void *arg, const struct sw_binding *b)
{
	*(size_t *)arg += b != NULL;
	return true;
}

size_t bindings_of(struct sw_store *s)
{
	struct sw_store_why why;
	size_t n = 0;

	assert_true(sw_store_each_binding(s, count, &n, &why));
	return n;
}
