/* SPDX-License-Identifier: Apache-2.0 */
#include "disk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "vectors.h"

ssize_t __real_pwrite(int fd, const void *p, size_t n, off_t at);
int __real_fdatasync(int fd);
int __real_ftruncate(int fd, off_t n);
int __real_fallocate(int fd, int mode, off_t at, off_t n);
ssize_t __wrap_pwrite(int fd, const void *p, size_t n, off_t at);
int __wrap_fdatasync(int fd);
int __wrap_ftruncate(int fd, off_t n);
int __wrap_fallocate(int fd, int mode, off_t at, off_t n);

#define FILES  8
#define WRITES 4096

struct one_write {
	off_t at;
	size_t n;
	char *octets;
};

static struct file {
	bool is_watched;
	int fd;
	char *synced; /* what the disk has for sure */
	size_t synced_n;
	struct one_write later[WRITES];
	size_t writes;
} files[FILES];
static bool is_full, fails, fails_sync;
static void (*on_empty)(void);

static struct file *file_of(int fd)
{
	for (size_t i = 0; i < FILES; i++)
		if (files[i].is_watched && files[i].fd == fd)
			return &files[i];
	return NULL;
}

static void forget_writes(struct file *f)
{
	while (f->writes > 0)
		free(f->later[--f->writes].octets);
}

static void take_as_synced(struct file *f)
{
	struct stat st;

	forget_writes(f);
	free(f->synced);
	assert_int_equal(fstat(f->fd, &st), 0);
	f->synced_n = (size_t)st.st_size;
	f->synced = malloc(f->synced_n + 1);
	assert_int_equal(pread(f->fd, f->synced, f->synced_n, 0), f->synced_n);
}

void disk_watch(int fd)
{
	for (size_t i = 0; i < FILES; i++) {
		if (files[i].is_watched)
			continue;
		files[i].is_watched = true;
		files[i].fd = fd;
		take_as_synced(&files[i]);
		return;
	}
	fail_msg("too many files");
}

void disk_forget_all(void)
{
	for (size_t i = 0; i < FILES; i++) {
		forget_writes(&files[i]);
		free(files[i].synced);
		files[i].synced = NULL;
		files[i].is_watched = false;
	}
	is_full = fails = fails_sync = false;
	on_empty = NULL;
}

void disk_on_empty(void (*fn)(void))
{
	on_empty = fn;
}

void disk_fill(bool full)
{
	is_full = full;
}

void disk_fail(bool f)
{
	fails = f;
}

void disk_fail_sync(bool f)
{
	fails_sync = f;
}

ssize_t __wrap_pwrite(int fd, const void *p, size_t n, off_t at)
{
	struct file *f = file_of(fd);

	if (!f)
		return __real_pwrite(fd, p, n, at);
	if (is_full || fails) {
		errno = is_full ? ENOSPC : EIO;
		return -1;
	}
	assert_in_range(f->writes, 0, WRITES - 1);
	f->later[f->writes] = (struct one_write){ at, n, malloc(n) };
	memcpy(f->later[f->writes++].octets, p, n);
	return __real_pwrite(fd, p, n, at);
}

int __wrap_fdatasync(int fd)
{
	struct file *f = file_of(fd);

	if (f && fails_sync) {
		errno = EIO;
		return -1;
	}
	if (f)
		take_as_synced(f);
	return 0; /* no file of these tests outlives the machine */
}

/* That a file was emptied may be on the disk at once, or never: at once is the harder one. */
int __wrap_ftruncate(int fd, off_t n)
{
	struct file *f = file_of(fd);
	int r = __real_ftruncate(fd, n);

	if (f && on_empty)
		on_empty();
	if (f)
		take_as_synced(f);
	return r;
}

int __wrap_fallocate(int fd, int mode, off_t at, off_t n)
{
	if (file_of(fd) && is_full) {
		errno = ENOSPC;
		return -1;
	}
	return __real_fallocate(fd, mode, at, n);
}

static void lose_of(struct file *f, uint64_t *random)
{
	assert_int_equal(__real_ftruncate(f->fd, 0), 0);
	assert_int_equal(__real_pwrite(f->fd, f->synced, f->synced_n, 0), f->synced_n);
	for (size_t k = 0; k < f->writes; k++) {
		const struct one_write *w = &f->later[next_number(random) % f->writes];
		size_t n = next_number(random) % 3 == 0 ? next_number(random) % (w->n + 1) : w->n;

		if (next_number(random) % 2 == 0)
			assert_int_equal(__real_pwrite(f->fd, w->octets, n, w->at), n);
	}
	take_as_synced(f);
}

void disk_lose(uint64_t *random)
{
	for (size_t i = 0; i < FILES; i++)
		if (files[i].is_watched)
			lose_of(&files[i], random);
}
