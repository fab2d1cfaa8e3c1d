/* SPDX-License-Identifier: Apache-2.0 */
#include "vectors.h"

#include <sipward/digest.h>
#include <sipward/nonce.h>

#include "base/addr.h"
#include "base/b64.h"
#include "base/mac.h"
#include "base/time.h"

#define SECOND 1000000ull
#define TODAY  1795421700ll /* 2026-11-23T08:15:00Z */
#define DAY_ID (TODAY / SW_NONCE_KEY_S & 15)
#define BOOT   0xfedcba9876541234ull

static const uint8_t seed[SW_SEED_LEN] = "thirty-two octets of fixed seed";

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static unsigned fail_at; /* which call of sw_mac_parts fails, from 1; 0 none */

bool __real_sw_mac_parts(struct sw_mac *m, const struct sw_mac_key *key,
			 const struct sw_slice *part, size_t parts, uint8_t out[SW_MAC_LEN]);
bool __wrap_sw_mac_parts(struct sw_mac *m, const struct sw_mac_key *key,
			 const struct sw_slice *part, size_t parts, uint8_t out[SW_MAC_LEN]);

/* libcrypto, which fails when it is told to. */
bool __wrap_sw_mac_parts(struct sw_mac *m, const struct sw_mac_key *key,
			 const struct sw_slice *part, size_t parts, uint8_t out[SW_MAC_LEN])
{
	if (fail_at == 0 || --fail_at > 0)
		return __real_sw_mac_parts(m, key, part, parts, out);
	memset(out, 0, SW_MAC_LEN);
	return false;
}

static unsigned derive_fail_at; /* likewise of sw_mac_derive */

bool __real_sw_mac_derive(const uint8_t from[SW_SEED_LEN], struct sw_slice label,
			  struct sw_mac_key *out);
bool __wrap_sw_mac_derive(const uint8_t from[SW_SEED_LEN], struct sw_slice label,
			  struct sw_mac_key *out);

bool __wrap_sw_mac_derive(const uint8_t from[SW_SEED_LEN], struct sw_slice label,
			  struct sw_mac_key *out)
{
	if (derive_fail_at == 0 || --derive_fail_at > 0)
		return __real_sw_mac_derive(from, label, out);
	return false;
}

static unsigned keys_wiped;

void __real_sw_secret_wipe(void *p, size_t n);
void __wrap_sw_secret_wipe(void *p, size_t n);

void __wrap_sw_secret_wipe(void *p, size_t n)
{
	keys_wiped += n == sizeof(struct sw_nonce_keys);
	__real_sw_secret_wipe(p, n);
}

/* A door, a caller and a nonce between them. */
struct world {
	struct sw_mac *mac;
	struct sw_nonce_keys keys;
	struct sw_wall wall;
	struct sw_nonce_maker maker;
	struct sw_addr src;
	struct sw_nonce_bind bind;
	struct sw_mono now;
	char nonce[SW_NONCE_TEXT];
};

static struct world world;

static enum sw_reason check(struct sw_nonce *out)
{
	struct sw_slice exact = exact_copy((struct sw_slice){ world.nonce, SW_NONCE_TEXT });
	enum sw_reason r = sw_nonce_check(&world.maker, &world.bind, &world.now, exact, out);

	exact_free(exact);
	return r;
}

static void make(unsigned algs)
{
	assert_true(sw_nonce_make(&world.maker, &world.bind, &world.now, algs, 0x0123456789abcdef,
				  world.nonce));
}

static int setup(void **state)
{
	(void)state;
	fail_at = 0;
	world = (struct world){ .mac = sw_mac_new(), .wall = { TODAY * (int64_t)SECOND } };
	world.maker = (struct sw_nonce_maker){ world.mac, &world.keys, BOOT, 300 };
	assert_true(sw_nonce_keys_init(&world.keys, seed, world.wall));
	world.bind = (struct sw_nonce_bind){ SW_LIT("example.com"), SW_NONCE_DATAGRAM_STREAM,
					     &world.src };
	world.now.us = 5000 * SECOND;
	assert_true(sw_addr_parse_port(SW_LIT("198.51.100.7:5062"), &world.src));
	make(SW_ALG_ALL);
	return world.mac ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	sw_mac_free(world.mac);
	return 0;
}

