/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a worker's journal into the database: what was promised is there, whatever the disk does.
 * The worker's side and the store's are the real ones; only the disk between them is not.
 */
#include "vectors.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk.h"
#include "proc/intake.h"

#define BINDINGS 64

static char folder[64], store_path[128], said[1000];
static struct sw_store *store;
static struct sw_intake *in;
static struct sw_saver saver;
static struct sw_save_state state;
static struct sw_journal_pair pair;
static struct sw_location location;
static void *location_memory;
static struct sw_store_why why;
static int wake_fd;
static _Atomic bool is_down;
static uint64_t now_us;

static bool draw(void *out, size_t n)
{
	memset(out, 7, n);
	return true;
}

static void on_news(void *arg, enum sw_level level, const char *text)
{
	(void)arg;
	(void)level;
	(void)snprintf(said, sizeof(said), "%s", text);
}

static unsigned turns;

static void on_turn(void *arg)
{
	(void)arg;
	turns++;
}

static void open_store(void)
{
	static const uint8_t key[SW_SEAL_KEY] = { 1 };
	const struct sw_store_setting setting = { .kind = SW_STORE_SQLITE,
						  .path = store_path,
						  .realm = SW_INIT("example.com"),
						  .seal = key,
						  .draw = draw };

	store = sw_store_open(&setting, &why);
	if (!store)
		fail_msg("%s", why.text);
}

static void open_intake(bool is_power, bool is_first)
{
	const struct sw_intake_start start = { .store = store,
					       .path = store_path,
					       .workers = 1,
					       .journal = &pair,
					       .state = &state,
					       .location = &location,
					       .worker_fd = &wake_fd,
					       .is_power = is_power,
					       .is_first = is_first,
					       .say = on_news,
					       .turn = on_turn };

	in = sw_intake_new(&start);
	assert_non_null(in);
}

static struct sw_wall wall(void)
{
	return (struct sw_wall){ (int64_t)now_us };
}

static struct sw_mono mono(void)
{
	return (struct sw_mono){ now_us };
}

/* A start of the door: shared memory is new, files are what they are. */
static void start(bool is_power)
{
	struct sw_save_way way = {
		.state = &state, .ring_fd = wake_fd, .is_down = &is_down, .is_power = is_power
	};

	memset(&state, 0, sizeof(state));
	said[0] = '\0';
	open_store();
	open_intake(is_power, true);
	if (!sw_intake_recover(in, wall(), &why))
		fail_msg("%s", why.text);
	memcpy(way.fd, pair.fd, sizeof(way.fd));
	assert_true(sw_saver_init(&saver, &way));
	sw_saver_turn(&saver, mono());
}

static void stop(void)
{
	sw_saver_free(&saver);
	sw_intake_free(in);
	sw_store_close(store);
	in = NULL;
	store = NULL;
}

static int begin(void **unused)
{
	const struct sw_mac_key key = { { 1 } };
	struct sw_why cause;

	(void)unused;
	(void)snprintf(folder, sizeof(folder), "%s/sipward-intake-XXXXXX",
		       access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (!mkdtemp(folder))
		return -1;
	(void)snprintf(store_path, sizeof(store_path), "%s/s.db", folder);
	wake_fd = eventfd(0, EFD_NONBLOCK);
	location_memory = aligned_alloc(4096, (sw_location_size(16) + 4095) / 4096 * 4096);
	memset(location_memory, 0, sw_location_size(16));
	sw_location_init(&location, location_memory, 16, &key);
	now_us = 1000000000;
	const struct sw_journals_setting setting = { .store = store_path, .workers = 1 };

	return sw_journals_open(&setting, &pair, &cause) ? 0 : -1;
}

static int end(void **unused)
{
	char command[128];

	(void)unused;
	disk_forget_all();
	sw_journals_close(&pair, 1);
	close(wake_fd);
	free(location_memory);
	(void)snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

/* A registration: value is its expiry, 0 ends it. Gives whether it may be promised. */
static bool change_as(uint64_t id, int64_t value, uint64_t seq)
{
	static struct sw_actions a;
	static struct sw_binding b;

	b = (struct sw_binding){ .id = id,
				 .expires_s = value,
				 .granted_s = 300,
				 .transport = SW_UDP,
				 .src = { SW_FAMILY_4, 5060, 0, { 192, 0, 2, 1 } },
				 .at = { SW_FAMILY_4, 5060, 0, { 192, 0, 2, 2 } },
				 .aor_n = 5,
				 .user_n = 5 };
	memcpy(b.aor, "alice", 5);
	memcpy(b.user, "alice", 5);
	b.text_n = (uint16_t)snprintf(b.text, sizeof(b.text), "<sip:%u@x>", (unsigned)id);
	a.saves = 1;
	a.save[0] = (struct sw_save){
		.id = id, .seq = seq, .gone = value == 0, .binding = value == 0 ? NULL : &b
	};
	sw_saver_put(&saver, &a);
	return sw_saver_write(&saver);
}

static bool change(uint64_t id, int64_t value)
{
	return change_as(id, value, sw_location_draw(&location));
}

static int64_t kept[BINDINGS];
static unsigned kept_n;

static bool on_binding(void *arg, const struct sw_binding *b)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "<sip:%u@x>", b ? (unsigned)b->id : 0);

	(void)arg;
	assert_true(b && b->id < BINDINGS);
	assert_memory_equal(b->text, text, (size_t)n); /* of another one it would be wrong */
	kept[b->id] = b->expires_s;
	kept_n++;
	return true;
}

