/* SPDX-License-Identifier: Apache-2.0 */
#include "alike.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"

#define WINDOWS 64
#define NAME    8 /* octets of every name */

const char *const alike_name[ALIKE_CAUSES] = {
	[ALIKE_WRONG] = "wrong password",   [ALIKE_KEPT] = "wrong password, of the store",
	[ALIKE_UNKNOWN] = "unknown name",   [ALIKE_OFF] = "user off",
	[ALIKE_TRUNK_OFF] = "trunk off",    [ALIKE_OTHER] = "other trunk",
	[ALIKE_NOWHERE] = "no such trunk",  [ALIKE_ALG] = "algorithm of others",
	[ALIKE_ENDED] = "MD5 past its end",
};

static const enum sw_reason reasons[ALIKE_CAUSES] = {
	[ALIKE_WRONG] = SW_R_DIGEST_WRONG,        [ALIKE_KEPT] = SW_R_DIGEST_WRONG,
	[ALIKE_UNKNOWN] = SW_R_DIGEST_NO_USER,    [ALIKE_OFF] = SW_R_DIGEST_USER_OFF,
	[ALIKE_TRUNK_OFF] = SW_R_DIGEST_USER_OFF, [ALIKE_OTHER] = SW_R_DIGEST_OTHER_TRUNK,
	[ALIKE_NOWHERE] = SW_R_DIGEST_NO_TRUNK,   [ALIKE_ALG] = SW_R_DIGEST_ALG_TRUNK,
	[ALIKE_ENDED] = SW_R_DIGEST_ALG_ENDED,
};

/* Letters that names of a cause begin with; the trunk that they are in. */
static const struct {
	char letter;
	const char *trunk;
	bool is_configured, is_kept;
} who[ALIKE_CAUSES] = {
	[ALIKE_WRONG] = { 'w', "staff", true, false },
	[ALIKE_KEPT] = { 'k', "staff", false, true },
	[ALIKE_UNKNOWN] = { 'u', "staff", false, false },
	[ALIKE_OFF] = { 'o', "staff", false, true },
	[ALIKE_TRUNK_OFF] = { 't', "shuts", true, false },
	[ALIKE_OTHER] = { 'r', "other", true, true },
	[ALIKE_NOWHERE] = { 'n', "never", false, true },
	[ALIKE_ALG] = { 'a', "solid", true, false },
	[ALIKE_ENDED] = { 'e', "ended", true, false },
};

#define DIGEST SW_FACTOR_BIT(SW_FACTOR_DIGEST)

static const struct sw_way all = { .factors = DIGEST, .algs = SW_ALG_ALL };
static const struct sw_way strong = { .factors = DIGEST, .algs = SW_ALG_STRONG };

#define TRUNK(text, w, is_on, end)                                                    \
	{                                                                             \
		.name = SW_INIT(text), .phones = true, .enabled = (is_on),            \
		.reg = SW_REGISTER_HERE, .way = (w), .ways = 1, .md5_until_s = (end), \
		.expires_min_s = 60, .expires_max_s = 3600, .contacts = 10            \
	}

static const struct sw_trunk trunks[] = { /* in the order of their names */
					  TRUNK("ended", &all, true, 0),
					  TRUNK("other", &all, true, INT64_MAX),
					  TRUNK("shuts", &all, false, INT64_MAX),
					  TRUNK("solid", &strong, true, INT64_MAX),
					  TRUNK("staff", &all, true, INT64_MAX)
};

struct alike {
	struct sw_policy policy;
	struct sw_users users;
	struct sw_user user[ALIKE_CAUSES * ALIKE_NAMES];
	struct sw_hash *hash;
	struct sw_mac *mac;
	struct sw_engine *e;
	struct sw_input in;
	struct sw_actions out;
	unsigned turn;
	char text[2048], room[SW_ROOM];
};

static void die(const char *what)
{
	fprintf(stderr, "alike: %s\n", what);
	exit(1);
}

static void *zeroed(size_t n)
{
	void *p = calloc(1, n);

	if (!p)
		die("out of memory");
	return p;
}

static struct sw_slice name_of(enum alike_cause cause, unsigned i, char room[NAME + 1])
{
	snprintf(room, NAME + 1, "%c%07u", who[cause].letter, i);
	return (struct sw_slice){ room, NAME };
}

static struct sw_user make_user(struct alike *a, enum alike_cause cause, struct sw_slice name,
				const char *trunk)
{
	struct sw_user u = { .is_off = cause == ALIKE_OFF };

	if (!sw_user_set_names(&u, name, sw_slice_of(trunk)) ||
	    !sw_user_set_password(&u, a->hash, SW_ALG_ALL, a->policy.realm, SW_LIT("password")))
		die("cannot make a user");
	return u;
}

/* Those of the configuration; the names of ALIKE_OTHER are only reserved. */
static void configure_users(struct alike *a)
{
	char room[NAME + 1];

	for (unsigned c = 0; c < ALIKE_CAUSES; c++)
		for (unsigned i = 0; who[c].is_configured && i < ALIKE_NAMES; i++) {
			struct sw_user *u = &a->user[a->policy.users];

			*u = make_user(a, (enum alike_cause)c,
				       name_of((enum alike_cause)c, i, room), who[c].trunk);
			u->is_reserved = who[c].is_kept;
			u->origin = (uint32_t)++a->policy.users;
		}
	a->policy.user = a->user;
}

