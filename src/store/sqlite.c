/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store.h"

#include <sqlite3.h>

const char *sw_store_library(void)
{
	return sqlite3_libversion();
}
