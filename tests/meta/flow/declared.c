/* SPDX-License-Identifier: Apache-2.0 */
/* Types that the program declares, against all else. */
#include <stdlib.h>

#include "../../../include/allotype.h"

struct weasel {
	long age;
	double weight[3];
};
struct point {
	int x, y;
};

void *anything;
char *characters;
struct point *point;

__attribute__((noinline)) void declare(size_t n)
{
	anything = ALLOC_TYPED(struct weasel, malloc(n)); /* -> struct weasel */
	characters = (char *)ALLOC_TYPED(struct point, malloc(n)); /* -> struct point */
	point = (struct point *)ALLOC_TYPED(int[4], malloc(n)); /* -> int[4] */
}

int main(int argc, char **argv)
{
	(void)argv;
	declare((size_t)argc * 64);
	return !anything;
}
