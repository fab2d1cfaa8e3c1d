/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/secret.h"
#include "store/adapter.h"
#include "store/person.h"

#define NONCES    256 /* drawn at once: a system call a user would be most of an import */
#define NAME_MAX  4200
#define REALM_MAX 255
#define SEQ       "seq" /* key of the highest number; eight octets */
#define HA1_MAX   sizeof(((struct sw_user *)NULL)->ha1)
#define BOUND_MAX (REALM_MAX + 2 * SW_NAME_MAX + SW_AORS_MAX + 32)

struct sw_store {
	const struct sw_adapter *adapter;
	void *a;
	struct sw_seal *seal;
	bool (*draw)(void *out, size_t n);
	bool takes_users;
	uint64_t users, users_before; /* before the transaction that runs */
	uint64_t seq;                 /* the highest number of a change of a binding */
	size_t nonces;                /* left */
	uint8_t nonce[NONCES][SW_SEAL_NONCE];
	size_t realm_n;
	char realm[REALM_MAX];
	char name[NAME_MAX];
};

bool sw_entry_next(struct sw_slice *entries, char *kind, struct sw_slice *text)
{
	size_t n = entries->n < 2 ? 0 : (uint8_t)entries->p[1];

	if (entries->n < 2 || n > entries->n - 2)
		return false;
	*kind = entries->p[0];
	*text = (struct sw_slice){ entries->p + 2, n };
	*entries = sw_slice_from(*entries, 2 + n);
	return true;
}

static struct sw_slice realm_of(const struct sw_store *s)
{
	return (struct sw_slice){ s->realm, s->realm_n };
}

static bool say_realm(const struct sw_store *s, struct sw_slice kept, struct sw_store_why *why)
{
	return sw_store_say(why, SW_STORE_REALM,
			    "%s holds users of the realm %.*s, not %.*s, and what it has of their "
			    "passwords is good for that realm only: put the realm back, or name "
			    "another place with store",
			    s->name, (int)kept.n, kept.p, (int)s->realm_n, s->realm);
}

static bool set_meta(struct sw_store *s, const char *key, struct sw_slice value, bool is_read,
		     struct sw_store_why *why)
{
	return is_read || s->adapter->set_meta(s->a, key, value, why);
}

/* Where there are no users yet, whatever the configuration says is right from now on. */
static bool check_realm(struct sw_store *s, bool is_read, struct sw_store_why *why)
{
	char room[REALM_MAX + 1];
	struct sw_buf kept = sw_buf_over(room, sizeof(room));

	if (!s->adapter->meta(s->a, "realm", &kept, why))
		return false;
	if (sw_slice_eq(sw_buf_slice(&kept), realm_of(s)))
		return true;
	if (s->users > 0)
		return say_realm(s, sw_buf_slice(&kept), why);
	return set_meta(s, "realm", realm_of(s), is_read, why);
}

static bool say_no_key(const struct sw_store *s, struct sw_store_why *why)
{
	return sw_store_say(why, SW_STORE_KEY_NONE,
			    "%s holds users (%" PRIu64 "), sealed with a key that is not there",
			    s->name, s->users);
}

static bool check_key(struct sw_store *s, const uint8_t *key, bool is_read,
		      struct sw_store_why *why)
{
	char room[SW_SEAL_CHECK + 1];
	struct sw_buf kept = sw_buf_over(room, sizeof(room));
	uint8_t check[SW_SEAL_CHECK];
	struct sw_slice now = { (const char *)check, sizeof(check) };

	if (!key)
		return s->users == 0 || say_no_key(s, why);
	if (!s->adapter->meta(s->a, "seal", &kept, why))
		return false;
	if (!sw_seal_check(key, check))
		return sw_store_say(why, SW_STORE_BROKEN, "libcrypto has no HKDF here");
	if (sw_slice_eq(sw_buf_slice(&kept), now))
		return true;
	if (s->users > 0)
		return sw_store_say(why, SW_STORE_KEY_WRONG,
				    "%s holds users (%" PRIu64 "), sealed with another key",
				    s->name, s->users);
	return set_meta(s, "seal", now, is_read, why);
}

/* A key of memory's own is never asked for again. */
static bool take_key(struct sw_store *s, const struct sw_store_setting *setting,
		     struct sw_store_why *why)
{
	uint8_t own[SW_SEAL_KEY];
	const uint8_t *key = setting->seal;