static void a_fresh_nonce_says_what_it_offered(void **state)
{
	struct sw_nonce n;

	(void)state;
	for (unsigned set = 0; set <= SW_ALG_EVERY; set += 2) {
		make(set);
		assert_int_equal(check(&n), SW_OK);
		assert_int_equal(n.algs, set);
		assert_int_equal(n.age_s, 0);
		assert_int_equal(n.issued, 5000 * 16);
	}
}

static void each_digit_changed_to_each_other_is_refused(void **state)
{
	struct sw_nonce n = { .age_s = 77 };

	(void)state;
	for (size_t i = 0; i < SW_NONCE_TEXT; i++) {
		char was = world.nonce[i];

		for (int c = 0; c < 256; c++) {
			if (c == was)
				continue;
			world.nonce[i] = (char)c;
			enum sw_reason r = check(&n);

			/* the last eight octets only bind it to its network */
			assert_true(r == SW_R_DIGEST_NONCE_FORGED ||
				    (r == SW_R_DIGEST_NONCE_SOURCE && i >= 32));
			if (i < 32)
				assert_int_equal(n.age_s, 77); /* out is left alone */
		}
		world.nonce[i] = was;
	}
	assert_int_equal(check(&n), SW_OK);
}

static void each_pair_of_digits_exchanged_is_refused(void **state)
{
	struct sw_nonce n;

	(void)state;
	for (size_t i = 0; i < SW_NONCE_TEXT; i++)
		for (size_t j = i + 1; j < SW_NONCE_TEXT; j++) {
			char a = world.nonce[i], b = world.nonce[j];

			if (a == b)
				continue;
			world.nonce[i] = b;
			world.nonce[j] = a;
			assert_int_not_equal(check(&n), SW_OK);
			world.nonce[i] = a;
			world.nonce[j] = b;
		}
}

static void try_part(struct sw_slice part)
{
	struct sw_nonce n;

	assert_int_equal(sw_nonce_check(&world.maker, &world.bind, &world.now, part, &n),
			 SW_R_DIGEST_NONCE_FORGED);
}

static void a_nonce_cut_short_or_longer_is_forged(void **state)
{
	char longer[SW_NONCE_TEXT + 1];

	(void)state;
	each_beginning((struct sw_slice){ world.nonce, SW_NONCE_TEXT }, try_part);
	memcpy(longer, world.nonce, SW_NONCE_TEXT);
	for (size_t i = 0; i < sizeof(digits); i++) { /* and the NUL behind them */
		longer[SW_NONCE_TEXT] = digits[i];
		try_part((struct sw_slice){ longer, sizeof(longer) });
	}
	try_part((struct sw_slice){ 0 });
}

/* What a nonce is bound to, each changed in turn. */
static void in_another_realm(void)
{
	world.bind.realm = SW_LIT("example.con");
}

static void in_a_longer_realm(void)
{
	world.bind.realm = SW_LIT("example.com.");
}

static void in_no_realm(void)
{
	world.bind.realm = SW_LIT("");
}

static void on_websocket(void)
{
	world.bind.class = SW_NONCE_WEB;
}

static void under_another_key(void)
{
	world.keys.now.key.octets[15] ^= 1;
}

static void from_another_port(void)
{
	world.src.port = 9;
}

static void from_the_same_24(void)
{
	assert_true(sw_addr_parse(SW_LIT("198.51.100.254"), &world.src));
}

static void from_mapped_ipv6(void)
{
	assert_true(sw_addr_parse(SW_LIT("::ffff:198.51.100.9"), &world.src));
}

static void from_another_24(void)
{
	assert_true(sw_addr_parse(SW_LIT("198.51.101.7"), &world.src));
}

static void from_ipv6(void)
{
	assert_true(sw_addr_parse(SW_LIT("2001:db8::7"), &world.src));
}

static void from_nowhere(void)
{
	world.src = (struct sw_addr){ 0 };
}

static void after_another_start(void)
{
	world.maker.boot = BOOT + 1;
}

static void on_another_node(void)
{
	world.maker.boot = BOOT + 0x1000;
}

/* The sixteen bits in the nonce are few: the next start may draw the same. */
static void after_a_start_of_the_same_sixteen_bits(void)
{
	world.maker.boot = BOOT + 0x10000;
}

