/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/parent.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/secret.h"
#include "net/udp.h"
#include "proc/closing.h"
#include "proc/logfile.h"
#include "proc/notify.h"
#include "proc/program.h"
#include "proc/reload.h"
#include "proc/running.h"
#include "proc/spawn.h"
#include "proc/watch.h"
#include "share/clock.h"

#define BATCH 64 /* messages of one role that a turn hears: one that never stops is one of many */

/* Signals. */

/* Somebody has renamed the log file. One that cannot be opened leaves lines where they go. */
static void reopen_log(struct sw_running *r)
{
	const struct sw_facts *f = &r->now->facts;
	const struct sw_role *admin = sw_roles_admin(&r->roles);
	struct sw_why why = { "" };
	int fd;

	r->has_usr1 = false;
	if (!sw_logfile_open(sw_facts_text(f, f->log), &fd, &why)) {
		sw_notes_say(&r->notes, SW_LEVEL_ERROR, "%s", why.text);
		return;
	}
	if (fd < 0)
		return;
	if (admin->state != SW_ROLE_ALIVE ||
	    !sw_ipc_send_fd(admin->watch.fd, SW_IPC_REOPEN, 0, SW_LIT(""), fd))
		sw_why_print("the log writer does not listen: send USR1 again");
	if (r->now->log_fd >= 0)
		close(r->now->log_fd); /* a successor of admin writes there too */
	r->now->log_fd = fd;
}

