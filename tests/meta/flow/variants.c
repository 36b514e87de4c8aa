/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is put into a union of records: which of these it is, all that the
 * function puts there tells.  See chains.c for the arrows.
 */
#include <stdlib.h>

struct value {
	enum { NUMBER = 1, OBJECT, ARRAY } kind;
	union {
		long number;
		struct {
			struct value **values;
			size_t count;
		} array;
		struct {
			char **keys;
			struct value **values;
			size_t count;
		} object;
	} of;
};

__attribute__((noinline)) void visit(void *what)
{
	__asm__ volatile("" : : "r"(what) : "memory");
}

__attribute__((noinline)) struct value *object_make(size_t count)
{
	struct value *value = calloc(1, sizeof *value); /* -> struct value */

	value->kind = OBJECT;
	value->of.object.count = count;
	value->of.object.keys = calloc(count, sizeof(char *)); /* -> char * */
	value->of.object.values = calloc( /* -> struct value * */
		count, sizeof(struct value *));
	return value;
}

int main(int argc, char **argv)
{
	struct value *object = object_make((size_t)argc);

	visit(argv);
	visit(object);
	return 0;
}
