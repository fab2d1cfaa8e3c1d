/* SPDX-License-Identifier: Apache-2.0 */
/* Journals are opened by the parent: at the start, and where one was removed meanwhile. */
#include <string.h>
#include <unistd.h>

#include "proc/roles.h"
#include "share/ipc.h"

static struct sw_journals_setting setting_of(const struct sw_roles *r)
{
	const struct sw_privileges *who = r->setting.box ? &r->setting.box->who : NULL;
	struct sw_journals_setting setting = { .store = r->store_path,
					       .workers = r->setting.workers };

	if (who && who->is_root && who->has_user) {
		setting.has_owner = true;
		setting.uid = who->uid;
		setting.gid = who->gid;
	}
	return setting;
}

bool sw_roles_open_journals(struct sw_roles *r, struct sw_why *why)
{
	const struct sw_facts *facts = r->setting.facts;
	struct sw_slice path = sw_facts_text(facts, facts->store);
	struct sw_journals_setting setting;

	if (!sw_facts_is_sqlite(facts))
		return true;
	if (path.n >= sizeof(r->store_path))
		return sw_why_say(why, "the path of the store is too long");
	memcpy(r->store_path, path.p, path.n);
	setting = setting_of(r);
	if (sw_journals_open(&setting, r->journal, why))
		return true;
	sw_facts_add_place(facts, facts->place[SW_FACTS_STORE], why);
	return false;
}

/* Successors have it too. Who has the old one keeps it until it is given this. */
static bool open_again(struct sw_roles *r, uint32_t worker, uint32_t file, struct sw_why *why)
{
	const struct sw_journals_setting setting = setting_of(r);
	int *now = &r->journal[worker].fd[file];
	char path[SW_JOURNALS_PATH];
	int fd;

	if (!sw_journals_path(r->store_path, worker, file, path))
		return sw_why_say(why, "the path of the store is too long");
	if (sw_journals_is_there(path, *now))
		return true; /* an answer did not arrive */
	if (!sw_journals_open_one(&setting, worker, file, &fd, why))
		return false;
	close(*now);
	*now = r->worker[worker].saves.fd[file] = fd;
	return true;
}

/* The worker first: the store asks it to write there. What a full pair refuses is asked again. */
void sw_roles_journal(struct sw_roles *r, uint32_t code)
{
	uint32_t worker = code / SW_JOURNALS, file = code % SW_JOURNALS;
	const struct sw_role *store = sw_roles_store(r), *writer;
	struct sw_why why = { "" };
	int fd = -1;

	if (!r->store.path || r->setting.is_single || worker >= r->setting.workers ||
	    store->state != SW_ROLE_ALIVE)
		return;
	writer = &r->role[SW_ROLES_FIRST_WORKER + worker];
	if (open_again(r, worker, file, &why))
		fd = r->journal[worker].fd[file];
	if (fd >= 0 && writer->state == SW_ROLE_ALIVE &&
	    !sw_ipc_send_fd(writer->watch.fd, SW_IPC_JOURNAL, code, SW_LIT(""), fd))
		return;
	(void)!sw_ipc_send_fd(store->watch.fd, SW_IPC_JOURNAL, code, sw_slice_of(why.text), fd);
}