static unsigned look(void)
{
	memset(kept, 0, sizeof(kept));
	kept_n = 0;
	assert_true(sw_store_each_binding(store, on_binding, NULL, &why));
	return kept_n;
}

static void take(void)
{
	bool more = true;

	while (more)
		if (!sw_intake_take(in, wall(), &more, &why))
			fail_msg("%s", why.text);
}

static uint64_t size_of(unsigned f)
{
	struct stat st;

	assert_int_equal(fstat(pair.fd[f], &st), 0);
	return (uint64_t)st.st_size;
}

static void what_was_written_is_there_after_a_start(void **unused)
{
	(void)unused;
	start(false);
	for (uint64_t id = 1; id <= 5; id++)
		assert_true(change(id, 1000 + (int64_t)id));
	assert_true(change(2, 0));
	stop(); /* nobody took anything */
	assert_true(size_of(0) > 0);
	turns = 0;
	start(false);
	assert_int_equal(turns, 6); /* a long journal must not look like a role that hangs */
	assert_int_equal(look(), 4);
	assert_int_equal(kept[5], 1005);
	assert_int_equal(kept[2], 0);
	assert_int_equal(size_of(0), 0);
	assert_string_equal(said, "");
	assert_true(sw_location_draw(&location) > 6);
	stop();
}

/* By somebody who has the memory: near the end of all numbers, or back at the first. */
static void numbers_that_were_set_do_not_make_later_changes_older(void **unused)
{
	static const uint64_t set[] = { UINT64_MAX - 1, (uint64_t)1 << 61, 1 };

	(void)unused;
	for (size_t i = 0; i < SW_ARRAY_LEN(set); i++) {
		start(false);
		said[0] = '\0'; /* what was refused stands in the journal until it is emptied */
		for (uint64_t id = 1; id <= 3; id++)
			assert_true(change(id, 1000 + (int64_t)i));
		take();
		assert_true(sw_intake_turn(in, mono(), wall(), &why));
		assert_string_equal(said, "");
		assert_false(sw_location_keep_within(&location, set[i], set[i], set[i]));
		assert_true(change(9, 2000));
		take();
		assert_int_equal(sw_store_seq(store) < (uint64_t)1 << 41, 1);
		assert_true(sw_intake_turn(in, mono(), wall(), &why));
		assert_non_null(strstr(said, "were damaged in memory"));
		said[0] = '\0';
		assert_true(change(1, 3000 + (int64_t)i) && change(2, 0));
		take();
		assert_true(sw_intake_turn(in, mono(), wall(), &why));
		assert_string_equal(said, "");
		(void)look();
		assert_int_equal(kept[1], 3000 + (int64_t)i);
		assert_int_equal(kept[2], 0);
		stop();
	}
}

/* Nor does the end of a user's bindings, which draws one of them. */
static void an_end_with_a_number_that_was_set_is_the_next_one(void **unused)
{
	struct sw_store_stamp far = { UINT64_MAX - 1, { 0 } };

	(void)unused;
	start(false);
	assert_true(change(1, 1001));
	take();
	uint64_t known = sw_store_seq(store);

	assert_true(sw_store_begin(store, true, &why));
	sw_store_stamp(store, far);
	assert_true(sw_store_drop_binding(store, 1, far, &why));
	assert_true(sw_store_commit(store, &why));
	assert_in_range(sw_store_seq(store), known + 1, known + 2);
	assert_int_equal(look(), 0);
	stop();
}