	if (setting->kind == SW_STORE_MEMORY && !key && s->draw(own, sizeof(own)))
		key = own;
	s->takes_users = key && !setting->is_read;
	if (key)
		s->seal = sw_seal_new(key);
	sw_secret_wipe(own, sizeof(own));
	if (key && !s->seal)
		return sw_store_say(why, SW_STORE_BROKEN, "libcrypto has no AES-256-GCM here");
	return true;
}

static void write_name(struct sw_store *s, const struct sw_store_setting *setting)
{
	if (setting->kind == SW_STORE_MEMORY)
		(void)snprintf(s->name, sizeof(s->name), "memory");
	else
		(void)snprintf(s->name, sizeof(s->name), "sqlite %s", setting->path);
}

static void know_seq(struct sw_store *s, uint64_t seq)
{
	if (seq > s->seq)
		s->seq = seq;
}

/* What was kept last, or what a binding has: it may be newer. */
static bool load_seq(struct sw_store *s, bool is_read, struct sw_store_why *why)
{
	char room[sizeof(s->seq) + 1];
	struct sw_buf kept = sw_buf_over(room, sizeof(room));
	uint64_t seq = 0;

	if (is_read)
		return true;
	if (!s->adapter->last_seq(s->a, &s->seq, why) || !s->adapter->meta(s->a, SEQ, &kept, why))
		return false;
	if (kept.n == sizeof(seq))
		memcpy(&seq, kept.p, sizeof(seq));
	know_seq(s, seq);
	return true;
}

static bool open_it(struct sw_store *s, const struct sw_store_setting *setting,
		    struct sw_store_why *why)
{
	s->adapter = setting->kind == SW_STORE_MEMORY ? &sw_adapter_memory : &sw_adapter_sqlite;
	s->draw = setting->draw;
	write_name(s, setting);
	if (setting->realm.n > sizeof(s->realm))
		return sw_store_say(why, SW_STORE_BROKEN, "the realm is too long for a store");
	memcpy(s->realm, setting->realm.p, setting->realm.n);
	s->realm_n = setting->realm.n;
	s->a = s->adapter->open(setting, why);
	return s->a && s->adapter->count(s->a, &s->users, why) &&
	       load_seq(s, setting->is_read, why) && check_realm(s, setting->is_read, why) &&
	       check_key(s, setting->seal, setting->is_read, why) && take_key(s, setting, why);
}

struct sw_store *sw_store_open(const struct sw_store_setting *setting, struct sw_store_why *why)
{
	struct sw_store *s = calloc(1, sizeof(*s));

	sw_person_guard();
	*why = (struct sw_store_why){ 0 };
	if (!s) {
		(void)sw_store_say(why, SW_STORE_MEMORY_OUT, "there is not enough memory");
		return NULL;
	}
	if (open_it(s, setting, why))
		return s;
	sw_store_close(s);
	return NULL;
}

void sw_store_close(struct sw_store *s)
{
	if (!s)
		return;
	if (s->a)
		s->adapter->close(s->a);
	sw_seal_free(s->seal);
	free(s);
}

const char *sw_store_name(const struct sw_store *s)
{
	return s->name;
}

uint64_t sw_store_users(const struct sw_store *s)
{
	return s->users;
}

bool sw_store_takes_users(const struct sw_store *s)
{
	return s->takes_users;
}

bool sw_store_begin(struct sw_store *s, bool bindings, struct sw_store_why *why)
{
	s->users_before = s->users;
	return s->adapter->begin(s->a, bindings, why);
}

bool sw_store_commit(struct sw_store *s, struct sw_store_why *why)
{
	return s->adapter->commit(s->a, why);
}

void sw_store_rollback(struct sw_store *s)
{
	s->adapter->rollback(s->a);
	s->users = s->users_before;
}

/* What a box belongs to: with anything else in its row, or in another realm, it stays closed. */
static struct sw_slice bound_to(const struct sw_store *s, const struct sw_row *row,
				char room[BOUND_MAX])
{
	struct sw_buf b = sw_buf_over(room, BOUND_MAX);

	sw_buf_put(&b, realm_of(s));
	sw_buf_char(&b, '\0'); /* in no name */
	sw_buf_put(&b, row->name);
	sw_buf_char(&b, '\0');
	sw_buf_put(&b, row->trunk);
	sw_buf_char(&b, '\0');
	sw_buf_u64(&b, row->algs);
	sw_buf_char(&b, row->is_off ? '-' : '+');
	sw_buf_put(&b, row->entries);
	return sw_buf_slice(&b);
}

