/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/parent.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/seal.h"
#include "base/secret.h"
#include "proc/database.h"
#include "proc/logfile.h"
#include "proc/notify.h"
#include "proc/reload.h"
#include "share/clock.h"

#define POLL_MS  5 /* how often hand-over cells are looked at while roles go over */
#define DRAIN_US (10 * (uint64_t)SW_US_PER_S)

/* Each role has its own time: what one took is not the next one's fault. */
static void stop_next(struct sw_running *r, enum sw_phase phase)
{
	r->phase = phase;
	r->deadline.us = sw_clock_mono().us + DRAIN_US;
}

/* The way out of a running door: the worker first, so that admin can still write what it did. */
static void stop(struct sw_running *r)
{
	stop_next(r, SW_PHASE_STOPPING_WORKER);
	sw_notify_stopping();
	sw_roles_stop_worker(&r->roles);
}

static void end_at_once(struct sw_running *r)
{
	sw_sockfile_remove(&r->claim.control);
	_exit(EXIT_FAILURE);
}

static void end_late(struct sw_running *r)
{
	static const unsigned role[] = {
		[SW_PHASE_STOPPING_WORKER] = SW_ROLE_WORKER,
		[SW_PHASE_STOPPING_STORE] = SW_ROLE_STORE,
		[SW_PHASE_STOPPING_ADMIN] = SW_ROLE_ADMIN,
	};
	struct sw_why why;

	(void)sw_why_say(&why, "%s did not end within 10 s and is cut off",
			 sw_roles_name(role[r->phase]));
	sw_why_print(why.text);
	end_at_once(r);
}

static void stop_or_end(struct sw_running *r)
{
	if (r->phase >= SW_PHASE_STOPPING_WORKER)
		end_at_once(r);
	stop(r);
}

/* Roles go over, and it is not known yet how that ends. */
static bool is_between(const struct sw_running *r)
{
	return r->is_taking && !r->is_late;
}

static void on_hup(struct sw_running *r)
{
	if (r->phase != SW_PHASE_RUNNING || is_between(r))
		r->has_hup = true;
	else
		sw_reload_start(r, false);
}

/* Somebody has renamed the log file. One that cannot be opened leaves lines where they go. */
static void reopen_log(struct sw_running *r)
{
	struct sw_why why = { "" };
	int fd;

	if (!sw_logfile_open(r->now->generation->conf->log.path, &fd, &why)) {
		if (!sw_ipc_send(r->roles.admin_fd, SW_IPC_NOTICE, SW_LEVEL_ERROR,
				 sw_slice_of(why.text)))
			sw_why_print(why.text);
		return;
	}
	if (fd < 0 || sw_ipc_send(r->roles.admin_fd, SW_IPC_REOPEN, (uint32_t)fd, SW_LIT("")))
		return;
	close(fd);
	sw_why_print("the log writer does not listen: send USR1 again");
}

static void on_signal(struct sw_running *r, uint32_t number)
{
	switch (number) {
	case SIGHUP:
		on_hup(r);
		break;
	case SIGUSR1:
		if (is_between(r)) /* it may be either's log that goes on */
			r->has_usr1 = true;
		else
			reopen_log(r);
		break;
	default:
		stop_or_end(r);
	}
}

static void on_signals(void *arg, unsigned what)
{
	struct sw_running *r = arg;
	struct signalfd_siginfo info;

	(void)what;
	while (read(r->signals.fd, &info, sizeof(info)) == sizeof(info))
		on_signal(r, info.ssi_signo);
}

static void on_message(struct sw_running *r)
{
	switch (r->message.type) {
	case SW_IPC_RELOAD:
		if (r->phase == SW_PHASE_RUNNING)
			sw_reload_start(r, true);
		break;
	case SW_IPC_STOP:
		if (r->phase < SW_PHASE_STOPPING_WORKER)
			stop(r);
		break;
	default:
		break;
	}
}

/*
 * One message a turn: what comes behind a RELOAD must wait for its end, also what this turn has
 * seen already when a HUP began one.
 */
