/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/stage.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/hash.h"
#include "conf/read.h"
#include "proc/files.h"
#include "proc/logfile.h"
#include "proc/sockets.h"
#include "share/clock.h"

static struct sw_place limit_place(const struct sw_conf *conf)
{
	for (const struct sw_stmt *s = conf->doc ? conf->doc->first : NULL; s; s = s->next)
		if (s->words > 1 && sw_slice_eq(s->word[0].text, SW_LIT("limit")) &&
		    sw_slice_eq(s->word[1].text, SW_LIT("connections")))
			return sw_read_place(s, 0);
	return (struct sw_place){ 0 };
}

/* A limit that the system does not let us have is lowered, and said. */
static void fit_connections(struct sw_conf *conf, struct sw_diags *diags)
{
	uint32_t fits = sw_files_fit(conf->connections_max);
	struct sw_place at = limit_place(conf);
	bool has_tcp = false;

	for (size_t i = 0; i < conf->policy.listeners; i++)
		has_tcp |= conf->policy.listener[i].transport == SW_TCP;
	if (!has_tcp || fits == conf->connections_max)
		return;
	sw_diag_add(diags, SW_LINT_FILES_FEW, at.line > 0 ? &at : NULL,
		    "%u connections at most, not %u: the system gives no more descriptors", fits,
		    conf->connections_max);
	sw_diag_help(diags, "LimitNOFILE=%u in the unit, or ulimit -Hn",
		     conf->connections_max + SW_FILES_OWN);
	conf->connections_max = fits;
}

void sw_stage_fit(struct sw_conf *conf, uint32_t rooms, struct sw_diags *diags)
{
	struct sw_place at = limit_place(conf);

	if (conf->connections_max <= rooms)
		return;
	sw_diag_add(diags, SW_LINT_LIMIT_LATER, at.line > 0 ? &at : NULL,
		    "%u connections from the next start on, until then %u: restart the door",
		    conf->connections_max, rooms);
	conf->connections_max = rooms;
}

struct sw_conf *sw_stage_load(const struct sw_stage_source *source, struct sw_diags *diags,
			      struct sw_why *why)
{
	struct sw_hash *hash = sw_hash_new();
	struct sw_wall now = sw_clock_wall();
	struct sw_conf *conf;

	if (!hash) {
		(void)sw_why_say(why,
				 "OpenSSL gives no MD5 or SHA-2 here (is it in FIPS mode?): users "
				 "cannot be loaded without");
		return NULL;
	}
	if (source->text.p)
		conf = sw_conf_load_text(source->conf, source->path, source->text, SW_CONF_RUNTIME,
					 hash, now, diags);
	else
		conf = sw_conf_load(source->conf, source->path, SW_CONF_RUNTIME, hash, now, diags);
	sw_hash_free(hash);
	if (conf && source->log_form != SW_LOG_AUTO)
		conf->log.form = source->log_form;
	if (conf)
		fit_connections(conf, diags);
	return conf;
}

struct sw_place sw_stage_place(const struct sw_conf *conf, struct sw_slice key)
{
	for (const struct sw_stmt *s = conf->doc ? conf->doc->first : NULL; s; s = s->next)
		if (sw_slice_eq(s->word[0].text, key))
			return sw_read_place(s, 0);
	return (struct sw_place){ 0 };
}

static void close_log(const struct sw_stage *s)
{
	if (s->admin.log_fd >= 0)
		close(s->admin.log_fd);
}

static void free_all(struct sw_stage *s, struct sw_conf *conf)
{
	if (s)
		sw_generation_free(s->generation);
	if (!s || !s->generation)
		sw_conf_free(conf);
	free(s);
}

static bool open_log(const struct sw_conf *conf, int *fd, struct sw_why *why)
{
	struct sw_place at = sw_stage_place(conf, SW_LIT("log"));

	if (sw_logfile_open(conf->log.path, fd, why))
		return true;
	if (at.line > 0)
		sw_why_add(why, " (%.*s:%u)", (int)at.file.n, at.file.p, at.line);
	return false;
}

struct sw_stage *sw_stage_new(struct sw_conf *conf, uint32_t number,
			      const uint8_t seed[SW_SEED_LEN], const struct sw_stage *old,
			      struct sw_why *why)
{
	struct sw_wall now = sw_clock_wall();
	struct sw_stage *s = calloc(1, sizeof(*s));

	if (s)
		s->generation = sw_generation_new(conf, number, now, seed);
	if (!s || !s->generation) {
		free_all(s, conf);
		(void)sw_why_say(why, "there is not enough memory for this configuration");
		return NULL;
	}
	s->admin = (struct sw_admin_generation){ .number = number, .since = now, .conf = conf };
	if (open_log(conf, &s->admin.log_fd, why) &&
	    sw_sockets_open(s->generation, old ? old->generation : NULL, why))
		return s;
	close_log(s);
	free_all(s, conf);
	return NULL;
}

void sw_stage_free(struct sw_stage *s, const struct sw_stage *kept)
{
	if (!s)
		return;
	sw_sockets_close(s->generation, kept ? kept->generation : NULL);
	close_log(s);
	sw_generation_free(s->generation);
	free(s);
}
