/* SPDX-License-Identifier: Apache-2.0 */
#include "preload/real.h"

#include <dlfcn.h>

static const char *const names[REAL_COUNT] = {
	[REAL_DLOPEN] = "dlopen",
	[REAL_DLMOPEN] = "dlmopen",
	[REAL_DLCLOSE] = "dlclose",
	[REAL_PTHREAD_CREATE] = "pthread_create",
};
/* Atomic, relaxed: everybody finds the same. */
static void *found[REAL_COUNT];

void *real_find(enum real_function function)
{
	void *address = __atomic_load_n(&found[function], __ATOMIC_RELAXED);

	if (!address) {
		address = dlsym(RTLD_NEXT, names[function]);
		__atomic_store_n(&found[function], address, __ATOMIC_RELAXED);
	}
	return address;
}
