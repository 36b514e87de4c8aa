/* SPDX-License-Identifier: Apache-2.0 */
/* A plugin that allocates when it comes and frees when it goes. */
#include <stdlib.h>
#include <string.h>

char *plugin_make(size_t size);

enum { OBJECTS = 50 };
static char *objects[OBJECTS];

__attribute__((constructor)) static void come(void)
{
	for (size_t i = 0; i < OBJECTS; i++) {
		objects[i] = malloc(1 + i * 97);
		memset(objects[i], (int)i, 1 + i * 97);
	}
}

__attribute__((destructor)) static void go(void)
{
	for (size_t i = 0; i < OBJECTS; i++) {
		if (objects[i][i * 97] != (char)i)
			abort();
		free(objects[i]);
	}
}

char *plugin_make(size_t size)
{
	return malloc(size);
}
