/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that processes share: areas of which each has a size that is fixed when it is made, and
 * that are zeroed then. Octets are spent only where somebody has written.
 *
 * An area is anonymous, for roles that are forked from who made it, or it has a descriptor (a
 * memfd), which can be passed on and mapped again elsewhere. What is in an area was maybe written
 * by another role, which may have been taken over: numbers from it are bounds-checked, pointers
 * are never kept in it.
 */
#ifndef SIPWARD_AREA_H
#define SIPWARD_AREA_H

#include <sipward/slice.h>

/* Zeroed: no memory, no octets. */
struct sw_area {
	void *p; /* aligned to a page */
	size_t n;
};

enum sw_area_option {
	SW_AREA_SECRET = 1, /* stays out of core dumps */
};

/* Zeroed memory, shared with what is forked from here on. false: there is none; errno says why. */
SW_MUST bool sw_area_make(struct sw_area *out, size_t n, unsigned options);

/*
 * Zeroed memory and its descriptor, close-on-exec and the caller's. Its size can never change
 * again, so who maps it need not fear that its end goes. name is seen in /proc alone.
 */
SW_MUST bool sw_area_make_fd(struct sw_area *out, int *fd, const char *name, size_t n,
			     unsigned options);

enum sw_area_use {
	SW_AREA_READ,  /* writing to it is a fault */
	SW_AREA_WRITE, /* shared with everybody who has it */
};

/*
 * Map the area of a descriptor that somebody passed: a memfd whose size is fixed and is from
 * least to most octets, else false. READ shows what others write. The descriptor is no longer
 * needed then.
 */
SW_MUST bool sw_area_open(struct sw_area *out, int fd, size_t least, size_t most,
			  enum sw_area_use use, unsigned options);

/* Gives the memory back, of this process alone; zeroes *a. */
void sw_area_close(struct sw_area *a);

/*
 * A document: octets that never change again, for whoever gets the descriptor. -1: there is no
 * memory for it; errno says why.
 */
SW_MUST int sw_area_seal(const char *name, struct sw_slice octets);

/* Can nobody ever change the octets of this descriptor, nor its size? */
SW_MUST bool sw_area_is_sealed(int fd);

/* Map a document, for reading: false also when it is not sealed, or has more than most octets. */
SW_MUST bool sw_area_read(struct sw_area *out, int fd, size_t most);

#endif
