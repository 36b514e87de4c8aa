/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one place where the runtime comes up, in this order.  The heap brings
 * itself up with the first allocation, from inside the dynamic loader; its
 * sites are known by bare addresses until the resolver is set here.
 *
 * Constructors of other libraries may run before ours.  What they allocate
 * and map is recorded; a dlopen of theirs brings the index up first, so that
 * it knows which files are there to stay.
 *
 * Nothing is printed, no descriptor stays open, no thread is started, and
 * errno stays.  Besides reading metadata this makes a handful of system
 * calls: it is part of the start of every program.
 */
#include "preload/init.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "base/lock.h"
#include "heap/heap.h"
#include "heap/sample.h"
#include "heap/site_cache.h"
#include "index/callers.h"
#include "index/fork.h"
#include "index/loaded.h"
#include "index/mapped.h"
#include "index/root.h"
#include "index/running.h"
#include "preload/faults.h"
#include "preload/fork.h"
#include "query/view_local.h"
#include "type/metadata.h"
#include "type/site_rules.h"
#include "type/types.h"

void heap_on_start(void)
{
	fork_register();
	sites_await_resolver();
}

static struct lock init_lock = LOCK_INIT(LOCK_RANK_INIT);
static bool index_is_up; /* guarded by init_lock */

static void on_opened(struct allotype_file *node)
{
	uint64_t own = (uint64_t)(uintptr_t)&allotype_index;

	/* Nobody asks about the runtime itself, and the kernel's page never
	 * has any: spare every start the search. */
	if ((own >= node->base && own < node->limit) ||
	    node->base == getauxval(AT_SYSINFO_EHDR))
		return;
	/* A file without metadata is the normal case.  Its constructors may
	 * have allocated while nobody knew their rules. */
	if (metadata_load(node) == STATUS_OK)
		site_cache_invalidate();
}

/* Caches of sites may name return addresses of the closed file, and the
 * next file may lie there. */
static void on_closed(struct allotype_file *node)
{
	(void)node;
	site_cache_invalidate();
}

/* In the order of lock ranks. */
static void prepare_fork(void)
{
	query_fork_prepare();
	index_fork_prepare();
}

static void after_fork(void)
{
	index_fork_parent();
	query_fork_parent();
}

static void after_fork_in_child(void)
{
	index_fork_child();
	query_fork_child();
}

static void bring_index_up(void)
{
	heap_init();
	allotype_index.heap = heap_published_address();
	allotype_index.sites = sites_published_address();
	mapped_init();
	/* On failure types have no answer; nothing else suffers. */
	(void)types_init();
	metadata_init(environ);
	/* The handlers of the heap are registered already: locks of the
	 * index come before those of the heap. */
	pthread_atfork(prepare_fork, after_fork, after_fork_in_child);
	loaded_set_listener(on_opened, on_closed);
	loaded_update();
	sites_set_resolver(site_rules_resolve);
	site_cache_invalidate();
	sample_set_walker(callers_walk);
}

void init_index(void)
{
	int saved = errno;

	lock_acquire(&init_lock);
	if (!index_is_up)
		bring_index_up();
	index_is_up = true;
	lock_release(&init_lock);
	errno = saved;
}

__attribute__((constructor)) static void bring_up(int argc, char **argv)
{
	init_index();
	running_init(argc, argv);
	faults_init();
}

/* Only the log wants to know that the process ends. */
__attribute__((destructor)) static void at_end(void)
{
	heap_log_state();
}
