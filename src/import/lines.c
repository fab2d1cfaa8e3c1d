/* SPDX-License-Identifier: Apache-2.0 */
#include "import/lines.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/secret.h"

#define ROOM_FOR_ONE 8192 /* octets; no line of ours is longer */

bool sw_lines_init(struct sw_lines *l)
{
	*l = (struct sw_lines){ .fd = memfd_create("sipward-list", MFD_CLOEXEC) };
	if (l->fd < 0)
		return false;
	l->room = malloc(SW_LINES_ROOM);
	l->b = sw_buf_over(l->room, l->room ? SW_LINES_ROOM : 0);
	if (l->room)
		return true;
	close(l->fd);
	l->fd = -1;
	errno = ENOMEM;
	return false;
}

void sw_lines_free(struct sw_lines *l)
{
	if (l->room)
		sw_secret_wipe(l->room, SW_LINES_ROOM);
	free(l->room);
	if (l->fd >= 0)
		close(l->fd);
	*l = (struct sw_lines){ .fd = -1 };
}

static void flush(struct sw_lines *l)
{
	struct sw_slice s = sw_buf_slice(&l->b);

	if (l->octets + s.n > SW_LINES_MAX && l->error == 0)
		l->error = EFBIG;
	while (s.n > 0 && l->error == 0) {
		ssize_t n = write(l->fd, s.p, s.n);

		if (n > 0)
			s = sw_slice_from(s, (size_t)n);
		else if (errno != EINTR)
			l->error = errno;
	}
	l->octets += l->b.n;
	sw_secret_wipe(l->room, l->b.n);
	l->b = sw_buf_over(l->room, SW_LINES_ROOM);
}

void sw_lines_text(struct sw_buf *b, struct sw_slice s)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '"' || c == '\\') {
			sw_buf_char(b, '\\');
			sw_buf_char(b, (char)c);
		} else if (c < 0x20) {
			sw_buf_str(b, "\\u00");
			sw_buf_char(b, digits[c >> 4]);
			sw_buf_char(b, digits[c & 15]);
		} else {
			sw_buf_char(b, (char)c);
		}
	}
}

static void put_string(struct sw_buf *b, const char *key, struct sw_slice value)
{
	sw_buf_str(b, ",\"");
	sw_buf_str(b, key);
	sw_buf_str(b, "\":\"");
	sw_lines_text(b, value);
	sw_buf_char(b, '"');
}

static void put_list(struct sw_buf *b, const char *key, struct sw_slice list)
{
	struct sw_slice one;
	const char *mark = "";

	if (!list.p)
		return;
	sw_buf_str(b, ",\"");
	sw_buf_str(b, key);
	sw_buf_str(b, "\":[");
	while (sw_row_next(&list, &one)) {
		sw_buf_str(b, mark);
		sw_buf_char(b, '"');
		sw_lines_text(b, one);
		sw_buf_char(b, '"');
		mark = ",";
	}
	sw_buf_char(b, ']');
}

static void put_hashes(struct sw_buf *b, const char *key, const struct sw_slice ha1[SW_ALG_COUNT])
{
	static const char *const names[SW_ALG_COUNT] = {
		[SW_ALG_MD5] = "md5",
		[SW_ALG_SHA256] = "sha-256",
		[SW_ALG_SHA512_256] = "sha-512-256",
	};
	const char *mark = "";
	bool any = false;

	for (enum sw_alg a = SW_ALG_MD5; a < SW_ALG_COUNT; a++)
		any |= ha1[a].n > 0;
	if (!any)
		return;
	sw_buf_str(b, ",\"");
	sw_buf_str(b, key);
	sw_buf_str(b, "\":{");
	for (enum sw_alg a = SW_ALG_MD5; a < SW_ALG_COUNT; a++) {
		if (ha1[a].n == 0)
			continue;
		sw_buf_str(b, mark);
		sw_buf_char(b, '"');
		sw_buf_str(b, names[a]);
		sw_buf_str(b, "\":\"");
		sw_lines_text(b, ha1[a]);
		sw_buf_char(b, '"');
		mark = ",";
	}
	sw_buf_char(b, '}');
}

static void begin(struct sw_lines *l, const char *op, struct sw_slice name)
{
	if (SW_LINES_ROOM - l->b.n < ROOM_FOR_ONE)
		flush(l);
	sw_buf_str(&l->b, "{\"op\":\"");
	sw_buf_str(&l->b, op);
	sw_buf_char(&l->b, '"');
	put_string(&l->b, "name", name);
	l->lines++;
}

void sw_lines_user(struct sw_lines *l, const char *op, const struct sw_row *row, uint64_t number)
{
	begin(l, op, row->name);
	sw_buf_str(&l->b, ",\"row\":");
	sw_buf_u64(&l->b, number);
	if (row->trunk.n > 0)
		put_string(&l->b, "trunk", row->trunk);
	if (row->has_password)
		put_string(&l->b, "password", row->password);
	put_hashes(&l->b, "ha1", row->ha1);
	put_hashes(&l->b, "ha1_at", row->ha1_at);
	put_list(&l->b, "aor", row->aors);
	put_list(&l->b, "number", row->numbers);
	if (row->is_off)
		sw_buf_str(&l->b, ",\"enabled\":false");
	sw_buf_str(&l->b, "}\n");
}

void sw_lines_del(struct sw_lines *l, struct sw_slice name)
{
	begin(l, "del", name);
	sw_buf_str(&l->b, "}\n");
}

void sw_lines_enable(struct sw_lines *l, struct sw_slice name, bool enabled)
{
	begin(l, "set", name);
	sw_buf_str(&l->b, enabled ? ",\"enabled\":true}\n" : ",\"enabled\":false}\n");
}

bool sw_lines_end(struct sw_lines *l)
{
	flush(l);
	if (l->error == 0 && lseek(l->fd, 0, SEEK_SET) != 0)
		l->error = errno;
	return l->error == 0;
}