static uint32_t algs_of(const struct sw_user *u)
{
	return (uint32_t)u->algs[SW_FORM_NAME] | (uint32_t)u->algs[SW_FORM_NAME_AT_REALM] << 8;
}

/*
 * HA1 values of these sets, one behind the other, between a record and octets: to octets, or from
 * them. The number of octets.
 */
static size_t move_ha1(struct sw_user *u, uint8_t *octets, bool is_out)
{
	size_t n = 0;

	for (unsigned form = 0; form < SW_FORM_COUNT; form++) {
		for (unsigned alg = SW_ALG_MD5; alg < SW_ALG_COUNT; alg++) {
			uint8_t *ha1 = u->ha1[form][alg].octets;
			size_t len = sw_alg_len((enum sw_alg)alg);

			if (!(u->algs[form] & SW_ALG_BIT(alg)))
				continue;
			memcpy(is_out ? octets + n : ha1, is_out ? ha1 : octets + n, len);
			n += len;
		}
	}
	return n;
}

static const uint8_t *draw_nonce(struct sw_store *s)
{
	if (s->nonces == 0) {
		if (!s->draw(s->nonce, sizeof(s->nonce)))
			return NULL;
		s->nonces = NONCES;
	}
	return s->nonce[--s->nonces];
}

/* The box of a user; *n its octets. */
static bool seal_user(struct sw_store *s, const struct sw_user *u, const struct sw_row *row,
		      uint8_t *box, size_t *n, struct sw_store_why *why)
{
	const uint8_t *nonce = draw_nonce(s);
	uint8_t octets[HA1_MAX];
	char room[BOUND_MAX];
	struct sw_user copy = *u;
	size_t len = move_ha1(&copy, octets, true);
	bool ok = nonce && sw_seal_close(s->seal, nonce, bound_to(s, row, room), octets, len, box);

	sw_secret_wipe(octets, sizeof(octets));
	sw_secret_wipe(&copy, sizeof(copy));
	*n = len + SW_SEAL_MORE;
	return ok || sw_store_say(why, SW_STORE_BROKEN,
				  "libcrypto or the kernel does not seal: nothing was changed");
}

struct opening {
	struct sw_store *s;
	struct sw_user *out;
	sw_store_user_fn fn; /* or NULL: one is looked up */
	void *arg;
	struct sw_store_why *why;
	bool ok;
};

static bool open_box(struct sw_store *s, const struct sw_row *row, struct sw_user *u)
{
	uint8_t octets[HA1_MAX];
	char room[BOUND_MAX];
	bool ok;

	if (row->box.n < SW_SEAL_MORE || row->box.n - SW_SEAL_MORE > sizeof(octets))
		return false;
	memset(octets, 0, sizeof(octets));
	ok = sw_seal_open(s->seal, row->box, bound_to(s, row, room), octets) &&
	     move_ha1(u, octets, false) == row->box.n - SW_SEAL_MORE;
	sw_secret_wipe(octets, sizeof(octets));
	return ok;
}

static bool read_user(struct sw_store *s, const struct sw_row *row, struct sw_user *u)
{
	memset(u, 0, sizeof(*u));
	if (!sw_user_set_names(u, row->name, row->trunk) || row->entries.n > sizeof(u->aors) ||
	    row->algs > UINT16_MAX || (row->algs & ~(SW_ALG_ALL | SW_ALG_ALL << 8)))
		return false;
	u->is_off = row->is_off;
	u->algs[SW_FORM_NAME] = (uint8_t)row->algs;
	u->algs[SW_FORM_NAME_AT_REALM] = (uint8_t)(row->algs >> 8);
	if (row->entries.n > 0)
		memcpy(u->aors, row->entries.p, row->entries.n);
	u->aors_n = (uint16_t)row->entries.n;
	return s->seal && open_box(s, row, u);
}

static bool on_row(void *arg, const struct sw_row *row)
{
	struct opening *o = arg;

	o->ok = read_user(o->s, row, o->out);
	if (!o->ok)
		return sw_store_say(o->why, SW_STORE_CORRUPT,
				    "%s: what it holds of the user %.*s was changed by somebody "
				    "else, or is damaged: delete that user and add it again",
				    o->s->name, (int)row->name.n, row->name.p);
	return o->fn && o->fn(o->arg, o->out);
}