static void a_store_role_that_died_goes_on_where_workers_write(void **unused)
{
	(void)unused;
	start(false);
	assert_true(change(1, 1001) && change(2, 1002));
	take();
	assert_true(change(3, 1003) && change(1, 0));
	sw_intake_free(in);
	sw_store_close(store);
	open_store();
	open_intake(false, false);
	assert_true(change(4, 1004));
	assert_true(sw_intake_recover(in, wall(), &why));
	assert_int_equal(look(), 3);
	assert_int_equal(kept[1], 0);
	assert_true(change(5, 1005));
	take();
	assert_int_equal(look(), 4);
	stop();
}

static void a_mark_stays_while_something_is_to_be_taken(void **unused)
{
	uint64_t seq;
	bool done;

	(void)unused;
	start(false);
	seq = sw_location_draw(&location);
	assert_true(change(1, 0));
	assert_true(sw_intake_finish(in, wall(), &why));
	saver.journal.end = 0;
	now_us += 70 * (uint64_t)SW_US_PER_S;
	assert_true(change_as(1, 4000, seq)); /* from before the end, by another way */
	assert_true(sw_intake_sweep(in, wall(), &done, &why));
	assert_false(done);
	take();
	assert_int_equal(look(), 0);
	assert_true(sw_intake_sweep(in, wall(), &done, &why));
	assert_true(done);
	stop();
}

static void a_journal_stays_short_and_loses_nothing(void **unused)
{
	uint64_t most = 0;

	(void)unused;
	start(false);
	for (unsigned i = 0; i < 40000; i++) {
		assert_true(sw_saver_takes(&saver));
		assert_true(change(1 + i % 50, 1000 + i));
		if (i % 500 != 0)
			continue;
		now_us += 250000;
		take();
		assert_true(sw_intake_turn(in, mono(), wall(), &why));
		sw_saver_turn(&saver, mono());
		most = size_of(0) + size_of(1) > most ? size_of(0) + size_of(1) : most;
	}
	assert_in_range(most, 1 << 20, 4 << 20);
	assert_true(sw_intake_finish(in, wall(), &why));
	assert_int_equal(size_of(0) + size_of(1), 0);
	assert_int_equal(look(), 50);
	assert_int_equal(kept[50], 1000 + 39999);
	stop();
}

static void a_disk_without_room_is_known_before_anything_is_promised(void **unused)
{
	(void)unused;
	disk_watch(pair.fd[0]);
	disk_watch(pair.fd[1]);
	disk_fill(true);
	start(false);
	assert_false(sw_saver_takes(&saver));
	assert_true(sw_intake_is_stuck(in, &why));
	assert_int_equal(why.trouble, SW_STORE_FULL);
	assert_non_null(strstr(why.text, ".bindings-0-a"));
	disk_fill(false);
	now_us += 200000;
	sw_saver_turn(&saver, mono());
	assert_true(sw_saver_takes(&saver));
	assert_false(sw_intake_is_stuck(in, &why));
	assert_true(change(1, 1001));
	stop();
}

static void what_a_write_did_not_take_goes_first_later(void **unused)
{
	(void)unused;
	disk_watch(pair.fd[0]);
	disk_watch(pair.fd[1]);
	start(false);
	assert_true(change(1, 1001));
	disk_fail(true);
	assert_false(change(2, 1002));
	assert_false(sw_saver_takes(&saver));
	assert_false(change(1, 0)); /* a connection ends: it is in hand too */
	assert_true(sw_intake_is_stuck(in, &why));
	assert_true(sw_intake_has_held(in));
	now_us += 200000;
	sw_saver_turn(&saver, mono());
	assert_false(sw_saver_write(&saver)); /* nothing is promised yet */
	disk_fail(false);
	now_us += 200000;
	sw_saver_turn(&saver, mono());
	assert_true(sw_saver_takes(&saver) && sw_saver_write(&saver));
	assert_false(sw_intake_has_held(in));
	take();
	assert_int_equal(look(), 1);
	assert_int_equal(kept[2], 1002);
	stop();
}

static void more_than_fits_in_hand_is_counted(void **unused)
{
	(void)unused;
	disk_watch(pair.fd[0]);
	start(false);
	disk_fail(true);
	for (unsigned i = 0; i < 20000; i++)
		assert_false(change(1 + i % 50, i % 2 ? 1000 : 0));
	assert_true(atomic_load(&state.lost) > 0);
	disk_fail(false);
	now_us += 200000;
	sw_saver_turn(&saver, mono());
	assert_true(sw_saver_takes(&saver));
	stop();
}

