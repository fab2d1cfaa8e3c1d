/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/load.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/secret.h"
#include "conf/disk.h"
#include "conf/read.h"
#include "proc/privileges.h"
#include "share/area.h"
#include "share/ipc.h"

#define BATCH 64 /* questions that one turn answers */

struct sw_load {
	const struct sw_load_setting *setting;
	struct sw_load_watch *seen;
	struct sw_loop *loop;
	struct sw_watch watch;
	struct sw_mono begun, asked_at;
	pid_t pid;
	pthread_t thread;
	int other;     /* the thread's end of the pair; it closes it */
	bool is_alive; /* not reaped or joined yet */
	bool is_over;  /* result is there */
	uint32_t asked;
	int part[SW_LOAD_PARTS];
	struct sw_load_report report;
	struct sw_load_result result;
	struct sw_ipc m;
};

uid_t sw_load_user(void)
{
	struct sw_privileges who;

	sw_privileges_find(&who);
	return who.is_root && who.has_user ? who.uid : geteuid();
}

static struct sw_mono after_ms(struct sw_mono from, uint64_t ms)
{
	return (struct sw_mono){ from.us + ms * 1000 };
}

static struct sw_mono deadline(const struct sw_load *l)
{
	struct sw_mono next = after_ms(l->asked_at, SW_LOAD_WAIT_MS);
	struct sw_mono most = after_ms(l->begun, SW_LOAD_MOST_MS);

	return next.us < most.us ? next : most;
}

static bool is_late(const struct sw_load *l, struct sw_mono now)
{
	return now.us >= deadline(l).us;
}