static void on_admin(void *arg, unsigned what)
{
	struct sw_running *r = arg;
	enum sw_ipc_got got = SW_IPC_GONE;

	if (is_between(r) && (what & SW_LOOP_IN))
		return;
	if (what & SW_LOOP_IN)
		got = sw_ipc_receive(r->admin.fd, &r->message);
	if (got == SW_IPC_GOT)
		on_message(r);
	else if (got == SW_IPC_GONE)
		sw_loop_remove(&r->loop, &r->admin);
}

static void on_ended(void *arg, unsigned what)
{
	struct sw_running *r = arg;
	uint64_t n;

	(void)what;
	if (read(r->ended.fd, &n, sizeof(n)) < 0)
		return;
}

static void begin_running(struct sw_running *r)
{
	r->phase = SW_PHASE_RUNNING;
	sw_notify_ready();
	if (r->setting->ready)
		r->setting->ready(r->setting->arg, r->now->generation->conf);
}

static void give_up_starting(struct sw_running *r)
{
	struct sw_why why;

	(void)sw_why_say(&why, "%s did not start within 5 s",
			 sw_roles_name(sw_roles_missing(&r->roles, r->now->generation->number)));
	sw_why_print(why.text);
	r->end = SW_PARENT_FAILED;
	stop(r);
}

static void go_on_taking(struct sw_running *r)
{
	bool is_first = r->phase == SW_PHASE_STARTING;

	switch (sw_reload_look(r)) {
	case SW_TAKING:
		return;
	case SW_TAKING_FAILED:
		(is_first ? give_up_starting : sw_reload_go_back)(r);
		return;
	case SW_TAKING_DONE:
		(is_first ? begin_running : sw_reload_finish)(r);
		return;
	}
}

/*
 * Signals that had to wait for a hand-over. With a HUP, what admin asks for in the same turn would
 * read the same file.
 */
static void go_on_reloading(struct sw_running *r)
{
	if (r->has_usr1 && !is_between(r)) {
		r->has_usr1 = false;
		reopen_log(r);
	}
	if (r->has_hup && r->phase == SW_PHASE_RUNNING)
		sw_reload_start(r, false);
}

static void end_with(struct sw_running *r, unsigned ended)
{
	struct sw_why why;

	(void)sw_why_say(&why, "%s has ended by itself; please report it", sw_roles_name(ended));
	sw_why_print(why.text);
	r->end = SW_PARENT_FAILED;
	stop(r);
}

/* What the store did not take in the end. */
static void tell_lost(struct sw_running *r)
{
	const char *lost = sw_store_role_lost(r->roles.store);

	if (lost[0] == '\0')
		return;
	sw_why_print(lost);
	r->end = SW_PARENT_FAILED;
}

/* The worker, then what keeps what it did, then what logs both. */
static void go_on_stopping(struct sw_running *r, unsigned ended)
{
	if (r->phase == SW_PHASE_STOPPING_WORKER && (ended & SW_ROLE_WORKER)) {
		stop_next(r, SW_PHASE_STOPPING_STORE);
		sw_roles_stop_store(&r->roles);
	}
	if (r->phase == SW_PHASE_STOPPING_STORE && (ended & SW_ROLE_STORE)) {
		tell_lost(r);
		stop_next(r, SW_PHASE_STOPPING_ADMIN);
		sw_roles_stop_admin(&r->roles);
	}
	if (r->phase == SW_PHASE_STOPPING_ADMIN && (ended & SW_ROLE_ADMIN))
		r->phase = SW_PHASE_ENDED;
	if (r->phase < SW_PHASE_ENDED && sw_clock_mono().us >= r->deadline.us)
		end_late(r);
}

/* What ended may be what we waited for, or the reason to end. */
static void go_on_ending(struct sw_running *r)
{
	unsigned ended = sw_roles_ended(&r->roles);

	if (ended && r->phase < SW_PHASE_STOPPING_WORKER)
		end_with(r, ended);
	if (r->phase >= SW_PHASE_STOPPING_WORKER)
		go_on_stopping(r, ended);
}