enum sw_store_row sw_store_user(struct sw_store *s, struct sw_slice name, struct sw_user *out,
				struct sw_store_why *why)
{
	struct opening o = { .s = s, .out = out, .why = why, .ok = true };
	enum sw_store_row got = s->adapter->user(s->a, name, on_row, &o, why);

	return o.ok ? got : SW_STORE_ROW_FAILED;
}

/* Nothing is opened: the row is there. */
static bool on_any(void *arg, const struct sw_row *row)
{
	(void)arg;
	(void)row;
	return false;
}

enum sw_store_row sw_store_has_user(struct sw_store *s, struct sw_slice name,
				    struct sw_store_why *why)
{
	return s->adapter->user(s->a, name, on_any, NULL, why);
}

/* Is this entry free for u? */
static enum sw_store_row look_at_owner(struct sw_store *s, const struct sw_user *u, char kind,
				       struct sw_slice text, struct sw_store_taken *taken,
				       struct sw_store_why *why)
{
	struct sw_buf by = sw_buf_over(taken->by, sizeof(taken->by));
	enum sw_store_row got = s->adapter->owner(s->a, kind, text, &by, why);

	if (got == SW_STORE_NO_ROW || got == SW_STORE_ROW_FAILED)
		return got;
	if (sw_slice_eq(sw_buf_slice(&by), sw_user_name(u)))
		return SW_STORE_NO_ROW;
	taken->kind = kind;
	taken->text = text;
	taken->by_n = by.n;
	return SW_STORE_TAKEN;
}

static enum sw_store_row look_at_owners(struct sw_store *s, const struct sw_user *u,
					struct sw_store_taken *taken, struct sw_store_why *why)
{
	struct sw_user_aor one;
	bool has_aor = false;

	for (size_t at = 0; sw_user_aor_next(u, &at, &one);) {
		enum sw_store_row got = look_at_owner(s, u, one.kind, one.text, taken, why);

		if (got != SW_STORE_NO_ROW)
			return got;
		has_aor |= one.kind == SW_AOR_USER;
	}
	if (has_aor)
		return SW_STORE_NO_ROW;
	return look_at_owner(s, u, SW_AOR_USER, sw_user_name(u), taken, why);
}

static enum sw_store_row write_user(struct sw_store *s, const struct sw_user *u, bool is_new,
				    struct sw_store_why *why)
{
	uint8_t box[HA1_MAX + SW_SEAL_MORE];
	size_t n;
	struct sw_row row = { .name = sw_user_name(u),
			      .trunk = sw_user_trunk(u),
			      .entries = { u->aors, u->aors_n },
			      .algs = algs_of(u),
			      .is_off = u->is_off };

	if (!seal_user(s, u, &row, box, &n, why))
		return SW_STORE_ROW_FAILED;
	row.box = (struct sw_slice){ (const char *)box, n };
	if (!s->adapter->put_user(s->a, &row, is_new, why))
		return SW_STORE_ROW_FAILED;
	s->users += is_new;
	return SW_STORE_ROW;
}

enum sw_store_row sw_store_put_user(struct sw_store *s, const struct sw_user *u, bool is_new,
				    struct sw_store_taken *taken, struct sw_store_why *why)
{
	enum sw_store_row got = s->adapter->user(s->a, sw_user_name(u), on_any, NULL, why);

	*taken = (struct sw_store_taken){ 0 };
	if (got == SW_STORE_ROW_FAILED || (got == SW_STORE_NO_ROW && !is_new))
		return got;
	if (got == SW_STORE_ROW && is_new)
		return SW_STORE_TAKEN;
	if (is_new) {
		got = look_at_owner(s, u, 0, sw_user_name(u), taken, why);
		if (got != SW_STORE_NO_ROW)
			return got;
	}
	got = look_at_owners(s, u, taken, why);
	return got == SW_STORE_NO_ROW ? write_user(s, u, is_new, why) : got;
}

enum sw_store_row sw_store_drop_user(struct sw_store *s, struct sw_slice name,
				     struct sw_store_why *why)
{
	enum sw_store_row got = s->adapter->user(s->a, name, on_any, NULL, why);

	if (got != SW_STORE_ROW)
		return got;
	if (!s->adapter->drop_user(s->a, name, why))
		return SW_STORE_ROW_FAILED;
	s->users--;
	return SW_STORE_ROW;
}

