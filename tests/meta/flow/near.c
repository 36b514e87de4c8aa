/* SPDX-License-Identifier: Apache-2.0 */
/* What lies near a record, or is kept in one of several ways, is not taken for
 * it; see chains.c for the comments. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

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

/* Links that are part of what they link: behind them is no other link, but what
 * all have there that begin with one. */
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
		((struct channel *)(void *)l)->zero = calloc(count, 4); /* -> float */
	return l->next != NULL;
}

/* A number of 0 is asked for as 1. */
__attribute__((noinline)) void *zeros(size_t count, size_t size)
{
	void *p;

	if (!count)
		count = 1;
	p = calloc(count, size); /* -> wrapper */
	if (!p)
		abort();
	return p;
}

struct note {
	struct note *next;
	char *text;
};

__attribute__((noinline)) size_t note_cache(struct note *note)
{
	size_t *cache = (size_t *)(void *)note->text;

	if (!cache) {
		cache = zeros(4, sizeof *cache); /* -> size_t */
		note->text = (char *)cache;
	}
	cache[0]++;
	cache[2] = cache[0];
	return cache[1];
}

/* Of the members of a union, the one that the stores go with. */
struct name {
	unsigned int hash;
	int length;
	char text[1];
};
struct names {
	union {
		struct name *one;
		struct name **several;
	} of;
	int count;
};

__attribute__((noinline)) struct name *name_check(struct name *name)
{
	return name->length < 0 ? NULL : name;
}

__attribute__((noinline)) int name_add(struct names *names, struct name *other)
{
	struct name *one = names->of.one;

	if (one->hash == other->hash)
		return 0;
#ifdef __OPTIMIZE__
	names->of.several = malloc(2 * sizeof *names->of.several); /* at -O2 -> struct name * */
	if (!names->of.several)
		return 0;
	*names->of.several = one;
	names->of.several[1] = name_check(other);
#endif
	names->count = 2;
	return 1;
}

/* Of several that are as large, the size tells of none. */
struct table {
	union {
		char *text;
		struct note **notes;
		struct name **names;
	} of;
	size_t count;
};

__attribute__((noinline)) void table_make(struct table *table, size_t count)
{
	char *all = malloc(count * sizeof *table->of.names); /* -> bytes */

	table->of.text = all;
	table->count = count;
}

/* A pointer, and the array behind it, whose places are counted from 1. */
struct deck {
	struct note *front;
	float *cards[8];
};

__attribute__((noinline)) int deck_set(struct deck *deck, size_t place,
				       size_t points)
{
	if (place < 1 || place > 8)
		return 0;
	deck->cards[place - 1] = calloc(points, 4); /* -> float */
	return 1;
}

/* An array whose places are counted from -2, the record's words from its start. */
struct queues {
	long turns[6];
	struct note *waiting[5];
	int counts[5], limits[5];
};

__attribute__((noinline)) void *grown(size_t size, void *old, int *limit)
{
	*limit = *limit * 2 + 4;
	return realloc(old, size * (size_t)*limit); /* at -O0 -> wrapper */
}

__attribute__((noinline)) int queue_add(struct queues *queues,
					const struct name *priority, char *text)
{
	int at = priority->length + 2;

	if (++queues->counts[at] > queues->limits[at])
		queues->waiting[at] = grown( /* -> struct note */
			sizeof(struct note), queues->waiting[at],
			&queues->limits[at]);
	queues->waiting[at][queues->counts[at] - 1].text = text;
	return queues->counts[at];
}

int main(int argc, char **argv)
{
	struct queues queues = { .turns = { argc } };
	struct channel channel = { .link = { &channels, &channels } };
	struct note note = { NULL, argc > 3 ? argv[1] : NULL };
	struct name name = { .hash = (unsigned int)argc };
	struct names names = { { .one = &name }, 1 };
	struct set set = { .count = argc };
	struct table table;
	struct deck deck = { NULL, { NULL } };

	table_make(&table, (size_t)argc);
	if (argc > 5)
		channels.next = &channel.link;
	name.length = argc - 1;
	return queue_add(&queues, &name, argv[0]) + set_grow(&set) + channels_fill((size_t)argc) +
	       (int)note_cache(&note) + name_add(&names, &name) +
	       deck_set(&deck, (size_t)argc, 1);
}
