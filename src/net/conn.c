/* SPDX-License-Identifier: Apache-2.0 */
#include "net/conn.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "net/inbox.h"
#include "net/outbox.h"
#include "net/places.h"
#include "net/queue.h"

#define SLOT_BITS     20 /* of a name: 24 the caller's, 20 which life of the slot, 20 which slot */
#define CAPACITY_MOST (1u << SLOT_BITS)
#define LIVES_MOST    (1u << (40 - SLOT_BITS))
#define WAKES         64 /* of those that wait for a buffer, looked at in one turn */
#define END_READS     32 /* of one that we end */
#define LINGER_S      1  /* what a peer still sends behind its last answer is thrown away */

enum stage {
	STAGE_FREE = 0,
	STAGE_OPEN,
	STAGE_CLOSING, /* answers go out, nothing more comes in */
	STAGE_LINGER,  /* our side is shut; a close now could take the answer back (RST) */
	STAGE_DEAD,    /* to be closed by the next turn */
};

struct conn {
	struct sw_watch watch;
	struct sw_timer timer;
	struct sw_place place;
	struct sw_conns *set;
	struct sw_node node; /* of the busy, or of the starved */
	struct sw_conn_peer peer;
	struct sw_inbox in;
	struct sw_outbox out;
	struct sw_mono accepted; /* or was proven until then */
	struct sw_mono asked;    /* whether its user is still there */
	struct sw_mono shut;     /* our side, since then the close lingers */
	struct sw_mono due;      /* of the timer */
	enum sw_reason why;
	uint32_t generation;
	uint8_t user_n;
	char user[SW_CONN_USER_MAX];
	unsigned interest;
	enum stage stage;
	bool is_ended;     /* the peer sends nothing more */
	bool is_lingering; /* once its answers are out */
};

struct sw_conns {
	struct sw_loop *loop;
	struct sw_wheel *wheel;
	struct sw_conn_handler handler;
	struct sw_pool *pool;
	struct sw_places *places;
	struct conn *slot;
	uint32_t *free;
	struct sw_queue busy;       /* the next turn looks at them */
	struct sw_queue starved;    /* wait for a larger buffer */
	uint32_t tries;             /* so many of these are looked at because one came back … */
	uint64_t returned;          /* … after so many */
	const struct conn *current; /* its message is with the handler */
	uint32_t capacity, high, frees;
	size_t message_max;
};

static struct sw_mono now_of(const struct sw_conns *s)
{
	return s->handler.clock();
}

static struct conn *of_node(struct sw_node *node)
{
	return (struct conn *)((char *)node - offsetof(struct conn, node));
}

static struct sw_holder *holder_of(const struct conn *c)
{
	return sw_places_holder(c->set->places, &c->place);
}

static void be_busy(struct conn *c)
{
	sw_queue_put(&c->set->busy, &c->node);
}

/* The end of one. */

static void give_slot(struct sw_conns *s, struct conn *c)
{
	uint32_t generation = c->generation;
	uint32_t number = (uint32_t)(c - s->slot);

	memset(c, 0, sizeof(*c));
	c->generation = generation;
	if (generation < LIVES_MOST - 1) /* else its names are used up */
		s->free[s->frees++] = number;
}

