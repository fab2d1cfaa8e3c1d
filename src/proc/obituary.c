/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/obituary.h"

#include <string.h>
#include <sys/wait.h>

#include "base/buf.h"

/* The board is the role's to write: what it has left there is no more than a hint. */
static void put_text(struct sw_buf *b, const char *p, size_t n, size_t room)
{
	for (size_t i = 0; i < n && i < room; i++)
		sw_buf_char(b, p[i] > ' ' && p[i] < 0x7f ? p[i] : '?');
}

static void put_cause(struct sw_buf *b, const struct sw_obituary *o)
{
	const char *name = WIFSIGNALED(o->status) ? sigabbrev_np(WTERMSIG(o->status)) : NULL;

	if (o->stopped_ms > 0) {
		sw_buf_str(b, "did not turn for ");
		sw_buf_u64(b, o->stopped_ms / 1000);
		sw_buf_str(b, " s and was killed");
	} else if (name) {
		sw_buf_str(b, "was killed by SIG");
		sw_buf_str(b, name);
	} else if (WIFSIGNALED(o->status)) {
		sw_buf_str(b, "was killed by signal ");
		sw_buf_u64(b, (uint64_t)WTERMSIG(o->status));
	} else {
		sw_buf_str(b, "ended by itself with code ");
		sw_buf_u64(b, (uint64_t)WEXITSTATUS(o->status));
	}
}

static void put_last(struct sw_buf *b, const struct sw_obituary *o)
{
	struct sw_trace trace = sw_board_trace(o->board, o->role->number);
	struct sw_event last;

	if (!sw_trace_newest(&trace, &last))
		return;
	sw_buf_str(b, "; its last decision: ");
	put_text(b, last.method.p, last.method.n, sizeof(last.method.p));
	sw_buf_str(b, " from ");
	if (last.src.family == SW_FAMILY_4 || last.src.family == SW_FAMILY_6)
		sw_addr_write(b, &last.src);
	sw_buf_str(b, ", ");
	sw_buf_str(b, last.reason < SW_REASON_LIMIT ? sw_reason_slug((enum sw_reason)last.reason)
						    : "unknown");
	sw_buf_str(b, ", id ");
	put_text(b, last.id, strnlen(last.id, sizeof(last.id)), sizeof(last.id));
}

static void put_lost(struct sw_buf *b, const struct sw_obituary *o)
{
	switch (o->role->kind) {
	case SW_ROLE_WORKER:
		sw_buf_str(b, "; lost are the messages in its hands and ");
		sw_buf_u64(b,
			   atomic_load(&sw_board_metrics(o->board, o->role->number)->connections));
		sw_buf_str(b, " connections");
		put_last(b, o);
		break;
	case SW_ROLE_STORE:
		sw_buf_str(b, "; lost is what admin had asked it; what it had not written yet "
			      "comes from where workers put it");
		break;
	default:
		sw_buf_str(b, "; lost are answers of the control socket that were under way");
	}
}

static void put_return(struct sw_buf *b, const struct sw_obituary *o)
{
	if (o->delay_ms == 0) {
		sw_buf_str(b, "; its successor begins now");
		return;
	}
	sw_buf_str(b, "; those were three deaths in 10 s, so its successor begins in ");
	sw_buf_u64(b, o->delay_ms / 1000);
	sw_buf_str(b, " s; please report it");
}

void sw_obituary_write(const struct sw_obituary *o, char *out, size_t n)
{
	struct sw_buf b = sw_buf_over(out, n);

	sw_buf_str(&b, o->role->name);
	sw_buf_str(&b, " (pid ");
	sw_buf_u64(&b, (uint64_t)o->pid);
	sw_buf_str(&b, ") ");
	put_cause(&b, o);
	if (o->is_running) {
		put_lost(&b, o);
		put_return(&b, o);
	} else {
		sw_buf_str(&b, " while the door started; please report it");
	}
	(void)sw_buf_text(&b);
}
