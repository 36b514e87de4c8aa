/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one place where the runtime comes up, in this order.  The heap is up
 * since the first allocation, long before; doors that are called before this
 * do their work, but records of it are published only here.
 *
 * Everything is cheap: no file is read but the metadata, nothing is printed,
 * no descriptor stays open, no thread is started.
 */
#include <errno.h>
#include <pthread.h>

#include "index/fork.h"
#include "index/loaded.h"
#include "index/mapped.h"
#include "index/running.h"

__attribute__((constructor)) static void bring_up(int argc, char **argv)
{
	int saved = errno;

	/* The heap's handlers came first: locks of the index are taken
	 * before those of the heap. */
	pthread_atfork(index_fork_prepare, index_fork_parent, index_fork_child);
	mapped_init();
	loaded_update();
	running_init(argc, argv);
	errno = saved;
}
