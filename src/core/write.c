/* SPDX-License-Identifier: Apache-2.0 */
#include "core/write.h"

#include "core/lex.h"

void sw_write_value(struct sw_buf *b, struct sw_slice value)
{
	struct lex lx = lex_of(value);

	while (lx.p < lx.end) {
		const char *cr = memchr(lx.p, '\r', lex_left(&lx));
		const char *mark = lx.p;

		lx.p = cr ? cr : lx.end;
		sw_buf_put(b, lex_since(&lx, mark));
		if (!cr)
			return;
		lx.p += lex_left(&lx) >= 2 ? 2 : 1; /* CR LF; the blanks behind it become one */
		lex_blanks(&lx);
		sw_buf_char(b, ' ');
	}
}

static bool is_skipped(struct sw_slice name, const struct sw_slice *skip, size_t skips)
{
	for (size_t i = 0; i < skips; i++)
		if (sw_slice_eq_nocase(name, skip[i]))
			return true;
	return false;
}

void sw_write_params(struct sw_buf *b, struct sw_slice params, const struct sw_slice *skip,
		     size_t skips)
{
	struct lex lx = lex_of(params);
	struct sw_slice name, value;

	while (lx.p < lx.end) {
		const char *mark = lx.p;

		if (!lex_param(&lx, &name, &value))
			return;
		if (is_skipped(name, skip, skips))
			continue;
		struct sw_slice text = lex_since(&lx, mark);

		while (text.n > 0 && memchr("; \t\r\n", text.p[text.n - 1], 5))
			text.n--;
		sw_buf_char(b, ';');
		sw_write_value(b, text);
	}
}

void sw_write_field(struct sw_buf *b, struct sw_slice name, struct sw_slice value)
{
	sw_buf_put(b, name);
	sw_buf_put(b, SW_LIT(": "));
	sw_write_value(b, value);
	sw_buf_put(b, SW_LIT("\r\n"));
}

void sw_write_number(struct sw_buf *b, struct sw_slice name, uint64_t number)
{
	sw_buf_put(b, name);
	sw_buf_put(b, SW_LIT(": "));
	sw_buf_u64(b, number);
	sw_buf_put(b, SW_LIT("\r\n"));
}
