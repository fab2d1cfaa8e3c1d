/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/sealkey.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/seal.h"
#include "base/secret.h"

/* 0, or what went wrong. */
static int write_key(int fd)
{
	uint8_t key[SW_SEAL_KEY];
	char text[2 * SW_SEAL_KEY + 1];
	struct sw_buf b = sw_buf_over(text, sizeof(text));
	int error = getrandom(key, sizeof(key), 0) == sizeof(key) ? 0 : EIO;
	ssize_t put = 0;

	sw_buf_hex(&b, key, sizeof(key));
	sw_buf_char(&b, '\n');
	if (error == 0)
		put = write(fd, b.p, b.n);
	if (error == 0 && put != (ssize_t)b.n)
		error = put < 0 ? errno : ENOSPC;
	if (error == 0 && fsync(fd) != 0)
		error = errno;
	sw_secret_wipe(key, sizeof(key));
	sw_secret_wipe(text, sizeof(text));
	return error;
}

/* The name is on the disk only with its directory; not every file system can be asked for that. */
static void sync_directory(const char *path)
{
	char *copy = strdup(path);
	int fd = copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	free(copy);
	if (fd < 0)
		return;
	(void)fsync(fd);
	(void)close(fd);
}

enum sw_sealkey sw_sealkey_make(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0640);
	int error;

	if (fd < 0)
		return errno == EEXIST ? SW_SEALKEY_THERE : SW_SEALKEY_CANNOT;
	/* whatever the umask: the group of the door may read it, others never */
	error = fchmod(fd, 0640) == 0 ? write_key(fd) : errno;
	if (close(fd) != 0 && error == 0)
		error = errno;
	if (error == 0) {
		sync_directory(path);
		return SW_SEALKEY_MADE;
	}
	(void)unlink(path);
	errno = error;
	return SW_SEALKEY_CANNOT;
}
