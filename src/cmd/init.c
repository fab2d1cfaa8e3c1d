/* SPDX-License-Identifier: Apache-2.0 */
/* sipward init: a first configuration on stdout, ready to be checked; what else to do on stderr. */
#include "cmd/cmd.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "cmd/options.h"
#include "cmd/sealkey.h"
#include "conf/conf.h"

#define NAME     "init"
#define FILE_MAX 65536
#define SECRETS  "/etc/sipward/secret"
#define STATE    "/var/lib/sipward"

struct init {
	const char *realm, *listen;
	const char *seal; /* NULL: the default, and no line for it */
	const char *const *user;
	size_t users;
};

/* A word of the configuration: quoted, so that the checker sees what was meant as one word. */
static void put_word(struct sw_buf *b, const char *word)
{
	if (word[0] != '\0' && !strpbrk(word, " \t\"#{}\\")) {
		sw_buf_str(b, word);
		return;
	}
	sw_buf_char(b, '"');
	for (; *word; word++) {
		if (*word == '"' || *word == '\\')
			sw_buf_char(b, '\\');
		sw_buf_char(b, *word);
	}
	sw_buf_char(b, '"');
}

static const char *seal_of(const struct init *in)
{
	return in->seal ? in->seal : SW_CONF_SEAL;
}

static void put_seal(struct sw_buf *b, const struct init *in)
{
	char room[PATH_MAX + 8];
	struct sw_buf word = sw_buf_over(room, sizeof(room));

	sw_buf_str(&word, "file:");
	sw_buf_str(&word, seal_of(in));
	put_word(b, sw_buf_text(&word));
}

static void put_users(struct sw_buf *b, const struct init *in)
{
	if (in->users == 0)
		sw_buf_str(b, "    # Its users are in the store:  sipward user add NAME\n");
	else
		sw_buf_str(b,
			   "    # The password is the one line of the file, which others must not "
			   "be able to\n    # read:  (umask 077; openssl rand -base64 15 > " SECRETS
			   "/NAME)\n");
	for (size_t i = 0; i < in->users; i++) {
		sw_buf_str(b, "    user    ");
		put_word(b, in->user[i]);
		sw_buf_str(b, " file:" SECRETS "/");
		sw_buf_str(b, in->user[i]);
		sw_buf_char(b, '\n');
	}
}

static void put_phones(struct sw_buf *b, const struct init *in)
{
	sw_buf_str(
		b,
		"# sipward: phones register here with a name and a password.\n"
		"# Check:  sipward check --runtime      Explain a rule:  sipward check --why SW001\n"
		"\n"
		"realm     ");
	put_word(b, in->realm);
	sw_buf_str(b, "    # users are NAME@this; never taken from a message\n"
		      "listen    udp ");
	put_word(b, in->listen);
	sw_buf_str(b, "\nlisten    tcp ");
	put_word(b, in->listen);
	sw_buf_str(b, "\n"
		      "store     sqlite " SW_CONF_STORE "    # users and registrations\n"
		      "seal-key  ");
	put_seal(b, in);
	sw_buf_str(b, "    # keep a copy, but not beside copies of the store");
	sw_buf_str(
		b,
		"\n\n"
		"phones staff {\n"
		"    accept  digest sha-256 sha-512-256\n"
		"    # Phones that know only MD5: add md5 to the line above, and give it an end:\n"
		"    # md5     until YYYY-MM-DD\n"
		"\n");
	put_users(b, in);
	sw_buf_str(b, "}\n");
}

/* What is printed must pass; what a flag said wrong is shown as the line that it would make. */
static enum sw_exit test(struct sw_slice text)
{
	struct sw_diags diags = { 0 };
	struct sw_wall now = { 0 };
	struct sw_conf *conf = sw_conf_load_text(&sw_conf_disk, "sipward.conf", text, SW_CONF_PLAIN,
						 NULL, now, &diags);
	enum sw_exit code = conf && diags.warnings == 0 ? SW_EXIT_OK : SW_EXIT_USAGE;

	if (code != SW_EXIT_OK) {
		(void)fprintf(stderr, "sipward " NAME ": this file would not pass:\n");
		sw_diags_print(stderr, &diags, SIZE_MAX);
	}
	sw_conf_free(conf);
	sw_diags_free(&diags);
	return code;
}

/* Names may hold what a shell takes for its own, but no quote. */
static void tell_secrets(const struct init *in)
{
	for (size_t i = 0; i < in->users; i++)
		(void)fprintf(stderr, "  (umask 077; openssl rand -base64 15 > '" SECRETS "/%s')\n",
			      in->user[i]);
}

