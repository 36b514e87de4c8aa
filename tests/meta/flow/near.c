/* SPDX-License-Identifier: Apache-2.0 */
/* What lies near a record is not taken for it; see chains.c for the comments. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* Distances from where the record is, to be read from a file as they are. */
struct set {
	int count, size;
	ptrdiff_t leaves, numbers;
};

__attribute__((noinline)) int set_grow(struct set *set)
{
	uint16_t *numbers = (uint16_t *)(void *)((char *)set + set->numbers);
	long *leaves = (long *)(void *)((char *)set + set->leaves);
	size_t count = (size_t)set->count * 2;

	numbers = realloc(numbers, count * sizeof *numbers); /* -> uint16_t */
	if (!numbers)
		return 0;
	leaves = realloc(leaves, count * sizeof *leaves); /* -> long */
	if (!leaves)
		return 0;
	leaves[set->count] = 0;
	numbers[set->count] = 0;
	set->numbers = (char *)numbers - (char *)set;
	set->leaves = (char *)leaves - (char *)set;
	return 1;
}

/* Links that are part of what they link: behind them is no other link. */
struct link {
	struct link *next, *before;
};
struct channel {
	struct link link;
	int depth;
	float *zero;
};
static struct link channels = { &channels, &channels };

__attribute__((noinline)) int channels_fill(size_t count)
{
	struct link *l;

	for (l = channels.next; l != &channels; l = l->next)
		((struct channel *)(void *)l)->zero = calloc(count, 4); /* -> unknown */
	return l->next != NULL;
}

int main(int argc, char **argv)
{
	struct channel channel = { .link = { &channels, &channels } };
	struct set set = { .count = argc };

	(void)argv;
	if (argc > 5)
		channels.next = &channel.link;
	return set_grow(&set) + channels_fill((size_t)argc);
}
