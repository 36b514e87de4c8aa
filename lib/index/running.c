/* SPDX-License-Identifier: Apache-2.0 */
#include "index/running.h"

#include <elf.h>
#include <string.h>
#include <sys/auxv.h>

#include "base/sys.h"
#include "base/words.h"
#include "index/loaded.h"
#include "index/mappings.h"
#include "index/root.h"
#include "index/threads.h"

/* allotype_thread.alive */
enum { FREE, ALIVE, CLAIMED };

static struct running_thread first_thread;
static struct allotype_start start;

static struct running_thread *newest(void)
{
	return (struct running_thread *)(uintptr_t)__atomic_load_n(
		&allotype_index.threads, __ATOMIC_ACQUIRE);
}

static struct running_thread *older(const struct running_thread *node)
{
	return (struct running_thread *)(uintptr_t)node->thread.next;
}

static bool claim(struct running_thread *node)
{
	uint32_t expected = FREE;

	return __atomic_compare_exchange_n(&node->thread.alive, &expected,
					   CLAIMED, false, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

static void set_state(struct running_thread *node, uint32_t state)
{
	/* Pairs with the acquire in threads.c and in claim. */
	__atomic_store_n(&node->thread.alive, state, __ATOMIC_RELEASE);
}

/* Puts the nodes FIRST..LAST, already linked, at the head of the list. */
static void push(struct running_thread *first, struct running_thread *last)
{
	uint64_t head = __atomic_load_n(&allotype_index.threads,
					__ATOMIC_RELAXED);

	do {
		last->thread.next = head;
	} while (!__atomic_compare_exchange_n(&allotype_index.threads, &head,
					      (uintptr_t)first, false,
					      __ATOMIC_RELEASE,
					      __ATOMIC_RELAXED));
}

/* A page of new nodes, the first of them claimed. */
static struct running_thread *grow(void)
{
	struct running_thread *nodes = sys_allocate(SYS_PAGE_SIZE);
	size_t count = SYS_PAGE_SIZE / sizeof *nodes;

	if (!nodes)
		return NULL;
	nodes[0].thread.alive = CLAIMED;
	for (size_t i = 0; i + 1 < count; i++)
		nodes[i].thread.next = (uintptr_t)&nodes[i + 1];
	push(&nodes[0], &nodes[count - 1]);
	return &nodes[0];
}

struct running_thread *running_claim(void)
{
	for (struct running_thread *node = newest(); node; node = older(node)) {
		if (__atomic_load_n(&node->thread.alive, __ATOMIC_RELAXED) ==
			    FREE &&
		    claim(node))
			return node;
	}
	return grow();
}

void running_give_back(struct running_thread *node)
{
	set_state(node, FREE);
}

void running_end(struct running_thread *node)
{
	set_state(node, FREE);
}

static uint64_t own_pointer(void)
{
	return (uintptr_t)__builtin_thread_pointer();
}

/* No two threads have one thread pointer: whoever had it has ended, without
 * our noticing. */
static void bury(uint64_t thread_pointer, const struct running_thread *heir)
{
	for (struct running_thread *node = newest(); node; node = older(node)) {
		uint32_t expected = ALIVE;

		if (node != heir &&
		    node->thread.thread_pointer == thread_pointer)
			__atomic_compare_exchange_n(&node->thread.alive,
						    &expected, FREE, false,
						    __ATOMIC_RELEASE,
						    __ATOMIC_RELAXED);
	}
}

/* glibc puts the thread-local storage right below the thread pointer, and
 * on a thread's stack both at the top of it. */
static void set_tls(struct allotype_thread *thread)
{
	thread->thread_pointer = own_pointer();
	thread->tls_limit = thread->thread_pointer;
	thread->tls_base = thread->tls_limit - loaded_static_tls_size();
}

static void publish(struct running_thread *node, uint64_t base, uint64_t limit)
{
	struct allotype_thread fresh = {
		.next = node->thread.next,
		.tid = (uint32_t)sys_tid(),
		.alive = CLAIMED,
		.stack_base = base,
		.stack_limit = limit,
	};

	set_tls(&fresh);
	if (fresh.tls_base > base && fresh.tls_base < limit)
		fresh.stack_limit = fresh.tls_base;
	/* A reader who still sees the one before must not take it for this. */
	__atomic_store_n(&node->thread.tid, fresh.tid, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	words_store(&node->thread, &fresh, sizeof fresh);
	bury(fresh.thread_pointer, node);
	set_state(node, ALIVE);
}

static bool kernel_bounds(uint64_t inside, uint64_t *base, uint64_t *limit)
{
	struct allotype_mapping mapping;

	if (!mappings_query_kernel(inside, &mapping))
		return false;
	*base = mapping.base;
	*limit = mapping.limit;
	return true;
}

void running_begin(struct running_thread *node)
{
	uint64_t here = (uintptr_t)__builtin_frame_address(0);
	/* The thread's descriptor, less than a page, ends the stack. */
	uint64_t limit = (own_pointer() + SYS_PAGE_SIZE) & ~(SYS_PAGE_SIZE - 1);
	uint64_t base = limit - node->stack_size;

	if (!node->stack_size || here < base || here >= limit) {
		/* Not as glibc does it. */
		if (!kernel_bounds(here, &base, &limit)) {
			base = here & ~(SYS_PAGE_SIZE - 1);
			limit = base + SYS_PAGE_SIZE;
		}
	}
	publish(node, base, limit);
}

bool running_meet(void)
{
	uint64_t here = (uintptr_t)__builtin_frame_address(0), base, limit;
	struct allotype_thread known;
	struct running_thread *node;

	if (threads_find_pointer(NULL, allotype_index.threads, own_pointer(),
				 &known) &&
	    known.tid == (uint32_t)sys_tid())
		return false;
	if (!kernel_bounds(here, &base, &limit))
		return false;
	node = running_claim();
	if (!node)
		return false;
	publish(node, base, limit);
	return true;
}

void running_fork_child(void)
{
	uint64_t pointer = own_pointer();

	for (struct running_thread *node = newest(); node; node = older(node)) {
		bool own = node->thread.alive == ALIVE &&
			   node->thread.thread_pointer == pointer;

		if (own)
			node->thread.tid = (uint32_t)sys_tid();
		else
			set_state(node, FREE);
	}
}

/* ---- the first thread ---- */

/* The auxiliary vector follows the environment (psABI 3.4.1); checked
 * against libc's, in case somebody has moved things. */
static bool note_auxv(char **environment)
{
	const Elf64_auxv_t *auxv = (const void *)(environment +
						  start.env_count + 1);
	uint64_t count = 0;
	bool genuine = false;

	for (; auxv[count].a_type != AT_NULL; count++)
		if (auxv[count].a_type == AT_RANDOM)
			genuine = auxv[count].a_un.a_val ==
				  getauxval(AT_RANDOM);
	if (!genuine)
		return false;
	start.auxv = (uintptr_t)auxv;
	start.auxv_count = count + 1;
	return true;
}

static void widen(uint64_t string)
{
	uint64_t limit;

	if (!string)
		return;
	limit = string + strlen((const char *)(uintptr_t)string) + 1;
	if (!start.strings || string < start.strings)
		start.strings = string;
	if (limit > start.strings_limit)
		start.strings_limit = limit;
}

/* Above the vectors the kernel puts the texts: arguments, environment, the
 * path of the program; and then the stack ends. */
static void note_start(int argc, char **argv)
{
	char **environment = argv + argc + 1;

	start.argc = (uint64_t)argc;
	start.argv = (uintptr_t)argv;
	start.envp = (uintptr_t)environment;
	while (environment[start.env_count])
		start.env_count++;
	if (argc > 0)
		widen((uintptr_t)argv[0]);
	if (start.env_count) {
		widen((uintptr_t)environment[0]);
		widen((uintptr_t)environment[start.env_count - 1]);
	}
	if (note_auxv(environment))
		widen(getauxval(AT_EXECFN));
	__atomic_store_n(&allotype_index.start, (uintptr_t)&start,
			 __ATOMIC_RELEASE);
}

void running_init(int argc, char **argv)
{
	/* The kernel keeps at least as much free below the stack. */
	const uint64_t largest = 128 << 20;
	uint64_t size = sys_limit(SYS_LIMIT_STACK), limit;

	note_start(argc, argv);
	limit = start.strings_limit > start.auxv ? start.strings_limit :
						   start.auxv;
	/* The last eight bytes are zero. */
	limit = (limit + 8 + SYS_PAGE_SIZE - 1) & ~(SYS_PAGE_SIZE - 1);
	if (size > largest)
		size = largest;
	first_thread.thread.alive = CLAIMED;
	push(&first_thread, &first_thread);
	publish(&first_thread, limit - (size & ~(SYS_PAGE_SIZE - 1)), limit);
}
