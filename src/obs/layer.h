/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which layers of the sandbox a role stands behind, in one number: the role itself puts it on the
 * board, everybody else shows it. A role that was taken over can put anything there.
 */
#ifndef SIPWARD_LAYER_H
#define SIPWARD_LAYER_H

#include "base/buf.h"

enum {
#define SW_LAYER(bit, symbol, slug, sentence) SW_LAYER_##symbol = 1u << (bit),
#include "obs/layer.def"
#undef SW_LAYER
};

#define SW_LAYER_ABI_SHIFT 8

/* The rows of layer.def, in their order; NULL behind the last. */
struct sw_layer {
	uint32_t bit;
	const char *slug, *sentence;
};
const struct sw_layer *sw_layer_row(size_t i);

/* The version of Landlock in it, 0 to 255. */
unsigned sw_layer_landlock(uint32_t layers);

/* "seccomp, landlock 7, no-new-privs, no-caps, user, no-dump", or "off". */
void sw_layer_write(struct sw_buf *b, uint32_t layers);

/* What two or more roles have in common: the weakest counts, of Landlock the lowest version. */
uint32_t sw_layer_common(uint32_t a, uint32_t b);

#endif
