/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LD_PRELOAD: the wall's clock is off by as many seconds as the file OTHER_CLOCK holds (an int64_t),
 * which may change at any time; other clocks are left alone. The file is mapped at the start and
 * never opened again, so it works inside a sandbox too, which libfaketime does not.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int (*real)(clockid_t, struct timespec *);
static const volatile int64_t none, *offset_s = &none;

__attribute__((constructor)) static void start(void)
{
	const char *path = getenv("OTHER_CLOCK");
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	void *p = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(*offset_s), PROT_READ, MAP_SHARED, fd, 0);

	*(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
	if (p != MAP_FAILED)
		offset_s = p;
	if (fd >= 0)
		close(fd);
}

int clock_gettime(clockid_t clock, struct timespec *out)
{
	int r;

	if (!real)
		start();
	r = real(clock, out);
	if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)
		out->tv_sec += *offset_s;
	return r;
}

int gettimeofday(struct timeval *out, void *zone)
{
	struct timespec t;
	int r = clock_gettime(CLOCK_REALTIME, &t);

	(void)zone;
	out->tv_sec = t.tv_sec;
	out->tv_usec = t.tv_nsec / 1000;
	return r;
}

time_t time(time_t *out)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	if (out)
		*out = t.tv_sec;
	return t.tv_sec;
}
