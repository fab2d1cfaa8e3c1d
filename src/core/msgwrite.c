/* SPDX-License-Identifier: Apache-2.0 */
#include "core/msgwrite.h"

#include "core/field.h"
#include "core/write.h"

static void write_start(struct sw_buf *b, const struct sw_msg *m)
{
	if (m->is_response) {
		sw_buf_put(b, SW_LIT("SIP/2.0 "));
		sw_buf_u64(b, (uint64_t)m->status);
		sw_buf_char(b, ' ');
		sw_buf_put(b, m->phrase);
	} else {
		sw_buf_put(b, m->method_text);
		sw_buf_char(b, ' ');
		sw_buf_put(b, m->ruri_text);
		sw_buf_put(b, SW_LIT(" SIP/2.0"));
	}
	sw_buf_put(b, SW_LIT("\r\n"));
}

static void write_length(struct sw_buf *b, const struct sw_msg *m)
{
	sw_write_number(b, sw_field_name(SW_FIELD_CONTENT_LENGTH), m->body.n);
}

void sw_msg_write(struct sw_buf *b, const struct sw_msg *m)
{
	write_start(b, m);
	for (size_t i = 0; i < m->headers; i++) {
		const struct sw_header *h = &m->header[i];
		bool known = h->field != SW_FIELD_OTHER;

		if (h->field == SW_FIELD_CONTENT_LENGTH)
			write_length(b, m);
		else
			sw_write_field(b, known ? sw_field_name(h->field) : h->name, h->value);
	}
	if (!sw_msg_header(m, SW_FIELD_CONTENT_LENGTH))
		write_length(b, m);
	sw_buf_put(b, SW_LIT("\r\n"));
	sw_buf_put(b, m->body);
}
