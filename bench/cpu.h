/* SPDX-License-Identifier: Apache-2.0 */
/* Processor time of a server: all threads of a process and of all that it has started. */
#ifndef SIPWARD_BENCH_CPU_H
#define SIPWARD_BENCH_CPU_H

#include <stdint.h>
#include <sys/types.h>

/* Nanoseconds on a processor so far, user and kernel; 0: there is no such process. */
uint64_t bench_cpu_ns(pid_t root);

/* Resident octets that are its own or shared (PSS), all of the processes together. */
uint64_t bench_memory(pid_t root);

#endif
