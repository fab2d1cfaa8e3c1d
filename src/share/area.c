/* SPDX-License-Identifier: Apache-2.0 */
#include "share/area.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIXED  (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)
#define SEALED (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

static bool map(struct sw_area *out, size_t n, int protection, int flags, int fd, unsigned options)
{
	void *p = mmap(NULL, n, protection, flags, fd, 0);
	int why;

	if (p == MAP_FAILED)
		return false;
	if ((options & SW_AREA_SECRET) && madvise(p, n, MADV_DONTDUMP) != 0) {
		why = errno;
		munmap(p, n);
		errno = why;
		return false;
	}
	*out = (struct sw_area){ p, n };
	return true;
}

bool sw_area_make(struct sw_area *out, size_t n, unsigned options)
{
	return map(out, n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1,
		   options);
}

static bool set_seals(int fd, int seals)
{
	return fcntl(fd, F_ADD_SEALS, seals) == 0;
}

static bool has_seals(int fd, int seals)
{
	int has = fcntl(fd, F_GET_SEALS);

	return has >= 0 && (has & seals) == seals;
}

/* On the way out of a failure, whose errno stays. */
static void close_after(int fd)
{
	int why = errno;

	close(fd);
	errno = why;
}

/* Names longer than the kernel takes are refused by it. */
static int memfd_new(const char *name, size_t n)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return -1;
	if (ftruncate(fd, (off_t)n) == 0)
		return fd;
	close_after(fd);
	return -1;
}

bool sw_area_make_fd(struct sw_area *out, int *fd, const char *name, size_t n, unsigned options)
{
	int made = memfd_new(name, n);

	if (made < 0)
		return false;
	if (!set_seals(made, FIXED) ||
	    !map(out, n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, made, options)) {
		close_after(made);
		return false;
	}
	*fd = made;
	return true;
}

/* The octets of a descriptor with these seals; it is no memfd: no size. */
static bool size_of(int fd, int seals, size_t least, size_t most, size_t *out)
{
	struct stat st;

	if (!has_seals(fd, seals) || fstat(fd, &st) != 0 || st.st_size < 0)
		return false;
	*out = (size_t)st.st_size;
	return *out >= least && *out <= most;
}

bool sw_area_open(struct sw_area *out, int fd, size_t least, size_t most, enum sw_area_use use,
		  unsigned options)
{
	int protection = use == SW_AREA_WRITE ? PROT_READ | PROT_WRITE : PROT_READ;
	size_t n;

	return size_of(fd, F_SEAL_SHRINK | F_SEAL_GROW, least, most, &n) &&
	       map(out, n, protection, MAP_SHARED | MAP_NORESERVE, fd, options);
}

void sw_area_close(struct sw_area *a)
{
	if (a->p)
		munmap(a->p, a->n);
	*a = (struct sw_area){ 0 };
}

static bool write_all(int fd, struct sw_slice octets)
{
	size_t done = 0;

	while (done < octets.n) {
		ssize_t n = write(fd, octets.p + done, octets.n - done);

		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0)
			done += (size_t)n;
	}
	return true;
}

int sw_area_seal(const char *name, struct sw_slice octets)
{
	int fd = memfd_new(name, 0);

	if (fd < 0)
		return -1;
	if (write_all(fd, octets) && set_seals(fd, SEALED | F_SEAL_SEAL))
		return fd;
	close_after(fd);
	return -1;
}

bool sw_area_is_sealed(int fd)
{
	return has_seals(fd, SEALED);
}

/* An empty document is one, but nothing that could be mapped. */
bool sw_area_read(struct sw_area *out, int fd, size_t most)
{
	size_t n;

	if (!size_of(fd, SEALED, 0, most, &n))
		return false;
	if (n == 0) {
		*out = (struct sw_area){ 0 };
		return true;
	}
	return map(out, n, PROT_READ, MAP_PRIVATE, fd, 0);
}
