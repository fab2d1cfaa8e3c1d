/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/demo.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/secret.h"
#include "net/tcp.h"
#include "net/udp.h"
#include "proc/sockfile.h"
#include "share/clock.h"

#define SECRET_NAME "SIPWARD_DEMO_PASSWORD"
#define CONF_MAX    1024

/* 32 each, so that five random bits choose one. None is longer than eight letters. */
static const char *const birds[32] = {
	"wren",  "robin", "heron", "finch", "swift", "raven",  "stork",  "crane",
	"eagle", "gull",  "kite",  "lark",  "owl",   "puffin", "quail",  "rook",
	"snipe", "swan",  "teal",  "tern",  "dove",  "duck",   "egret",  "falcon",
	"goose", "grebe", "hawk",  "ibis",  "jay",   "martin", "osprey", "plover",
};
static const char *const colours[32] = {
	"cobalt",  "amber", "azure", "beige",   "bronze", "coral", "copper", "cream",
	"crimson", "denim", "ebony", "emerald", "fawn",   "gold",  "green",  "indigo",
	"ivory",   "jade",  "khaki", "lemon",   "lilac",  "lime",  "maroon", "ochre",
	"olive",   "pearl", "plum",  "ruby",    "russet", "sand",  "silver", "violet",
};

static const uint16_t ports[] = { 5060, 15060, 25060 };

struct demo {
	const struct sw_demo_setting *setting;
	uint16_t port;
	char password[SW_DEMO_PASSWORD];
	char conf[CONF_MAX];
};

bool sw_demo_password(char out[SW_DEMO_PASSWORD])
{
	uint8_t random[8];
	struct sw_buf b = sw_buf_over(out, SW_DEMO_PASSWORD);
	uint64_t number;

	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return false;
	memcpy(&number, random, sizeof(number));
	sw_buf_str(&b, birds[number & 31]);
	sw_buf_char(&b, '-');
	sw_buf_str(&b, colours[number >> 5 & 31]);
	sw_buf_char(&b, '-');
	sw_buf_u64(&b, 10 + (number >> 10) % 90);
	(void)sw_buf_text(&b);
	sw_secret_wipe(random, sizeof(random));
	sw_secret_wipe(&number, sizeof(number));
	return true;
}

static const char *give_password(void *arg, const char *name)
{
	const struct demo *d = arg;

	return sw_slice_eq(sw_slice_of(name), SW_LIT(SECRET_NAME)) ? d->password : NULL;
}

static struct sw_addr address_of(uint16_t port)
{
	return (struct sw_addr){ .family = SW_FAMILY_4, .ip = { 127, 0, 0, 1 }, .port = port };
}

static bool is_free(const struct sw_addr *at)
{
	const char *why;
	int udp = -1, tcp = -1;
	bool is_free = sw_udp_open(at, &udp, &why) == SW_SOCK_OPEN &&
		       sw_tcp_listen(at, &tcp, &why) == SW_SOCK_OPEN;

	if (udp >= 0)
		close(udp);
	if (tcp >= 0)
		close(tcp);
	return is_free;
}

/* The first port that can be had; the parent opens it again. false: none, which is said. */
static bool find_port(struct demo *d)
{
	for (size_t i = 0; i < SW_ARRAY_LEN(ports); i++) {
		struct sw_addr at = address_of(ports[i]);

		if (!is_free(&at))
			continue;
		d->port = ports[i];
		return true;
	}
	sw_why_print(
		"127.0.0.1 has none of the ports 5060, 15060 and 25060 free for udp and tcp: end "
		"what uses them (ss -tulnp shows it)");
	return false;
}

static struct sw_slice write_conf(struct demo *d)
{
	int n = snprintf(d->conf, sizeof(d->conf),
			 "realm    localhost\n"
			 "listen   udp 127.0.0.1:%u\n"
			 "listen   tcp 127.0.0.1:%u\n"
			 "store    memory\n"
			 "control  \"%s\"\n"
			 "phones people {\n"
			 "    accept  digest sha-256 sha-512-256 md5\n"
			 "    user    alice env:" SECRET_NAME "\n"
			 "}\n",
			 d->port, d->port, d->setting->control);

	return (struct sw_slice){ d->conf, n > 0 && n < CONF_MAX ? (size_t)n : 0 };
}

static void print_banner(const struct demo *d)
{
	const char *program = d->setting->program;
	char server[48] = "", control[SW_SOCKFILE_PATH + 16] = "";

	if (d->setting->is_beside)
		(void)snprintf(control, sizeof(control), " --control %s", d->setting->control);
	if (d->port != ports[0])
		(void)snprintf(server, sizeof(server), " --server udp:127.0.0.1:%u", d->port);
	printf("sipward " SIPWARD_VERSION " demo   nothing on disk but one socket, loopback only, "
	       "ends with Ctrl-C\n"
	       "  door     udp tcp 127.0.0.1:%u\n"
	       "  people   alice, password %s (new at each start)\n"
	       "  phone    on this machine: user alice, that password, server 127.0.0.1:%u, UDP or TCP\n"
	       "\n"
	       "  try, in a second terminal:\n"
	       "    %s register alice --password %s%s%s\n"
	       "    %s explain --last%s\n"
	       "    %s register alice --password wrong%s%s\n"
	       "    %s explain --last%s\n"
	       "\n",
	       d->port, d->password, d->port, program, d->password, server, control, program,
	       control, program, server, control, program, control);
}

static void on_ready(void *arg)
{
	const struct demo *d = arg;
	uint64_t us = sw_clock_mono().us - d->setting->begun.us;

	print_banner(d);
	printf("ready in %" PRIu64 " ms\n", (us + 999) / 1000);
	(void)fflush(stdout);
}

static enum sw_parent_end run(struct demo *d)
{
	const struct sw_parent_setting setting = {
		.load = { .path = "demo.conf",
			  .text = write_conf(d),
			  .env = give_password,
			  .env_arg = d,
			  .log_form = d->setting->log_form,
			  .is_demo = true },
		.is_single = d->setting->is_single,
		.admin = d->setting->admin,
		.is_quiet = true, /* MD5 without an end date is what lets any phone try it */
		.ready = on_ready,
		.arg = d,
	};

	return sw_parent_run(&setting);
}

enum sw_parent_end sw_demo_run(const struct sw_demo_setting *setting)
{
	struct demo d = { .setting = setting };
	enum sw_parent_end end = SW_PARENT_FAILED;

	if (!sw_demo_password(d.password))
		sw_why_print("the kernel gives no random octets");
	else if (find_port(&d))
		end = run(&d);
	sw_secret_wipe(d.password, sizeof(d.password));
	return end;
}
