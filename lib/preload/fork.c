/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Around fork(2) all locks of the runtime are taken, in rank order, so that
 * the child finds every structure whole.  vfork and posix_spawn need
 * nothing: their children share our memory and hold no locks.
 */
#include "preload/fork.h"

#include "base/sys.h"
#include "heap/heap.h"

static void prepare(void)
{
	heap_fork_prepare();
}

static void in_parent(void)
{
	heap_fork_parent();
}

static void in_child(void)
{
	heap_fork_child();
}

void fork_register(void)
{
	sys_at_fork(prepare, in_parent, in_child);
}
