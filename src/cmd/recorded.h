/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A recorded message from a file, judged by the engine that serves, without a door: the
 * configuration is loaded, tables are empty, nothing is sent or kept. Nonces that another door
 * gave are not ours here, so credentials are never checked against a password.
 */
#ifndef SIPWARD_RECORDED_H
#define SIPWARD_RECORDED_H

#include <jansson.h>

#include "cmd/cmd.h"

#define SW_RECORDED_MAX (1 << 20) /* octets of a file */

struct sw_recorded {
	const char *file;
	const char *from; /* "IP:PORT"; NULL: 127.0.0.1:5060 */
	const char *over; /* "udp" or "tcp"; NULL: udp */
	const char *conf; /* path of the configuration; NULL: the default one */
};

/*
 * The account, as a door gives it for /v1/explain; the caller owns it. Over tcp the file holds
 * one message with its Content-Length. What is wrong is told in a sentence on stderr:
 * SW_EXIT_USAGE, SW_EXIT_FAILED for the file, SW_EXIT_CONF.
 */
SW_MUST enum sw_exit sw_recorded_judge(const struct sw_recorded *r, json_t **account);

#endif
