/* SPDX-License-Identifier: Apache-2.0 */
#include "heap/memcheck.h"

#ifdef ALLOTYPE_VALGRIND
bool memcheck_is_running;

bool memcheck_init(void)
{
	char byte = 0, bits;

	/* Only memcheck has bits of validity to tell; other tools of
	 * Valgrind see the program as it is. */
	memcheck_is_running = VALGRIND_GET_VBITS(&byte, &bits, 1) != 0;
	return memcheck_is_running;
}
#endif
