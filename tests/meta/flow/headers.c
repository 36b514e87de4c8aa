/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arrays behind how many there are, made by a variable for characters; see
 * chains.c for the arrows.
 */
#include <stdlib.h>
#include <string.h>

__attribute__((noinline)) int visit(const void *what)
{
	__asm__ volatile("" : : "r"(what) : "memory");
	return what != NULL;
}

struct range {
	long first, last, step, width;
	const char *name;
};
#define RANGES(to) (*(struct range **)(to))
#define COUNT(array) ((size_t *)(void *)(array))[-1]

/* What grows lost its type, and only of the last one it is known what it is. */
__attribute__((noinline)) struct range *range_add(void *to)
{
	struct range *last;
	char *start;

	if (RANGES(to)) {
		++COUNT(RANGES(to));
		start = realloc( /* "has any" at -O2 -> struct range +8 */
			&COUNT(RANGES(to)), sizeof(size_t) +
			COUNT(RANGES(to)) * sizeof *RANGES(to));
	} else {
		start = malloc( /* "has any" at -O2 -> struct range +8 */
			sizeof(size_t) + sizeof *RANGES(to));
		*(size_t *)(void *)start = 1;
	}
	start += sizeof(size_t);
	memcpy(to, &start, sizeof start);
	last = &RANGES(to)[COUNT(RANGES(to)) - 1];
	memset(last, 0, sizeof *last);
	return last;
}

/* It is not even kept as that, but given to a function. */
__attribute__((noinline)) void range_check(struct range *range)
{
	visit(range);
}

__attribute__((noinline)) void *ranges_make(size_t count)
{
	char *start = malloc( /* -> struct range +8 */
		sizeof(size_t) + count * sizeof(struct range));

	*(size_t *)(void *)start = count;
	start += sizeof(size_t);
	for (size_t i = 0; i < count; i++)
		range_check(&((struct range *)(void *)start)[i]);
	return start;
}

/* Pointers, as which what is behind them is known. */
struct rule {
	long id;
	struct range *ranges;
};
#define LAST(array) (array)[COUNT(array) - 1]

__attribute__((noinline)) int rule_add(struct rule ***rules, size_t count)
{
	char *start;

	if (*rules) {
		++COUNT(*rules);
		start = realloc( /* -> struct rule * +8 */
			&COUNT(*rules),
			sizeof(size_t) + COUNT(*rules) * sizeof **rules);
	} else {
		start = malloc( /* -> struct rule * +8 */
			sizeof(size_t) + sizeof **rules);
		*(size_t *)(void *)start = 1;
	}
	start += sizeof(size_t);
	memcpy(rules, &start, sizeof start);
	LAST(*rules) = calloc(1, sizeof(struct rule)); /* -> struct rule */
	visit(LAST(*rules));
	start = calloc(1, /* "has any" at -O2 -> struct range +8 */
		       sizeof(size_t) + count * sizeof(struct range));
	start += sizeof(size_t);
	memcpy(&LAST(*rules)->ranges, &start, sizeof start);
	return visit(LAST(*rules));
}

/* Nodes that keep it behind what all begin with: a variable says which they are,
 * though it is nowhere. */
struct node {
	int kind, flags;
	struct node *next;
};
struct leaf {
	struct node node;
	struct range *ranges;
	const char *unit;
};
struct group {
	struct node node;
	struct node **children;
	const char *name;
};

__attribute__((noinline)) int group_visit(const struct group *group)
{
	return visit(group->children);
}

#define LEAF(node) ((struct leaf *)(void *)(node))

__attribute__((noinline)) int leaf_fill(struct node *node, const size_t *counts)
{
	struct leaf *leaf;
	size_t count = LEAF(node)->ranges ? COUNT(LEAF(node)->ranges) : 0;
	char *start;

	(void)leaf;
	if (LEAF(node)->ranges)
		start = realloc( /* "has any" at -O2 -> struct range +8 */
			&COUNT(LEAF(node)->ranges), sizeof(size_t) +
			(count + COUNT(LEAF(node)->ranges) + counts[1]) *
				sizeof *leaf->ranges);
	else
		start = calloc(1, /* "has any" at -O2 -> struct range +8 */
			       sizeof(size_t) +
			       (count + counts[1]) * sizeof *leaf->ranges);
	start += sizeof(size_t);
	memcpy(&LEAF(node)->ranges, &start, sizeof start);
	return visit(node);
}

int main(int argc, char **argv)
{
	struct range *ranges = NULL, *range = range_add(&ranges);
	struct rule **rules = NULL;
	struct leaf leaf = { .unit = argv[0] };
	struct group group = { .name = argv[0] };
	const size_t counts[] = { 0, (size_t)argc };

	return visit(range) + visit(ranges_make((size_t)argc)) +
	       rule_add(&rules, (size_t)argc) + rule_add(&rules, 1) +
	       group_visit(&group) + leaf_fill(&leaf.node, counts);
}
