/* SPDX-License-Identifier: Apache-2.0 */
/* Waits to be dumped, with some objects of every kind. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
	for (size_t i = 0; i < 2000; i++)
		memset(malloc(i), 1, i);
	memset(malloc(1000000), 1, 1000000);
	puts("ready");
	fflush(stdout);
	sleep(30);
	return 0;
}
