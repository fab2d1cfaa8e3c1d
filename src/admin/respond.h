/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of the control socket: JSON, and errors as {"error":{"code","message","at"}}. */
#ifndef SIPWARD_RESPOND_H
#define SIPWARD_RESPOND_H

#include <jansson.h>
#include <microhttpd.h>
#include <sipward/slice.h>

/* Takes response; NULL closes the connection. */
enum MHD_Result sw_respond(struct MHD_Connection *c, unsigned status,
			   struct MHD_Response *response);

/* Take what they are made of. NULL: no memory. */
struct MHD_Response *sw_respond_json(json_t *o);
struct MHD_Response *sw_respond_text(struct sw_slice json); /* copied */
struct MHD_Response *sw_respond_fd(int fd);                 /* a whole file of JSON */

json_t *sw_respond_error_json(const char *code, const char *message);
enum MHD_Result sw_respond_error(struct MHD_Connection *c, unsigned status, const char *code,
				 const char *message);

/* An argument of the query, percent-decoded; empty when it is not there. */
struct sw_slice sw_respond_argument(struct MHD_Connection *c, const char *name);

/* The value of a header field; empty when it is not there. */
struct sw_slice sw_respond_header(struct MHD_Connection *c, const char *name);

#endif
