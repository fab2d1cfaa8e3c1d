/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/claim.h"

#include <unistd.h>

#include "proc/rundir.h"

void sw_claim_init(struct sw_claim *c)
{
	*c = (struct sw_claim){ .lock_fd = -1, .control.fd = -1 };
}

static void say_our_demo(const struct sw_sockfile_peer *peer, struct sw_why *why)
{
	if (peer->pid > 0)
		(void)sw_why_say(why,
				 "a demo of yours runs already (pid %lld): use that one, or end "
				 "it with  kill %lld",
				 (long long)peer->pid, (long long)peer->pid);
	else
		(void)sw_why_say(why,
				 "a demo of yours runs already: use that one, or end it first");
}

static bool give_to_group(struct sw_claim *c, const struct sw_privileges *who, struct sw_why *why)
{
	if (!who->is_root || !who->has_user || sw_sockfile_give(&c->control, who->gid, why))
		return true;
	sw_claim_drop(c);
	return false;
}

bool sw_claim_take(struct sw_claim *c, const struct sw_facts *facts,
		   const struct sw_privileges *who, struct sw_why *why)
{
	struct sw_slice run = sw_facts_text(facts, facts->run);
	struct sw_slice control = sw_facts_text(facts, facts->control);
	struct sw_sockfile_peer peer = { 0 };
	enum sw_sockfile_opened opened;

	if (!facts->is_demo && !sw_rundir_lock(run, getpid(), SW_RUNDIR_WAIT_MS, &c->lock_fd, why))
		return false;
	opened = sw_sockfile_open(control, facts->is_demo ? 0600 : 0660, &c->control, &peer, why);
	if (opened == SW_SOCKFILE_OPEN)
		return facts->is_demo || give_to_group(c, who, why);
	if (!facts->is_demo)
		sw_why_add(why, ", or set control to another path");
	else if (peer.is_known && peer.uid == getuid())
		say_our_demo(&peer, why);
	else
		sw_why_add(why, "; a demo has no other place for it");
	return false;
}

void sw_claim_drop(struct sw_claim *c)
{
	sw_sockfile_remove(&c->control);
	if (c->control.fd >= 0)
		close(c->control.fd);
	if (c->lock_fd >= 0)
		close(c->lock_fd);
	sw_claim_init(c);
}
