/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps the list of loaded files (allotype_index.files) in step with the
 * dynamic loader, through dl_iterate_phdr and its counters of additions and
 * removals.  A node is published complete; afterwards only `loaded` and
 * `metadata` change.  A file that comes back unchanged to the same place
 * gets its old node again, so that a program which opens and closes one
 * library for ever does not grow.
 */
#ifndef INDEX_LOADED_H
#define INDEX_LOADED_H

#include <stdbool.h>
#include <stdint.h>

#include "allotype/index.h"
#include "base/lock.h"

/* Guards the list against other writers; rank LOCK_RANK_FILES. */
extern struct lock loaded_lock;

/* Called with the lock held, OPENED before the node is published and again
 * when a file without metadata comes back, CLOSED after `loaded` is clear.
 * For files that are known already OPENED is called here.  Either may be
 * NULL. */
void loaded_set_listener(void (*opened)(struct allotype_file *node),
			 void (*closed)(struct allotype_file *node));

/* Brings the list up to date; nothing happens, in well under a microsecond,
 * when the loader's counters say that nothing changed.  What the first call
 * finds is taken to stay for ever: make it before anything is dlopened.
 * Takes locks: for the doors of the loader. */
void loaded_update(void);
/* The same for those who met an address of an unknown file, on any path:
 * does nothing when the lock is taken, nor before the first update.  True
 * when something has changed. */
bool loaded_refresh(void);

/* Around the real dlclose: keeps readers out of files that may go, and
 * waits (50 ms at most) for those who are inside. */
void loaded_close_begin(void);
void loaded_close_end(void);
/* See files_enter and files_leave; FILE is the node itself. */
bool loaded_enter(const struct allotype_file *file);
void loaded_leave(const struct allotype_file *file);

/* In a fork child, which has one thread: the readers of others are gone. */
void loaded_fork_child(void);

/* Bytes below the thread pointer that hold the TLS of the files that were
 * there at start. */
uint64_t loaded_static_tls_size(void);

#endif