static void close_any(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

static void stop_listening(struct sw_load *l)
{
	if (l->watch.fd < 0)
		return;
	sw_loop_remove(l->loop, &l->watch);
	close_any(&l->watch.fd);
}

/* How it ended; the wait is short, because it is ending or is made to. */
static int reap(struct sw_load *l)
{
	int status = 0;

	if (!l->is_alive)
		return 0;
	l->is_alive = false;
	if (l->setting->is_thread) {
		(void)pthread_join(l->thread, NULL);
		return 0;
	}
	(void)kill(l->pid, SIGKILL); /* nothing to who is on its way out, the end of who pretends */
	while (waitpid(l->pid, &status, 0) < 0 && errno == EINTR)
		continue;
	return status;
}

/* It is not listened to any more. result.why says why. */
static void give_up(struct sw_load *l)
{
	if (l->is_over)
		return;
	l->is_over = true;
	stop_listening(l);
	(void)reap(l);
	l->result.end = SW_LOAD_FAILED;
	l->result.report = NULL;
	for (size_t i = 0; i < SW_LOAD_PARTS; i++)
		close_any(&l->part[i]);
}

static void end_text(char text[SW_LOAD_SHOWN])
{
	text[SW_LOAD_SHOWN - 1] = '\0';
}

static bool say_nothing_came(struct sw_why *why)
{
	return sw_why_say(why, "the process that reads the configuration handed nothing over: is "
			       "there memory left? Else please report it");
}

static bool take_report(struct sw_load *l, struct sw_why *why)
{
	struct sw_area area = { 0 };
	bool ok = sw_area_read(&area, l->part[SW_LOAD_REPORT], sizeof(l->report)) &&
		  area.n == sizeof(l->report);

	if (ok)
		memcpy(&l->report, area.p, sizeof(l->report));
	sw_area_close(&area);
	end_text(l->report.shown);
	end_text(l->report.answer);
	end_text(l->report.lines);
	l->report.why.text[sizeof(l->report.why.text) - 1] = '\0';
	if (!ok || l->report.version != SW_LOAD_VERSION || l->report.end > SW_LOAD_LOADED)
		return say_nothing_came(why);
	if (l->report.end != SW_LOAD_FAILED)
		return true;
	return sw_why_say(why, "%s", l->report.why.text);
}

/* Loaded, but is all of it there, and such that the parent may work from it? */
static bool is_whole(struct sw_load *l, struct sw_why *why)
{
	if (!sw_area_is_sealed(l->part[SW_LOAD_DOCUMENT]) ||
	    !sw_area_is_sealed(l->part[SW_LOAD_BARE]))
		return say_nothing_came(why);
	return sw_facts_check(&l->report.facts, why);
}

static bool ended_well(int status, struct sw_why *why)
{
	if (WIFSIGNALED(status))
		return sw_why_say(why,
				  "the process that reads the configuration was ended by signal %d "
				  "(%s): please report it",
				  WTERMSIG(status), strsignal(WTERMSIG(status)));
	if (WEXITSTATUS(status) != 0)
		return sw_why_say(why, "the process that reads the configuration could not begin");
	return true;
}

/* The pair is closed: it has handed over, or it died. */
static void finish(struct sw_load *l)
{
	struct sw_load_result *result = &l->result;
	int status;

	stop_listening(l);
	status = reap(l);
	if (!ended_well(status, &result->why) || !take_report(l, &result->why) ||
	    (l->report.end == SW_LOAD_LOADED && !is_whole(l, &result->why))) {
		give_up(l);
		return;
	}
	l->is_over = true;
	result->end = (enum sw_load_end)l->report.end;
	if (result->end == SW_LOAD_LOADED) {
		result->document = l->part[SW_LOAD_DOCUMENT];
		result->bare = l->part[SW_LOAD_BARE];
	}
	result->report = &l->report;
}

static void answer(struct sw_load *l, enum sw_ipc_type type, int error, struct sw_slice text,
		   int fd)
{
	if (sw_ipc_send_fd(l->watch.fd, type, (uint32_t)error, text, fd))
		return;
	(void)sw_why_say(&l->result.why,
			 "the process that reads the configuration does not listen: "
			 "please report it");
	give_up(l);
}

/* The text of a question as a path; NULL: it is none. */
static const char *path_of(struct sw_ipc *m)
{
	if (m->n == 0 || m->n >= SW_IPC_TEXT || memchr(m->text, '\0', m->n))
		return NULL;
	m->text[m->n] = '\0';
	return m->text;
}

static void serve_open(struct sw_load *l, const char *path)
{
	char owner[SW_CONF_STRANGER] = "";
	struct stat st;
	int fd = sw_disk_open(path, SW_READ_MAX), error = fd < 0 ? errno : 0;
	bool is_known = fd >= 0 && fstat(fd, &st) == 0;

	if (is_known)
		sw_disk_stranger(st.st_uid, l->setting->user, owner);
	if (!sw_load_watch_note(l->seen, path, is_known ? &st : NULL))
		error = ENOMEM;
	answer(l, SW_IPC_LOAD_FILE, error, sw_slice_of(owner), error ? -1 : fd);
	close_any(&fd);
}

/* One more than are read, so that too many are seen. */
static struct sw_slice join(const char *const *paths, size_t n, struct sw_arena *arena)
{
	size_t all = 0, most = n < SW_READ_FILES + 1 ? n : SW_READ_FILES + 1;
	char *p, *to;

	for (size_t i = 0; i < most; i++)
		all += strlen(paths[i]) + 1;
	to = p = sw_arena_alloc(arena, all + 1, 1);
	for (size_t i = 0; p && i < most; i++) {
		size_t len = strlen(paths[i]) + 1;

		memcpy(to, paths[i], len);
		to += len;
	}
	return (struct sw_slice){ p, all };
}

static void serve_glob(struct sw_load *l, const char *pattern)
{
	struct sw_arena arena = { 0 };
	const char *const *paths = NULL;
	struct sw_slice all = { 0 };
	int fd = -1, error = EACCES;
	size_t n = 0;

	if (sw_conf_disk.glob(NULL, pattern, &arena, &paths, &n)) {
		all = join(paths, n, &arena);
		fd = all.p ? sw_area_seal("sipward paths", all) : -1;
		error = fd < 0 ? ENOMEM : 0;
	}
	if (!sw_load_watch_note_glob(l->seen, pattern, paths, n))
		error = ENOMEM;
	answer(l, SW_IPC_LOAD_PATHS, error, SW_LIT(""), error ? -1 : fd);
	close_any(&fd);
	sw_arena_free(&arena);
}

static void serve(struct sw_load *l, int fd)
{
	const char *path = path_of(&l->m);
	bool is_question = l->m.type == SW_IPC_LOAD_OPEN || l->m.type == SW_IPC_LOAD_GLOB;

	if (l->m.type == SW_IPC_LOAD_DONE && fd >= 0 && l->m.code < SW_LOAD_PARTS) {
		close_any(&l->part[l->m.code]);
		l->part[l->m.code] = fd;
		return;
	}
	close_any(&fd);
	if (!is_question || !path || l->asked++ >= SW_LOAD_ASKS) {
		(void)sw_why_say(&l->result.why,
				 is_question && path
					 ? "the configuration names more than %d files"
					 : "the process that reads the configuration asks for what "
					   "no configuration has: please report it",
				 SW_LOAD_ASKS);
		give_up(l);
		return;
	}
	l->asked_at = sw_clock_mono();
	(l->m.type == SW_IPC_LOAD_OPEN ? serve_open : serve_glob)(l, path);
}

static void on_pair(void *arg, unsigned what)
{
	struct sw_load *l = arg;

	(void)what;
	for (unsigned i = 0; i < BATCH && !l->is_over && !is_late(l, sw_clock_mono()); i++) {
		int fd;

		switch (sw_ipc_receive_fd(l->watch.fd, &l->m, &fd)) {
		case SW_IPC_NOTHING:
			return;
		case SW_IPC_GONE:
			finish(l);
			return;
		case SW_IPC_GOT:
			serve(l, fd);
		}
	}
}

static void *run_thread(void *arg)
{
	struct sw_load *l = arg;
	struct sw_hash *hash = sw_hash_new();
	int pair = l->other;

	sw_load_main(l->setting, hash, pair);
	sw_hash_free(hash);
	(void)close(pair);
	return NULL;
}

static _Noreturn void run_process(const struct sw_load_setting *s, int pair)
{
	struct sw_hash *hash = sw_hash_new();

	if (s->enter && !s->enter(s->enter_arg, pair))
		_exit(EXIT_FAILURE);
	sw_load_main(s, hash, pair);
	_exit(EXIT_SUCCESS);
}

/* The other end is its own from here on. */
static bool begin(struct sw_load *l, int other, struct sw_why *why)
{
	int error;

	if (l->setting->is_thread) {
		l->other = other;
		error = pthread_create(&l->thread, NULL, run_thread, l);
	} else {
		l->pid = fork();
		if (l->pid == 0)
			run_process(l->setting, other);
		error = l->pid < 0 ? errno : 0;
	}
	l->is_alive = error == 0;
	if (!l->is_alive || !l->setting->is_thread)
		(void)close(other);
	return l->is_alive || sw_why_say(why,
					 "the configuration cannot be read (%s): raise the "
					 "limit of processes",
					 sw_why_errno(error));
}

static bool prepare(struct sw_load *l, struct sw_why *why)
{
	int pair[2];

	if (!sw_ipc_pair(pair))
		return sw_why_say(why, "the kernel gives no socket pair: raise ulimit -n");
	l->watch = (struct sw_watch){ .fd = pair[0], .fn = on_pair, .arg = l };
	if (!begin(l, pair[1], why)) {
		close_any(&l->watch.fd);
		return false;
	}
	if (sw_loop_add(l->loop, &l->watch, SW_LOOP_IN))
		return true;
	close_any(&l->watch.fd); /* which ends it */
	(void)reap(l);
	return sw_why_say(why, "the kernel refuses to watch a socket: raise its limits");
}

struct sw_load *sw_load_start(const struct sw_load_setting *setting, struct sw_load_watch *seen,
			      struct sw_loop *loop, struct sw_why *why)
{
	struct sw_load *l = calloc(1, sizeof(*l));

	if (!l) {
		(void)sw_why_say(why, "there is not enough memory to load the configuration");
		return NULL;
	}
	l->setting = setting;
	l->seen = seen;
	l->loop = loop;
	l->watch.fd = -1;
	l->result.document = l->result.bare = -1;
	for (size_t i = 0; i < SW_LOAD_PARTS; i++)
		l->part[i] = -1;
	l->begun = l->asked_at = sw_clock_mono();
	if (prepare(l, why))
		return l;
	sw_load_free(l);
	return NULL;
}

const struct sw_load_result *sw_load_done(struct sw_load *l, struct sw_mono now)
{
	if (!l->is_over && is_late(l, now)) {
		(void)sw_why_say(&l->result.why,
				 "the configuration was not read in time and is given up: is the "
				 "machine, or a disk that it is on, that busy?");
		give_up(l);
	}
	return sw_load_result(l);
}

const struct sw_load_result *sw_load_result(const struct sw_load *l)
{
	return l->is_over ? &l->result : NULL;
}

int sw_load_wait_ms(const struct sw_load *l, struct sw_mono now)
{
	if (l->is_over)
		return -1;
	if (is_late(l, now))
		return 0;
	return (int)((deadline(l).us - now.us + 999) / 1000);
}

struct sw_load *sw_load_run(const struct sw_load_setting *setting, struct sw_load_watch *seen,
			    struct sw_why *why)
{
	struct sw_loop loop;
	struct sw_load *l;

	if (!sw_loop_init(&loop)) {
		(void)sw_why_say(why, "the kernel gives no descriptor: raise ulimit -n");
		return NULL;
	}
	l = sw_load_start(setting, seen, &loop, why);
	while (l && !sw_load_done(l, sw_clock_mono()))
		sw_loop_turn(&loop, sw_load_wait_ms(l, sw_clock_mono()));
	sw_loop_close(&loop);
	return l;
}

void sw_load_take(struct sw_load *l, int *document, int *bare)
{
	*document = l->part[SW_LOAD_DOCUMENT];
	*bare = l->part[SW_LOAD_BARE];
	l->part[SW_LOAD_DOCUMENT] = l->part[SW_LOAD_BARE] = -1;
	l->result.document = l->result.bare = -1;
}

void sw_load_free(struct sw_load *l)
{
	if (!l)
		return;
	give_up(l);
	for (size_t i = 0; i < SW_LOAD_PARTS; i++)
		close_any(&l->part[i]);
	sw_secret_wipe(l, sizeof(*l));
	free(l);
}
