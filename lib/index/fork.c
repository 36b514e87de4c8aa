/* SPDX-License-Identifier: Apache-2.0 */
#include "index/fork.h"

#include "index/loaded.h"
#include "index/mapped.h"
#include "index/running.h"

void index_fork_prepare(void)
{
	lock_acquire(&mapped_break_lock);
	lock_acquire(&loaded_lock);
}

void index_fork_parent(void)
{
	lock_release(&loaded_lock);
	lock_release(&mapped_break_lock);
}

void index_fork_child(void)
{
	lock_reset(&mapped_break_lock);
	lock_reset(&loaded_lock);
	loaded_fork_child();
	mapped_fork_child();
	running_fork_child();
}
