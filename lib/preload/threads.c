/* SPDX-License-Identifier: Apache-2.0 */
/* The door of pthread_create: registers the new thread's stack.  Threads
 * that come by other ways (thrd_create, clone) are registered when met. */

/* The runtime is built with -fexceptions, and then pthread_cleanup_push
 * would need libgcc's personality routine; the other one needs only libc. */
#undef __EXCEPTIONS
#include <pthread.h>

#include "base/export.h"
#include "index/running.h"
#include "preload/real.h"

typedef int (*create_function)(pthread_t *thread,
			       const pthread_attr_t *attributes,
			       void *(*start)(void *argument), void *argument);

static void end(void *node)
{
	running_end(node);
}

static void *begin(void *context)
{
	struct running_thread *node = context;
	void *(*start)(void *argument) = node->start;
	void *argument = node->argument;
	void *result;

	running_begin(node);
	/* Runs at pthread_exit and cancellation, too. */
	pthread_cleanup_push(end, node);
	result = start(argument);
	pthread_cleanup_pop(1);
	return result;
}

static uint64_t stack_size(const pthread_attr_t *attributes)
{
	pthread_attr_t defaults;
	size_t size = 0;

	/* Allocates nothing, so that there is nothing to destroy. */
	if (!attributes && pthread_attr_init(&defaults) == 0)
		attributes = &defaults;
	if (attributes)
		pthread_attr_getstacksize(attributes, &size);
	return size;
}

EXPORT int pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
			  void *(*start)(void *argument), void *argument)
{
	create_function real = (create_function)real_find(REAL_PTHREAD_CREATE);
	struct running_thread *node = running_claim();
	int result;

	if (!node)
		return real(thread, attributes, start, argument);
	node->start = start;
	node->argument = argument;
	node->stack_size = stack_size(attributes);
	result = real(thread, attributes, begin, node);
	if (result != 0)
		running_give_back(node);
	return result;
}