static void keep(struct alike *a, enum alike_cause cause, const char *letter, unsigned i,
		 const char *trunk)
{
	char room[16];

	snprintf(room, sizeof(room), "%s%07u", letter, i);
	struct sw_user u = make_user(a, cause, (struct sw_slice){ room, NAME }, trunk);

	if (sw_users_put(&a->users, a->mac, &u) != SW_OK)
		die("cannot keep a user");
}

/* Those of the store, strewn over as many more as were asked for. */
static void keep_users(struct alike *a, uint32_t kept)
{
	uint32_t room_for = kept + ALIKE_CAUSES * ALIKE_NAMES, many = 0;

	sw_users_kept_init(&a->users.kept, zeroed(sw_users_kept_size(room_for)), room_for);
	for (unsigned i = 0; i < ALIKE_NAMES; i++) {
		for (unsigned c = 0; c < ALIKE_CAUSES; c++) {
			const char letter[] = { who[c].letter, '\0' };

			if (who[c].is_kept)
				keep(a, (enum alike_cause)c, letter, i,
				     c == ALIKE_OTHER ? "staff" : who[c].trunk);
			for (uint32_t j = 0; j < kept / (ALIKE_CAUSES * ALIKE_NAMES); j++)
				keep(a, ALIKE_KEPT, "m", many++, "staff");
		}
	}
}

struct alike *alike_open(uint32_t kept)
{
	static const struct sw_mac_key key = { "key of tables" };
	struct sw_engine_parts parts = { .key_seed = "seed", .wall.us = 1795421700ll * 1000000 };
	struct alike *a = zeroed(sizeof(*a));

	a->hash = sw_hash_new();
	a->mac = sw_mac_new();
	if (!a->hash || !a->mac)
		die("libcrypto refuses a hash");
	a->policy = (struct sw_policy){ .realm = SW_LIT("example.com"),
					.trunk = trunks,
					.trunks = SW_ARRAY_LEN(trunks),
					.nonce_life_s = 300,
					.message_max = 65536 };
	configure_users(a);
	if (!sw_users_init(&a->users, &a->policy, zeroed(sw_users_size(&a->policy)), a->mac, &key))
		die("cannot make the index of users");
	keep_users(a, kept);
	parts.policy = &a->policy;
	parts.users = a->users;
	sw_location_init(&parts.location, zeroed(sw_location_size(WINDOWS)), WINDOWS, &key);
	sw_replay_init(&parts.replay, zeroed(sw_replay_size(WINDOWS)), WINDOWS);
	a->e = sw_engine_new(&parts);
	if (!a->e || !sw_addr_parse_port(SW_LIT("198.51.100.7:5060"), &a->in.src))
		die("cannot make the engine");
	a->in.transport = SW_UDP;
	a->in.wall = parts.wall;
	return a;
}

void alike_close(struct alike *a)
{
	sw_engine_free(a->e);
	sw_mac_free(a->mac);
	sw_hash_free(a->hash);
	free(a);
}

static void take(struct alike *a)
{
	sw_engine_take(a->e, &a->in, a->room, &a->out);
}

static void request(struct alike *a, const char *auth)
{
	int n = snprintf(a->text, sizeof(a->text),
			 "REGISTER sip:example.com SIP/2.0\r\n"
			 "Via: SIP/2.0/UDP 198.51.100.7:5060;branch=z9hG4bK-%08x;rport\r\n"
			 "Max-Forwards: 70\r\n"
			 "From: <sip:someone@example.com>;tag=a6c85cf\r\n"
			 "To: <sip:someone@example.com>\r\n"
			 "Call-ID: 843817637684230\r\nCSeq: %u REGISTER\r\n"
			 "Contact: <sip:someone@198.51.100.7:5060>\r\n"
			 "User-Agent: a phone that knows every algorithm there is\r\n%s"
			 "Content-Length: 0\r\n\r\n",
			 a->turn, 1000000 + a->turn % 1000000, auth);

	a->in.octets = (struct sw_slice){ a->text, (size_t)n };
}

void alike_prepare(struct alike *a, enum alike_cause cause)
{
	const char *nonce;
	char auth[512], room[NAME + 1];

	(void)name_of(cause, a->turn % ALIKE_NAMES, room);
	a->turn++;
	request(a, "");
	take(a);
	nonce = strstr(a->room, "nonce=\"");
	if (!nonce)
		die("no challenge came");
	snprintf(auth, sizeof(auth),
		 "Authorization: Digest username=\"%s\", realm=\"example.com\", nonce=\"%.43s\", "
		 "uri=\"sip:example.com\", response=\"0123456789abcdef0123456789abcdef\", "
		 "algorithm=MD5, cnonce=\"c0ffee\", qop=auth, nc=00000001\r\n",
		 room, nonce + 7);
	request(a, auth);
}

void alike_fail(struct alike *a)
{
	take(a);
}

void alike_check(const struct alike *a, enum alike_cause cause)
{
	enum sw_reason r = a->out.account.verdict.reason;

	if (r == reasons[cause])
		return;
	fprintf(stderr, "alike: %s came out as %s\n", alike_name[cause], sw_reason_slug(r));
	exit(1);
}
