/* SPDX-License-Identifier: Apache-2.0 */
#include "shim.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <sqlite3.h>

static struct {
	enum shim_fault fault;
	unsigned n, seen;
} plan;

static sqlite3_vfs *real_vfs;
static sqlite3_mem_methods real_memory;

/* Is this call, of a kind that fails by this fault, the one? */
static bool is_due(enum shim_fault one, enum shim_fault all)
{
	if (plan.fault != one && plan.fault != all)
		return false;
	plan.seen++;
	return plan.seen == plan.n || (plan.fault == all && plan.seen > plan.n);
}

void shim_fail(enum shim_fault fault, unsigned n)
{
	plan.fault = fault;
	plan.n = n;
	plan.seen = 0;
}

bool shim_end(void)
{
	bool came = plan.seen >= plan.n;

	plan.fault = SHIM_NONE;
	return came;
}

struct file {
	sqlite3_file base;
	sqlite3_file *real; /* in the memory behind */
};

static sqlite3_file *real(sqlite3_file *f)
{
	return ((struct file *)f)->real;
}

static int on_close(sqlite3_file *f)
{
	return real(f)->pMethods->xClose(real(f));
}

static int on_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
	return real(f)->pMethods->xRead(real(f), p, n, at);
}

static int on_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
	if (is_due(SHIM_WRITE, SHIM_FULL))
		return plan.fault == SHIM_FULL ? SQLITE_FULL : SQLITE_IOERR_WRITE;
	return real(f)->pMethods->xWrite(real(f), p, n, at);
}

static int on_truncate(sqlite3_file *f, sqlite3_int64 n)
{
	return real(f)->pMethods->xTruncate(real(f), n);
}

static int on_sync(sqlite3_file *f, int how)
{
	if (is_due(SHIM_SYNC, SHIM_SYNC))
		return SQLITE_IOERR_FSYNC;
	return real(f)->pMethods->xSync(real(f), how);
}

static int on_size(sqlite3_file *f, sqlite3_int64 *n)
{
	return real(f)->pMethods->xFileSize(real(f), n);
}

static int on_lock(sqlite3_file *f, int level)
{
	return real(f)->pMethods->xLock(real(f), level);
}

static int on_unlock(sqlite3_file *f, int level)
{
	return real(f)->pMethods->xUnlock(real(f), level);
}

static int on_reserved(sqlite3_file *f, int *is)
{
	return real(f)->pMethods->xCheckReservedLock(real(f), is);
}

static int on_control(sqlite3_file *f, int what, void *arg)
{
	return real(f)->pMethods->xFileControl(real(f), what, arg);
}

static int on_sector(sqlite3_file *f)
{
	return real(f)->pMethods->xSectorSize(real(f));
}

static int on_kind(sqlite3_file *f)
{
	return real(f)->pMethods->xDeviceCharacteristics(real(f));
}

static const sqlite3_io_methods methods = {
	.iVersion = 1, /* no shared memory: whoever writes has the file alone */
	.xClose = on_close,
	.xRead = on_read,
	.xWrite = on_write,
	.xTruncate = on_truncate,
	.xSync = on_sync,
	.xFileSize = on_size,
	.xLock = on_lock,
	.xUnlock = on_unlock,
	.xCheckReservedLock = on_reserved,
	.xFileControl = on_control,
	.xSectorSize = on_sector,
	.xDeviceCharacteristics = on_kind,
};

static int on_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out)
{
	struct file *file = (struct file *)f;
	int code;

	(void)vfs;
	file->real = (sqlite3_file *)(file + 1);
	code = real_vfs->xOpen(real_vfs, name, file->real, flags, out);
	file->base.pMethods = file->real->pMethods ? &methods : NULL;
	return code;
}

static void *on_allocate(int n)
{
	return is_due(SHIM_MEMORY, SHIM_MEMORIES) ? NULL : real_memory.xMalloc(n);
}

static void *on_grow(void *p, int n)
{
	return is_due(SHIM_MEMORY, SHIM_MEMORIES) ? NULL : real_memory.xRealloc(p, n);
}

static void *on_json(size_t n)
{
	return is_due(SHIM_JSON, SHIM_JSON) ? NULL : malloc(n);
}

static void install_json(void)
{
	json_malloc_t make;
	json_free_t give;

	json_get_alloc_funcs(&make, &give);
	json_set_alloc_funcs(on_json, give);
}

void shim_install(void)
{
	static sqlite3_vfs vfs;
	sqlite3_mem_methods memory;

	sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real_memory);
	memory = real_memory;
	memory.xMalloc = on_allocate;
	memory.xRealloc = on_grow;
	sqlite3_config(SQLITE_CONFIG_MALLOC, &memory);
	sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0);
	real_vfs = sqlite3_vfs_find(NULL);
	vfs = *real_vfs;
	vfs.zName = "shim";
	vfs.xOpen = on_open;
	vfs.szOsFile = real_vfs->szOsFile + (int)sizeof(struct file);
	sqlite3_vfs_register(&vfs, 1);
	install_json();
}
