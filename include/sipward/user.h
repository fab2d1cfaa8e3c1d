/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A user: a digest account as a record without pointers, so that it may lie in memory that
 * several processes share. Where it was written down is not in it: origin says in which list.
 */
#ifndef SIPWARD_USER_H
#define SIPWARD_USER_H

#include <sipward/digest.h>
#include <sipward/uri.h>

#define SW_NAME_MAX 64  /* octets of a user's or trunk's name */
#define SW_AORS_MAX 256 /* octets of all addresses and numbers of a user */

/* Which username was hashed into an HA1. */
enum sw_form {
	SW_FORM_NAME = 0,
	SW_FORM_NAME_AT_REALM,
	SW_FORM_COUNT,
};

/* Kinds of entries in aors. */
#define SW_AOR_USER   'a' /* user part of an address-of-record */
#define SW_AOR_NUMBER 'n' /* telephone number */

struct sw_user {
	uint8_t name_n, trunk_n;
	bool is_off;                 /* proves nothing while it is */
	bool is_reserved;            /* only a name, for its trunk: the rest is in the store */
	bool is_cut;                 /* aors has only the first of them: see sw_users_complete */
	uint8_t algs[SW_FORM_COUNT]; /* sets of SW_ALG_BIT with an HA1 */
	uint16_t aors_n;             /* octets used in aors */
	uint32_t origin;             /* index + 1 into policy->origin; 0: of the store */
	char name[SW_NAME_MAX], trunk[SW_NAME_MAX]; /* zeroed behind their ends */
	struct sw_ha1 ha1[SW_FORM_COUNT][SW_ALG_COUNT];
	char aors[SW_AORS_MAX]; /* entries: kind octet, length octet, text */
};

/* Lengths come from shared memory: whoever reads text by them must not run past it. */
static inline struct sw_slice sw_user_name(const struct sw_user *u)
{
	return (struct sw_slice){ u->name, u->name_n < SW_NAME_MAX ? u->name_n : SW_NAME_MAX };
}

static inline struct sw_slice sw_user_trunk(const struct sw_user *u)
{
	return (struct sw_slice){ u->trunk, u->trunk_n < SW_NAME_MAX ? u->trunk_n : SW_NAME_MAX };
}

/* Set name and trunk, each at most SW_NAME_MAX octets; false, and nothing set: one is longer. */
SW_MUST static inline bool sw_user_set_names(struct sw_user *u, struct sw_slice name,
					     struct sw_slice trunk)
{
	if (name.n > SW_NAME_MAX || trunk.n > SW_NAME_MAX)
		return false;
	memset(u->name, 0, sizeof(u->name));
	memset(u->trunk, 0, sizeof(u->trunk));
	if (name.n > 0)
		memcpy(u->name, name.p, name.n);
	if (trunk.n > 0)
		memcpy(u->trunk, trunk.p, trunk.n);
	u->name_n = (uint8_t)name.n;
	u->trunk_n = (uint8_t)trunk.n;
	return true;
}

/*
 * Hashes of this password for every algorithm that the set (with -sess forms) needs, in both forms
 * of the username; those it had go. false: libcrypto failed, and the user has none.
 */
SW_MUST bool sw_user_set_password(struct sw_user *u, struct sw_hash *h, unsigned algs,
				  struct sw_slice realm, struct sw_slice password);

/* One address or number. text borrows from the record. */
struct sw_user_aor {
	char kind;
	struct sw_slice text;
};

/* The entry at *at, which moves on; *at starts at 0. false: none is left. */
SW_MUST static inline bool sw_user_aor_next(const struct sw_user *u, size_t *at,
					    struct sw_user_aor *out)
{
	size_t end = u->aors_n < SW_AORS_MAX ? u->aors_n : SW_AORS_MAX;

	if (*at + 2 > end || (uint8_t)u->aors[*at + 1] > end - *at - 2)
		return false;
	out->kind = u->aors[*at];
	out->text = (struct sw_slice){ u->aors + *at + 2, (uint8_t)u->aors[*at + 1] };
	*at += 2 + out->text.n;
	return true;
}

/* Add an entry of 1 to SW_NAME_MAX octets. false: of another length, or there is no room. */
SW_MUST static inline bool sw_user_add_aor(struct sw_user *u, char kind, struct sw_slice text)
{
	size_t at = u->aors_n;

	if (text.n == 0 || text.n > SW_NAME_MAX || at + 2 + text.n > SW_AORS_MAX)
		return false;
	u->aors[at] = kind;
	u->aors[at + 1] = (char)text.n;
	memcpy(u->aors + at + 2, text.p, text.n);
	u->aors_n = (uint16_t)(at + 2 + text.n);
	return true;
}

/*
 * The address-of-record that this user part, as sent with its escapes, names: *out borrows from
 * the record and is the one spelling of it. A user without any has its name. false: not its own.
 */
SW_MUST static inline bool sw_user_find_aor(const struct sw_user *u, struct sw_slice sent,
					    struct sw_slice *out)
{
	struct sw_user_aor one;
	bool has_any = false;

	for (size_t at = 0; sw_user_aor_next(u, &at, &one);) {
		if (one.kind != SW_AOR_USER)
			continue;
		has_any = true;
		*out = one.text;
		if (sw_user_eq(sent, one.text))
			return true;
	}
	*out = sw_user_name(u);
	return !has_any && sw_user_eq(sent, *out);
}

SW_MUST static inline bool sw_user_has_aor(const struct sw_user *u, struct sw_slice sent)
{
	struct sw_slice aor;

	return sw_user_find_aor(u, sent, &aor);
}

/* The first of its addresses-of-record: its name, where it has no other. */
static inline struct sw_slice sw_user_aor_first(const struct sw_user *u)
{
	struct sw_user_aor one;

	for (size_t at = 0; sw_user_aor_next(u, &at, &one);)
		if (one.kind == SW_AOR_USER)
			return one.text;
	return sw_user_name(u);
}

#endif
