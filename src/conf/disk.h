/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files, for whoever opens them in the place of the loader: conf/disk.c itself, and a parent that
 * hands descriptors to a loader without rights.
 */
#ifndef SIPWARD_DISK_H
#define SIPWARD_DISK_H

#include <sys/types.h>

#include "conf/conf.h"

/*
 * Open for reading, -1 with errno: EISDIR a directory, ENODEV what is read to no end, EFBIG more
 * than max octets. Links are followed: certbot and Kubernetes put them there.
 */
SW_MUST int sw_disk_open(const char *path, size_t max);

/* What such an errno means to the loader. */
enum sw_conf_got sw_disk_why(int error);

/* The octets and mode of an open file; its owner is not looked up. */
SW_MUST enum sw_conf_got sw_disk_take(int fd, size_t max, struct sw_arena *arena,
				      struct sw_conf_file *out);

/* The name of a file's owner where that is neither root nor `reader`; else "". Opens /etc/passwd. */
void sw_disk_stranger(uid_t owner, uid_t reader, char out[SW_CONF_STRANGER]);

#endif