static void tell_next(const struct init *in)
{
	(void)fprintf(stderr,
		      "Next, as root, make its folders:\n  %s\n"
		      "Keep it as " SW_CONF_DEFAULT ", and go on:\n",
		      in->users > 0 ? "mkdir -p -m 0700 " SECRETS " " STATE
				    : "mkdir -p /etc/sipward && mkdir -p -m 0700 " STATE);
	if (access(seal_of(in), F_OK) != 0)
		(void)fprintf(stderr,
			      "  (umask 027; openssl rand -hex 32 > '%s')    # the seal key\n",
			      seal_of(in));
	tell_secrets(in);
	(void)fprintf(stderr, "  %s check --runtime\n  %s serve\n", sw_program, sw_program);
	if (in->users == 0)
		(void)fprintf(stderr,
			      "Then, in a second terminal, a user; its password is shown once:\n"
			      "  %s user add NAME\n",
			      sw_program);
}

/*
 * Made here where that is possible, so that `init | sudo tee` leaves one command to type. It is
 * never written over: what was sealed with it would be lost. false: it was asked for by name.
 */
static bool make_seal(const struct init *in)
{
	const char *path = seal_of(in);

	switch (sw_sealkey_make(path)) {
	case SW_SEALKEY_MADE:
		(void)fprintf(stderr, "Made the seal key %s: keep a copy of it.\n", path);
		return true;
	case SW_SEALKEY_THERE:
		(void)fprintf(stderr, "The seal key %s is there already, and stays.\n", path);
		return true;
	default:
		break;
	}
	if (!in->seal) /* said among the next steps */
		return true;
	(void)fprintf(stderr, "sipward " NAME ": the seal key %s cannot be made: %s\n", path,
		      strerror(errno));
	return false;
}

static enum sw_exit print_file(const struct init *in)
{
	char *memory = malloc(FILE_MAX);
	struct sw_buf b = sw_buf_over(memory, memory ? FILE_MAX : 0);
	enum sw_exit code = SW_EXIT_FAILED;

	put_phones(&b, in);
	if (!sw_buf_ok(&b)) {
		(void)fprintf(stderr, "sipward " NAME
				      ": the file would be longer than 64 KiB; name fewer users\n");
		goto out;
	}
	code = test(sw_buf_slice(&b));
	if (code != SW_EXIT_OK)
		goto out;
	if (!make_seal(in)) {
		code = SW_EXIT_FAILED;
		goto out;
	}
	if (fwrite(b.p, 1, b.n, stdout) != b.n || fflush(stdout) != 0) {
		(void)fprintf(stderr, "sipward " NAME ": cannot write to standard output\n");
		code = SW_EXIT_FAILED;
		goto out;
	}
	tell_next(in);
out:
	free(memory);
	return code;
}

static bool is_later(const char *scenario)
{
	static const char *const later[] = { "cloud-pbx", "pbx-nat", "sbc", "agents", "browser" };

	for (size_t i = 0; i < SW_ARRAY_LEN(later); i++)
		if (strcmp(scenario, later[i]) == 0)
			return true;
	return false;
}

static enum sw_exit init(int argc, char **argv)
{
	const char *scenario = NULL, *user = NULL;
	struct init in = { 0 };
	const struct sw_option options[] = {
		{ "for", 0, &scenario, NULL },     { "realm", 0, &in.realm, NULL },
		{ "listen", 0, &in.listen, NULL }, { "user", 0, &user, NULL },
		{ "seal-key", 0, &in.seal, NULL },
	};
	int words;
	enum sw_exit code = sw_options_read(argc, argv, options, SW_ARRAY_LEN(options), &words);

	if (code != SW_EXIT_OK)
		return code;
	if (!scenario)
		return sw_options_wrong(NAME, "say whom it is for:", "--for phones");
	if (is_later(scenario))
		return sw_options_wrong(NAME, "this version makes files for phones, not yet for",
					scenario);
	if (strcmp(scenario, "phones") != 0)
		return sw_options_wrong(NAME, "--for knows phones, not", scenario);
	if (!in.realm)
		return sw_options_wrong(NAME,
					"say the domain of the users:", "--realm example.com");
	if (words > 0 && !user)
		return sw_options_wrong(NAME, "names of users stand behind --user, not", argv[1]);
	if (in.seal && in.seal[0] != '/')
		return sw_options_wrong(NAME, "--seal-key takes a path that begins with /, not",
					in.seal);
	in.listen = in.listen ? in.listen : "0.0.0.0:5060";
	argv[0] = (char *)(uintptr_t)user; /* words follow it */
	in.user = (const char *const *)argv;
	in.users = user ? (size_t)words + 1 : 0;
	return print_file(&in);
}

int sw_cmd_init(int argc, char **argv)
{
	return (int)init(argc, argv);
}
