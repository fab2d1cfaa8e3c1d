/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/body.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/secret.h"

#define HEAD_MAX 1024 /* octets of a line before what the body gives */

bool sw_body_open(struct sw_body *b, uint64_t max)
{
	int fd = memfd_create("sipward-body", MFD_CLOEXEC);

	*b = (struct sw_body){ .is_open = fd >= 0, .fd = fd, .max = max };
	return b->is_open;
}

void sw_body_close(struct sw_body *b)
{
	if (b->is_open)
		close(b->fd);
	*b = (struct sw_body){ 0 };
}

static bool write_all(int fd, struct sw_slice s)
{
	while (s.n > 0) {
		ssize_t n = write(fd, s.p, s.n);

		if (n > 0)
			s = sw_slice_from(s, (size_t)n);
		else if (errno != EINTR)
			return false;
	}
	return true;
}

bool sw_body_put(struct sw_body *b, struct sw_slice s)
{
	if (s.n > b->max - b->n || !write_all(b->fd, s))
		return false;
	b->n += s.n;
	return true;
}

bool sw_body_rewind(struct sw_body *b)
{
	return lseek(b->fd, 0, SEEK_SET) == 0;
}

/* A name comes out of a URL: whatever it is, it stays inside its string. */
static void put_name(struct sw_buf *b, struct sw_slice name)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < name.n; i++) {
		unsigned char c = (unsigned char)name.p[i];

		if (c >= 0x20 && c != '"' && c != '\\') {
			sw_buf_char(b, (char)c);
			continue;
		}
		sw_buf_str(b, "\\u00");
		sw_buf_char(b, digits[c >> 4]);
		sw_buf_char(b, digits[c & 15]);
	}
}

static struct sw_buf head(char room[HEAD_MAX], const char *op, struct sw_slice name)
{
	struct sw_buf b = sw_buf_over(room, HEAD_MAX);

	sw_buf_str(&b, "{\"op\":\"");
	sw_buf_str(&b, op);
	sw_buf_str(&b, "\",\"name\":\"");
	put_name(&b, name);
	sw_buf_char(&b, '"');
	return b;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* What stands between the brackets; line ends, which JSON has only between words, become blanks. */
static bool open_object(char *p, size_t n, struct sw_slice *inside)
{
	size_t from = 0;

	while (from < n && is_space(p[from]))
		from++;
	while (n > from && is_space(p[n - 1]))
		n--;
	if (n < from + 2 || p[from] != '{' || p[n - 1] != '}')
		return false;
	for (size_t i = from; i < n; i++)
		if (p[i] == '\n' || p[i] == '\r')
			p[i] = ' ';
	*inside = sw_slice_trim((struct sw_slice){ p + from + 1, n - from - 2 });
	return true;
}

struct keys {
	unsigned all, passwords;
	bool is_escaped; /* one of them: it may be any word */
};

/* The octets of a string behind its first quote; s goes on behind its last. */
static struct sw_slice take_string(struct sw_slice *s)
{
	struct sw_slice text = { s->p, 0 };

	while (text.n < s->n && text.p[text.n] != '"')
		text.n += text.p[text.n] == '\\' && text.n + 1 < s->n ? 2 : 1;
	*s = sw_slice_from(*s, text.n < s->n ? text.n + 1 : s->n);
	return text;
}

static void count_key(struct keys *k, struct sw_slice key)
{
	k->all++;
	k->passwords += sw_slice_eq(key, SW_LIT("password"));
	k->is_escaped |= key.n > 0 && memchr(key.p, '\\', key.n);
}

/* The object's own keys: strings outside all brackets that open it or stand behind a comma. */
static struct keys keys_of(struct sw_slice s)
{
	struct keys k = { 0 };
	unsigned depth = 0;
	bool is_next = true;

	while (s.n > 0) {
		char c = s.p[0];

		s = sw_slice_from(s, 1);
		if (c == '"') {
			struct sw_slice text = take_string(&s);

			if (depth == 0 && is_next)
				count_key(&k, text);
			is_next = false;
		} else if (c == '{' || c == '[') {
			depth++;
		} else if ((c == '}' || c == ']') && depth > 0) {
			depth--;
		} else if (c == ',' && depth == 0) {
			is_next = true;
		}
	}
	return k;
}

static bool has_right_keys(struct sw_slice inside, bool is_password)
{
	struct keys k = keys_of(inside);

	if (is_password)
		return k.all == 1 && k.passwords == 1;
	return k.passwords == 0 && !k.is_escaped;
}

static enum sw_body_line rewrite(struct sw_body *b, char *text, struct sw_slice name,
				 bool is_password)
{
	char room[HEAD_MAX];
	struct sw_buf h = head(room, "set", name);
	struct sw_slice inside;
	bool ok;

	if (pread(b->fd, text, (size_t)b->n, 0) != (ssize_t)b->n ||
	    !open_object(text, (size_t)b->n, &inside))
		return SW_BODY_NONE;
	if (!has_right_keys(inside, is_password))
		return SW_BODY_KEYS;
	if (inside.n > 0)
		sw_buf_char(&h, ',');
	ok = sw_buf_ok(&h) && ftruncate(b->fd, 0) == 0 && sw_body_rewind(b) &&
	     write_all(b->fd, sw_buf_slice(&h)) && write_all(b->fd, inside) &&
	     write_all(b->fd, SW_LIT("}\n")) && sw_body_rewind(b);
	return ok ? SW_BODY_DONE : SW_BODY_NONE;
}

enum sw_body_line sw_body_set_line(struct sw_body *b, struct sw_slice name, bool is_password)
{
	char *text = b->n > 0 && b->n <= SW_BODY_OBJECT ? malloc((size_t)b->n) : NULL;
	enum sw_body_line end;

	if (!text)
		return SW_BODY_NONE;
	end = rewrite(b, text, name, is_password);
	sw_secret_wipe(text, (size_t)b->n);
	free(text);
	return end;
}

bool sw_body_del_line(struct sw_body *b, struct sw_slice name)
{
	char room[HEAD_MAX];
	struct sw_buf h = head(room, "del", name);

	sw_buf_str(&h, "}\n");
	return sw_buf_ok(&h) && write_all(b->fd, sw_buf_slice(&h)) && sw_body_rewind(b);
}