static void a_journal_that_is_not_synced_is_taken_into_the_database(void **unused)
{
	(void)unused;
	disk_watch(pair.fd[0]);
	start(true);
	assert_true(change(1, 1001));
	disk_fail_sync(true);
	assert_true(sw_intake_sync(in, mono(), wall(), &why));
	assert_int_equal(look(), 1);
	assert_true(sw_saver_synced(&saver) >= sw_saver_promised(&saver));
	sw_saver_turn(&saver, mono());
	assert_int_equal(atomic_load(&state.used), 1); /* and left */
	stop();
}

/* What it goes over to is a journal like any other: synced when it is left, and emptied. */
static void where_a_worker_was_sent_by_a_failed_sync_all_is_synced_too(void **unused)
{
	(void)unused;
	disk_watch(pair.fd[0]);
	start(true);
	assert_true(change(1, 1001));
	disk_fail_sync(true);
	assert_true(sw_intake_sync(in, mono(), wall(), &why));
	disk_fail_sync(false);
	sw_saver_turn(&saver, mono());
	assert_true(change(2, 1002));
	take();
	assert_true(sw_intake_turn(in, mono(), wall(), &why));
	now_us += 20000000; /* it is old now: back */
	assert_true(sw_intake_turn(in, mono(), wall(), &why));
	assert_true(change(3, 1003)); /* before it hears of that */
	sw_saver_turn(&saver, mono());
	assert_int_equal(atomic_load(&state.used), 0);
	disk_forget_all();
	disk_watch(pair.fd[1]);
	disk_fail_sync(true);
	assert_true(sw_intake_sync(in, mono(), wall(), &why));
	assert_int_equal(look(), 3); /* the sync was tried, so the database was asked */
	disk_fail_sync(false);
	assert_true(sw_intake_turn(in, mono(), wall(), &why));
	assert_int_equal(size_of(1), 0);
	stop();
}

static void a_journal_that_a_stranger_has_laid_there_registers_nobody(void **unused)
{
	char path[SW_JOURNALS_PATH];
	int fd;

	(void)unused;
	if (geteuid() != 0)
		skip();
	assert_true(sw_journals_path(store_path, 5, 0, path));
	fd = open(path, O_RDWR | O_CREAT, 0666);
	assert_true(fd >= 0 && fchown(fd, 12345, 12345) == 0);
	open_store();
	open_intake(false, true);
	assert_false(sw_intake_recover(in, wall(), &why));
	assert_non_null(strstr(why.text, ".bindings-5-a belongs to another user (uid 12345)"));
	assert_int_equal(fchown(fd, 0, 0), 0);
	assert_true(sw_intake_recover(in, wall(), &why));
	assert_int_equal(access(path, F_OK), -1); /* of a worker that there is no more */
	close(fd);
	sw_intake_free(in);
	sw_store_close(store);
}

static char octets[1 << 16];
static size_t octets_n;

static void make_journal(void)
{
	start(false);
	for (uint64_t id = 1; id <= 6; id++)
		assert_true(change(id, 1000 + (int64_t)id));
	octets_n = (size_t)pread(pair.fd[0], octets, sizeof(octets), 0);
	stop();
	assert_in_range(octets_n, 600, sizeof(octets) - 1);
}

/* A start that finds this in a journal, and nothing else. Gives how many are there. */
static unsigned start_with(const char *p, size_t n)
{
	char log[160];
	unsigned found;

	(void)snprintf(log, sizeof(log), "%s-wal", store_path);
	(void)unlink(log);
	(void)unlink(store_path);
	assert_int_equal(ftruncate(pair.fd[0], 0), 0);
	assert_int_equal(pwrite(pair.fd[0], p, n, 0), n);
	start(false);
	found = look();
	for (uint64_t id = 1; id <= 6; id++)
		assert_true(kept[id] == 0 || kept[id] == 1000 + (int64_t)id);
	stop();
	return found;
}

static void a_journal_that_is_cut_has_what_stood_before(void **unused)
{
	unsigned before = 0;

	(void)unused;
	make_journal();
	for (size_t n = 0; n <= octets_n; n++) {
		unsigned found = start_with(octets, n);

		assert_in_range(found, before, before + 1);
		assert_true((said[0] == '\0') == (n == 0 || found > before)); /* cut in a record */
		before = found;
	}
	assert_int_equal(before, 6);
}

