/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The admin role: control socket (HTTP on a Unix socket), metrics and health, log writer, the
 * recent decisions that `explain` reads. It judges nothing and touches no SIP.
 *
 * What it shows lies on the board, so a successor goes on where it ended. It is an executable of
 * its own, sipward-admin (main.c), so that no worker has a web server in it; with --single it is a
 * thread.
 */
#ifndef SIPWARD_ADMIN_H
#define SIPWARD_ADMIN_H

#include "conf/conf.h"
#include "obs/board.h"

/* What admin knows of a generation. */
struct sw_admin_generation {
	uint32_t number;
	struct sw_wall since;
	const struct sw_conf *conf;
	bool is_demo;
	int log_fd; /* of the file that conf->log names; below 0: it names none */
};

/* Given at the start, outlives the role. */
struct sw_admin_start {
	struct sw_board board;
	int control_fd; /* listening Unix socket */
	int parent_fd;  /* sw_ipc to the parent */
	int store_fd;   /* sw_ipc to the store role: STORE_ASK out, in order STORE_ANSWER in */
	int ring_fd;    /* eventfd that workers ring after publishing */
	int log_fd;     /* where log lines go while the configuration names no file */

	/* The sandbox, once all is open that the role opens itself. false: end; NULL: none. */
	bool (*enter)(void *arg);
	void *enter_arg;
};

/* Runs until the parent says STOP or is gone; then writes what is left in the rings. arg: start. */
void *sw_admin_main(void *arg);

/* Of the HTTP server that is linked: "0.9.75". */
const char *sw_admin_http_version(void);

#endif
