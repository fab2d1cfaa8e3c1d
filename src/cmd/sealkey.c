/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/sealkey.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/seal.h"
#include "base/secret.h"

static bool write_key(int fd)
{
	uint8_t key[SW_SEAL_KEY];
	char text[2 * SW_SEAL_KEY + 1];
	struct sw_buf b = sw_buf_over(text, sizeof(text));
	bool ok = getrandom(key, sizeof(key), 0) == sizeof(key);

	sw_buf_hex(&b, key, sizeof(key));
	sw_buf_char(&b, '\n');
	ok = ok && write(fd, b.p, b.n) == (ssize_t)b.n && fsync(fd) == 0;
	sw_secret_wipe(key, sizeof(key));
	sw_secret_wipe(text, sizeof(text));
	return ok;
}

enum sw_sealkey sw_sealkey_make(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0640);
	int error;

	if (fd < 0)
		return errno == EEXIST ? SW_SEALKEY_THERE : SW_SEALKEY_CANNOT;
	/* whatever the umask: the group of the door may read it, others never */
	if (fchmod(fd, 0640) == 0 && write_key(fd) && close(fd) == 0)
		return SW_SEALKEY_MADE;
	error = errno;
	(void)close(fd);
	(void)unlink(path);
	errno = error;
	return SW_SEALKEY_CANNOT;
}
