/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory with passwords in it goes into no core file, neither the kernel's own nor a collector's,
 * and no process of the same user may look into it.
 */
#ifndef SIPWARD_CORES_H
#define SIPWARD_CORES_H

/* From now on, for this process. What the kernel refuses stays as it is. */
void sw_cores_forbid(void);

#endif
