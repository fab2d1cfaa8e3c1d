/* SPDX-License-Identifier: Apache-2.0 */
#include "obs/layer.h"

#define BITS ((1u << SW_LAYER_ABI_SHIFT) - 1)

static const struct sw_layer rows[] = {
#define SW_LAYER(bit, symbol, slug, sentence) { 1u << (bit), slug, sentence },
#include "obs/layer.def"
#undef SW_LAYER
};

const struct sw_layer *sw_layer_row(size_t i)
{
	return i < SW_ARRAY_LEN(rows) ? &rows[i] : NULL;
}

unsigned sw_layer_landlock(uint32_t layers)
{
	return layers & SW_LAYER_LANDLOCK ? (layers >> SW_LAYER_ABI_SHIFT) & 0xff : 0;
}

void sw_layer_write(struct sw_buf *b, uint32_t layers)
{
	bool is_first = true;

	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		if (!(layers & rows[i].bit))
			continue;
		sw_buf_str(b, is_first ? "" : ", ");
		sw_buf_str(b, rows[i].slug);
		if (rows[i].bit == SW_LAYER_LANDLOCK) {
			sw_buf_char(b, ' ');
			sw_buf_u64(b, sw_layer_landlock(layers));
		}
		is_first = false;
	}
	if (is_first)
		sw_buf_str(b, "off");
}

uint32_t sw_layer_common(uint32_t a, uint32_t b)
{
	unsigned abi_a = sw_layer_landlock(a), abi_b = sw_layer_landlock(b);
	uint32_t common = a & b & BITS;

	if (common & SW_LAYER_LANDLOCK)
		common |= (uint32_t)(abi_a < abi_b ? abi_a : abi_b) << SW_LAYER_ABI_SHIFT;
	return common;
}
