/* SPDX-License-Identifier: Apache-2.0 */
/* Writes a profile of what is known to live: profile.py reads it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "allotype/heap.h"

struct weasel {
	int age;
	double weight;
};

struct weasel *weasels[100];
char *big, *gone;

static __attribute__((noinline)) struct weasel *make_weasel(void)
{
	struct weasel *weasel = malloc(sizeof *weasel);

	__asm__ volatile("" : "+r"(weasel));
	return weasel;
}

static __attribute__((noinline)) char *make_big(size_t size)
{
	char *bytes = malloc(size);

	__asm__ volatile("" : "+r"(bytes));
	return bytes;
}

int main(int count, char *arguments[])
{
	if (count < 2)
		return 2;
	for (int i = 0; i < 100; i++)
		weasels[i] = make_weasel();
	for (int i = 0; i < 40; i++)
		free(weasels[i]);
	big = make_big(1234567);
	gone = make_big(500);
	free(gone);
	if (alloc_profile_write("/nowhere/at/all") != ENOENT)
		return 3;
	if (alloc_profile_write_fd(-1) != EBADF)
		return 4;
	return alloc_profile_write(arguments[1]);
}
