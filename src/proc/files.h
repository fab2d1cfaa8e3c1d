/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors: how many connections this process may have open. */
#ifndef SIPWARD_FILES_H
#define SIPWARD_FILES_H

#include <sipward/slice.h>

#define SW_FILES_OWN 128 /* what the door needs beside connections */

/*
 * Raise the soft limit of descriptors as far as the hard one allows and this needs. Gives how many
 * of the connections that are wanted fit under it, at least 1.
 */
uint32_t sw_files_fit(uint32_t wanted);

#endif
