/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/conf.h"

static char dir[] = "/tmp/sipward-test-XXXXXX";

static const char *path_of(const char *name)
{
	static char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void write_file(const char *name, const char *text, mode_t mode)
{
	int fd = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(close(fd), 0);
}

static enum sw_conf_got read_it(const char *name, size_t max, struct sw_conf_file *out,
				struct sw_arena *arena)
{
	return sw_conf_disk.read(NULL, path_of(name), max, arena, out);
}

static void a_file_comes_with_its_mode(void **state)
{
	struct sw_arena arena = { 0 };
	struct sw_conf_file f = { 0 };

	(void)state;
	write_file("a", "text\n", 0640);
	assert_int_equal(read_it("a", 5, &f, &arena), SW_CONF_GOT);
	assert_true(sw_slice_eq(f.text, SW_LIT("text\n")));
	assert_int_equal(f.mode, 0640);
	write_file("a", "", 0604);
	assert_int_equal(read_it("a", 5, &f, &arena), SW_CONF_GOT);
	assert_int_equal(f.text.n, 0);
	assert_int_equal(f.mode, 0604);
	sw_arena_free(&arena);
}

static void what_is_no_file_has_its_own_answer(void **state)
{
	struct sw_arena arena = { 0 };
	struct sw_conf_file f = { 0 };

	(void)state;
	write_file("a", "123456", 0600);
	assert_int_equal(read_it("a", 5, &f, &arena), SW_CONF_TOO_LARGE);
	assert_int_equal(read_it("none", 5, &f, &arena), SW_CONF_MISSING);
	assert_int_equal(read_it("a/b", 5, &f, &arena), SW_CONF_MISSING);
	assert_int_equal(read_it(".", 5, &f, &arena), SW_CONF_IS_DIR);
	assert_int_equal(sw_conf_disk.read(NULL, "/dev/zero", 5, &arena, &f), SW_CONF_NO_FILE);
	assert_int_equal(sw_conf_disk.read(NULL, "/dev/null", 5, &arena, &f), SW_CONF_NO_FILE);
	if (geteuid() != 0) { /* root may read all */
		write_file("a", "x", 0000);
		assert_int_equal(read_it("a", 5, &f, &arena), SW_CONF_DENIED);
	}
	assert_int_equal(f.text.n, 0);
	sw_arena_free(&arena);
}

/* Also one whose writer says nothing. */
static void a_pipe_is_never_waited_for(void **state)
{
	struct sw_arena arena = { 0 };
	struct sw_conf_file f = { 0 };
	int fd;

	(void)state;
	assert_int_equal(mkfifo(path_of("pipe"), 0600), 0);
	assert_int_equal(read_it("pipe", 5, &f, &arena), SW_CONF_NO_FILE);
	fd = open(path_of("pipe"), O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(read_it("pipe", 5, &f, &arena), SW_CONF_NO_FILE);
	assert_int_equal(close(fd), 0);
	sw_arena_free(&arena);
}

static void an_owner_is_named_who_is_neither_root_nor_us(void **state)
{
	struct sw_arena arena = { 0 };
	struct sw_conf_file f = { 0 };

	(void)state;
	write_file("a", "x", 0600);
	assert_int_equal(read_it("a", 5, &f, &arena), SW_CONF_GOT);
	assert_string_equal(f.stranger, "");
	assert_int_equal(sw_conf_disk.read(NULL, "/etc/passwd", 1 << 20, &arena, &f), SW_CONF_GOT);
	assert_string_equal(f.stranger, "");
	if (geteuid() == 0) { /* others may not give files away */
		assert_int_equal(chown(path_of("a"), 65533, 0), 0);
		assert_int_equal(read_it("a", 5, &f, &arena), SW_CONF_GOT);
		assert_string_equal(f.stranger, "user 65533");
		assert_int_equal(chown(path_of("a"), 1, 0), 0);
		assert_int_equal(read_it("a", 5, &f, &arena), SW_CONF_GOT);
		assert_string_equal(f.stranger, "daemon");
	}
	sw_arena_free(&arena);
}

/* A root that starts the door reads for the user that the door runs as. */
static void an_owner_may_be_the_user_who_is_read_for(void **state)
{
	struct sw_arena arena = { 0 };
	struct sw_conf_file f = { 0 };
	uid_t user = 65533, other = 65532;

	(void)state;
	write_file("a", "x", 0600);
	if (geteuid() == 0) {
		assert_int_equal(chown(path_of("a"), user, 0), 0);
		assert_int_equal(sw_conf_disk.read(&user, path_of("a"), 5, &arena, &f),
				 SW_CONF_GOT);
		assert_string_equal(f.stranger, "");
		assert_int_equal(sw_conf_disk.read(&other, path_of("a"), 5, &arena, &f),
				 SW_CONF_GOT);
		assert_string_equal(f.stranger, "user 65533");
	}
	sw_arena_free(&arena);
}

static void a_glob_gives_its_matches_in_the_order_of_octets(void **state)
{
	struct sw_arena arena = { 0 };
	const char *const *paths;
	size_t n = 77;

	(void)state;
	write_file("b.conf", "", 0600);
	write_file("B.conf", "", 0600);
	write_file("10.conf", "", 0600);
	write_file("9.conf~", "", 0600);
	assert_true(sw_conf_disk.glob(NULL, path_of("*.conf"), &arena, &paths, &n));
	assert_int_equal(n, 3);
	assert_string_equal(paths[0] + strlen(dir), "/10.conf");
	assert_string_equal(paths[1] + strlen(dir), "/B.conf");
	assert_string_equal(paths[2] + strlen(dir), "/b.conf");
	assert_true(sw_conf_disk.glob(NULL, path_of("none*"), &arena, &paths, &n));
	assert_int_equal(n, 0);
	assert_true(sw_conf_disk.glob(NULL, path_of("none/*"), &arena, &paths, &n));
	assert_int_equal(n, 0);
	sw_arena_free(&arena);
}

static void the_environment_is_asked_by_name(void **state)
{
	(void)state;
	assert_int_equal(setenv("SIPWARD_TEST_X", "y", 1), 0);
	assert_string_equal(sw_conf_disk.env(NULL, "SIPWARD_TEST_X"), "y");
	assert_null(sw_conf_disk.env(NULL, "SIPWARD_TEST_NONE"));
}

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	static const char *const names[] = {
		"a", "pipe", "b.conf", "B.conf", "10.conf", "9.conf~"
	};

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(names); i++)
		(void)unlink(path_of(names[i]));
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_comes_with_its_mode),
		cmocka_unit_test(what_is_no_file_has_its_own_answer),
		cmocka_unit_test(a_pipe_is_never_waited_for),
		cmocka_unit_test(an_owner_is_named_who_is_neither_root_nor_us),
		cmocka_unit_test(an_owner_may_be_the_user_who_is_read_for),
		cmocka_unit_test(a_glob_gives_its_matches_in_the_order_of_octets),
		cmocka_unit_test(the_environment_is_asked_by_name),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