static void close_now(struct conn *c, enum sw_reason why)
{
	const struct linger at_once = { .l_onoff = 1 };
	struct sw_conns *s = c->set;
	struct sw_conn_peer peer = c->peer;

	sw_loop_remove(s->loop, &c->watch);
	/* What it does not read must not stay in the kernel's memory for minutes. */
	if (why == SW_R_SLOW_READER)
		(void)setsockopt(c->watch.fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(c->watch.fd);
	sw_wheel_cancel(&c->timer);
	sw_places_leave(s->places, &c->place);
	sw_pool_give(s->pool, &c->in.octets);
	sw_pool_give(s->pool, &c->out.octets);
	sw_queue_remove(&c->node);
	give_slot(s, c);
	s->handler.gone(s->handler.arg, &peer, why);
}

/* From inside the handler: the next turn closes it. */
static void die(struct conn *c, enum sw_reason why)
{
	c->stage = STAGE_DEAD;
	c->why = why;
	be_busy(c);
}

/* Why a connection that just ended did so: nobody's fault between two messages. */
static enum sw_reason why_ended(const struct conn *c)
{
	return c->stage == STAGE_OPEN && c->in.first.us > 0 ? SW_R_STREAM_CUT : SW_OK;
}

/* Deadlines. */

static bool is_waiting(const struct conn *c)
{
	return sw_outbox_waits(&c->out);
}

static void sooner(uint64_t *due, enum sw_reason *why, struct sw_mono from, uint64_t s,
		   enum sw_reason reason)
{
	uint64_t at = from.us + s * SW_US_PER_S;

	if (at >= *due)
		return;
	*due = at;
	*why = reason;
}

/* Of the message that is coming. Where we do not read it is not late. */
static void sooner_message(const struct conn *c, uint64_t *due, enum sw_reason *why)
{
	sooner(due, why, c->in.first, SW_CONN_MESSAGE_S, SW_R_DEADLINE_BODY);
	if (!c->in.in_body)
		sooner(due, why, c->in.first, SW_CONN_HEADER_S, SW_R_DEADLINE_HEADER);
}

/* When it has to be closed, and why, or its user is asked for again. */
static uint64_t due_of(const struct conn *c, enum sw_reason *why)
{
	uint64_t due = UINT64_MAX;

	*why = SW_OK;
	if (c->stage == STAGE_LINGER)
		sooner(&due, why, c->shut, LINGER_S, SW_OK);
	else if (is_waiting(c))
		sooner(&due, why, c->out.since, SW_CONN_READER_S, SW_R_SLOW_READER);
	else if (c->in.first.us > 0 && !c->in.is_starved)
		sooner_message(c, &due, why);
	if (!c->peer.is_proven)
		sooner(&due, why, c->accepted, SW_CONN_PROOF_S, SW_R_DEADLINE_PROOF);
	else
		sooner(&due, why, c->asked, SW_CONN_USER_S, SW_OK);
	return due;
}

static void arm(struct conn *c)
{
	enum sw_reason why;
	uint64_t due = due_of(c, &why);

	if (sw_timer_is_running(&c->timer) && c->due.us == due)
		return;
	c->due.us = due;
	sw_wheel_add(c->set->wheel, &c->timer, c->due);
}

/* One that is deleted or disabled may not keep for ever what it had proven. */
static void ask_for_user(struct conn *c, struct sw_mono now)
{
	struct sw_conns *s = c->set;

	c->asked = now;
	if (s->handler.is_user(s->handler.arg, (struct sw_slice){ c->user, c->user_n }))
		return;
	c->peer.is_proven = false;
	c->accepted = now;
	sw_places_doubt(s->places, &c->place, &c->peer.src);
}

/* What it is watched for, and whether it goes on. */

static void watch_for(struct conn *c, unsigned interest)
{
	if (c->interest == interest)
		return;
	c->interest = interest;
	if (!sw_loop_change(c->set->loop, &c->watch, interest))
		die(c, SW_R_CONN_MEMORY);
}

static void linger(struct conn *c)
{
	(void)shutdown(c->watch.fd, SHUT_WR);
	c->stage = STAGE_LINGER;
	c->shut = now_of(c->set);
	c->in.first.us = 0;
	sw_pool_give(c->set->pool, &c->in.octets);
	watch_for(c, SW_LOOP_IN);
	arm(c);
}

/* At the end of each thing that happens to a connection; it may be gone afterwards. */
static void settle(struct conn *c)
{
	sw_inbox_retry(&c->in, c->set->pool, holder_of(c), now_of(c->set));
	if (c->stage == STAGE_DEAD) {
		close_now(c, c->why);
	} else if (is_waiting(c)) {
		watch_for(c, SW_LOOP_OUT);
		arm(c);
	} else if (c->stage == STAGE_OPEN && sw_inbox_is_ready(&c->in)) {
		watch_for(c, 0);
		be_busy(c);
		arm(c);
	} else if (c->is_lingering) {
		linger(c);
	} else if (c->is_ended || c->stage == STAGE_CLOSING) {
		close_now(c, c->why != SW_OK ? c->why : why_ended(c));
	} else if (c->in.is_starved) {
		watch_for(c, 0);
		sw_queue_put(&c->set->starved, &c->node);
		arm(c);
	} else {
		watch_for(c, SW_LOOP_IN);
		arm(c);
	}
}

/* Octets out. */

static bool put(struct conn *c, struct sw_slice octets)
{
	struct sw_conns *s = c->set;

	switch (sw_outbox_put(&c->out, s->pool, holder_of(c), c->watch.fd, octets, now_of(s))) {
	case SW_PUT_SENT:
		return true;
	case SW_PUT_WAITS:
		if (s->current != c)
			be_busy(c); /* what it is watched for changes */
		return true;
	case SW_PUT_FULL:
		die(c, SW_R_SLOW_READER);
		return false;
	case SW_PUT_ROOM:
		die(c, SW_R_CONN_MEMORY);
		return false;
	case SW_PUT_LOST:
		break;
	}
	die(c, why_ended(c));
	return false;
}

static void flush(struct conn *c)
{
	switch (sw_outbox_flush(&c->out, c->set->pool, c->watch.fd)) {
	case SW_PUT_SENT:
		if (c->in.first.us > 0) /* we did not read, so it is not late */
			c->in.first = now_of(c->set);
		break;
	case SW_PUT_LOST:
		die(c, why_ended(c));
		break;
	default:
		break;
	}
}

/* Octets in. */

static void give_message(struct conn *c, struct sw_slice octets, bool is_broken)
{
	struct sw_conns *s = c->set;

	s->current = c;
	sw_places_touch(s->places, &c->place);
	s->handler.message(s->handler.arg, &c->peer, octets, is_broken);
	s->current = NULL;
	if (!is_broken || c->stage != STAGE_OPEN)
		return;
	c->stage = STAGE_CLOSING;
	c->is_lingering = true;
}

/* What answers so many pings; by one write, as a peer may send them by the thousand. */
static void pong(struct conn *c, unsigned *pings)
{
	char text[2 * SW_CONN_TURN];
	size_t n = 0;

	for (; *pings > 0; (*pings)--, n += 2)
		memcpy(text + n, "\r\n", 2);
	if (n > 0 && !put(c, (struct sw_slice){ text, n }))
		return; /* it is lost, and its stage says so */
}

/* Take what is whole, as long as answers go out and others need not wait. */
static void take_whole(struct conn *c)
{
	struct sw_conns *s = c->set;
	unsigned pings = 0;

	for (unsigned i = 0; i < SW_CONN_TURN && c->stage == STAGE_OPEN && !is_waiting(c); i++) {
		struct sw_slice octets;
		enum sw_frame what = sw_inbox_next(&c->in, s->message_max, now_of(s), &octets);

		if (what == SW_FRAME_MORE)
			break;
		pings += what == SW_FRAME_PING;
		if (what == SW_FRAME_PING || what == SW_FRAME_BLANK)
			continue;
		pong(c, &pings); /* before the answer to what came behind them */
		if (c->stage == STAGE_OPEN)
			give_message(c, octets, what == SW_FRAME_BROKEN);
	}
	pong(c, &pings);
	if (c->stage == STAGE_OPEN)
		sw_inbox_fit(&c->in, s->pool, holder_of(c));
	else /* nobody looks at the rest */
		sw_pool_give(s->pool, &c->in.octets);
}

static enum sw_got read_some(struct conn *c)
{
	enum sw_got got = sw_inbox_read(&c->in, c->set->pool, holder_of(c), c->watch.fd);

	if (got == SW_GOT_SOME)
		take_whole(c);
	else if (got == SW_GOT_END)
		c->is_ended = true;
	else if (got == SW_GOT_LOST)
		die(c, why_ended(c));
	return got;
}

/* It may have been us who did not look: what has come by now was in time. */
static void catch_up(struct conn *c)
{
	if (is_waiting(c))
		flush(c);
	else if (c->stage == STAGE_OPEN && !sw_inbox_is_ready(&c->in) && !c->is_ended)
		(void)read_some(c);
}

static void on_timer(void *arg, struct sw_mono now)
{
	struct conn *c = arg;
	enum sw_reason why;

	if (c->peer.is_proven && now.us - c->asked.us >= SW_CONN_USER_S * (uint64_t)SW_US_PER_S)
		ask_for_user(c, now);
	if (due_of(c, &why) <= now.us)
		catch_up(c);
	if (c->stage != STAGE_DEAD && due_of(c, &why) <= now.us)
		close_now(c, why);
	else
		settle(c);
}

/* false: nothing more comes. */
static bool throw_away(struct conn *c)
{
	char room[4096];
	ssize_t n = recv(c->watch.fd, room, sizeof(room), MSG_DONTWAIT);

	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

static void on_ready(void *arg, unsigned what)
{
	struct conn *c = arg;

	if (c->stage == STAGE_LINGER) {
		if (!throw_away(c))
			close_now(c, SW_OK);
		return;
	}
	if ((what & SW_LOOP_OUT) && is_waiting(c))
		flush(c);
	else if ((what & SW_LOOP_IN) && c->stage == STAGE_OPEN && !is_waiting(c) && !c->is_ended)
		(void)read_some(c);
	else if (what & SW_LOOP_GONE)
		die(c, why_ended(c));
	settle(c);
}

static void serve_busy(struct conn *c)
{
	sw_queue_remove(&c->node);
	if (c->stage == STAGE_OPEN && sw_inbox_is_ready(&c->in) && !is_waiting(c))
		take_whole(c);
	settle(c);
}

/* A larger buffer came back: those who wait for one try again, the first one first. */
static void wake_starved(struct sw_conns *s)
{
	if (s->returned != sw_pool_returned(s->pool)) {
		s->returned = sw_pool_returned(s->pool);
		s->tries = s->starved.n;
	}
	for (unsigned i = 0; i < WAKES && s->tries > 0 && s->starved.n > 0; i++) {
		struct sw_node *first = s->starved.first;

		s->tries--;
		sw_queue_remove(first);
		settle(of_node(first));
	}
}

void sw_conns_turn(struct sw_conns *s)
{
	for (uint32_t n = s->busy.n; n > 0 && s->busy.n > 0; n--)
		serve_busy(of_node(s->busy.first));
	wake_starved(s);
}

bool sw_conns_is_busy(const struct sw_conns *s)
{
	return s->busy.n > 0 || (s->tries > 0 && s->starved.n > 0);
}

/* The set of them. */

static struct conn *conn_of(const struct sw_place *place)
{
	return (struct conn *)((char *)place - offsetof(struct conn, place));
}

static bool is_needed(void *arg, const struct sw_place *place)
{
	const struct sw_conns *s = arg;

	return s->handler.is_needed(s->handler.arg, conn_of(place)->peer.flow);
}

static uint32_t elsewhere(void *arg)
{
	const struct sw_conns *s = arg;

	return s->handler.elsewhere(s->handler.arg);
}

static bool make(struct sw_conns *s, const uint8_t seed[SW_SEED_LEN])
{
	/* Touched as it fills: a limit that is never reached costs nothing. */
	void *memory = mmap(NULL, s->capacity * sizeof(*s->slot), PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	s->slot = memory == MAP_FAILED ? NULL : memory;
	s->free = calloc(s->capacity, sizeof(*s->free));
	s->pool = sw_pool_new(s->capacity);
	s->places = sw_places_new(seed, is_needed, s);
	return s->slot && s->free && s->pool && s->places;
}

struct sw_conns *sw_conns_new(uint32_t capacity, struct sw_loop *loop, struct sw_wheel *wheel,
			      const uint8_t seed[SW_SEED_LEN],
			      const struct sw_conn_handler *handler)
{
	struct sw_conns *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->loop = loop;
	s->wheel = wheel;
	s->handler = *handler;
	s->capacity = capacity > 0 ? capacity : 1;
	if (s->capacity > CAPACITY_MOST)
		s->capacity = CAPACITY_MOST;
	if (!make(s, seed)) {
		sw_conns_free(s);
		return NULL;
	}
	if (handler->elsewhere)
		sw_places_share(s->places, handler->workers, elsewhere);
	sw_conns_limit(s, capacity, SW_POOL_MOST);
	return s;
}

void sw_conns_free(struct sw_conns *s)
{
	if (!s)
		return;
	for (uint32_t i = 0; s->slot && i < s->high; i++)
		if (s->slot[i].stage != STAGE_FREE)
			close(s->slot[i].watch.fd);
	if (s->slot)
		munmap(s->slot, s->capacity * sizeof(*s->slot));
	free(s->free);
	sw_pool_free(s->pool);
	sw_places_free(s->places);
	free(s);
}

void sw_conns_limit(struct sw_conns *s, uint32_t limit, size_t message_max)
{
	sw_places_limit(s->places, limit < s->capacity ? limit : s->capacity);
	s->message_max = message_max < SW_CONN_STREAM_MAX ? message_max : SW_CONN_STREAM_MAX;
}

/* May another one come in? Somebody else may have to go for it. */
static enum sw_reason admit(struct sw_conns *s, const struct sw_addr *src)
{
	struct sw_place *goes;
	enum sw_reason why = sw_places_ask(s->places, src, &goes);

	if (goes)
		close_now(conn_of(goes), SW_R_CONN_LIMIT);
	return why;
}

static struct conn *take_slot(struct sw_conns *s)
{
	uint32_t number;
	struct conn *c;

	if (s->frees > 0)
		number = s->free[--s->frees];
	else if (s->high < s->capacity)
		number = s->high++;
	else
		return NULL;
	c = &s->slot[number];
	c->peer.flow = s->handler.flows | (uint64_t)++c->generation << SLOT_BITS | number;
	return c;
}

static void refuse(struct sw_conns *s, int fd, const struct sw_conn_peer *peer, enum sw_reason why)
{
	close(fd);
	s->handler.gone(s->handler.arg, peer, why);
}

static void begin(struct sw_conns *s, struct conn *c, int fd, const struct sw_conn_peer *peer)
{
	uint64_t flow = c->peer.flow;

	c->set = s;
	c->peer = *peer;
	c->peer.flow = flow;
	c->accepted = now_of(s);
	c->stage = STAGE_OPEN;
	c->interest = SW_LOOP_IN;
	c->watch = (struct sw_watch){ .fd = fd, .fn = on_ready, .arg = c };
	c->timer = (struct sw_timer){ .fn = on_timer, .arg = c };
}

void sw_conns_add(struct sw_conns *s, int fd, const struct sw_addr *src,
		  const struct sw_addr *local, uint32_t port)
{
	struct sw_conn_peer peer = { .src = *src, .local = *local, .port = port };
	enum sw_reason why = admit(s, src);
	struct conn *c = why == SW_OK ? take_slot(s) : NULL;

	if (!c) {
		refuse(s, fd, &peer, why != SW_OK ? why : SW_R_CONN_LIMIT);
		return;
	}
	begin(s, c, fd, &peer);
	if (!sw_loop_add(s->loop, &c->watch, SW_LOOP_IN)) {
		give_slot(s, c);
		refuse(s, fd, &peer, SW_R_CONN_MEMORY);
		return;
	}
	sw_places_enter(s->places, &c->place, src);
	arm(c);
}

static struct conn *find(const struct sw_conns *s, uint64_t flow)
{
	uint32_t number = (uint32_t)flow & (CAPACITY_MOST - 1);
	struct conn *c = number < s->high ? &s->slot[number] : NULL;

	return c && c->stage != STAGE_FREE && c->peer.flow == flow ? c : NULL;
}

bool sw_conns_send(struct sw_conns *s, uint64_t flow, struct sw_slice octets)
{
	struct conn *c = find(s, flow);

	if (!c || (c->stage != STAGE_OPEN && c->stage != STAGE_CLOSING))
		return false;
	return put(c, octets);
}

void sw_conns_prove(struct sw_conns *s, uint64_t flow, struct sw_slice user)
{
	struct conn *c = find(s, flow);
	struct sw_place *goes;

	if (!c || c->peer.is_proven)
		return;
	c->peer.is_proven = true;
	c->asked = now_of(s);
	c->user_n = (uint8_t)(user.n < sizeof(c->user) ? user.n : sizeof(c->user));
	memcpy(c->user, user.p, c->user_n);
	goes = sw_places_prove(s->places, &c->place, user);
	if (goes)
		die(conn_of(goes), SW_R_CONN_USER);
	if (s->current != c)
		be_busy(c); /* its deadline changes */
}

/* The whole messages that were read, unless an answer has to wait first. */
static void take_all(struct conn *c)
{
	while (c->stage == STAGE_OPEN && sw_inbox_is_ready(&c->in) && !is_waiting(c))
		take_whole(c);
}

/*
 * What can come is bounded; what cannot be answered now is answered by later turns. Octets that
 * nobody reads would make a close take answers back, so then it lingers.
 */
static void end_one(struct conn *c)
{
	bool has_spoken = is_waiting(c) || c->in.octets.p;

	take_all(c);
	for (unsigned i = 0; i < END_READS && !is_waiting(c) && !c->is_ended; i++) {
		if (read_some(c) != SW_GOT_SOME)
			break;
		has_spoken = true;
		take_all(c);
	}
	if (c->stage == STAGE_OPEN) {
		c->is_lingering = has_spoken && !c->is_ended;
		c->is_ended = true;
	}
	settle(c);
}

void sw_conns_end(struct sw_conns *s, uint32_t port)
{
	for (uint32_t i = 0; i < s->high; i++) {
		struct conn *c = &s->slot[i];

		if (c->stage == STAGE_OPEN && (port == SW_PORT_NONE || c->peer.port == port))
			end_one(c);
	}
}

void sw_conns_renumber(struct sw_conns *s, const uint32_t *map, uint32_t ports)
{
	for (uint32_t i = 0; i < s->high; i++) {
		struct sw_conn_peer *peer = &s->slot[i].peer;

		peer->port = peer->port < ports ? map[peer->port] : SW_PORT_NONE;
	}
}

uint32_t sw_conns_most(const struct sw_conns *s)
{
	return sw_places_most(s->places);
}

uint32_t sw_conns_open(const struct sw_conns *s)
{
	return sw_places_taken(s->places);
}

uint32_t sw_conns_proven(const struct sw_conns *s)
{
	return sw_places_known(s->places);
}
