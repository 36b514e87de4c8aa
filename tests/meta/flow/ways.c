/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What different ways through a function do alike, compilers do once, where the
 * ways have met: each tells of what it brings there.  See chains.c for the arrows.
 */
#include <stdio.h>
#include <stdlib.h>

__attribute__((noinline)) int visit(const void *what)
{
	__asm__ volatile("" : : "r"(what) : "memory");
	return what != NULL;
}

/* One call of sscanf, and as many formats as there are cases. */
__attribute__((noinline)) int numbers_read(const char *letter, char **words)
{
	union {
		void *any[16];
		int *ints[16];
		long *longs[16];
		float *floats[16];
		double *doubles[16];
	} numbers;
	int count = 0, read = 0;

	do {
		switch (*letter) {
		case 'd':
			numbers.ints[count] = malloc(sizeof(int)); /* -> int */
			read = sscanf(*words++, "%d", numbers.ints[count++]);
			break;
		case 'D':
			numbers.longs[count] = malloc(sizeof(long)); /* -> long */
			read = sscanf(*words++, "%ld", numbers.longs[count++]);
			break;
		case 'f':
			numbers.floats[count] = malloc(sizeof(float)); /* -> float */
			read = sscanf(*words++, "%f", numbers.floats[count++]);
			break;
		case 'F':
			numbers.doubles[count] = malloc(sizeof(double)); /* -> double */
			read = sscanf(*words++, "%lf", numbers.doubles[count++]);
			break;
		default:
			read = 0;
		}
	} while (read == 1 && count < 16);
	return count + visit(numbers.any);
}

/* One store, to members of two kinds of records. */
struct range {
	long from, to;
};
struct interval {
	double low, high;
};
struct ranges {
	long count;
	struct range *at;
};
struct intervals {
	long count;
	struct interval *at;
};

__attribute__((noinline)) struct intervals *intervals_of(void **set)
{
	visit(set);
	return set[0];
}

__attribute__((noinline)) struct ranges *ranges_of(void **set)
{
	visit(set);
	return set[1];
}

__attribute__((noinline)) int set_grow(int kind, void **set, size_t count)
{
	if (kind) {
		struct intervals *intervals = intervals_of(set);

		intervals->at = calloc(count, sizeof *intervals->at); /* -> struct interval */
	} else {
		struct ranges *ranges = ranges_of(set);

		ranges->at = malloc(count * sizeof *ranges->at); /* -> struct range */
	}
	visit(set);
	for (size_t i = 0; i < count; i++)
		visit(set + i);
	return visit(set);
}

/* One store of a function to what begins with one: it knows what that is. */
struct action {
	int (*run)(const char *name, void *action);
	long inverted;
};
struct print {
	struct action a;
};
struct prune {
	struct action a;
};
struct finish {
	struct action a;
};
struct actions {
	struct action **list;
	long count, inverted;
};

__attribute__((noinline)) int print_run(const char *name, struct print *action)
{
	return visit(name) + visit(action);
}

__attribute__((noinline)) int prune_run(const char *name, struct prune *action)
{
	return visit(name) - visit(action);
}

__attribute__((noinline)) int finish_run(const char *name,
					 struct finish *action)
{
	return visit(name) * visit(action);
}

static inline __attribute__((always_inline)) void
action_add(struct actions *actions, struct action *a,
	   int (*run)(const char *name, void *action))
{
	actions->list[actions->count++] = a;
	a->run = run;
	a->inverted = actions->inverted;
	actions->inverted = 0;
}

#define RUN(kind) (int (*)(const char *, void *))kind##_run

__attribute__((noinline)) int actions_read(struct actions *actions,
					   const char *letters)
{
	for (; *letters; letters++)
		switch (*letters) {
		case 'p':
			action_add(actions, malloc(sizeof(struct print)), /* -> struct print */
				   RUN(print));
			break;
		case 'r':
			action_add(actions, malloc(sizeof(struct prune)), /* -> struct prune */
				   RUN(prune));
			break;
		case 'f':
			action_add(actions, malloc(sizeof(struct finish)), /* -> struct finish */
				   RUN(finish));
			break;
		default:
			return -1;
		}
	return visit(actions);
}

int main(int argc, char **argv)
{
	struct intervals intervals = { 0 };
	struct ranges ranges = { 0 };
	struct action *list[8];
	struct actions actions = { list, 0, 0 };
	void *set[] = { &intervals, &ranges, &argc };

	return numbers_read(argv[0], argv) + set_grow(argc, set, 3) +
	       actions_read(&actions, argv[0]);
}
