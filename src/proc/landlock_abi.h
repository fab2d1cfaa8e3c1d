/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's words for Landlock up to ABI 7, for a libc whose headers are older than the kernel
 * below it. Numbers and layout are the kernel's for ever.
 */
#ifndef SIPWARD_LANDLOCK_ABI_H
#define SIPWARD_LANDLOCK_ABI_H

#include <stdint.h>

enum {
	LL_CREATE_RULESET = 444, /* numbers of the system calls, the same on all machines */
	LL_ADD_RULE = 445,
	LL_RESTRICT_SELF = 446,
};

#define LL_ASK_VERSION  1u /* flag of CREATE_RULESET */
#define LL_RULE_BENEATH 1  /* kind of a rule: a file and what lies below it */

/* Rights over files. */
#define LL_EXECUTE     (1ull << 0)
#define LL_WRITE_FILE  (1ull << 1)
#define LL_READ_FILE   (1ull << 2)
#define LL_READ_DIR    (1ull << 3)
#define LL_REMOVE_DIR  (1ull << 4)
#define LL_REMOVE_FILE (1ull << 5)
#define LL_MAKE_CHAR   (1ull << 6)
#define LL_MAKE_DIR    (1ull << 7)
#define LL_MAKE_REG    (1ull << 8)
#define LL_MAKE_SOCK   (1ull << 9)
#define LL_MAKE_FIFO   (1ull << 10)
#define LL_MAKE_BLOCK  (1ull << 11)
#define LL_MAKE_SYM    (1ull << 12)
#define LL_REFER       (1ull << 13) /* ABI 2 */
#define LL_TRUNCATE    (1ull << 14) /* ABI 3 */
#define LL_IOCTL_DEV   (1ull << 15) /* ABI 5 */

/* Rights over TCP: ABI 4. */
#define LL_BIND_TCP    (1ull << 0)
#define LL_CONNECT_TCP (1ull << 1)

/* Scopes: ABI 6. */
#define LL_SCOPE_ABSTRACT_UNIX (1ull << 0)
#define LL_SCOPE_SIGNAL        (1ull << 1)

/* What is forbidden but for rules; an older kernel knows only its beginning. */
struct ll_ruleset {
	uint64_t fs, net, scoped;
};

struct ll_beneath {
	uint64_t allowed;
	int32_t fd;
} __attribute__((packed));

#endif