static void just_before_its_end(void)
{
	world.now.us += 300 * SECOND - SECOND / 16;
}

static void at_its_end(void)
{
	world.now.us += 300 * SECOND;
}

static void with_a_shorter_life(void)
{
	world.maker.life_s = 0;
}

static void before_it_was_made(void)
{
	world.now.us -= SECOND;
}

static void old_and_moved(void)
{
	at_its_end();
	from_another_24();
}

static void of_another_start_and_moved(void)
{
	after_another_start();
	from_another_24();
}

static const struct {
	const char *name;
	void (*change)(void);
	enum sw_reason reason;
} binds[] = {
	{ "another port", from_another_port, SW_OK },
	{ "another host of the /24", from_the_same_24, SW_OK },
	{ "the same address in IPv6", from_mapped_ipv6, SW_OK },
	{ "just before its end", just_before_its_end, SW_OK },
	{ "another realm", in_another_realm, SW_R_DIGEST_NONCE_FORGED },
	{ "a longer realm", in_a_longer_realm, SW_R_DIGEST_NONCE_FORGED },
	{ "no realm", in_no_realm, SW_R_DIGEST_NONCE_FORGED },
	{ "another class of transport", on_websocket, SW_R_DIGEST_NONCE_FORGED },
	{ "another key", under_another_key, SW_R_DIGEST_NONCE_FORGED },
	{ "another /24", from_another_24, SW_R_DIGEST_NONCE_SOURCE },
	{ "another family", from_ipv6, SW_R_DIGEST_NONCE_SOURCE },
	{ "no address", from_nowhere, SW_R_DIGEST_NONCE_SOURCE },
	{ "another start", after_another_start, SW_R_DIGEST_STALE },
	{ "another start that looks like this one", after_a_start_of_the_same_sixteen_bits,
	  SW_R_DIGEST_NONCE_SOURCE },
	{ "another node", on_another_node, SW_R_DIGEST_STALE },
	{ "at its end", at_its_end, SW_R_DIGEST_STALE },
	{ "a life of nothing", with_a_shorter_life, SW_R_DIGEST_STALE },
	{ "from the future", before_it_was_made, SW_R_DIGEST_STALE },
	{ "old and moved", old_and_moved, SW_R_DIGEST_STALE },
	{ "of another start and moved", of_another_start_and_moved, SW_R_DIGEST_STALE },
};

static void a_nonce_is_good_only_for_what_it_is_bound_to(void **state)
{
	for (size_t i = 0; i < SW_ARRAY_LEN(binds); i++) {
		struct sw_nonce n = { .issued = 77 };

		print_message("%s\n", binds[i].name);
		teardown(state);
		assert_int_equal(setup(state), 0);
		binds[i].change();
		assert_int_equal(check(&n), binds[i].reason);
		assert_int_equal(n.issued,
				 binds[i].reason == SW_R_DIGEST_NONCE_FORGED ? 77 : 5000 * 16);
	}
}

static void the_age_is_told_in_whole_seconds(void **state)
{
	struct sw_nonce n;

	(void)state;
	world.now.us += 7 * SECOND + 15 * SECOND / 16;
	assert_int_equal(check(&n), SW_OK);
	assert_int_equal(n.age_s, 7);
	world.now.us += 300 * SECOND;
	assert_int_equal(check(&n), SW_R_DIGEST_STALE);
	assert_int_equal(n.age_s, 307);
}

static void the_clock_of_nonces_may_wrap(void **state)
{
	const uint64_t wrap = ((uint64_t)1 << 32) * SECOND / 16;
	struct sw_nonce n;

	(void)state;
	world.now.us = wrap - SECOND;
	assert_int_equal(sw_nonce_tick(&world.now), UINT32_MAX - 15);
	make(SW_ALG_ALL);
	world.now.us = wrap + SECOND;
	assert_int_equal(sw_nonce_tick(&world.now), 16);
	assert_int_equal(check(&n), SW_OK);
	assert_int_equal(n.age_s, 2);
	world.now.us = wrap + 299 * SECOND;
	assert_int_equal(check(&n), SW_R_DIGEST_STALE);
	world.now.us = wrap - SECOND - SECOND / 16; /* read a tick earlier */
	assert_int_equal(check(&n), SW_OK);
	assert_int_equal(n.age_s, 0);
	world.now.us = wrap - 2 * SECOND; /* a clock before its issue is far away, not near */
	assert_int_equal(check(&n), SW_R_DIGEST_STALE);
}

