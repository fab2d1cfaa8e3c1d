/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/respond.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum MHD_Result sw_respond(struct MHD_Connection *c, unsigned status, struct MHD_Response *response)
{
	enum MHD_Result sent;

	if (!response)
		return MHD_NO;
	sent = MHD_queue_response(c, status, response);
	MHD_destroy_response(response);
	return sent;
}

static struct MHD_Response *as_json(struct MHD_Response *response)
{
	if (response)
		MHD_add_response_header(response, "Content-Type", "application/json");
	return response;
}

struct MHD_Response *sw_respond_json(json_t *o)
{
	char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
	struct MHD_Response *response = NULL;

	if (text)
		response = MHD_create_response_from_buffer(strlen(text), text,
							   MHD_RESPMEM_MUST_FREE);
	json_decref(o);
	if (!response)
		free(text);
	return as_json(response);
}

struct MHD_Response *sw_respond_text(struct sw_slice json)
{
	return as_json(MHD_create_response_from_buffer(json.n, (void *)(uintptr_t)json.p,
						       MHD_RESPMEM_MUST_COPY));
}

struct MHD_Response *sw_respond_fd(int fd)
{
	struct MHD_Response *response = NULL;
	struct stat st;

	if (fstat(fd, &st) == 0 && st.st_size > 0)
		response = MHD_create_response_from_fd64((uint64_t)st.st_size, fd);
	if (!response)
		close(fd);
	return as_json(response);
}

json_t *sw_respond_error_json(const char *code, const char *message)
{
	return json_pack("{s:{s:s,s:s,s:n}}", "error", "code", code, "message", message, "at");
}

enum MHD_Result sw_respond_error(struct MHD_Connection *c, unsigned status, const char *code,
				 const char *message)
{
	return sw_respond(c, status, sw_respond_json(sw_respond_error_json(code, message)));
}

static struct sw_slice value_of(struct MHD_Connection *c, enum MHD_ValueKind kind, const char *name)
{
	const char *value = NULL;
	size_t n = 0;

	if (MHD_lookup_connection_value_n(c, kind, name, strlen(name), &value, &n) != MHD_YES)
		return (struct sw_slice){ 0 };
	return (struct sw_slice){ value, value ? n : 0 };
}

struct sw_slice sw_respond_argument(struct MHD_Connection *c, const char *name)
{
	return value_of(c, MHD_GET_ARGUMENT_KIND, name);
}

struct sw_slice sw_respond_header(struct MHD_Connection *c, const char *name)
{
	return value_of(c, MHD_HEADER_KIND, name);
}
