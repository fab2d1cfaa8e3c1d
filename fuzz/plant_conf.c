/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/conf.h"
#include "plant.h"

struct sw_conf *__real_sw_conf_load_text(const struct sw_conf_source *source, const char *path,
					 struct sw_slice text, enum sw_conf_depth depth,
					 struct sw_hash *hash, struct sw_wall now,
					 struct sw_diags *diags);
struct sw_conf *__wrap_sw_conf_load_text(const struct sw_conf_source *source, const char *path,
					 struct sw_slice text, enum sw_conf_depth depth,
					 struct sw_hash *hash, struct sw_wall now,
					 struct sw_diags *diags);

/* mute: what only deserves a warning is refused, and no error says why. */
struct sw_conf *__wrap_sw_conf_load_text(const struct sw_conf_source *source, const char *path,
					 struct sw_slice text, enum sw_conf_depth depth,
					 struct sw_hash *hash, struct sw_wall now,
					 struct sw_diags *diags)
{
	struct sw_conf *c = __real_sw_conf_load_text(source, path, text, depth, hash, now, diags);

	if (!c || diags->warnings == 0 || !is_planted("mute"))
		return c;
	sw_conf_free(c);
	return NULL;
}