/* A nonce with this first octet and a proof as ours. */
static void forge(uint8_t first)
{
	uint8_t octets[SW_NONCE_LEN], ours[SW_MAC_LEN], here[SW_MAC_LEN], net[SW_ADDR_NET];
	struct sw_slice nonce = { world.nonce, SW_NONCE_TEXT };
	struct sw_slice head = { (const char *)octets, 16 }, class = SW_LIT("\0");
	struct sw_slice boot = SW_LIT("\x34\x12\x54\x76\x98\xba\xdc\xfe");
	struct sw_slice lasting[] = { head, class, world.bind.realm };
	struct sw_slice all[] = { head, class, { (const char *)net, 8 }, boot, world.bind.realm };
	struct sw_buf b = sw_buf_over(world.nonce, SW_NONCE_TEXT);

	assert_true(sw_b64_parse(nonce, octets, sizeof(octets)));
	octets[0] = first;
	sw_addr_net(&world.src, net);
	assert_true(
		sw_mac_parts(world.mac, &world.keys.now.key, lasting, SW_ARRAY_LEN(lasting), ours));
	assert_true(sw_mac_parts(world.mac, &world.keys.now.key, all, SW_ARRAY_LEN(all), here));
	memcpy(octets + 16, ours, 8);
	memcpy(octets + 24, here, 8);
	sw_b64_write(&b, octets, sizeof(octets));
}

static void another_version_or_key_id_is_forged_even_with_a_right_proof(void **state)
{
	struct sw_nonce n;

	(void)state;
	for (unsigned first = 0; first < 256; first++) {
		forge((uint8_t)first);
		assert_int_equal(check(&n),
				 first == (0x10 | DAY_ID) ? SW_OK : SW_R_DIGEST_NONCE_FORGED);
	}
}

static void two_nonces_of_one_moment_differ_by_their_random(void **state)
{
	char other[SW_NONCE_TEXT];
	unsigned same = 0;

	(void)state;
	assert_true(sw_nonce_make(&world.maker, &world.bind, &world.now, SW_ALG_ALL, 1, other));
	assert_memory_not_equal(other, world.nonce, SW_NONCE_TEXT);
	for (size_t i = 22; i < SW_NONCE_TEXT; i++) /* nor is the proof alike */
		same += other[i] == world.nonce[i];
	assert_true(same < 8);
	make(SW_ALG_ALL); /* while a recorded run replays exactly */
	memcpy(other, world.nonce, SW_NONCE_TEXT);
	make(SW_ALG_ALL);
	assert_memory_equal(other, world.nonce, SW_NONCE_TEXT);
}

static void when_the_mac_fails_none_is_made_and_none_is_good(void **state)
{
	struct sw_nonce n;
	char out[SW_NONCE_TEXT];

	(void)state;
	for (unsigned i = 1; i <= 2; i++) {
		fail_at = i;
		assert_false(
			sw_nonce_make(&world.maker, &world.bind, &world.now, SW_ALG_ALL, 1, out));
		fail_at = i;
		assert_int_equal(check(&n), SW_R_DIGEST_NONCE_FORGED);
	}
	fail_at = 0;
}

static void at_day(int64_t days)
{
	world.wall.us += days * SW_NONCE_KEY_S * (int64_t)SECOND;
	assert_true(sw_nonce_keys_turn(&world.keys, seed, world.wall));
}

static void a_nonce_of_yesterdays_key_is_good_and_todays_key_signs(void **state)
{
	char old[SW_NONCE_TEXT];
	struct sw_nonce n;

	(void)state;
	memcpy(old, world.nonce, sizeof(old));
	at_day(0);
	make(SW_ALG_ALL);
	assert_memory_equal(world.nonce, old, sizeof(old)); /* the same day, the same key */
	at_day(1);
	assert_int_equal(check(&n), SW_OK);
	make(SW_ALG_ALL);
	assert_memory_not_equal(world.nonce, old, sizeof(old));
	assert_int_equal(check(&n), SW_OK);
	at_day(1);
	assert_int_equal(check(&n), SW_OK);
	memcpy(world.nonce, old, sizeof(old));
	assert_int_equal(check(&n), SW_R_DIGEST_NONCE_FORGED); /* of the day before yesterday */
}

