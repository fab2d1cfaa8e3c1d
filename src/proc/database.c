/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/database.h"

#include <sys/random.h>

#define WAIT_MS 2000 /* for a command that has the file */
#define LOOK_MS 200

static bool draw(void *out, size_t n)
{
	return getrandom(out, n, 0) == (ssize_t)n;
}

static enum sw_database end_of(enum sw_store_trouble trouble)
{
	switch (trouble) {
	case SW_STORE_EXPOSED:
	case SW_STORE_REALM:
	case SW_STORE_KEY_NONE:
	case SW_STORE_KEY_WRONG:
		return SW_DATABASE_CONF;
	default:
		return SW_DATABASE_FAILED;
	}
}

/* What the store cannot know: which key it was. */
static void say_key(const struct sw_conf *conf, enum sw_store_trouble trouble, struct sw_why *why)
{
	const struct sw_seal_setting *seal = &conf->seal;
	struct sw_slice name = seal->path.p ? seal->path : seal->reference;

	if (trouble == SW_STORE_KEY_NONE)
		sw_why_add(why, ": put the copy of it back as %.*s", (int)name.n, name.p);
	else if (trouble == SW_STORE_KEY_WRONG)
		sw_why_add(why, " than %.*s: put the right one there", (int)name.n, name.p);
}

enum sw_database sw_database_try(const struct sw_conf *conf, bool is_read, struct sw_store **store,
				 enum sw_store_trouble *trouble, struct sw_why *why)
{
	const struct sw_keep_setting *keep = &conf->store;
	const struct sw_store_setting setting = {
		.kind = keep->is_sqlite ? SW_STORE_SQLITE : SW_STORE_MEMORY,
		.is_read = is_read,
		.path = keep->path.p,
		.realm = conf->policy.realm,
		.seal = conf->seal.has_key ? conf->seal.key : NULL,
		.wait_ms = is_read ? LOOK_MS : WAIT_MS,
		.draw = draw,
	};
	struct sw_store_why cause;

	*store = sw_store_open(&setting, &cause);
	*trouble = cause.trouble;
	if (*store)
		return SW_DATABASE_OPEN;
	(void)sw_why_say(why, "%s", cause.text);
	say_key(conf, cause.trouble, why);
	if (keep->line > 0)
		sw_why_add(why, " (%.*s:%u)", (int)keep->file.n, keep->file.p,
			   (unsigned)keep->line);
	return end_of(cause.trouble);
}

enum sw_database sw_database_open(const struct sw_conf *conf, bool is_read, struct sw_store **store,
				  struct sw_why *why)
{
	enum sw_store_trouble trouble;

	return sw_database_try(conf, is_read, store, &trouble, why);
}

enum sw_database sw_database_open_empty(const struct sw_conf *conf, struct sw_store **store,
					struct sw_why *why)
{
	const struct sw_store_setting setting = {
		.kind = SW_STORE_MEMORY,
		.realm = conf->policy.realm,
		.draw = draw,
	};
	struct sw_store_why cause;

	*store = sw_store_open(&setting, &cause);
	if (*store)
		return SW_DATABASE_OPEN;
	(void)sw_why_say(why, "%s", cause.text);
	return SW_DATABASE_FAILED;
}
