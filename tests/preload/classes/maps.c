/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walks /proc/self/maps: memory that can be written holds objects of one class
 * only, or of none; what lies next to it, above and below, cannot be accessed.
 */
#include <allotype.h>
#include <allotype/heap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CLASSES = 5, OBJECTS = 20000, PAGE = 4096 };
/* Of objects that are too large to share a block with others. */
enum { LARGE_CLASSES = 3, LARGE_OBJECTS = 40, LARGE_SIZE = 100000 };

static struct alloc_class *classes[CLASSES], *large[LARGE_CLASSES];
static char *objects[CLASSES][OBJECTS];
static char *large_objects[LARGE_CLASSES][LARGE_OBJECTS];

struct area {
	unsigned long base, limit;
	char mode[5];
};

static struct area areas[20000];
static size_t area_count;

static void read_maps(void)
{
	static char line[5000];
	FILE *maps = fopen("/proc/self/maps", "r");

	while (maps && fgets(line, sizeof line, maps)) {
		struct area *area = &areas[area_count];

		if (area_count < sizeof areas / sizeof *areas &&
		    sscanf(line, "%lx-%lx %4s", &area->base, &area->limit,
			   area->mode) == 3)
			area_count++;
	}
	if (!maps || !area_count)
		exit(1);
	fclose(maps);
}

/* The class whose objects AREA holds, which are those of one only. */
static struct alloc_class *class_in(const struct area *area)
{
	struct alloc_class *found = NULL;

	for (unsigned long at = area->base; at < area->limit; at += PAGE) {
		struct alloc_class *here = alloc_class_of((void *)at);

		if (here && found && here != found)
			exit(2);
		if (here)
			found = here;
	}
	return found;
}

static void check_neighbour(const struct area *area, unsigned long edge)
{
	if ((area->limit == edge || area->base == edge) &&
	    strncmp(area->mode, "---", 3))
		exit(3);
}

static int make_large(void)
{
	const struct alloc_class_config config = { .size = LARGE_SIZE };

	for (int c = 0; c < LARGE_CLASSES; c++)
		if (alloc_class_register(&config, &large[c]))
			return 0;
	for (int i = 0; i < LARGE_OBJECTS; i++)
		for (int c = 0; c < LARGE_CLASSES; c++) {
			large_objects[c][i] = alloc_class_allocate(large[c]);
			memset(large_objects[c][i], c, LARGE_SIZE);
			free(malloc(LARGE_SIZE));
		}
	return 1;
}

static int keeps_large(void)
{
	for (int c = 0; c < LARGE_CLASSES; c++)
		for (int i = 0; i < LARGE_OBJECTS; i++)
			alloc_class_release(large[c], large_objects[c][i]);
	for (int c = 0; c < LARGE_CLASSES; c++)
		for (int i = 0; i < LARGE_OBJECTS; i++)
			for (int k = 0; k < LARGE_SIZE; k++)
				if (large_objects[c][i][k] != c)
					return 0;
	return 1;
}

int main(void)
{
	size_t with_objects = 0;

	for (int c = 0; c < CLASSES; c++) {
		struct alloc_class_config config = { .size = 40 };

		if (alloc_class_register(&config, &classes[c]))
			return 1;
	}
	for (int i = 0; i < OBJECTS; i++)
		for (int c = 0; c < CLASSES; c++) {
			objects[c][i] = alloc_class_allocate(classes[c]);
			memset(objects[c][i], c, 40);
			free(malloc(40));
		}
	if (!make_large())
		return 1;
	read_maps();
	for (size_t a = 1; a + 1 < area_count; a++) {
		if (!class_in(&areas[a]))
			continue;
		with_objects++;
		if (strncmp(areas[a].mode, "rw", 2))
			return 4;
		check_neighbour(&areas[a - 1], areas[a].base);
		check_neighbour(&areas[a + 1], areas[a].limit);
	}
	if (with_objects < CLASSES + LARGE_CLASSES)
		return 5;
	/* Nothing is written into objects, whatever becomes of them. */
	for (int c = 0; c < CLASSES; c++)
		for (int i = 0; i < OBJECTS; i++)
			alloc_class_release(classes[c], objects[c][i]);
	for (int c = 0; c < CLASSES; c++)
		for (int i = 0; i < OBJECTS; i++)
			for (int k = 0; k < 40; k++)
				if (objects[c][i][k] != c)
					return 6;
	return keeps_large() ? 0 : 7;
}
