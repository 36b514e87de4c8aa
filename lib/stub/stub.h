/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the stub library share. */
#ifndef STUB_STUB_H
#define STUB_STUB_H

#include "allotype/api.h"

/* Weak, so that linking with the runtime as well is no conflict. */
#define STUB __attribute__((weak))

/* The runtime's table, or NULL without one. */
const struct allotype_api *stub_runtime(void)
	__attribute__((visibility("hidden")));

#endif
