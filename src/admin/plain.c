/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/plain.h"

#include <stdlib.h>

#include "admin/expose.h"
#include "admin/respond.h"
#include "admin/status.h"

enum sw_plain sw_plain_find(struct sw_slice path)
{
	static const struct sw_slice paths[] = {
		[SW_PLAIN_HEALTH] = SW_INIT("/healthz"),
		[SW_PLAIN_READY] = SW_INIT("/readyz"),
		[SW_PLAIN_METRICS] = SW_INIT("/metrics"),
		[SW_PLAIN_STATUS] = SW_INIT("/v1/status"),
	};

	for (size_t i = 1; i < SW_ARRAY_LEN(paths); i++)
		if (sw_slice_eq(path, paths[i]))
			return (enum sw_plain)i;
	return SW_PLAIN_NONE;
}

static struct MHD_Response *metrics(const struct sw_admin_state *s, struct sw_wall now)
{
	struct MHD_Response *response;
	size_t n;
	char *text = sw_expose(s, now, &n);

	if (!text)
		return NULL;
	response = MHD_create_response_from_buffer(n, text, MHD_RESPMEM_MUST_FREE);
	if (!response)
		free(text);
	else
		MHD_add_response_header(response, "Content-Type", SW_EXPOSE_TYPE);
	return response;
}

struct MHD_Response *sw_plain_answer(const struct sw_admin_state *s, enum sw_plain what,
				     struct sw_wall now, unsigned *status)
{
	json_t *body;

	*status = MHD_HTTP_OK;
	switch (what) {
	case SW_PLAIN_HEALTH:
		return sw_respond_json(json_pack("{s:s}", "status", "ok"));
	case SW_PLAIN_READY:
		if (!sw_status_is_ready(s, &body))
			*status = MHD_HTTP_SERVICE_UNAVAILABLE;
		return sw_respond_json(body);
	case SW_PLAIN_METRICS:
		return metrics(s, now);
	case SW_PLAIN_STATUS:
		return sw_respond_json(sw_status_json(s, now));
	case SW_PLAIN_NONE:
		break;
	}
	*status = MHD_HTTP_NOT_FOUND;
	return sw_respond_json(
		sw_respond_error_json("not_found", "There is nothing at this address."));
}