static void a_flipped_octet_costs_its_record_and_no_other(void **unused)
{
	uint64_t random = 1;

	(void)unused;
	make_journal();
	for (unsigned i = 0; i < 400; i++) {
		size_t at = next_number(&random) % octets_n;
		char was = octets[at];

		octets[at] ^= (char)(1 + next_number(&random) % 255);
		assert_int_equal(start_with(octets, octets_n), 5);
		octets[at] = was;
	}
}

/* A worker that was taken over writes wherever it likes. */
static void a_journal_of_a_terabyte_holds_nobody_up(void **unused)
{
	char path[SW_JOURNALS_PATH];
	bool more;
	int fd;

	(void)unused;
	start(false);
	assert_true(change(1, 1001));
	take();
	assert_int_equal(ftruncate(pair.fd[0], 1ll << 40), 0);
	atomic_fetch_add(&state.written, 1);
	turns = 0;
	take();
	assert_non_null(strstr(said, "longer than the door makes it"));
	assert_in_range(turns, 100, 1000); /* it says that it lives, all the way */
	said[0] = '\0';
	atomic_fetch_add(&state.written, 1);
	assert_true(sw_intake_take(in, wall(), &more, &why) && !more);
	assert_string_equal(said, ""); /* once is enough */
	stop();
	assert_true(sw_journals_path(store_path, 5, 0, path));
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0 && ftruncate(fd, 1ll << 40) == 0);
	turns = 0;
	start(false);
	assert_in_range(turns, 200, 2000); /* both of them */
	assert_non_null(strstr(said, "longer than the door makes it"));
	assert_int_equal(size_of(0), 0);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(look(), 1);
	close(fd);
	stop();
}

static void a_batch_of_damage_has_an_end_too(void **unused)
{
	static char filth[3000 * 64];
	bool more = false;

	(void)unused;
	start(false);
	assert_true(change(1, 1001));
	assert_int_equal(sw_journal_empty(pair.fd[0]), SW_OK);
	saver.journal.end = 64; /* filth, a change, filth, a change, and so on */
	for (unsigned i = 0; i < 1500; i++) {
		assert_true(change(1 + i % 50, 1000 + i));
		saver.journal.end += 64;
	}
	assert_int_equal(pwrite(pair.fd[0], filth, 64, (off_t)saver.journal.end), 64);
	turns = 0;
	assert_true(sw_intake_take(in, wall(), &more, &why));
	assert_true(more);
	assert_int_equal(turns, 1024);
	take();
	assert_int_equal(look(), 50);
	stop();
}

static void ends_never_make_a_journal_longer_than_is_read(void **unused)
{
	(void)unused;
	start(false);
	assert_true(change(1, 1001));
	saver.journal.end = SW_SAVE_FILE_MAX;
	assert_false(sw_saver_takes(&saver));
	for (unsigned i = 0; i < 40000; i++)
		assert_true(change(2 + i % 50, 0));
	assert_in_range(size_of(0), SW_SAVE_FILE_MAX + (1 << 18), SW_SAVE_FILE_END);
	assert_true(atomic_load(&state.lost) > 0);
	stop();
}

static void many_flipped_octets_never_make_another_binding(void **unused)
{
	static char copy[sizeof(octets)];
	uint64_t random = 2;

	(void)unused;
	make_journal();
	for (unsigned i = 0; i < 200; i++) {
		memcpy(copy, octets, octets_n);
		for (unsigned k = 0; k < 1 + i % 40; k++)
			copy[next_number(&random) % octets_n] = (char)next_number(&random);
		assert_in_range(start_with(copy, octets_n), 0, 6);
	}
}

/* --- a loss of power --- */

static const char *const ends[] = { "", "-wal" };

static void copy_file(const char *from, const char *to)
{
	static char room[1 << 20];
	int f = open(from, O_RDONLY), t;
	ssize_t n;

	(void)unlink(to);
	if (f < 0)
		return;
	t = open(to, O_WRONLY | O_CREAT, 0640);
	while ((n = read(f, room, sizeof(room))) > 0)
		assert_int_equal(write(t, room, (size_t)n), n);
	close(f);
	close(t);
}

/* The least that the disk may have of the database: as it was when a journal was last emptied. */
static void keep_database(void)
{
	char from[160], to[160];

	for (size_t i = 0; i < SW_ARRAY_LEN(ends); i++) {
		(void)snprintf(from, sizeof(from), "%s%s", store_path, ends[i]);
		(void)snprintf(to, sizeof(to), "%s/kept%s", folder, ends[i]);
		copy_file(from, to);
	}
}

