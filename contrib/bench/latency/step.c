/* SPDX-License-Identifier: Apache-2.0 */
#include "step.h"

#include <dlfcn.h>
#include <link.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

enum { REPEAT_BYTES = 32, COPIES_MAX = 4, SITE_BYTES = 16 };

/*
 * Calls FUNCTION with FLAG, 0x100 or 0, among the processor's flags; nothing
 * between step_begin and step_end is counted, nor are the call sites, each
 * of which calls TARGET.
 */
uint64_t step_call(void *function, uint64_t a, uint64_t b, void *target,
		   uint64_t flag);
void step_trap_on(void);
void step_trap_off(void);
extern const char step_begin[], step_end[], step_sites_begin[],
	step_sites_end[];

__asm__(".text\n"
	".p2align 4\n"
	"step_begin:\n"
	".globl step_call\n.type step_call, @function\n"
	"step_call:\n"
	".cfi_startproc\n"
	"	push %rbp\n"
	".cfi_def_cfa_offset 16\n"
	".cfi_offset %rbp, -16\n"
	"	mov %rsp, %rbp\n"
	".cfi_def_cfa_register %rbp\n"
	"	mov %rdi, %rax\n"
	"	mov %rsi, %rdi\n"
	"	mov %rdx, %rsi\n"
	"	mov %rcx, %r11\n"
	"	pushfq\n"
	"	orq %r8, (%rsp)\n"
	"	popfq\n"
	"	call *%rax\n"
	"	pushfq\n"
	"	andq $~0x100, (%rsp)\n"
	"	popfq\n"
	"	pop %rbp\n"
	".cfi_def_cfa %rsp, 8\n"
	"	ret\n"
	".cfi_endproc\n"
	".size step_call, .-step_call\n"
	".globl step_trap_on\n.type step_trap_on, @function\n"
	"step_trap_on:\n"
	"	pushfq\n"
	"	orq $0x100, (%rsp)\n"
	"	popfq\n"
	"	ret\n"
	".size step_trap_on, .-step_trap_on\n"
	".globl step_trap_off\n.type step_trap_off, @function\n"
	"step_trap_off:\n"
	"	pushfq\n"
	"	andq $~0x100, (%rsp)\n"
	"	popfq\n"
	"	ret\n"
	".size step_trap_off, .-step_trap_off\n"
	"step_end:\n"
	".p2align 4\n"
	".type step_sites_begin, @function\n"
	"step_sites_begin:\n"
	".cfi_startproc\n"
	".cfi_def_cfa_offset 16\n"
	".rept 16384\n"
	"	sub $8, %rsp\n"
	"	call *%r11\n"
	"	add $8, %rsp\n"
	"	ret\n"
	".p2align 4\n"
	".endr\n"
	".cfi_endproc\n"
	".size step_sites_begin, .-step_sites_begin\n"
	"step_sites_end:\n");

/* What a thread has under way. */
struct step {
	uint32_t instructions, system_calls;
	uint32_t traced; /* those of copies, too */
	uint64_t last, repeats;
	/* Runs of memset and memcpy, and where the present one returns to. */
	uint64_t copy_return;
	unsigned int copies;
	struct {
		uint64_t target;
		uint32_t instructions, first; /* in the trace */
	} copy[COPIES_MAX];
	bool to_exit;
};

static __thread struct step step;
static __thread uint64_t trace[STEP_TRACE_MAX];
static struct step_results *results; /* shared memory */
static uint64_t copied_sites;        /* in memory of no file */
static uint64_t copiers[3];          /* addresses of memset and its like */
static uint64_t own_base, own_limit; /* of the allocator's file */

static struct {
	void *(*malloc)(size_t size);
	void *(*calloc)(size_t count, size_t size);
	void *(*realloc)(void *pointer, size_t size);
	void *(*aligned)(size_t align, size_t size);
	void (*free)(void *pointer);
} allocator;

static bool within(uint64_t at, const char *begin, const char *end)
{
	return at >= (uintptr_t)begin && at < (uintptr_t)end;
}

static bool is_ours(uint64_t at)
{
	return within(at, step_begin, step_end) ||
	       within(at, step_sites_begin, step_sites_end) ||
	       at - copied_sites < STEP_SITES * SITE_BYTES;
}

static void begin_copy(const greg_t *registers, uint64_t at)
{
	if (step.copies == COPIES_MAX)
		return;
	for (size_t i = 0; i < sizeof copiers / sizeof *copiers; i++) {
		if (at != copiers[i])
			continue;
		step.copy[step.copies].target = (uint64_t)registers[REG_RDI];
		step.copy[step.copies].instructions = 0;
		step.copy[step.copies].first = step.traced;
		step.copies++;
		step.copy_return = *(const uint64_t *)registers[REG_RSP];
		return;
	}
}

