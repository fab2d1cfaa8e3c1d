/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/password.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "base/secret.h"

#define MADE_GROUPS 4
#define MADE_GROUP  4

/* What stands before and behind the user's name. */
struct question {
	const char *before, *behind;
};

static const struct question ask_old = { "Password of ", ": " };
static const struct question ask_new = { "New password of ", " (nothing: one is made): " };
static const struct question ask_again = { "Password of ", " once more: " };

enum sw_exit sw_password_arg(const char *command, char *arg, struct sw_password *out)
{
	size_t n = strlen(arg);

	if (n > sizeof(out->text)) {
		fprintf(stderr, "sipward %s: the password is longer than %d octets\n", command,
			SW_PASSWORD_MAX);
		return SW_EXIT_USAGE;
	}
	memcpy(out->text, arg, n);
	out->n = n;
	out->given = true;
	memset(arg, '*', n); /* ps and /proc show it from here on */
	return SW_EXIT_OK;
}

/* One line end at the end is the editor's, not the password's. */
static void drop_line_end(struct sw_password *p)
{
	if (p->n > 0 && p->text[p->n - 1] == '\n')
		p->n--;
	if (p->n > 0 && p->text[p->n - 1] == '\r')
		p->n--;
}

static bool read_all(int fd, struct sw_password *out)
{
	char more;

	out->n = 0;
	while (out->n < sizeof(out->text)) {
		ssize_t got = read(fd, out->text + out->n, sizeof(out->text) - out->n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got == 0;
		out->n += (size_t)got;
	}
	errno = EFBIG;
	return read(fd, &more, 1) == 0;
}

static enum sw_exit cannot_read(const char *command, const char *path, const char *why)
{
	fprintf(stderr, "sipward %s: cannot read the password from %s: %s\n", command, path, why);
	return SW_EXIT_FAILED;
}

static enum sw_exit read_file(const char *command, int fd, const char *path,
			      struct sw_password *out)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return cannot_read(command, path, strerror(errno));
	if (S_ISREG(st.st_mode) && (st.st_mode & 0007)) {
		fprintf(stderr,
			"sipward %s: %s can be read by everybody; take that away first:  "
			"chmod o= %s\n",
			command, path, path);
		return SW_EXIT_FAILED;
	}
	if (!read_all(fd, out))
		return cannot_read(command, path, strerror(errno));
	drop_line_end(out);
	out->given = true;
	return SW_EXIT_OK;
}

enum sw_exit sw_password_file(const char *command, const char *path, struct sw_password *out)
{
	int fd;
	enum sw_exit code;

	if (strcmp(path, "-") == 0)
		return read_file(command, STDIN_FILENO, "standard input", out);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return cannot_read(command, path, strerror(errno));
	code = read_file(command, fd, path, out);
	close(fd);
	return code;
}

bool sw_password_can_prompt(void)
{
	return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

/* Signals that would leave a terminal without its echo. */
static const int held[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGTSTP };
static volatile sig_atomic_t caught; /* the last of them */

static void note_signal(int number)
{
	caught = number;
}

/* Each is only noted from here on, unless it is ignored; was gets what it did before. */
static void hold_signals(struct sigaction was[])
{
	struct sigaction note = { .sa_handler = note_signal };

	sigemptyset(&note.sa_mask);
	caught = 0;
	for (size_t i = 0; i < SW_ARRAY_LEN(held); i++) {
		sigaction(held[i], NULL, &was[i]);
		if (was[i].sa_handler != SIG_IGN)
			sigaction(held[i], &note, NULL);
	}
}

static void release_signals(const struct sigaction was[])
{
	for (size_t i = 0; i < SW_ARRAY_LEN(held); i++)
		sigaction(held[i], &was[i], NULL);
}

/* One line from the terminal without its echo; a signal that comes ends it. */
static bool read_quiet(const struct question *ask, struct sw_slice user, struct sw_password *out)
{
	struct termios was, quiet;
	ssize_t got = -1;

	if (tcgetattr(STDIN_FILENO, &was) != 0)
		return false;
	quiet = was;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) != 0)
		return false;
	/* Only now: what is typed before the echo is off would be seen, and is flushed. */
	fprintf(stderr, "%s%.*s%s", ask->before, (int)user.n, user.p, ask->behind);
	if (!caught)
		got = read(STDIN_FILENO, out->text, sizeof(out->text));
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &was);
	fputc('\n', stderr);
	if (got <= 0)
		return false;
	out->n = (size_t)got;
	return true;
}

/* Who stopped us with Ctrl-Z and goes on is asked again. */
static bool read_line(const struct question *ask, struct sw_slice user, struct sw_password *out)
{
	struct sigaction was[SW_ARRAY_LEN(held)];
	bool ok;

	do {
		hold_signals(was);
		ok = read_quiet(ask, user, out);
		release_signals(was);
		if (caught)
			raise(caught);
	} while (!ok && caught);
	return ok;
}

static enum sw_exit say_no_terminal(const char *command)
{
	fprintf(stderr,
		"sipward %s: no password, and no terminal to ask on; give --password-file FILE\n",
		command);
	return SW_EXIT_USAGE;
}

static enum sw_exit say_nothing_typed(const char *command)
{
	fprintf(stderr, "sipward %s: no password was typed\n", command);
	return SW_EXIT_FAILED;
}

enum sw_exit sw_password_prompt(const char *command, struct sw_slice user, struct sw_password *out)
{
	if (!sw_password_can_prompt())
		return say_no_terminal(command);
	if (!read_line(&ask_old, user, out))
		return say_nothing_typed(command);
	drop_line_end(out);
	out->given = true;
	return SW_EXIT_OK;
}

static bool are_equal(const struct sw_password *a, const struct sw_password *b)
{
	return a->n == b->n && sw_secret_eq(a->text, b->text, a->n);
}

enum sw_exit sw_password_prompt_new(const char *command, struct sw_slice user,
				    struct sw_password *out)
{
	struct sw_password again = { 0 };
	bool equal;

	if (!sw_password_can_prompt())
		return say_no_terminal(command);
	if (!read_line(&ask_new, user, out))
		return say_nothing_typed(command);
	drop_line_end(out);
	out->given = out->n > 0;
	if (!out->given)
		return SW_EXIT_OK;
	equal = read_line(&ask_again, user, &again);
	drop_line_end(&again);
	equal = equal && are_equal(out, &again);
	sw_secret_wipe(&again, sizeof(again));
	if (equal)
		return SW_EXIT_OK;
	fprintf(stderr, "sipward %s: the two are not the same; nothing was changed\n", command);
	return SW_EXIT_FAILED;
}

/* Octets beyond a multiple of the alphabet are drawn anew: every character is as likely. */
static bool draw_character(char *out)
{
	static const char alphabet[] = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789";
	const unsigned n = sizeof(alphabet) - 1;
	uint8_t octet;

	do
		if (getrandom(&octet, 1, 0) != 1)
			return false;
	while (octet >= 256 / n * n);
	*out = alphabet[octet % n];
	return true;
}

enum sw_exit sw_password_make(const char *command, struct sw_password *out)
{
	out->n = 0;
	for (unsigned i = 0; i < MADE_GROUPS * MADE_GROUP; i++) {
		if (i > 0 && i % MADE_GROUP == 0)
			out->text[out->n++] = '-';
		if (draw_character(&out->text[out->n++]))
			continue;
		fprintf(stderr, "sipward %s: the kernel gives no random octets\n", command);
		return SW_EXIT_FAILED;
	}
	out->given = true;
	return SW_EXIT_OK;
}