static int wait_ms(const struct sw_running *r)
{
	if (r->phase >= SW_PHASE_STOPPING_WORKER)
		return 1000;
	if (r->is_taking)
		return r->is_late ? 100 * POLL_MS : POLL_MS;
	return r->has_hup || r->has_usr1 ? 0 : -1;
}

static void serve(struct sw_running *r)
{
	while (r->phase != SW_PHASE_ENDED) {
		sw_loop_turn(&r->loop, wait_ms(r));
		if (r->phase < SW_PHASE_STOPPING_WORKER)
			(r->is_taking ? go_on_taking : go_on_reloading)(r);
		go_on_ending(r);
	}
	sw_roles_join(&r->roles);
}

/* Before any thread is there, so that all of them inherit the mask. */
static bool prepare_signals(struct sw_running *r, struct sw_why *why)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGUSR1);
	r->signals = (struct sw_watch){ .fd = -1, .fn = on_signals, .arg = r };
	/* A file that may not grow (ulimit -f) is a full disk, and no reason to die. */
	if (signal(SIGPIPE, SIG_IGN) != SIG_ERR && signal(SIGXFSZ, SIG_IGN) != SIG_ERR &&
	    sigprocmask(SIG_BLOCK, &set, NULL) == 0)
		r->signals.fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (r->signals.fd >= 0 && sw_loop_init(&r->loop) &&
	    sw_loop_add(&r->loop, &r->signals, SW_LOOP_IN))
		return true;
	return sw_why_say(why, "the kernel gives no descriptor for signals: raise ulimit -n");
}

static bool prepare_roles(struct sw_running *r, struct sw_why *why)
{
	if (!sw_roles_make_worker(&r->roles, r->now->generation, why))
		return false;
	r->admin = (struct sw_watch){ .fd = r->roles.admin_fd, .fn = on_admin, .arg = r };
	r->ended = (struct sw_watch){ .fd = r->roles.ended_fd, .fn = on_ended, .arg = r };
	if (!sw_loop_add(&r->loop, &r->admin, 0) || !sw_loop_add(&r->loop, &r->ended, SW_LOOP_IN))
		return sw_why_say(why, "the kernel refuses to watch a socket: raise its limits");
	return sw_roles_start(&r->roles, r->claim.control.fd, &r->now->admin, why);
}

/* Is the log what standard error shows, and in lines of text? */
static bool is_log_on_screen(const struct sw_log_setting *log)
{
	bool is_text = log->form == SW_LOG_TEXT ||
		       (log->form == SW_LOG_AUTO && isatty(STDERR_FILENO));

	return is_text && log->path.n == 0;
}

/*
 * The seed of all keys: from the seal key, so that nonces of an earlier start are known as ours
 * and old, and hashes in the store stay what they are; else a new one.
 */
static bool make_seed(struct sw_running *r, const struct sw_conf *conf, struct sw_why *why)
{
	bool ok = conf->seal.has_key
			  ? sw_seal_seed(conf->seal.key, SW_LIT("sipward engine 1"), r->seed)
			  : getrandom(r->seed, sizeof(r->seed), 0) == sizeof(r->seed);

	return ok || sw_why_say(why, "neither the kernel nor OpenSSL gives octets for keys");
}

/* false: *why, and r->end says whether the configuration is to blame. */
static bool open_store(struct sw_running *r, const struct sw_conf *conf, struct sw_why *why)
{
	struct sw_store *store;

	r->end = SW_PARENT_FAILED;
	if (!make_seed(r, conf, why))
		return false;
	switch (sw_database_open(conf, false, &store, why)) {
	case SW_DATABASE_OPEN:
		break;
	case SW_DATABASE_CONF:
		r->end = SW_PARENT_CONF;
		return false;
	case SW_DATABASE_FAILED:
		return false;
	}
	if (!sw_roles_init(&r->roles, r->seed, store, why))
		return false;
	if (sw_store_role_may_follow(r->roles.store, &conf->policy, &conf->policy, why))
		return true;
	r->end = SW_PARENT_CONF;
	return false;
}