static void count_one(uint64_t at)
{
	trace[step.traced++] = at;
	if (step.copy_return)
		step.copy[step.copies - 1].instructions++;
	else
		step.instructions++;
}

static void on_trap(int number, siginfo_t *info, void *context)
{
	greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
	uint64_t at = (uint64_t)registers[REG_RIP];

	(void)number, (void)info;
	if (is_ours(at))
		return;
	if (step.traced >= STEP_TRACE_MAX) {
		registers[REG_EFL] &= ~0x100;
		return;
	}
	if (step.to_exit) {
		if (at >= own_base && at < own_limit)
			count_one(at);
		return;
	}
	if (at == step.last) {
		if (++step.repeats % REPEAT_BYTES == 0)
			count_one(at);
		return;
	}
	step.last = at;
	if (step.copy_return == at)
		step.copy_return = 0;
	if (!step.copy_return)
		begin_copy(registers, at);
	count_one(at);
	/* syscall */
	if (((const uint8_t *)at)[0] == 0x0f && ((const uint8_t *)at)[1] == 5)
		step.system_calls++;
}

/* ---- results ---- */

static void charge(enum step_kind kind, const char *name, size_t size)
{
	struct step_worst *worst = &results->worst[kind];

	worst->calls++;
	if (step.system_calls > worst->system_calls) {
		worst->system_calls = step.system_calls;
		strncpy(worst->caller, name, sizeof worst->caller - 1);
		worst->caller_size = (uint32_t)size;
	}
	if (worst->instructions >= step.instructions)
		return;
	worst->instructions = step.instructions;
	strncpy(worst->name, name, sizeof worst->name - 1);
	worst->size = (uint32_t)size;
	memcpy(worst->trace, trace, sizeof worst->trace);
}

/* Fills and copies that were not the caller's data count as well. */
static void settle_copies(uint64_t result)
{
	for (unsigned int i = step.copies; i-- > 0;) {
		uint32_t n = step.copy[i].instructions;
		uint64_t *first = trace + step.copy[i].first;

		if (step.copy[i].target != result) {
			step.instructions += n;
			continue;
		}
		step.traced -= n;
		memmove(first, first + n,
			(step.traced - step.copy[i].first) * sizeof *first);
	}
}

static enum step_kind kind_of(size_t size)
{
	return size > STEP_BIG ? STEP_LARGE : STEP_SMALL;
}

static uint64_t take_time(uint32_t *cycles, void *function, uint64_t a,
			  uint64_t b, void *target)
{
	uint64_t start = __builtin_ia32_rdtsc(), time, result;

	result = step_call(function, a, b, target, 0);
	time = __builtin_ia32_rdtsc() - start;
	/* A preempted call is slow once only. */
	if (time >= UINT32_MAX)
		time = UINT32_MAX - 1;
	if (!*cycles || *cycles > time)
		*cycles = (uint32_t)time;
	return result;
}

static uint64_t run(void *function, uint64_t a, uint64_t b, void *target,
		    const char *name, size_t size)
{
	uint32_t call = results->calls++ % STEP_CALLS_MAX;
	uint64_t result;

	if (!results->counting)
		return take_time(&results->cycles[call], function, a, b,
				 target);
	if (!results->chosen[call])
		return step_call(function, a, b, target, 0);
	memset(&step, 0, sizeof step);
	result = step_call(function, a, b, target, 0x100);
	settle_copies(result);
	charge(kind_of(size), name, size);
	return result;
}

/* ---- the choice ---- */

enum { DURATIONS = 4 * 32 };

/* Quarters of the doublings of a duration. */
static unsigned int duration_of(uint32_t cycles)
{
	unsigned int log = 31 - (unsigned int)__builtin_clz(cycles | 4);

	return log * 4 + (cycles >> (log - 2) & 3);
}

void step_choose(struct step_results *shared, size_t count)
{
	uint32_t calls = shared->calls < STEP_CALLS_MAX ? shared->calls :
							  STEP_CALLS_MAX;
	size_t number[DURATIONS] = { 0 }, seen[DURATIONS] = { 0 };
	size_t slowest = count / 2, share = count / 32 + 1;
	unsigned int lowest = DURATIONS;

	for (uint32_t i = 0; i < calls; i++)
		number[duration_of(shared->cycles[i])]++;
	while (lowest > 0 && number[lowest - 1] <= slowest)
		slowest -= number[--lowest];
	for (uint32_t i = 0; i < calls; i++) {
		unsigned int duration = duration_of(shared->cycles[i]);
		size_t stride = number[duration] / share + 1;

		shared->chosen[i] = duration >= lowest ||
				    seen[duration]++ % stride == 0;
	}
}

