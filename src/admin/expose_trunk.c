/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/expose_own.h"

#include <sipward/digest.h>

#define DAY_S 86400

/* The places of one name in the metrics of all workers. */
struct places {
	struct sw_slice name; /* empty: place 0 */
	const struct sw_metric_trunk *at[SW_BOARD_WORKERS];
	uint32_t n;
};

static struct places places_of(const struct sw_exposed *x, struct sw_slice name)
{
	struct places p = { .name = name };

	for (uint32_t i = 0; i < x->board->workers; i++) {
		const struct sw_metrics *m = sw_board_metrics(x->board, i);
		const struct sw_metric_trunk *t = name.n > 0 ? sw_metric_find_trunk(m, name)
							     : &m->trunk[0];

		if (t)
			p.at[p.n++] = t;
	}
	return p;
}

/* Of all workers: the counter that stands `at` octets into a trunk's place. */
static uint64_t sum(const struct places *p, size_t at)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < p->n; i++)
		n += sw_metric_read(
			(const _Atomic uint64_t *)(const void *)((const char *)p->at[i] + at));
	return n;
}

static size_t accepted_at(enum sw_factor factor, struct sw_alg_form form)
{
	return offsetof(struct sw_metric_trunk, accepted) +
	       ((factor * SW_ALG_COUNT + form.alg) * 2 + form.sess) * sizeof(uint64_t);
}

static void put_accepted(struct sw_exposed *x, const struct places *p, enum sw_factor factor,
			 struct sw_alg_form form)
{
	sw_page_begin(&x->page, "");
	sw_page_label(&x->page, "trunk", p->name);
	sw_page_label(&x->page, "factor", sw_slice_of(sw_factor_name(factor)));
	sw_page_label(&x->page, "alg",
		      sw_slice_of(form.alg == SW_ALG_NONE ? "" : sw_alg_form_word(form)));
	sw_page_u64(&x->page, sum(p, accepted_at(factor, form)));
}

/* What its ways take, and what was ever taken, be it by an earlier generation. */
static void put_accepted_digest(struct sw_exposed *x, const struct sw_trunk *t)
{
	struct places p = places_of(x, t->name);
	unsigned algs = 0;

	for (size_t i = 0; i < t->ways; i++)
		algs |= t->way[i].algs;
	for (unsigned alg = SW_ALG_NONE + 1; alg < SW_ALG_COUNT; alg++)
		for (unsigned sess = 0; sess < 2; sess++) {
			struct sw_alg_form form = { (enum sw_alg)alg, sess != 0 };

			if ((algs & sw_alg_form_bit(form)) ||
			    sum(&p, accepted_at(SW_FACTOR_DIGEST, form)) > 0)
				put_accepted(x, &p, SW_FACTOR_DIGEST, form);
		}
}

void sw_expose_accepted(struct sw_exposed *x)
{
	struct places nobody = places_of(x, (struct sw_slice){ 0 });

	put_accepted(x, &nobody, SW_FACTOR_NONE, (struct sw_alg_form){ SW_ALG_NONE, false });
	for (size_t i = 0; x->policy && i < x->policy->trunks; i++)
		put_accepted_digest(x, &x->policy->trunk[i]);
}

/* Reasons that a refusal with a trunk can have: those that come before are of nobody's. */
static bool is_of_trunks(enum sw_reason r)
{
	const struct sw_reason_row *row = sw_reason_row(r);

	return row->status > 401 || (row->class == SW_CLASS_AUTH && row->status == 400);
}

static void put_refused(struct sw_exposed *x, const struct places *p, enum sw_reason r, uint64_t n)
{
	sw_page_begin(&x->page, "");
	sw_page_label(&x->page, "trunk", p->name);
	sw_page_label(&x->page, "reason", sw_slice_of(sw_reason_slug(r)));
	sw_page_u64(&x->page, n);
}

static void put_all_refused(struct sw_exposed *x, const struct places *p, bool is_whole)
{
	static const uint8_t numbers[] = {
#define SW_REASON(number, symbol, class, status, slug, phrase, sentence) (number),
#include <sipward/reason.def>
#undef SW_REASON
	};

	for (size_t i = 0; i < sizeof(numbers); i++) {
		enum sw_reason r = (enum sw_reason)numbers[i];
		uint64_t n = sum(p, offsetof(struct sw_metric_trunk, refused) +
					    (size_t)r * sizeof(uint64_t));

		if (n > 0 || (is_whole && is_of_trunks(r)))
			put_refused(x, p, r, n);
	}
}

void sw_expose_refused(struct sw_exposed *x)
{
	struct places p = places_of(x, (struct sw_slice){ 0 });

	put_all_refused(x, &p, true);
	for (size_t i = 0; x->policy && i < x->policy->trunks; i++) {
		p = places_of(x, x->policy->trunk[i].name);
		put_all_refused(x, &p, i < SW_EXPOSE_TRUNKS_WHOLE);
	}
}

void sw_expose_warnings(struct sw_exposed *x)
{
	for (size_t i = 0; x->policy && i < x->policy->trunks; i++) {
		struct places p = places_of(x, x->policy->trunk[i].name);

		for (unsigned w = 0; w < SW_WARN_COUNT; w++) {
			sw_page_begin(&x->page, "");
			sw_page_label(&x->page, "trunk", p.name);
			sw_page_label(&x->page, "warning",
				      sw_slice_of(sw_warn_slug((enum sw_warn)w)));
			sw_page_u64(&x->page, sum(&p, offsetof(struct sw_metric_trunk, warned) +
							      w * sizeof(uint64_t)));
		}
	}
}

void sw_expose_md5_days(struct sw_exposed *x)
{
	for (size_t i = 0; x->policy && i < x->policy->trunks; i++) {
		const struct sw_trunk *t = &x->policy->trunk[i];

		if (t->md5_until_s == INT64_MAX)
			continue;
		sw_page_begin(&x->page, "");
		sw_page_label(&x->page, "trunk", t->name);
		sw_page_real(&x->page, (double)(t->md5_until_s - sw_wall_s(x->now)) / DAY_S);
	}
}

/* Of all workers, by listener: the counter that stands `at` octets into its place. */
static void put_listeners(struct sw_exposed *x, size_t at, bool is_udp_only)
{
	for (size_t i = 0; x->policy && i < x->policy->listeners; i++) {
		const struct sw_listener *l = &x->policy->listener[i];
		char room[96];
		struct sw_buf b = sw_buf_over(room, sizeof(room));
		uint64_t n = 0;

		if (is_udp_only && l->transport != SW_UDP)
			continue;
		for (uint32_t w = 0; w < x->board->workers; w++) {
			const char *place = (const void *)sw_metric_find_listener(
				sw_board_metrics(x->board, w), l);

			if (place)
				n += sw_metric_read(
					(const _Atomic uint64_t *)(const void *)(place + at));
		}
		sw_buf_str(&b, sw_transport_name(l->transport));
		sw_buf_char(&b, ':');
		sw_addr_write(&b, &l->addr);
		sw_page_begin(&x->page, "");
		sw_page_label(&x->page, "listener", sw_buf_slice(&b));
		sw_page_u64(&x->page, n);
	}
}

void sw_expose_challenges(struct sw_exposed *x)
{
	put_listeners(x, offsetof(struct sw_metric_listener, challenges), false);
}

void sw_expose_stale(struct sw_exposed *x)
{
	put_listeners(x, offsetof(struct sw_metric_listener, stale), false);
}

void sw_expose_kernel_drops(struct sw_exposed *x)
{
	put_listeners(x, offsetof(struct sw_metric_listener, kernel_drops), true);
}
