/* SPDX-License-Identifier: Apache-2.0 */
/* A program that closes every descriptor, before and while it allocates. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void use(void)
{
	static char *objects[3000];

	for (int i = 0; i < 3000; i++) {
		objects[i] = malloc((size_t)i * 20);
		if (!objects[i])
			abort();
		memset(objects[i], 1, (size_t)i * 20);
	}
	for (int i = 0; i < 3000; i++)
		free(objects[i]);
}

int main(void)
{
	int fd;

	closefrom(0);
	use();
	/* The lowest descriptor is free, and stays the program's. */
	fd = open("/dev/null", O_RDONLY);
	use();
	if (fd != 0 || open("/dev/null", O_RDONLY) != 1)
		return 1;
	closefrom(0);
	use();
	return 0;
}
