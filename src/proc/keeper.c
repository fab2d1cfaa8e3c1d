/* SPDX-License-Identifier: Apache-2.0 */
/* The table of users that workers read, kept as the database is; and bindings that end with it. */
#include <stdio.h>

#include "base/secret.h"
#include "proc/store_own.h"

/* Bindings of AoRs that a user had, and has not any more: next is NULL when it is gone. */
static void forget_lost(struct sw_store_role *r, const struct sw_user *was,
			const struct sw_user *next)
{
	struct sw_user_aor one;
	bool has_any = false;

	if (next && next->is_off)
		next = NULL;
	for (size_t at = 0; sw_user_aor_next(was, &at, &one);) {
		if (one.kind != SW_AOR_USER)
			continue;
		has_any = true;
		if (!next || !sw_user_has_aor(next, one.text))
			sw_ending_add(&r->ending, &r->location, r->mac, one.text);
	}
	if (!has_any && (!next || !sw_user_has_aor(next, sw_user_name(was))))
		sw_ending_add(&r->ending, &r->location, r->mac, sw_user_name(was));
}

/* Which it is may take long for many. */
static void between_two(struct sw_store_role *r)
{
	sw_store_role_breathe(r);
	sw_ending_again(&r->ending, &r->location, r->mac);
}

/* What the table says to a change: it may be full, or busy. */
static void note(struct sw_store_role *r, enum sw_reason is)
{
	r->is_table_busy |= is == SW_R_TABLE_BUSY;
	r->is_table_short |= is != SW_OK && is != SW_R_TABLE_BUSY;
}

/* The table first: whoever proves itself by the old record is then before its forgetting. */
static bool on_changed(void *arg, const struct sw_user *u)
{
	struct sw_store_role *r = arg;
	struct sw_user was;
	enum sw_reason had = sw_users_read(&r->users, r->mac, sw_user_name(u), &was);
	enum sw_reason is = had == SW_R_TABLE_BUSY ? had : sw_users_put(&r->users, r->mac, u);

	note(r, is);
	if (had == SW_OK && is == SW_OK)
		forget_lost(r, &was, u);
	sw_secret_wipe(&was, sizeof(was));
	between_two(r);
	return is == SW_OK;
}

static bool on_gone(void *arg, struct sw_slice name)
{
	struct sw_store_role *r = arg;
	struct sw_user was;
	enum sw_reason is = sw_users_read(&r->users, r->mac, name, &was);

	if (is == SW_OK)
		is = sw_users_drop(&r->users, r->mac, name);
	note(r, is == SW_R_DIGEST_NO_USER ? SW_OK : is);
	if (is == SW_OK)
		forget_lost(r, &was, NULL);
	sw_secret_wipe(&was, sizeof(was));
	between_two(r);
	return is != SW_R_TABLE_BUSY;
}

static bool say_busy(struct sw_store_why *why)
{
	why->trouble = SW_STORE_BROKEN;
	(void)snprintf(why->text, sizeof(why->text),
		       "a part of the door's table of users is held by a process that does not "
		       "move: it is tried again every second");
	return false;
}

static bool check_table(const struct sw_store_role *r, struct sw_store_why *why)
{
	if (r->is_table_busy)
		return say_busy(why);
	if (!r->is_table_short)
		return true;
	why->trouble = SW_STORE_MEMORY_OUT;
	(void)snprintf(why->text, sizeof(why->text),
		       "the door's table of users takes no more than %u: set capacity users to as "
		       "many as the store holds and more, and restart the door",
		       (unsigned)r->capacity);
	return false;
}

static void tell_users(struct sw_store_role *r)
{
	atomic_store(&r->keep->users, sw_store_users(r->store));
}

bool sw_keeper_take_changes(struct sw_store_role *r, struct sw_store_why *why)
{
	r->is_table_short = r->is_table_busy = false;
	tell_users(r);
	r->is_behind = !sw_store_each_changed(r->store, on_changed, on_gone, r, why) ||
		       !check_table(r, why);
	return !r->is_behind;
}

/* Of the table, who is in the database no more. */
static bool drop_missing(struct sw_store_role *r, struct sw_store_why *why)
{
	enum sw_reason is = SW_OK;
	uint32_t at = 0;
	struct sw_user one;
	bool ok = true;

	while (ok && (is = sw_users_next(&r->users, &at, &one)) == SW_OK) {
		enum sw_store_row row = sw_store_has_user(r->store, sw_user_name(&one), why);

		ok = row != SW_STORE_ROW_FAILED;
		if (ok && row != SW_STORE_ROW)
			(void)on_gone(r, sw_user_name(&one));
	}
	sw_secret_wipe(&one, sizeof(one));
	note(r, is == SW_R_DIGEST_NO_USER ? SW_OK : is);
	return ok;
}

bool sw_keeper_load(struct sw_store_role *r, struct sw_store_why *why)
{
	r->is_table_short = r->is_table_busy = false;
	r->is_behind = !drop_missing(r, why) ||
		       !sw_store_each_user(r->store, SW_LIT(""), on_changed, r, why) ||
		       !check_table(r, why);
	tell_users(r);
	return !r->is_behind;
}
