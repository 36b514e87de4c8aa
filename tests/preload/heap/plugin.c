/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

char *plugin_make(size_t size);

char *plugin_make(size_t size)
{
	return malloc(size);
}