static void warn_no_key(struct sw_running *r, const struct sw_conf *conf)
{
	const struct sw_seal_setting *seal = &conf->seal;
	struct sw_why why;

	if (!conf->store.is_sqlite || seal->has_key)
		return;
	(void)sw_why_say(&why,
			 "start: there is no seal key %.*s: phones answer a new challenge after "
			 "each start, and no user can be added; make one: (umask 027; openssl rand "
			 "-hex 32 > %.*s)",
			 (int)seal->path.n, seal->path.p, (int)seal->path.n, seal->path.p);
	if (!sw_ipc_send(r->roles.admin_fd, SW_IPC_NOTICE, SW_LEVEL_WARN, sw_slice_of(why.text)))
		sw_why_print(why.text);
}

/* From a configuration to a door that is served. conf is the stage's from here on. */
static bool prepare(struct sw_running *r, struct sw_conf *conf, struct sw_why *why)
{
	if (!open_store(r, conf, why)) {
		sw_conf_free(conf);
		return false;
	}
	r->end = SW_PARENT_FAILED;
	r->made = 1;
	r->rooms = conf->connections_max;
	r->now = sw_stage_new(conf, r->made, r->seed, NULL, why);
	if (!r->now)
		return false;
	r->now->admin.is_demo = r->setting->source.is_demo;
	if (!prepare_roles(r, why))
		return false;
	sw_reload_begin(r);
	r->is_told = true;
	r->end = SW_PARENT_DONE;
	if (!is_log_on_screen(&conf->log))
		sw_reload_log_warnings(r, "start");
	warn_no_key(r, conf);
	sw_diags_free(&r->diags);
	return true;
}

/* A log line must never go to a socket that got the number of a closed standard error. */
static void fill_standard_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

/* Standard error that is a log of JSON lines stays one: warnings then come as events. */
static bool is_stderr_for_people(const struct sw_log_setting *log)
{
	return is_log_on_screen(log) || log->path.n > 0;
}

static struct sw_conf *load_first(struct sw_running *r)
{
	struct sw_why why = { "" };
	struct sw_conf *conf = sw_stage_load(&r->setting->source, &r->diags, &why);

	if (r->setting->is_quiet && conf)
		sw_diags_free(&r->diags);
	if (!conf || is_stderr_for_people(&conf->log))
		sw_diags_print(stderr, &r->diags, SW_DIAGS_SHOWN);
	if (why.text[0] != '\0')
		sw_why_print(why.text);
	return conf;
}

static void fail(struct sw_running *r, const struct sw_why *why)
{
	sw_why_print(why->text);
	if (r->roles.started) /* threads that nobody can end in an orderly way any more */
		end_at_once(r);
}

static enum sw_parent_end run(struct sw_running *r)
{
	struct sw_why why = { "" };
	struct sw_conf *conf = load_first(r);

	if (!conf)
		return SW_PARENT_CONF;
	/* The claim may wait for another door to end; until it is ours a signal just ends us. */
	if (!sw_claim_take(&r->claim, conf, r->setting->source.is_demo, &why) ||
	    !prepare_signals(r, &why)) {
		sw_conf_free(conf);
		fail(r, &why);
		return SW_PARENT_FAILED;
	}
	if (prepare(r, conf, &why))
		serve(r);
	else
		fail(r, &why);
	return r->end;
}

/* The claim last: then the next door can have our listeners. */
static void release(struct sw_running *r)
{
	sw_roles_free(&r->roles);
	sw_stage_free(r->old, r->now);
	sw_stage_free(r->now, NULL);
	sw_claim_drop(&r->claim);
	sw_loop_close(&r->loop);
	sw_diags_free(&r->diags);
	sw_secret_wipe(r->seed, sizeof(r->seed));
	free(r);
}

enum sw_parent_end sw_parent_run(const struct sw_parent_setting *setting)
{
	struct sw_running *r = calloc(1, sizeof(*r));
	enum sw_parent_end end;

	if (!r) {
		sw_why_print("there is not enough memory to start");
		return SW_PARENT_FAILED;
	}
	fill_standard_descriptors();
	r->setting = setting;
	r->loop.fd = -1;
	sw_claim_init(&r->claim);
	end = run(r);
	release(r);
	return end;
}
