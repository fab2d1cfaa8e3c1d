/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The admin role: control socket (HTTP on a Unix socket), log writer, the recent decisions that
 * `explain` reads. It judges nothing and touches no SIP.
 */
#ifndef SIPWARD_ADMIN_H
#define SIPWARD_ADMIN_H

#include "conf/conf.h"
#include "obs/keep.h"
#include "obs/metric.h"
#include "share/handover.h"
#include "share/ring.h"

/* What admin knows of a generation; offered through its handover cell. */
struct sw_admin_generation {
	uint32_t number;
	struct sw_wall since;
	const struct sw_conf *conf;
	bool is_demo;
	int log_fd; /* of the file that conf->log names, the parent's; below 0: it names none */
};

/* Given at the start, outlives the role. */
struct sw_admin_start {
	int control_fd; /* listening Unix socket */
	int parent_fd;  /* sw_ipc to the parent */
	int store_fd;   /* sw_ipc to the store role: STORE_ASK out, in order STORE_ANSWER in */
	int ring_fd;    /* eventfd that the worker rings after publishing */
	int log_fd;     /* where log lines go while the configuration names no file */
	struct sw_ring events;       /* of struct sw_event, from the worker */
	const struct sw_keep *store; /* how it is; NULL: there is none */
	const struct sw_metrics *metrics;
	struct sw_handover *handover;
	struct sw_wall started;
	int64_t pid;
};

/* Runs until the parent says STOP or is gone; then writes what is left in the ring. arg: start. */
void *sw_admin_main(void *arg);

/* Of the HTTP server that is linked: "0.9.75". */
const char *sw_admin_http_version(void);

#endif
