/* SPDX-License-Identifier: Apache-2.0 */
/* Destructors of thread keys that free and allocate in every round POSIX
 * grants, with keys made before and after the thread's first malloc. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { KEYS = 40, THREADS = 50, ROUNDS = 4 };

static pthread_key_t keys[KEYS];
static int survivors; /* objects that died only after the last round */

struct value {
	pthread_key_t key;
	int round;
	char data[100];
};

static void destroy(void *argument)
{
	struct value *old = argument, *fresh = malloc(sizeof *fresh);

	if (!fresh || old->data[99] != (char)old->round)
		abort();
	memset(fresh, old->round + 1, sizeof *fresh);
	fresh->key = old->key;
	fresh->round = old->round + 1;
	free(old);
	if (fresh->round < ROUNDS - 1 &&
	    !pthread_setspecific(fresh->key, fresh))
		return;
	__atomic_fetch_add(&survivors, 1, __ATOMIC_RELAXED);
	free(realloc(fresh, 5000));
	free(malloc(100000));
}

static void *work(void *unused)
{
	(void)unused;
	for (int i = 0; i < KEYS; i++) {
		struct value *value = calloc(1, sizeof *value);

		if (!value)
			abort();
		value->key = keys[i];
		pthread_setspecific(keys[i], value);
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];

	for (int i = 0; i < KEYS; i++)
		if (pthread_key_create(&keys[i], destroy))
			abort();
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, work, NULL))
			abort();
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	return survivors == KEYS * THREADS ? 0 : 1;
}
