/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "net/tcp.h"
#include "net/udp.h"
#include "proc/portowner.h"

#define TAIL " 00000000:0000 07 00000000:00000000 00:00000000 00000000  1000        0 "
#define TAIL6 \
	" 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000  0 0 "

/* Rows as /proc/net/udp prints them on a machine whose numbers begin with the small end. */
static const struct {
	const char *name;
	struct sw_slice row;
	const char *at;
	uint64_t inode;
} rows[] = {
	{ "the same address", SW_INIT("  12: 0100007F:13C4" TAIL "48211 2 0 0\n"), "127.0.0.1:5060",
	  48211 },
	{ "every address has it", SW_INIT(" 1: 00000000:13C4" TAIL "5 2 0 0"), "127.0.0.1:5060",
	  5 },
	{ "it is wanted on every address", SW_INIT("1: 0100007F:13C4" TAIL "5 2 0 0"),
	  "0.0.0.0:5060", 5 },
	{ "another port", SW_INIT("  12: 0100007F:13C5" TAIL "48211 2 0 0"), "127.0.0.1:5060", 0 },
	{ "another address", SW_INIT("  12: 0200007F:13C4" TAIL "48211 2 0 0"), "127.0.0.1:5060",
	  0 },
	{ "IPv6 loopback", SW_INIT("1: 00000000000000000000000001000000:13C4" TAIL6 "77 2 0 0"),
	  "[::1]:5060", 77 },
	{ "every IPv6 address, which may take IPv4 too",
	  SW_INIT("1: 00000000000000000000000000000000:13C4" TAIL6 "78 2 0"), "127.0.0.1:5060",
	  78 },
	{ "IPv4 is not in the way of IPv6", SW_INIT("1: 00000000:13C4" TAIL "5 2 0 0"),
	  "[::1]:5060", 0 },
	{ "the line of titles", SW_INIT("  sl  local_address rem_address   st tx_queue"),
	  "127.0.0.1:5060", 0 },
	{ "a short row", SW_INIT("1: 0100007F:13C4 0"), "127.0.0.1:5060", 0 },
	{ "no inode", SW_INIT("1: 0100007F:13C4" TAIL "x"), "127.0.0.1:5060", 0 },
	{ "no address", SW_INIT("1: 0100007F-13C4" TAIL "5"), "127.0.0.1:5060", 0 },
	{ "not hexadecimal", SW_INIT("1: 0100007G:13C4" TAIL "5"), "127.0.0.1:5060", 0 },
	{ "nothing", SW_INIT(""), "127.0.0.1:5060", 0 },
};

static void a_row_names_the_socket_that_is_in_the_way(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		struct sw_addr at;

		print_message("%s\n", rows[i].name);
		assert_true(sw_addr_parse_port(sw_slice_of(rows[i].at), &at));
		assert_int_equal(sw_portowner_row(SW_UDP, rows[i].row, &at), rows[i].inode);
	}
}

static void our_own_port_is_found_with_our_own_pid(void **state)
{
	struct sw_addr at = { .family = SW_FAMILY_4, .ip = { 127, 0, 0, 1 } };
	struct sw_portowner owner = { 0 };
	const char *kernel;
	int fd;

	(void)state;
	assert_int_equal(sw_udp_open(&at, &fd, &kernel), SW_SOCK_OPEN);
	assert_true(sw_sock_local(fd, &at));
	assert_true(sw_portowner_find(SW_UDP, &at, &owner));
	assert_int_equal(owner.pid, getpid());
	assert_true(owner.program[0] != '\0');
	close(fd);
	assert_false(sw_portowner_find(SW_UDP, &at, &owner));
}

static void of_tcp_sockets_only_those_that_listen_are_in_the_way(void **state)
{
	static const struct {
		const char *name;
		struct sw_slice row;
		uint64_t inode;
	} tcp[] = {
		{ "it listens",
		  SW_INIT("0: 0100007F:13C4 00000000:0000 0A 0:0 00:0 0 0 0 4711 1 0"), 4711 },
		{ "a connection",
		  SW_INIT("1: 0100007F:13C4 0100007F:9C40 01 0:0 00:0 0 0 0 4712 1 0"), 0 },
		{ "it waits for its end",
		  SW_INIT("2: 0100007F:13C4 0100007F:9C40 06 0:0 03:0 0 0 0 0 3 0"), 0 },
		{ "no state", SW_INIT("3: 0100007F:13C4 0100007F:9C40"), 0 },
	};
	struct sw_addr at = { .family = SW_FAMILY_4, .ip = { 127, 0, 0, 1 }, .port = 5060 };

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(tcp); i++) {
		print_message("%s\n", tcp[i].name);
		assert_int_equal(sw_portowner_row(SW_TCP, tcp[i].row, &at), tcp[i].inode);
	}
}

static void our_own_tcp_port_is_found_and_is_none_of_udp(void **state)
{
	struct sw_addr at = { .family = SW_FAMILY_4, .ip = { 127, 0, 0, 1 } };
	struct sw_portowner owner = { 0 };
	const char *kernel;
	int fd;

	(void)state;
	assert_int_equal(sw_tcp_listen(&at, &fd, &kernel), SW_SOCK_OPEN);
	assert_true(sw_sock_local(fd, &at));
	assert_true(sw_portowner_find(SW_TCP, &at, &owner));
	assert_int_equal(owner.pid, getpid());
	assert_false(sw_portowner_find(SW_UDP, &at, &owner));
	close(fd);
	assert_false(sw_portowner_find(SW_TCP, &at, &owner));
}

static void a_program_s_name_is_cleaned(void **state)
{
	struct sw_addr at = { .family = SW_FAMILY_4, .ip = { 127, 0, 0, 1 } };
	struct sw_portowner owner = { 0 };
	char before[16] = "";
	const char *kernel;
	int fd;

	(void)state;
	assert_int_equal(prctl(PR_GET_NAME, before), 0);
	assert_int_equal(prctl(PR_SET_NAME, "\033[31m\rred\n\xff"), 0);
	assert_int_equal(sw_udp_open(&at, &fd, &kernel), SW_SOCK_OPEN);
	assert_true(sw_sock_local(fd, &at));
	assert_true(sw_portowner_find(SW_UDP, &at, &owner));
	assert_string_equal(owner.program, "\\x1b[31m\\x0dred\\x0a\\xff");
	close(fd);
	assert_int_equal(prctl(PR_SET_NAME, before), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_row_names_the_socket_that_is_in_the_way),
		cmocka_unit_test(our_own_port_is_found_with_our_own_pid),
		cmocka_unit_test(of_tcp_sockets_only_those_that_listen_are_in_the_way),
		cmocka_unit_test(our_own_tcp_port_is_found_and_is_none_of_udp),
		cmocka_unit_test(a_program_s_name_is_cleaned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
