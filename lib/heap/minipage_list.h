/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of MiniPages, of one owner or under a lock; their heads may be read
 * without it, as a hint. */
#ifndef HEAP_MINIPAGE_LIST_H
#define HEAP_MINIPAGE_LIST_H

#include "heap/unit.h"

static inline void minipage_list_push(minipage **head, minipage *page)
{
	page->next = (uintptr_t)*head;
	page->previous = 0;
	if (*head)
		(*head)->previous = (uintptr_t)page;
	__atomic_store_n(head, page, __ATOMIC_RELAXED);
	page->listed = 1;
}

static inline void minipage_list_remove(minipage **head, minipage *page)
{
	minipage *next = (minipage *)(uintptr_t)page->next;
	minipage *previous = (minipage *)(uintptr_t)page->previous;

	if (previous)
		previous->next = page->next;
	else
		__atomic_store_n(head, next, __ATOMIC_RELAXED);
	if (next)
		next->previous = page->previous;
	page->next = page->previous = 0;
	page->listed = 0;
}

#endif
