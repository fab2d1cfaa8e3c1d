/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/expose_own.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "admin/status.h"
#include "obs/layer.h"
#include "share/clock.h"

static void put_number(struct sw_page *p, const char *label, uint32_t n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", (unsigned)n);

	sw_page_label(p, label, (struct sw_slice){ text, (size_t)len });
}

/* The i-th cell of the board: its labels. */
static void begin_role(struct sw_exposed *x, uint32_t i)
{
	sw_page_begin(&x->page, "");
	if (i < SW_BOARD_ROLES) {
		sw_page_label(&x->page, "role",
			      sw_slice_of(sw_board_role_name((enum sw_board_role)i)));
		sw_page_label(&x->page, "worker", (struct sw_slice){ 0 });
		return;
	}
	sw_page_label(&x->page, "role", SW_LIT("worker"));
	put_number(&x->page, "worker", i - SW_BOARD_ROLES);
}

/* conf lives for a moment only. */
static bool is_lasting(uint32_t i)
{
	return i != SW_BOARD_CONF;
}

static uint32_t cells(const struct sw_exposed *x)
{
	return SW_BOARD_ROLES + x->board->workers;
}

void sw_expose_role_up(struct sw_exposed *x)
{
	for (uint32_t i = 0; i < cells(x); i++) {
		uint32_t on = i < SW_BOARD_ROLES ? 1
						 : sw_busy_generation(x->board, i - SW_BOARD_ROLES);

		if (!is_lasting(i))
			continue;
		begin_role(x, i);
		sw_page_u64(&x->page,
			    sw_busy_state(&x->board->cell[i], on, sw_clock_mono()) == SW_BUSY_OK);
	}
}

void sw_expose_role_restarts(struct sw_exposed *x)
{
	for (uint32_t i = 0; i < cells(x); i++) {
		uint32_t starts = atomic_load_explicit(&x->board->cell[i].starts,
						       memory_order_relaxed);

		if (!is_lasting(i))
			continue;
		begin_role(x, i);
		sw_page_u64(&x->page, starts > 0 ? starts - 1 : 0);
	}
}

/*
 * Any process may ask this of any other. The number is what clock_getcpuclockid(3) gives, which
 * also asks for the clock's resolution: a system call more than the sandbox leaves.
 */
static bool cpu_of(pid_t pid, uint64_t *us)
{
	clockid_t clock = (clockid_t)(~(unsigned)pid << 3 | 2u);
	struct timespec t;

	if (pid <= 0 || clock_gettime(clock, &t) != 0)
		return false;
	*us = (uint64_t)t.tv_sec * SW_US_PER_S + (uint64_t)t.tv_nsec / 1000;
	return true;
}

void sw_expose_role_cpu(struct sw_exposed *x)
{
	for (uint32_t i = 0; i < cells(x); i++) {
		uint32_t pid = atomic_load_explicit(&x->board->cell[i].pid, memory_order_relaxed);
		uint64_t us;

		if (!is_lasting(i) || !cpu_of((pid_t)pid, &us))
			continue;
		begin_role(x, i);
		sw_page_seconds(&x->page, us);
	}
}

void sw_expose_busy(struct sw_exposed *x)
{
	for (uint32_t i = 0; i < x->board->workers; i++) {
		sw_page_begin(&x->page, "");
		put_number(&x->page, "worker", i);
		sw_page_real(&x->page, x->state->busy.share[i]);
	}
}

void sw_expose_busy_seconds(struct sw_exposed *x)
{
	for (uint32_t i = 0; i < x->board->workers; i++) {
		sw_page_begin(&x->page, "");
		put_number(&x->page, "worker", i);
		sw_page_seconds(&x->page, sw_metric_read(&sw_board_worker(x->board, i)->busy_us));
	}
}

void sw_expose_sandbox(struct sw_exposed *x)
{
	uint32_t layers = sw_status_layers(x->board);
	const struct sw_layer *row;

	for (size_t i = 0; (row = sw_layer_row(i)); i++) {
		sw_page_begin(&x->page, "");
		sw_page_label(&x->page, "layer", sw_slice_of(row->slug));
		sw_page_u64(&x->page, (layers & row->bit) != 0);
	}
}

void sw_expose_events_dropped(struct sw_exposed *x)
{
	for (uint32_t i = 0; i < x->board->workers; i++) {
		struct sw_ring ring = sw_board_events(x->board, i);

		sw_page_begin(&x->page, "");
		put_number(&x->page, "worker", i);
		sw_page_u64(&x->page, sw_ring_lost(&ring));
	}
}

void sw_expose_process_cpu(struct sw_exposed *x)
{
	struct timespec t;

	if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t) != 0)
		return;
	sw_page_begin(&x->page, "");
	sw_page_seconds(&x->page, (uint64_t)t.tv_sec * SW_US_PER_S + (uint64_t)t.tv_nsec / 1000);
}

void sw_expose_process_start(struct sw_exposed *x)
{
	sw_page_begin(&x->page, "");
	sw_page_seconds(&x->page, (uint64_t)x->state->began.us);
}

/* Pages of the whole, and those in memory: the first two numbers of statm (proc(5)). */
static bool pages(const struct sw_exposed *x, unsigned long long out[2])
{
	char text[128];
	ssize_t n = pread(x->state->statm_fd, text, sizeof(text) - 1, 0);
	char *end = text;

	if (n <= 0)
		return false;
	text[n] = '\0';
	for (int i = 0; i < 2; i++) {
		struct sw_slice word = { end, strcspn(end, " ") };
		uint64_t value;

		if (!sw_slice_u64(word, UINT64_MAX / 65536, &value))
			return false;
		out[i] = value;
		end += word.n + (end[word.n] == ' ');
	}
	return true;
}

static void put_pages(struct sw_exposed *x, int which)
{
	unsigned long long n[2];

	if (!pages(x, n))
		return;
	sw_page_begin(&x->page, "");
	sw_page_u64(&x->page, n[which] * (uint64_t)sysconf(_SC_PAGESIZE));
}

void sw_expose_process_resident(struct sw_exposed *x)
{
	put_pages(x, 1);
}

void sw_expose_process_virtual(struct sw_exposed *x)
{
	put_pages(x, 0);
}

void sw_expose_process_fds(struct sw_exposed *x)
{
	sw_page_plain_u64(&x->page, x->state->fds_max);
}