static void on_signal(struct sw_running *r, uint32_t number)
{
	switch (number) {
	case SIGHUP:
		sw_reload_want(r, 0);
		break;
	case SIGUSR1:
		r->has_usr1 = true;
		break;
	case SIGCHLD:
		sw_watch_reap(r);
		break;
	default:
		sw_closing_on_signal(r);
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

/* What roles say. */

static void end_with_loss(struct sw_running *r)
{
	sw_why_print(r->message.text);
	r->end = SW_PARENT_FAILED;
}

static void on_message(struct sw_running *r, struct sw_role *role)
{
	bool is_admin = role->kind == SW_ROLE_ADMIN;
	bool is_store = role->kind == SW_ROLE_STORE;

	switch (r->message.type) {
	case SW_IPC_RELOAD:
		if (is_admin)
			sw_reload_want(r, 1);
		break;
	case SW_IPC_STOP:
		if (is_admin)
			sw_closing_begin(r);
		break;
	case SW_IPC_JOURNAL:
		if (is_store)
			sw_roles_journal(&r->roles, r->message.code);
		break;
	case SW_IPC_LOST:
		if (is_store)
			end_with_loss(r);
		break;
	default:
		sw_reload_hear(r, role, &r->message);
	}
}

/* What a role says ends up on a screen: it stays one line, and moves no cursor. */
static void make_sentence(struct sw_ipc *m)
{
	for (uint32_t i = 0; i < m->n; i++)
		if ((unsigned char)m->text[i] < ' ' || m->text[i] == 0x7f)
			m->text[i] = '?';
	m->text[m->n] = '\0';
}

void sw_parent_hear(struct sw_running *r, struct sw_role *role)
{
	enum sw_ipc_got got = SW_IPC_GOT;

	for (int i = 0; i < BATCH && got == SW_IPC_GOT && role->state == SW_ROLE_ALIVE; i++) {
		got = sw_ipc_receive(role->watch.fd, &r->message);
		if (got != SW_IPC_GOT || r->message.n >= SW_IPC_TEXT)
			continue;
		make_sentence(&r->message);
		on_message(r, role);
	}
	if (got == SW_IPC_GONE && role->state == SW_ROLE_ALIVE)
		role->is_gone = true;
}

void sw_parent_on_role(void *arg, unsigned what)
{
	struct sw_role *role = arg;
	struct sw_running *r = role->owner;

	if (what & (SW_LOOP_IN | SW_LOOP_GONE))
		sw_parent_hear(r, role);
	if (role->is_gone)
		sw_watch_gone(r, role);
}

/* The turns. */

static void begin_running(struct sw_running *r)
{
	r->phase = SW_PHASE_RUNNING;
	r->has_served = true;
	sw_notify_ready();
	if (r->setting->ready)
		r->setting->ready(r->setting->arg);
}

static void look_at_files(struct sw_running *r, struct sw_mono now)
{
	if (r->phase == SW_PHASE_RUNNING && sw_load_watch_look(&r->files, now))
		sw_reload_want(r, 0);
}

static int wait_ms(const struct sw_running *r)
{
	struct sw_mono now = sw_clock_mono();
	int watch = sw_watch_wait_ms(r, now), reload = sw_reload_wait_ms(r, now);

	/* Not for the files: the pulses are looked at more often. */
	return watch < reload ? watch : reload;
}

static void turn(struct sw_running *r)
{
	struct sw_mono now;

	sw_loop_turn(&r->loop, wait_ms(r));
	now = sw_clock_mono();
	sw_watch_turn(r, now);
	look_at_files(r, now);
	sw_reload_push(r);
	sw_reload_turn(r);
	sw_reload_push(r);
	sw_notes_push(&r->notes);
	if (r->phase == SW_PHASE_STARTING && r->reload.step == SW_RELOAD_NONE && r->now)
		begin_running(r);
	if (r->has_usr1 && r->phase == SW_PHASE_RUNNING && r->reload.step < SW_RELOAD_PREPARING)
		reopen_log(r);
	if (r->phase >= SW_PHASE_STOPPING_WORKERS)
		sw_closing_turn(r);
}

static void serve(struct sw_running *r)
{
	while (r->phase != SW_PHASE_ENDED)
		turn(r);
}

/* The start. */

/*
 * Before anybody is started. A file that may not grow (ulimit -f) is a full disk, no death. Who
 * starts us may ignore SIGCHLD, and then the kernel would keep no dead child for us.
 */
static bool prepare_signals(struct sw_running *r, struct sw_why *why)
{
	static const int heard[] = { SIGHUP, SIGTERM, SIGINT, SIGUSR1, SIGCHLD };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < SW_ARRAY_LEN(heard); i++)
		sigaddset(&set, heard[i]);
	r->signals = (struct sw_watch){ .fd = -1, .fn = on_signals, .arg = r };
	if (signal(SIGPIPE, SIG_IGN) != SIG_ERR && signal(SIGXFSZ, SIG_IGN) != SIG_ERR &&
	    signal(SIGCHLD, SIG_DFL) != SIG_ERR && sigprocmask(SIG_BLOCK, &set, NULL) == 0)
		r->signals.fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (r->signals.fd >= 0 && sw_loop_add(&r->loop, &r->signals, SW_LOOP_IN))
		return true;
	return sw_why_say(why, "the kernel gives no descriptor for signals: raise ulimit -n");
}

static uint32_t cores(void)
{
	cpu_set_t set;
	int n = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;

	return n > 0 ? (uint32_t)n : 1;
}

static uint32_t workers_of(const struct sw_facts *f)
{
	uint32_t n = f->workers > 0 ? f->workers : cores();

	return n < SW_BOARD_WORKERS ? n : SW_BOARD_WORKERS;
}

static bool make_roles(struct sw_running *r, const struct sw_load_report *report,
		       struct sw_why *why)
{
	const struct sw_roles_setting setting = {
		.is_single = r->setting->is_single,
		.admin = r->setting->admin,
		.admin_program = r->admin_program,
		.box = &r->box.setting,
		.control_fd = r->claim.control.fd,
		.lock_fd = r->claim.lock_fd,
		.workers = workers_of(&report->facts),
		.facts = &r->first,
		.owner = r,
	};

	if (!sw_roles_init(&r->roles, &setting, &report->secrets, why))
		return false;
	sw_gauge_open(&r->gauge, &r->roles);
	return true;
}

/* Is the log what standard error shows, and in lines of text? */
static bool is_log_on_screen(const struct sw_facts *f)
{
	bool is_text = f->log_form == SW_LOG_TEXT ||
		       (f->log_form == SW_LOG_AUTO && isatty(STDERR_FILENO));

	return is_text && f->log.n == 0;
}

/* Standard error that is a log of JSON lines stays one: warnings then come as events. */
static bool is_stderr_for_people(const struct sw_facts *f)
{
	return is_log_on_screen(f) || f->log.n > 0;
}

static void warn_no_key(struct sw_running *r)
{
	const struct sw_facts *f = &r->first;
	struct sw_slice seal = sw_facts_text(f, f->seal);

	if (!sw_facts_is_sqlite(f) || f->has_seal)
		return;
	sw_notes_say(&r->notes, SW_LEVEL_WARN,
		     "start: there is no seal key %.*s: phones answer a new challenge after each "
		     "start, and no user can be added; make one: (umask 027; openssl rand -hex 32 "
		     "> %.*s)",
		     (int)seal.n, seal.p, (int)seal.n, seal.p);
}

static void warn_buffers(struct sw_running *r)
{
	uint32_t room = sw_sockets_room(&r->next->sockets, &r->next->facts);

	if (r->first.is_demo || room >= SW_UDP_RECEIVE)
		return;
	sw_notes_say(&r->notes, SW_LEVEL_WARN,
		     "start: receive buffers have %u KiB, not %u: in a burst the kernel drops "
		     "earlier; start as root, or: sysctl -w net.core.rmem_max=%u",
		     room / 1024, SW_UDP_RECEIVE / 1024, SW_UDP_RECEIVE);
}

static void log_start(struct sw_running *r, const char *lines)
{
	struct sw_why why;

	if (!is_log_on_screen(&r->first) && !r->setting->is_quiet)
		sw_reload_log(r, lines, "start");
	sw_stage_fit(r->next, r->setting->is_single, &why);
	if (why.text[0] != '\0')
		sw_notes_say(&r->notes, SW_LEVEL_WARN, "start: %s", why.text);
	if (!r->first.is_demo && sw_box_is_short(&r->box, r->setting->is_single, &why))
		sw_notes_say(&r->notes, SW_LEVEL_WARN, "start: %s", why.text);
	warn_buffers(r);
	warn_no_key(r);
}

/* Admin first, so that it logs what the others say. */
static bool begin_roles(struct sw_running *r, struct sw_why *why)
{
	for (uint32_t i = 0; i < r->roles.n; i++)
		if (!sw_roles_begin(&r->roles, &r->roles.role[i], &r->loop, sw_parent_on_role, why))
			return false;
	return true;
}

/* Everything that wants more than the parent keeps is open. */
static bool give_away(struct sw_running *r, struct sw_why *why)
{
	uint32_t layers;

	if (r->setting->is_single)
		return true;
	if (!sw_sandbox_enter(&r->box.setting, SW_BOX_PARENT, &layers, why))
		return false;
	atomic_store(&r->roles.shared.board.cell[SW_BOARD_PARENT].layers, layers);
	return true;
}

/* The store could not even enter its sandbox, which is made of that directory. */
static bool has_directory(const struct sw_running *r, struct sw_why *why)
{
	const struct sw_facts *f = &r->first;
	const char *directory = r->box.setting.directory;

	if (!directory || access(directory, F_OK) == 0 || errno != ENOENT)
		return true;
	(void)sw_why_say(
		why,
		"%.*s cannot be made: its directory does not exist: mkdir -p -m 0700 %s, or "
		"name another place with store",
		(int)sw_facts_text(f, f->store).n, sw_facts_text(f, f->store).p, directory);
	sw_facts_add_place(f, f->place[SW_FACTS_STORE], why);
	return false;
}

/* From what was loaded to roles that are on their way to it. */
static bool prepare(struct sw_running *r, struct sw_load *load, const struct sw_load_report *report,
		    struct sw_why *why)
{
	bool is_single = r->setting->is_single;

	if (!sw_loop_init(&r->loop))
		return sw_why_say(why, "the kernel gives no descriptor: raise ulimit -n");
	if (!sw_box_use(&r->box, &r->first, is_single, why) || !has_directory(r, why) ||
	    (!is_single && !sw_program_find("sipward-admin", r->admin_program, why)))
		return false;
	/* The claim may wait for another door to end; until it is ours a signal just ends us. */
	if (!sw_claim_take(&r->claim, &r->first, &r->box.setting.who, why) ||
	    !prepare_signals(r, why) || !make_roles(r, report, why))
		return false;
	r->made = 1;
	r->next = sw_stage_new(load, &r->first, r->made, r->roles.setting.workers, NULL, why);
	if (!r->next)
		return false;
	log_start(r, report->lines);
	return give_away(r, why);
}

static void say_loaded(const struct sw_running *r, const struct sw_load_result *got)
{
	const struct sw_load_report *report = got->report;

	if (!report)
		sw_why_print(got->why.text);
	else if (got->end != SW_LOAD_LOADED ||
		 (!r->setting->is_quiet && is_stderr_for_people(&report->facts)))
		(void)fputs(report->shown, stderr);
}

static bool start(struct sw_running *r, struct sw_why *why)
{
	const struct sw_load_result *got;
	struct sw_load_setting first = r->load_setting;
	struct sw_load *load;
	bool ok;

	first.is_first = true;
	load = sw_load_run(&first, &r->reload.seen, why);
	r->end = SW_PARENT_FAILED;
	if (!load)
		return false;
	got = sw_load_result(load);
	say_loaded(r, got);
	r->end = got->end == SW_LOAD_REFUSED ? SW_PARENT_CONF : SW_PARENT_FAILED;
	ok = got->end == SW_LOAD_LOADED;
	sw_load_watch_take(&r->files, &r->reload.seen, ok, sw_clock_mono());
	if (ok) {
		r->first = got->report->facts;
		ok = prepare(r, load, got->report, why);
	}
	sw_load_free(load); /* with its secrets, before somebody is forked */
	return ok && begin_roles(r, why);
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

/* A start that failed half-way has an order too. */
static void give_up(struct sw_running *r)
{
	for (uint32_t i = 0; i < r->roles.n; i++)
		if (r->roles.role[i].state != SW_ROLE_ABSENT && r->roles.role[i].pid == 0)
			sw_closing_at_once(r);
	sw_watch_kill(r);
}

static enum sw_parent_end run(struct sw_running *r)
{
	struct sw_why why = { "" };

	if (!start(r, &why)) {
		if (why.text[0] != '\0')
			sw_why_print(why.text);
		give_up(r);
		return r->end;
	}
	r->end = SW_PARENT_DONE;
	sw_reload_begin(r);
	serve(r);
	return r->end;
}

/* The claim last: then the next door can have our listeners. */
static void release(struct sw_running *r)
{
	sw_notes_end(&r->notes, r->has_served ? SW_LEVEL_DEBUG : SW_LEVEL_ERROR);
	sw_stage_free(r->next, r->now);
	sw_stage_free(r->old, r->now);
	sw_stage_free(r->now, NULL);
	sw_roles_free(&r->roles);
	sw_load_watch_free(&r->files);
	sw_load_watch_free(&r->reload.seen);
	sw_claim_drop(&r->claim);
	if (r->signals.fd >= 0)
		close(r->signals.fd);
	sw_loop_close(&r->loop);
	free(r);
}

static void fill_load(struct sw_running *r)
{
	r->load_setting = r->setting->load;
	r->load_setting.is_thread = r->setting->is_single;
	r->load_setting.user = sw_box_user(&r->box);
	r->load_setting.enter = sw_spawn_enter_conf;
	r->load_setting.enter_arg = &r->conf;
	r->conf = (struct sw_spawn_conf){ &r->box.setting, getpid(), sw_roles_forget_all,
					  &r->roles };
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
	r->loop.fd = r->signals.fd = -1;
	sw_claim_init(&r->claim);
	sw_box_init(&r->box);
	fill_load(r);
	end = run(r);
	release(r);
	return end;
}
