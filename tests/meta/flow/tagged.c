/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records of one size that all begin alike, with an enumerator that tells which
 * of them it is, and is named after it.  See chains.c for the arrows.
 */
#include <stdlib.h>

enum tag {
	T_Node,
	T_Name = 100,
	T_A_Number,
	TAG_TYPE_LEAF,
	T_PAIR_LIST,
	T_OTHER,
};
struct node {
	enum tag tag;
	int line;
};
typedef struct {
	struct node base;
	const char *name;
} Name;
struct a_number {
	struct node base;
	double value;
};
struct TagLeaf {
	struct node base;
	long leaf;
};
struct pair_list_s {
	struct node base;
	struct pair_list_s *next;
};
struct odd {
	struct node base;
	long odd;
};

struct node *all[8];
Name *names;
struct a_number *numbers;
struct TagLeaf *leaves;
struct pair_list_s *lists;
struct odd *odds;

__attribute__((noinline)) void push(int at, struct node *node)
{
	all[at] = node;
}

__attribute__((noinline)) void name_push(int line)
{
	struct node *node = malloc(sizeof(Name)); /* -> Name */

	node->tag = T_Name;
	node->line = line;
	push(0, node);
}

__attribute__((noinline)) void number_push(int line)
{
	struct node *node = malloc(sizeof(struct a_number)); /* -> struct a_number */

	node->line = line;
	node->tag = T_A_Number;
	push(1, node);
}

/* No record of the name is as large. */
__attribute__((noinline)) void other_push(void)
{
	struct node *node = malloc(sizeof(struct odd)); /* -> struct node */

	node->tag = T_OTHER;
	push(2, node);
}

/* The makers are told. */
__attribute__((noinline)) struct node *node_make(enum tag tag, size_t size)
{
	struct node *node = malloc(size); /* -> wrapper */

	node->tag = tag;
	node->line = 0;
	return node;
}

static inline struct node *node_make_inline(enum tag tag, size_t size)
{
	struct node *node = malloc(size); /* at -O0 -> wrapper */

	node->tag = tag;
	node->line = 1;
	return node;
}

__attribute__((noinline)) void leaf_push(void)
{
	push(3, node_make(TAG_TYPE_LEAF, /* -> struct TagLeaf */
			  sizeof(struct TagLeaf)));
}

__attribute__((noinline)) void list_push(void)
{
	push(4, node_make_inline(T_PAIR_LIST, /* -> struct pair_list_s */
				 sizeof(struct pair_list_s)));
	push(5, node_make_inline(T_Name, sizeof(Name))); /* -> Name */
}

int main(int argc, char **argv)
{
	names = (Name *)all[0];
	numbers = (struct a_number *)all[1];
	leaves = (struct TagLeaf *)all[3];
	lists = (struct pair_list_s *)all[4];
	odds = (struct odd *)all[2];
	name_push(argc);
	number_push(argc);
	other_push();
	leaf_push();
	list_push();
	return argv[0] == NULL;
}
