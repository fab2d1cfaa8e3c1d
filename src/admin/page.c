/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/page.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"

static const struct family {
	const char *name, *type, *help;
} families[] = {
#define SW_METRIC(symbol, name, type, labels, help) { name, type, help },
#include "obs/metric.def"
#undef SW_METRIC
};

static bool has_room(struct sw_page *p, size_t n)
{
	size_t room = (p->room + n) * 2 + 4096;
	char *more;

	if (p->is_broken || n <= p->room - p->n)
		return !p->is_broken;
	more = realloc(p->p, room);
	if (!more) {
		p->is_broken = true;
		return false;
	}
	p->p = more;
	p->room = room;
	return true;
}

static void put(struct sw_page *p, struct sw_slice s)
{
	if (!has_room(p, s.n) || s.n == 0)
		return;
	memcpy(p->p + p->n, s.p, s.n);
	p->n += s.n;
}

static void put_text(struct sw_page *p, const char *text)
{
	put(p, (struct sw_slice){ text, strlen(text) });
}

/* Help has escapes of its own: backslash and line end; there is neither in ours. */
void sw_page_family(struct sw_page *p, enum sw_family_id family)
{
	const struct family *f = &families[family];

	p->family = family;
	put_text(p, "# HELP ");
	put_text(p, f->name);
	put_text(p, " ");
	put_text(p, f->help);
	put_text(p, "\n# TYPE ");
	put_text(p, f->name);
	put_text(p, " ");
	put_text(p, f->type);
	put_text(p, "\n");
}

void sw_page_begin(struct sw_page *p, const char *suffix)
{
	put_text(p, families[p->family].name);
	put_text(p, suffix);
	p->has_labels = false;
}

/* One character of a label's value; what is no UTF-8 becomes the character that says so. */
static size_t put_character(struct sw_page *p, struct sw_slice s)
{
	size_t n = sw_utf8_len(s);

	if (n == 0)
		put_text(p, "\xef\xbf\xbd");
	else if (s.p[0] == '\\')
		put_text(p, "\\\\");
	else if (s.p[0] == '"')
		put_text(p, "\\\"");
	else if (s.p[0] == '\n')
		put_text(p, "\\n");
	else
		put(p, (struct sw_slice){ s.p, n });
	return n > 0 ? n : 1;
}

void sw_page_label(struct sw_page *p, const char *name, struct sw_slice value)
{
	put_text(p, p->has_labels ? "," : "{");
	put_text(p, name);
	put_text(p, "=\"");
	while (value.n > 0)
		value = sw_slice_from(value, put_character(p, value));
	put_text(p, "\"");
	p->has_labels = true;
}

static void end(struct sw_page *p, const char *value)
{
	put_text(p, p->has_labels ? "} " : " ");
	put_text(p, value);
	put_text(p, "\n");
}

void sw_page_u64(struct sw_page *p, uint64_t value)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	end(p, text);
}

void sw_page_seconds(struct sw_page *p, uint64_t us)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%llu.%06llu", (unsigned long long)(us / 1000000),
		       (unsigned long long)(us % 1000000));
	end(p, text);
}

void sw_page_real(struct sw_page *p, double value)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%.6g", value);
	end(p, text);
}

void sw_page_plain_u64(struct sw_page *p, uint64_t value)
{
	sw_page_begin(p, "");
	sw_page_u64(p, value);
}
