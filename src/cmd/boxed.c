/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/boxed.h"

#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

#include "proc/sandbox.h"
#include "proc/stage.h"

/* Who the roles would run as: "sipward", or who we are. */
static void write_user(struct sw_buf *b, const struct sw_privileges *who)
{
	const struct passwd *me;

	if (who->has_user) {
		sw_buf_str(b, SW_PRIVILEGES_USER);
		return;
	}
	me = getpwuid(geteuid()); /* NOLINT(concurrency-mt-unsafe): one thread */
	if (me)
		sw_buf_str(b, me->pw_name);
	else
		sw_buf_u64(b, geteuid());
}

static void write_layers(const struct sw_privileges *who, char out[SW_BOXED_TEXT])
{
	uint32_t layers = sw_sandbox_look(who);
	struct sw_buf b = sw_buf_over(out, SW_BOXED_TEXT);
	struct sw_why what;

	if (sw_sandbox_is_built()) {
		sw_layer_write(&b, layers & ~(uint32_t)SW_LAYER_USER);
		sw_buf_str(&b, ", user ");
		write_user(&b, who);
	} else {
		sw_buf_str(&b, "none");
	}
	if (sw_sandbox_is_short(layers, &what)) {
		sw_buf_str(&b, "; ");
		sw_buf_str(&b, what.text);
	}
	if (sw_sandbox_is_root(who, &what)) {
		sw_buf_str(&b, "; ");
		sw_buf_str(&b, what.text);
	}
	(void)sw_buf_text(&b);
}

void sw_boxed_write(char out[SW_BOXED_TEXT])
{
	struct sw_privileges who;

	sw_privileges_find(&who);
	write_layers(&who, out);
}

static void add(struct sw_diags *diags, enum sw_lint rule, const struct sw_place *at,
		const struct sw_why *why)
{
	sw_diag_add(diags, rule, at->line > 0 ? at : NULL, "%s", why->text);
}

/* What is on the disk stays the user's, whether the sandbox is on or off. */
static void check_owner(const struct sw_conf *conf, const struct sw_privileges *who,
			struct sw_diags *diags)
{
	struct sw_place at = sw_stage_place(conf, SW_LIT("store"));
	char directory[PATH_MAX];
	struct sw_buf b = sw_buf_over(directory, sizeof(directory));
	struct sw_slice path = conf->store.path;
	struct sw_why why;

	if (!conf->store.is_sqlite)
		return;
	while (path.n > 1 && path.p[path.n - 1] != '/')
		path.n--;
	sw_buf_put(&b, (struct sw_slice){ path.p, path.n > 1 ? path.n - 1 : path.n });
	if (!sw_privileges_may_keep(who, sw_buf_text(&b), conf->store.path.p, &why))
		add(diags, SW_LINT_STORE_OWNER, &at, &why);
}

void sw_boxed_check(const struct sw_conf *conf, struct sw_diags *diags, char out[SW_BOXED_TEXT])
{
	struct sw_place at = sw_stage_place(conf, SW_LIT("sandbox"));
	struct sw_sandbox_setting setting = { .is_off = conf->sandbox == SW_SANDBOX_OFF,
					      .is_required = conf->sandbox == SW_SANDBOX_REQUIRED };
	struct sw_why why;

	sw_privileges_find(&setting.who);
	check_owner(conf, &setting.who, diags);
	(void)snprintf(out, SW_BOXED_TEXT, "off, as the configuration says");
	if (setting.is_off)
		return;
	write_layers(&setting.who, out);
	if (!sw_sandbox_may_start(&setting, &why))
		add(diags, SW_LINT_SANDBOX_MISSING, &at, &why);
	else if (sw_sandbox_is_built() && sw_sandbox_is_short(sw_sandbox_look(&setting.who), &why))
		add(diags, SW_LINT_SANDBOX_SHORT, &at, &why);
}
