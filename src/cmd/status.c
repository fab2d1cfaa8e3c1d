/* SPDX-License-Identifier: Apache-2.0 */
/* `sipward status`: ask the door, print one screen. */
#include <stdio.h>

#include "cmd/door.h"
#include "cmd/options.h"
#include "cmd/screen.h"
#include "share/clock.h"

#define TIMEOUT_S 10

static void print(const json_t *body, bool json)
{
	static char room[SW_SCREEN_ROOM];
	struct sw_buf b = sw_buf_over(room, sizeof(room));

	if (json) {
		sw_door_print(body);
		return;
	}
	sw_screen_write(&b, body, sw_clock_wall());
	(void)fwrite(b.p, 1, b.n, stdout);
}

int sw_cmd_status(int argc, char **argv)
{
	const char *control = NULL, *conf = NULL;
	bool json = false;
	const struct sw_option list[] = {
		{ .name = "json", .flag = &json },
		{ .name = "control", .value = &control },
		{ .name = "config", .letter = 'c', .value = &conf },
	};
	struct sw_door door;
	json_t *body = NULL;
	int words, status = 0;
	enum sw_exit code = sw_options_read(argc, argv, list, SW_ARRAY_LEN(list), &words);

	if (code == SW_EXIT_OK && words > 0)
		code = sw_options_wrong("status", "it takes options only, not", argv[1]);
	if (code == SW_EXIT_OK)
		code = sw_door_find(control, conf, false, &door);
	if (code == SW_EXIT_OK)
		code = sw_door_ask(&door, "GET", "/v1/status", TIMEOUT_S, &status, &body);
	if (code != SW_EXIT_OK)
		return (int)code;
	if (status == 200)
		print(body, json);
	else
		sw_door_complain("status", status, body);
	json_decref(body);
	return status == 200 ? SW_EXIT_OK : SW_EXIT_FAILED;
}
