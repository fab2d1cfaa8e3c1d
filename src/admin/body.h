/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The body of a request that is kept: in a file without a name (memfd), for there may be passwords
 * in it and much of it. Nothing of it is ever logged or answered.
 */
#ifndef SIPWARD_BODY_H
#define SIPWARD_BODY_H

#include <sipward/slice.h>

#define SW_BODY_LIST   ((uint64_t)512 << 20) /* octets of a list, and of all bodies together */
#define SW_BODY_OBJECT ((uint64_t)32 << 10)  /* octets of one object */

/* Zeroed: none. */
struct sw_body {
	bool is_open;
	int fd;
	uint64_t n, max;
};

/* false: the kernel gives no such file. */
SW_MUST bool sw_body_open(struct sw_body *b, uint64_t max);
void sw_body_close(struct sw_body *b);

/* false: longer than max, or no memory. */
SW_MUST bool sw_body_put(struct sw_body *b, struct sw_slice s);

/*
 * The body is one object: make of it the line that sets what it gives of the user of this name.
 * What is no object is told by its first and last octet. Whether it is right inside
 * is for who reads the line: a second "name" in it is an error there. A password is changed by
 * itself: is_password says that the object must have nothing else; otherwise it may not have one.
 */
enum sw_body_line {
	SW_BODY_DONE = 0,
	SW_BODY_NONE, /* no object, or no memory */
	SW_BODY_KEYS,
};
SW_MUST enum sw_body_line sw_body_set_line(struct sw_body *b, struct sw_slice name,
					   bool is_password);

/* The line that deletes the user of this name. */
SW_MUST bool sw_body_del_line(struct sw_body *b, struct sw_slice name);

/* Back to the start, for who reads it. */
SW_MUST bool sw_body_rewind(struct sw_body *b);

#endif
