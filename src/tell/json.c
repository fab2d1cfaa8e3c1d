/* SPDX-License-Identifier: Apache-2.0 */
#include "tell/json.h"

#include "core/client.h"
#include "obs/text.h"

void sw_json_put(json_t *o, const char *key, json_t *value)
{
	json_object_set_new_nocheck(o, key, value);
}

json_t *sw_json_text(struct sw_slice s, size_t most)
{
	char room[SW_JSON_TEXT];
	struct sw_buf b = sw_buf_over(room, most < sizeof(room) ? most : sizeof(room));

	if (s.n == 0)
		return json_null();
	sw_text_clean(&b, s);
	return json_stringn(b.p, b.n);
}

json_t *sw_json_time(struct sw_wall t)
{
	char room[32];
	struct sw_buf b = sw_buf_over(room, sizeof(room));

	if (t.us == 0)
		return json_null();
	sw_text_time(&b, t);
	return json_stringn(b.p, b.n);
}

json_t *sw_json_algs(unsigned set)
{
	static const struct sw_client_policy plain;
	struct sw_alg_form form[SW_ALG_FORMS];
	size_t n = sw_client_order(&plain, (struct sw_slice){ 0 }, set, form);
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_string(sw_alg_form_word(form[i])));
	return list;
}

json_t *sw_json_place(struct sw_slice file, uint32_t line)
{
	char room[SW_JSON_TEXT];
	struct sw_buf b = sw_buf_over(room, sizeof(room));

	if (line == 0)
		return json_null();
	sw_buf_put(&b, file);
	sw_buf_char(&b, ':');
	sw_buf_u64(&b, line);
	return sw_json_text(sw_buf_slice(&b), SW_JSON_TEXT);
}
