/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the metadata compiler read: every kind of C type, statics
 * and code.  Compiled in several ways, never run. */
#include <stdarg.h>
#include <stddef.h>

struct hidden; /* never defined */

enum color { COLOR_RED, COLOR_GREEN = 7, COLOR_NEGATIVE = -3 };

typedef struct {
	int x, y;
} point;

struct weasel {
	int weight;
	struct weasel *next;
	unsigned int tail : 3, teeth : 5, hairs : 12;
	double grid[3][4];
	int (*compare)(const struct weasel *, const struct weasel *);
	union {
		long whole;
		float part;
	} value;
	point at;
	struct hidden *secret;
};

struct flexible {
	int count;
	char data[];
};

struct outer {
	char tag;
	struct weasel inner[2];
};

int global_counter = 3;
const char *const names[] = { "a", "b" };
static point home = { 1, 2 };
struct outer herd;
struct flexible flexible = { 3, "abc" };
int (*(*function_table[2])(void))[3];
volatile const unsigned long *watched;
enum color color;

void consume(void *first, ...);

__attribute__((noinline)) int plain(struct weasel *weasel, int times)
{
	static int calls;
	struct weasel local = *weasel;

	calls++;
	consume(&local, &calls, times);
	return local.weight + calls;
}

static inline __attribute__((always_inline)) int inlined(int *numbers, int n)
{
	int sum = 0;

	for (int i = 0; i < n; i++)
		sum += numbers[i];
	consume(numbers, &sum);
	return sum;
}

void consume(void *first, ...)
{
	va_list list;

	va_start(list, first);
	global_counter += first != NULL;
	va_end(list);
}

int main(int argc, char **argv)
{
	int numbers[5] = { argc, 2, 3, 4, 5 };
	struct weasel weasel = { .weight = argc };

	consume(argv, &home, herd.inner, flexible.data, function_table,
		watched, &color, names);
	return inlined(numbers, 5) + plain(&weasel, argc);
}
