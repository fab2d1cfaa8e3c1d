/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets by reference: file:PATH, env:NAME, cred:NAME (systemd credentials). */
#ifndef SIPWARD_CONF_SECRET_H
#define SIPWARD_CONF_SECRET_H

#include "conf/build.h"

#define SW_SECRET_MAX 4096 /* octets that are read; more is none */

/* A reference where it stands, and words for messages about it. */
struct sw_secret_use {
	struct sw_stmt *s; /* NULL: in no file, a default */
	size_t word;
	struct sw_slice reference;
	const char *what;    /* "password" */
	const char *example; /* a line to type: "user alice file:/etc/…" */
	const char *make;    /* what makes one: "openssl rand -base64 15" */
};

enum sw_secret_got {
	SW_SECRET_GOT = 0,
	SW_SECRET_GONE, /* the file does not exist; nothing was said */
	SW_SECRET_BAD,  /* an error was added */
};

/* Does the reference name something? Else an error; the secret is not in it. */
SW_MUST bool sw_secret_check(struct sw_build *b, const struct sw_secret_use *use);

/* The octets, in the arena, whole: see sw_secret_line. *path is the file's, or NULL. */
SW_MUST enum sw_secret_got sw_secret_read(struct sw_build *b, const struct sw_secret_use *use,
					  struct sw_arena *arena, struct sw_slice *out,
					  const char **path);

/* Without one newline at its end. */
struct sw_slice sw_secret_line(struct sw_slice s);

/* An error where the reference stands. */
void sw_secret_error(struct sw_build *b, const struct sw_secret_use *use, enum sw_lint rule,
		     const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
