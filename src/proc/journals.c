/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/journals.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sipward/slice.h>

#include "proc/privileges.h"

#define MIDDLE ".bindings-"
#define MODE   0600
#define OTHERS 077 /* group and others: nobody but the roles has to see them */

bool sw_journals_path(const char *store, uint32_t worker, uint32_t file, char out[SW_JOURNALS_PATH])
{
	int n = snprintf(out, SW_JOURNALS_PATH, "%s" MIDDLE "%u-%c", store, (unsigned)worker,
			 file == 0 ? 'a' : 'b');

	return n > 0 && n < SW_JOURNALS_PATH;
}

static size_t directory_n(const char *path)
{
	const char *slash = memrchr(path, '/', strlen(path));

	return slash ? (size_t)(slash - path) : 0;
}

static bool say(const char *path, int error, struct sw_why *why)
{
	switch (error) {
	case ENOSPC:
	case EDQUOT:
		return sw_why_say(why, "there is no room for the journal %s on its disk: make room",
				  path);
	case ENOENT:
	case ENOTDIR:
		return sw_why_say(
			why,
			"%s cannot be made: its directory does not exist: mkdir -p -m 0700 "
			"%.*s, or name another place with store",
			path, (int)directory_n(path), path);
	case EROFS:
	case EACCES:
	case EPERM:
		return sw_why_say(why,
				  "the journal %s cannot be opened by this user (uid %u): give it "
				  "and its directory to whoever runs the door",
				  path, (unsigned)geteuid());
	case ELOOP:
		return sw_why_say(
			why, "the journal %s is a link, which nobody of us made: remove it", path);
	default:
		return sw_why_say(why, "the journal %s cannot be opened: %s", path,
				  strerrordesc_np(error));
	}
}

/* Whoever can write it can register anybody. */
static bool own(const struct sw_journals_setting *setting, const char *path, int fd,
		struct sw_why *why)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return say(path, errno, why);
	if (!S_ISREG(st.st_mode))
		return sw_why_say(why, "the journal %s is no file: remove it", path);
	if (setting->has_owner && (st.st_uid != setting->uid || st.st_gid != setting->gid) &&
	    fchown(fd, setting->uid, setting->gid) != 0)
		return say(path, errno, why);
	if ((st.st_mode & OTHERS) && fchmod(fd, MODE) != 0)
		return sw_why_say(why,
				  "the journal %s is open to other users of this machine (mode "
				  "%04o): chmod 0600 %s",
				  path, (unsigned)st.st_mode & 07777, path);
	return true;
}

static bool open_one(const struct sw_journals_setting *setting, uint32_t worker, uint32_t file,
		     int *fd, struct sw_why *why)
{
	char path[SW_JOURNALS_PATH];

	*fd = -1;
	if (!sw_journals_path(setting->store, worker, file, path))
		return sw_why_say(why, "the path of the store is too long");
	/* Not waiting: somebody may have put a pipe there. */
	*fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY, MODE);
	if (*fd < 0)
		return say(path, errno, why);
	if (own(setting, path, *fd, why))
		return true;
	close(*fd);
	*fd = -1;
	return false;
}

/* As their owner: without CAP_DAC_OVERRIDE root may not write into another's directory. */
bool sw_journals_open_one(const struct sw_journals_setting *setting, uint32_t worker, uint32_t file,
			  int *fd, struct sw_why *why)
{
	const struct sw_privileges who = { .is_root = sw_privileges_is_root(),
					   .has_user = setting->has_owner,
					   .uid = setting->uid,
					   .gid = setting->gid };
	bool ok;

	*fd = -1;
	if (!sw_privileges_act_as_role(&who, why))
		return false;
	ok = open_one(setting, worker, file, fd, why);
	sw_privileges_act_as_self(&who);
	return ok;
}

bool sw_journals_open(const struct sw_journals_setting *setting, struct sw_journal_pair *out,
		      struct sw_why *why)
{
	for (uint32_t i = 0; i < setting->workers; i++)
		out[i] = (struct sw_journal_pair){ { -1, -1 } };
	for (uint32_t i = 0; i < setting->workers; i++) {
		for (uint32_t k = 0; k < SW_JOURNALS; k++) {
			if (sw_journals_open_one(setting, i, k, &out[i].fd[k], why))
				continue;
			sw_journals_close(out, setting->workers);
			return false;
		}
	}
	return true;
}

void sw_journals_close(struct sw_journal_pair *pair, uint32_t workers)
{
	for (uint32_t i = 0; i < workers; i++) {
		for (uint32_t k = 0; k < SW_JOURNALS; k++) {
			if (pair[i].fd[k] >= 0)
				close(pair[i].fd[k]);
			pair[i].fd[k] = -1;
		}
	}
}

bool sw_journals_is_there(const char *path, int fd)
{
	struct stat named, open_one;

	if (fstat(fd, &open_one) != 0)
		return true;
	if (stat(path, &named) != 0)
		return errno != ENOENT && errno != ENOTDIR;
	return named.st_dev == open_one.st_dev && named.st_ino == open_one.st_ino;
}

/* "-NUMBER-a" behind the middle of a name; nothing else. */
static bool read_name(struct sw_slice name, struct sw_slice front, uint32_t *worker, uint32_t *file)
{
	uint64_t n;

	if (!sw_slice_has_prefix(name, front))
		return false;
	name = sw_slice_from(name, front.n);
	if (name.n < 3 || name.p[name.n - 2] != '-' ||
	    (name.p[name.n - 1] != 'a' && name.p[name.n - 1] != 'b'))
		return false;
	*file = name.p[name.n - 1] == 'b';
	name.n -= 2;
	if (!sw_slice_u64(name, UINT32_MAX, &n))
		return false;
	*worker = (uint32_t)n;
	return true;
}

static bool each_in(DIR *d, const char *store, sw_journals_fn fn, void *arg)
{
	const char *slash = memrchr(store, '/', strlen(store));
	char front[SW_JOURNALS_PATH], path[SW_JOURNALS_PATH];
	int n = snprintf(front, sizeof(front), "%s" MIDDLE, slash ? slash + 1 : store);
	const struct dirent *one;
	uint32_t worker, file;

	while ((one = readdir(d)) != NULL)
		if (read_name(sw_slice_of(one->d_name), (struct sw_slice){ front, (size_t)n },
			      &worker, &file) &&
		    sw_journals_path(store, worker, file, path) && !fn(arg, path, worker, file))
			return false;
	return true;
}

bool sw_journals_each(const char *store, sw_journals_fn fn, void *arg, struct sw_why *why)
{
	const char *slash = memrchr(store, '/', strlen(store));
	char *folder = slash ? strndup(store, (size_t)(slash - store) + 1) : strdup(".");
	DIR *d = folder ? opendir(folder) : NULL;

	if (strlen(store) + sizeof(MIDDLE) > SW_JOURNALS_PATH || !d) {
		(void)sw_why_say(why, "the directory of %s cannot be read: %s", store,
				 strerrordesc_np(folder ? errno : ENOMEM));
		free(folder);
		if (d)
			closedir(d);
		return false;
	}
	(void)each_in(d, store, fn, arg);
	closedir(d);
	free(folder);
	return true;
}