/* ---- calls ---- */

void *step_malloc(size_t size)
{
	return (void *)run((void *)allocator.malloc, size, 0, NULL, "malloc",
			   size);
}

void *step_calloc(size_t count, size_t size)
{
	return (void *)run((void *)allocator.calloc, count, size, NULL,
			   "calloc", count * size);
}

void *step_aligned(size_t align, size_t size)
{
	size_t charged = size > align ? size : align;

	return (void *)run((void *)allocator.aligned, align, size, NULL,
			   "aligned_alloc", charged);
}

void *step_realloc(void *pointer, size_t old_size, size_t size)
{
	return (void *)run((void *)allocator.realloc, (uintptr_t)pointer, size,
			   NULL, "realloc", old_size > size ? old_size : size);
}

void step_free(void *pointer, size_t size)
{
	run((void *)allocator.free, (uintptr_t)pointer, 0, NULL, "free", size);
}

static void *site_at(size_t site)
{
	uint64_t base = copied_sites ? copied_sites :
				       (uintptr_t)step_sites_begin;

	return (void *)(base + site % STEP_SITES * SITE_BYTES);
}

void *step_malloc_at(size_t site, size_t size)
{
	return (void *)run(site_at(site), size, 0, (void *)allocator.malloc,
			   "malloc", size);
}

void step_free_at(size_t site, void *pointer, size_t size)
{
	run(site_at(site), (uintptr_t)pointer, 0, (void *)allocator.free,
	    "free", size);
}

/* Two levels, as programs have them; by name, so that the metadata of this
 * program knows them. */
__attribute__((noinline)) static void *xmalloc(size_t size)
{
	void *pointer = malloc(size);

	if (!pointer)
		abort();
	return pointer;
}

__attribute__((noinline)) static void *xnew(size_t size)
{
	void *pointer = xmalloc(size + 8);

	__asm__ volatile("" : "+r"(pointer));
	return pointer;
}

void *step_wrap(size_t size)
{
	return xnew(size);
}

void *step_wrapped_at(size_t site, size_t size)
{
	return (void *)run(site_at(site), size, 0, (void *)xnew,
			   "malloc in a wrapper", size);
}

bool step_copy_sites(void)
{
	size_t size = (size_t)STEP_SITES * SITE_BYTES;
	void *copy = mmap(NULL, size, PROT_READ | PROT_WRITE | PROT_EXEC,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (copy == MAP_FAILED)
		return false;
	memcpy(copy, step_sites_begin, size);
	copied_sites = (uintptr_t)copy;
	return true;
}

void step_exit_begin(void)
{
	memset(&step, 0, sizeof step);
	step.to_exit = true;
	if (results->counting)
		step_trap_on();
}

void step_exit_end(size_t size)
{
	step_trap_off();
	if (results->counting)
		charge(STEP_EXIT, "thread exit", size);
}

/* ---- start ---- */

static int find_own(struct dl_phdr_info *info, size_t size, void *context)
{
	uint64_t at = *(const uint64_t *)context;

	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *header = &info->dlpi_phdr[i];
		uint64_t base = info->dlpi_addr + header->p_vaddr;

		if (header->p_type != PT_LOAD || at - base >= header->p_memsz)
			continue;
		own_base = base;
		own_limit = base + header->p_memsz;
		return 1;
	}
	return 0;
}

bool step_init(struct step_results *shared)
{
	struct sigaction action = {
		.sa_sigaction = on_trap,
		.sa_flags = SA_SIGINFO | SA_NODEFER,
	};
	uint64_t at;

	results = shared;
	*(void **)&allocator.malloc = dlsym(RTLD_DEFAULT, "malloc");
	*(void **)&allocator.calloc = dlsym(RTLD_DEFAULT, "calloc");
	*(void **)&allocator.realloc = dlsym(RTLD_DEFAULT, "realloc");
	*(void **)&allocator.aligned = dlsym(RTLD_DEFAULT, "aligned_alloc");
	*(void **)&allocator.free = dlsym(RTLD_DEFAULT, "free");
	copiers[0] = (uintptr_t)dlsym(RTLD_DEFAULT, "memset");
	copiers[1] = (uintptr_t)dlsym(RTLD_DEFAULT, "memcpy");
	copiers[2] = (uintptr_t)dlsym(RTLD_DEFAULT, "memmove");
	at = (uintptr_t)allocator.malloc;
	dl_iterate_phdr(find_own, &at);
	/* The first allocations of the process are its initialisation. */
	allocator.free(allocator.malloc(1));
	allocator.free(allocator.malloc(STEP_BIG + 1));
	return !sigaction(SIGTRAP, &action, NULL);
}
