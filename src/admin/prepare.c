/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/prepare.h"

#include <unistd.h>

#include "conf/document.h"
#include "share/area.h"
#include "share/clock.h"

#define DOCUMENT_MOST ((size_t)1 << 30)

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

static void fail(struct sw_prepare *p, bool is_refused, const char *text)
{
	struct sw_buf b = sw_buf_over(p->room, sizeof(p->room));

	sw_buf_str(&b, text);
	p->why = sw_buf_slice(&b);
	p->is_refused = is_refused;
}

/* From the octets of the document to what admin shows; nothing is opened for it. */
static struct sw_conf *build(struct sw_slice document, struct sw_document_head *head)
{
	struct sw_diags diags = { 0 };
	struct sw_conf *conf = sw_document_load(document, head, sw_clock_wall(), &diags);

	sw_diags_free(&diags);
	return conf;
}

static void build_from(struct sw_prepare *p, int document)
{
	struct sw_document_head head;
	struct sw_area area;

	if (document < 0 || !sw_area_read(&area, document, DOCUMENT_MOST)) {
		fail(p, false, "admin cannot read the document of the configuration");
		return;
	}
	p->conf = build((struct sw_slice){ area.p, area.n }, &head);
	sw_area_close(&area);
	if (!p->conf)
		fail(p, true, "admin cannot build the configuration from its document");
}

void sw_prepare_begin(struct sw_prepare *p, const struct sw_ipc *m, int document)
{
	struct sw_ipc_prepare head = { 0 };

	sw_prepare_forget(p);
	*p = (struct sw_prepare){ .is_there = true, .fd = { -1, -1 } };
	if (m->n == sizeof(head)) {
		memcpy(&head, m->text, sizeof(head));
		build_from(p, document);
	} else {
		fail(p, false, "admin and the parent are of different builds");
	}
	close_fd(document);
	p->wanted = head.sockets;
	p->generation = (struct sw_admin_generation){ .number = m->code,
						      .since = { head.since_us },
						      .conf = p->conf,
						      .is_demo = head.is_demo != 0,
						      .log_fd = -1 };
}

void sw_prepare_put(struct sw_prepare *p, const struct sw_ipc *m, int fd)
{
	if (!p->is_there || p->wanted == 0 || m->code >= SW_INHERIT_SOCKETS) {
		close_fd(fd);
		return;
	}
	p->wanted--;
	close_fd(p->fd[m->code]);
	p->fd[m->code] = fd;
	p->generation.log_fd = p->fd[SW_INHERIT_LOG];
}

bool sw_prepare_is_whole(const struct sw_prepare *p)
{
	return p->is_there && p->wanted == 0;
}

void sw_prepare_forget(struct sw_prepare *p)
{
	if (!p->is_there)
		return;
	for (size_t i = 0; i < SW_INHERIT_SOCKETS; i++)
		close_fd(p->fd[i]);
	if (p->conf)
		sw_conf_free(p->conf);
	*p = (struct sw_prepare){ 0 };
}