static void a_worker_whose_clock_is_behind_takes_the_next_key(void **state)
{
	struct sw_nonce_keys behind;
	struct sw_nonce n;

	(void)state;
	behind = world.keys;
	at_day(1);
	make(SW_ALG_ALL);
	world.keys = behind;
	assert_int_equal(check(&n), SW_OK);
}

/* Ten years either way, and a clock that swings: the mono clock alone says how old a nonce is. */
static void steps_of_the_wall_clock_make_no_nonce_good_and_break_none(void **state)
{
	static const int64_t steps[] = { 3653, -3653, -3653, 3653, 1, -1, -21000, 21000 };
	struct sw_nonce n;

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(steps); i++) {
		make(SW_ALG_ALL);
		at_day(steps[i]);
		assert_int_equal(check(&n), SW_OK);
		world.now.us += 300 * SECOND;
		assert_int_equal(check(&n), SW_R_DIGEST_STALE);
		at_day(-steps[i]);
		assert_int_not_equal(check(&n), SW_OK);
		at_day(steps[i]);
		assert_int_not_equal(check(&n), SW_OK);
		at_day(-steps[i]);
	}
}

static void keys_begin_with_the_day_before_and_the_day_after(void **state)
{
	static const int64_t moments[] = {
		TODAY, 0, -1, -SW_NONCE_KEY_S, -SW_NONCE_KEY_S - 1, SW_NONCE_KEY_S - 1
	};
	struct sw_nonce n;

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(moments); i++)
		for (int64_t off = -2; off <= 2; off++) {
			struct sw_wall at = { moments[i] * (int64_t)SECOND };
			struct sw_wall other = { (moments[i] + off * SW_NONCE_KEY_S) *
						 (int64_t)SECOND };

			assert_true(sw_nonce_keys_init(&world.keys, seed, other));
			make(SW_ALG_ALL);
			assert_true(sw_nonce_keys_init(&world.keys, seed, at));
			assert_int_equal(check(&n),
					 off >= -1 && off <= 1 ? SW_OK : SW_R_DIGEST_NONCE_FORGED);
		}
}

static void when_no_key_can_be_made_the_old_ones_stay(void **state)
{
	struct sw_nonce n;

	(void)state;
	world.wall.us += SW_NONCE_KEY_S * (int64_t)SECOND;
	for (unsigned i = 1; i <= 2; i++) {
		derive_fail_at = i;
		keys_wiped = 0;
		assert_false(sw_nonce_keys_turn(&world.keys, seed, world.wall));
		assert_int_equal(keys_wiped, 1);
		assert_int_equal(check(&n), SW_OK);
		make(SW_ALG_ALL);
		assert_int_equal(check(&n), SW_OK);
	}
	derive_fail_at = keys_wiped = 0;
	assert_true(sw_nonce_keys_turn(&world.keys, seed, world.wall));
	assert_int_equal(keys_wiped, 1);
	for (unsigned i = 1; i <= 3; i++) {
		derive_fail_at = i;
		assert_false(sw_nonce_keys_init(&world.keys, seed, world.wall));
	}
	derive_fail_at = 0;
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(a_fresh_nonce_says_what_it_offered),
		CASE(each_digit_changed_to_each_other_is_refused),
		CASE(each_pair_of_digits_exchanged_is_refused),
		CASE(a_nonce_cut_short_or_longer_is_forged),
		CASE(a_nonce_is_good_only_for_what_it_is_bound_to),
		CASE(the_age_is_told_in_whole_seconds),
		CASE(the_clock_of_nonces_may_wrap),
		CASE(another_version_or_key_id_is_forged_even_with_a_right_proof),
		CASE(a_nonce_of_yesterdays_key_is_good_and_todays_key_signs),
		CASE(a_worker_whose_clock_is_behind_takes_the_next_key),
		CASE(steps_of_the_wall_clock_make_no_nonce_good_and_break_none),
		CASE(keys_begin_with_the_day_before_and_the_day_after),
		CASE(when_no_key_can_be_made_the_old_ones_stay),
		CASE(two_nonces_of_one_moment_differ_by_their_random),
		CASE(when_the_mac_fails_none_is_made_and_none_is_good),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
