/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/stage.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "conf/read.h"
#include "proc/files.h"
#include "proc/logfile.h"
#include "share/clock.h"

static bool open_log(struct sw_stage *s, struct sw_why *why)
{
	const struct sw_facts *f = &s->facts;

	if (sw_logfile_open(sw_facts_text(f, f->log), &s->log_fd, why))
		return true;
	sw_facts_add_place(f, f->place[SW_FACTS_LOG], why);
	return false;
}

static void close_one(int fd)
{
	if (fd >= 0)
		close(fd);
}

/* It stays open over a reload that does not change it, under another number. */
static bool open_admin(struct sw_stage *s, const struct sw_stage *old, struct sw_why *why)
{
	const struct sw_addr *at = &s->facts.admin;

	if (at->port == 0)
		return true;
	if (!old || old->admin_fd < 0 || !sw_addr_eq(&old->facts.admin, at))
		return sw_sockets_open_admin(&s->facts, &s->admin_fd, why);
	s->admin_fd = fcntl(old->admin_fd, F_DUPFD_CLOEXEC, 0);
	return s->admin_fd >= 0 || sw_why_say(why, "there are not enough free descriptors "
						   "(ulimit -n) for the address of admin");
}

struct sw_stage *sw_stage_new(struct sw_load *load, const struct sw_facts *facts, uint32_t number,
			      uint32_t workers, const struct sw_stage *old, struct sw_why *why)
{
	struct sw_stage *s = calloc(1, sizeof(*s));

	if (!s) {
		(void)sw_why_say(why, "there is not enough memory for this configuration");
		return NULL;
	}
	s->number = number;
	s->since = sw_clock_wall();
	s->facts = *facts;
	s->connections = facts->connections_max;
	s->log_fd = s->admin_fd = -1;
	sw_load_take(load, &s->document, &s->bare);
	if (open_log(s, why) && open_admin(s, old, why) &&
	    sw_sockets_open(&s->sockets, facts, workers, old ? &old->sockets : NULL,
			    old ? &old->facts : NULL, why))
		return s;
	sw_stage_free(s, old);
	return NULL;
}

void sw_stage_fit(struct sw_stage *s, bool is_single, struct sw_why *said)
{
	const struct sw_facts *f = &s->facts;
	uint32_t processes = is_single ? 1 : s->sockets.workers;
	uint32_t share = (f->connections_max + processes - 1) / processes;
	uint32_t sockets = 2 * f->listeners * s->sockets.workers; /* also those of the next stage */
	uint32_t fits = sw_files_fit(f->connections_max + sockets); /* one may have nearly all */
	bool has_tcp = false;

	said->text[0] = '\0';
	for (uint32_t i = 0; i < f->listeners; i++)
		has_tcp |= f->listener[i].transport == SW_TCP;
	if (!has_tcp || fits >= share + sockets)
		return;
	s->connections = processes * (fits > sockets ? fits - sockets : 1);
	(void)sw_why_say(
		said,
		"SW%03d: %u connections at most, not %u: the system gives no more descriptors; "
		"LimitNOFILE=%u in the unit, or ulimit -Hn",
		(int)SW_LINT_FILES_FEW, s->connections, f->connections_max,
		share + sockets + SW_FILES_OWN);
	sw_facts_add_place(f, f->place[SW_FACTS_LIMIT], said);
}

struct sw_place sw_stage_place(const struct sw_conf *conf, struct sw_slice key)
{
	for (const struct sw_stmt *s = conf->doc ? conf->doc->first : NULL; s; s = s->next)
		if (sw_slice_eq(s->word[0].text, key))
			return sw_read_place(s, 0);
	return (struct sw_place){ 0 };
}

void sw_stage_free(struct sw_stage *s, const struct sw_stage *kept)
{
	if (!s)
		return;
	sw_sockets_close(&s->sockets, kept ? &kept->sockets : NULL);
	close_one(s->log_fd);
	close_one(s->admin_fd);
	close_one(s->document);
	close_one(s->bare);
	free(s);
}