static void put_database_back(void)
{
	char from[160], to[160];

	for (size_t i = 0; i < SW_ARRAY_LEN(ends); i++) {
		(void)snprintf(from, sizeof(from), "%s/kept%s", folder, ends[i]);
		(void)snprintf(to, sizeof(to), "%s%s", store_path, ends[i]);
		copy_file(from, to);
	}
}

/* By binding: the last value that was told to somebody, and the last one that was asked for. */
static int64_t told[BINDINGS], asked[BINDINGS];
static struct {
	uint64_t id, until;
	int64_t value;
} waits[4096];
static size_t waiting;

static void tell_what_is_synced(void)
{
	size_t i;

	for (i = 0; i < waiting && waits[i].until <= sw_saver_synced(&saver); i++)
		told[waits[i].id] = waits[i].value;
	waiting -= i;
	memmove(waits, waits + i, waiting * sizeof(waits[0]));
}

static void live(uint64_t *random, unsigned steps)
{
	int64_t value = 1000;

	while (steps-- > 0) {
		uint64_t id = 1 + next_number(random) % 20, what = next_number(random) % 12;

		now_us += what == 0 ? 20000000 : 100000;
		if (what < 8 && waiting < SW_ARRAY_LEN(waits)) {
			asked[id] = next_number(random) % 5 == 0 ? 0 : ++value;
			assert_true(change(id, asked[id]));
			waits[waiting].id = id;
			waits[waiting].value = asked[id];
			waits[waiting++].until = sw_saver_promised(&saver);
		} else if (what == 8) {
			take();
		} else if (what < 11) {
			assert_true(sw_intake_sync(in, mono(), wall(), &why));
		} else {
			assert_true(sw_intake_turn(in, mono(), wall(), &why));
		}
		sw_saver_turn(&saver, mono());
		tell_what_is_synced();
	}
}

static bool is_waiting(uint64_t id)
{
	for (size_t i = 0; i < waiting; i++)
		if (waits[i].id == id)
			return true;
	return false;
}

static void nothing_that_was_told_is_lost_with_the_power(void **unused)
{
	uint64_t random = 3;
	unsigned checked = 0;

	(void)unused;
	disk_watch(pair.fd[0]);
	disk_watch(pair.fd[1]);
	disk_on_empty(keep_database);
	for (unsigned run = 0; run < 150; run++) {
		memset(told, 0, sizeof(told));
		memset(asked, 0, sizeof(asked));
		waiting = 0;
		start(true);
		keep_database();
		look();
		memcpy(told, kept, sizeof(told));
		live(&random, 1 + (unsigned)(next_number(&random) % 150));
		stop();
		put_database_back();
		disk_lose(&random);
		start(true);
		look();
		for (uint64_t id = 1; id <= 20; id++) {
			if (is_waiting(id)) /* it may be either */
				continue;
			assert_int_equal(kept[id], told[id]);
			checked++;
		}
		stop();
	}
	assert_true(checked > 500);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_was_written_is_there_after_a_start),
		CASE(numbers_that_were_set_do_not_make_later_changes_older),
		CASE(an_end_with_a_number_that_was_set_is_the_next_one),
		CASE(a_store_role_that_died_goes_on_where_workers_write),
		CASE(a_mark_stays_while_something_is_to_be_taken),
		CASE(a_journal_stays_short_and_loses_nothing),
		CASE(a_disk_without_room_is_known_before_anything_is_promised),
		CASE(what_a_write_did_not_take_goes_first_later),
		CASE(more_than_fits_in_hand_is_counted),
		CASE(a_journal_that_is_not_synced_is_taken_into_the_database),
		CASE(a_journal_that_a_stranger_has_laid_there_registers_nobody),
		CASE(where_a_worker_was_sent_by_a_failed_sync_all_is_synced_too),
		CASE(a_journal_that_is_cut_has_what_stood_before),
		CASE(a_flipped_octet_costs_its_record_and_no_other),
		CASE(a_journal_of_a_terabyte_holds_nobody_up),
		CASE(a_batch_of_damage_has_an_end_too),
		CASE(ends_never_make_a_journal_longer_than_is_read),
		CASE(many_flipped_octets_never_make_another_binding),
		CASE(nothing_that_was_told_is_lost_with_the_power),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
