/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/box.h"

#include <unistd.h>

#include "base/buf.h"

void sw_box_init(struct sw_box *b)
{
	b->setting = (struct sw_sandbox_setting){ .parent = getpid() };
	sw_privileges_find(&b->setting.who);
}

uid_t sw_box_user(const struct sw_box *b)
{
	const struct sw_privileges *who = &b->setting.who;

	return who->is_root && who->has_user ? who->uid : geteuid();
}

/* "/var/lib/sipward" of "/var/lib/sipward/sipward.db". */
static bool keep_directory(struct sw_box *b, struct sw_slice path)
{
	struct sw_buf to = sw_buf_over(b->directory, sizeof(b->directory));

	while (path.n > 1 && path.p[path.n - 1] != '/')
		path.n--;
	sw_buf_put(&to, (struct sw_slice){ path.p, path.n > 1 ? path.n - 1 : path.n });
	b->setting.directory = sw_buf_text(&to);
	return sw_buf_ok(&to);
}

static bool is_single_enough(const struct sw_box *b, struct sw_why *why)
{
	return !b->setting.is_required ||
	       sw_why_say(why, "sandbox required, and --single has none: start without --single");
}

bool sw_box_use(struct sw_box *b, const struct sw_facts *f, bool is_single, struct sw_why *why)
{
	struct sw_slice store = sw_facts_text(f, f->store);

	b->setting.is_off = f->sandbox == SW_SANDBOX_OFF;
	b->setting.is_required = f->sandbox == SW_SANDBOX_REQUIRED;
	if (is_single)
		return is_single_enough(b, why);
	if (!sw_sandbox_may_start(&b->setting, why))
		return false;
	if (store.n == 0)
		return true;
	if (!keep_directory(b, store))
		return sw_why_say(why, "the path of the store is too long: choose a shorter one");
	return sw_privileges_may_keep(&b->setting.who, b->directory, store.p, why);
}

bool sw_box_is_short(const struct sw_box *b, bool is_single, struct sw_why *what)
{
	uint32_t layers = sw_sandbox_look(&b->setting.who);
	struct sw_why root;

	what->text[0] = '\0';
	if (is_single && !b->setting.is_off)
		return !sw_why_say(what, "--single has no sandbox, it is for debugging");
	if (!b->setting.is_off && sw_sandbox_is_short(layers, what))
		return true;
	if (is_single || !sw_sandbox_is_root(&b->setting.who, &root))
		return false;
	return !sw_why_say(what, "%s", root.text);
}
