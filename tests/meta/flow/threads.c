/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Thread-local variables of a shared object, in each of the models that reach
 * them (ELF Handling For Thread-Local Storage); see chains.c for the comments.
 */
#include <stdlib.h>

struct link {
	struct link *next;
	long number;
};
struct holder {
	long count;
	double *weights;
};

__thread struct link *exported;
static __thread struct link *own;
static __thread long *numbers;
__thread struct holder held;

__attribute__((noinline)) void fill(size_t n)
{
	exported = malloc(n); /* -> struct link */
	own = malloc(n); /* -> struct link */
	numbers = malloc(n); /* -> long */
	held.weights = malloc(n); /* -> double */
}

long use(void)
{
	return own->number + exported->number + *numbers + held.count +
	       (held.weights != NULL);
}