bool sw_store_each_user(struct sw_store *s, struct sw_slice after, sw_store_user_fn fn, void *arg,
			struct sw_store_why *why)
{
	struct sw_user user;
	struct opening o = { s, &user, fn, arg, why, true };
	bool ok = s->adapter->each_user(s->a, after, on_row, &o, why);

	sw_secret_wipe(&user, sizeof(user));
	return ok && o.ok;
}

bool sw_store_each_changed(struct sw_store *s, sw_store_user_fn changed, sw_store_name_fn gone,
			   void *arg, struct sw_store_why *why)
{
	struct sw_user user;
	struct opening o = { s, &user, changed, arg, why, true };
	bool ok = s->adapter->each_changed(s->a, on_row, gone, &o, arg, why);

	sw_secret_wipe(&user, sizeof(user));
	return ok && o.ok;
}

bool sw_store_may_follow(const struct sw_store *s, uint64_t seq)
{
	return seq <= s->seq || seq - s->seq <= SW_STORE_JUMP;
}

static uint64_t within(const struct sw_store *s, uint64_t seq)
{
	return sw_store_may_follow(s, seq) ? seq : s->seq + 1;
}

bool sw_store_put_binding(struct sw_store *s, const struct sw_binding *b, uint64_t seq,
			  struct sw_store_why *why)
{
	know_seq(s, seq);
	return s->adapter->put_binding(s->a, b, seq, why);
}

bool sw_store_drop_binding(struct sw_store *s, uint64_t id, struct sw_store_stamp stamp,
			   struct sw_store_why *why)
{
	stamp.seq = within(s, stamp.seq);
	know_seq(s, stamp.seq);
	return s->adapter->drop_binding(s->a, id, stamp, why);
}

bool sw_store_drop_marks(struct sw_store *s, struct sw_store_stamp before, struct sw_store_why *why)
{
	return s->adapter->drop_marks(s->a, before, why);
}

uint64_t sw_store_seq(const struct sw_store *s)
{
	return s->seq;
}

bool sw_store_keep_seq(struct sw_store *s, uint64_t seq, struct sw_store_why *why)
{
	struct sw_slice value = { (const char *)&s->seq, sizeof(s->seq) };

	know_seq(s, seq);
	return s->adapter->set_meta(s->a, SEQ, value, why);
}

void sw_store_stamp(struct sw_store *s, struct sw_store_stamp stamp)
{
	know_seq(s, within(s, stamp.seq));
	stamp.seq = s->seq;
	s->adapter->stamp(s->a, stamp);
}

bool sw_store_drop_ended(struct sw_store *s, struct sw_wall now, bool flows,
			 struct sw_store_why *why)
{
	return s->adapter->drop_ended(s->a, now, flows, why);
}

bool sw_store_each_binding(struct sw_store *s, sw_store_binding_fn fn, void *arg,
			   struct sw_store_why *why)
{
	return s->adapter->each_binding(s->a, fn, arg, why);
}

bool sw_store_set_realm(struct sw_store *s, struct sw_slice realm, struct sw_store_why *why)
{
	if (sw_slice_eq(realm, realm_of(s)))
		return true;
	if (s->users > 0 || realm.n > sizeof(s->realm))
		return sw_store_say(why, SW_STORE_REALM,
				    "the realm cannot change while %s has users: restart", s->name);
	if (!s->adapter->set_meta(s->a, "realm", realm, why))
		return false;
	memcpy(s->realm, realm.p, realm.n);
	s->realm_n = realm.n;
	return true;
}

bool sw_store_probe(struct sw_store *s, struct sw_wall now, struct sw_store_why *why)
{
	struct sw_slice time = { (const char *)&now.us, sizeof(now.us) };

	if (sw_store_begin(s, true, why) && s->adapter->set_meta(s->a, "probe", time, why) &&
	    sw_store_commit(s, why))
		return true;
	sw_store_rollback(s);
	return false;
}

bool sw_store_is_there(struct sw_store *s, struct sw_store_why *why)
{
	return !s->adapter->is_moved(s->a) ||
	       sw_store_say(why, SW_STORE_NO_FILE,
			    "%s was removed, or another file put in its place, while the door runs",
			    s->name);
}

bool sw_store_remake(struct sw_store *s, struct sw_store_why *why)
{
	return s->adapter->remake(s->a, why);
}
