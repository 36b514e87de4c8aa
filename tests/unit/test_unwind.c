/* SPDX-License-Identifier: Apache-2.0 */
/* Our frames against libunwind's, register by register. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <alloca.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define UNW_LOCAL_ONLY
#include <libunwind.h>

#include "index/loaded.h"
#include "index/root.h"
#include "index/unwind.h"

/* Frames with and without a frame pointer, whatever the build's own level. */
#ifdef __clang__
#define AT_O0 __attribute__((noinline, optnone))
#define AT_O2 __attribute__((noinline))
#else
#define AT_O0 __attribute__((noinline, optimize("O0")))
#define AT_O2 __attribute__((noinline, optimize("O2")))
#endif

enum { FRAMES_MAX = 4000 };

struct walked {
	size_t count;
	struct unwind_frame frames[FRAMES_MAX];
};

static struct walked ours, theirs;
static uint64_t stack_top;

/* Not inlined: its own frame lies below all that the caller's has saved. */
__attribute__((noinline)) static struct unwind_space stack_space(void)
{
	struct unwind_space where = { NULL, allotype_index.files, 0,
				      stack_top };

	where.stack_base = (uintptr_t)__builtin_frame_address(0);
	return where;
}

static void walk_ours(struct walked *walked, const struct unwind_frame *first)
{
	struct unwind_space where = stack_space();
	struct unwind_frame frame = *first;

	walked->count = 0;
	do {
		/* Now: later the stack is another. */
		if (unwind_cfa(&where, &frame) != STATUS_OK)
			frame.cfa = 0;
		walked->frames[walked->count++] = frame;
	} while (walked->count < FRAMES_MAX &&
		 unwind_step(&where, &frame, &frame) == STATUS_OK);
}

static void walk_theirs(struct walked *walked, unw_context_t *context)
{
	static const int registers[] = { UNW_X86_64_RBX, UNW_X86_64_RBP,
					 UNW_X86_64_R12, UNW_X86_64_R13,
					 UNW_X86_64_R14, UNW_X86_64_R15,
					 UNW_REG_IP, UNW_REG_SP };
	static const int numbers[] = { 3, 6, 12, 13, 14, 15, 16, 7 };
	unw_cursor_t cursor;

	walked->count = 0;
	unw_init_local(&cursor, context);
	do {
		struct unwind_frame *frame = &walked->frames[walked->count++];

		for (size_t i = 0; i < 8; i++) {
			unw_word_t value = 0;

			unw_get_reg(&cursor, registers[i], &value);
			frame->registers[numbers[i]] = value;
		}
	} while (walked->count < FRAMES_MAX && unw_step(&cursor) > 0);
}

static void compare_frames(void)
{
	static const int numbers[] = { 16, 7, 3, 6, 12, 13, 14, 15 };
	size_t count = ours.count;

	/* libunwind may list one more, with a return address of zero. */
	assert_in_range(theirs.count, count, count + 1);
	for (size_t i = 1; i < count; i++) {
		for (size_t k = 0; k < 8; k++) {
			int n = numbers[k];

			if (ours.frames[i].valid & (1u << n))
				assert_int_equal(ours.frames[i].registers[n],
						 theirs.frames[i].registers[n]);
		}
		/* Those that every caller has back. */
		assert_int_equal(ours.frames[i].valid & 0x1f0c8, 0x1f0c8);
	}
}

/* The two captures differ in their pc within this function alone. */
__attribute__((noinline)) static void check_here(void)
{
	struct unwind_frame first;
	unw_context_t context;

	unw_getcontext(&context);
	unwind_capture(&first);
	walk_ours(&ours, &first);
	walk_theirs(&theirs, &context);
	compare_frames();
}

/* ---- all kinds of frames ---- */

AT_O0 static int deep(int depth)
{
	volatile int local = depth;

	if (depth == 0)
		check_here();
	else
		deep(depth - 1);
	return local;
}

AT_O2 static unsigned int
fast(unsigned int depth, unsigned int a)
{
	unsigned int result;

	if (depth == 0) {
		check_here();
		return a;
	}
	result = fast(depth - 1, a * 3);
	__asm__ volatile("" : : : "rbx", "r12", "r13", "r14", "r15");
	return result + a;
}

AT_O2 static int varying(int depth)
{
	char *block = alloca((size_t)(depth * 17 + 1));

	memset(block, depth, (size_t)(depth * 17 + 1));
	if (depth == 0)
		check_here();
	else
		varying(depth - 1);
	__asm__ volatile("" : : "r"(block) : "memory");
	return block[0];
}

static void test_deep(void **state)
{
	(void)state;
	deep(1000);
	assert_true(ours.count > 1000);
}

static void test_optimized(void **state)
{
	(void)state;
	fast(100, 7);
	assert_true(ours.count > 100);
}

static void test_alloca(void **state)
{
	(void)state;
	varying(50);
	assert_true(ours.count > 50);
}

static int compare_in_sort(const void *a, const void *b)
{
	static int calls;

	if (calls++ == 3)
		check_here();
	return *(const int *)a - *(const int *)b;
}

static void test_through_libc(void **state)
{
	int numbers[8] = { 5, 2, 7, 1, 8, 3, 6, 4 };

	(void)state;
	qsort(numbers, 8, sizeof numbers[0], compare_in_sort);
	assert_int_equal(numbers[0], 1);
	assert_true(ours.count > 4);
}

static volatile sig_atomic_t handled;

static void on_signal(int number)
{
	(void)number;
	check_here();
	handled++;
}

__attribute__((noinline)) static void raise_deep(int depth)
{
	volatile int local = depth;

	if (depth == 0)
		raise(SIGUSR1);
	else
		raise_deep(depth - 1);
	(void)local;
}

/* In a handler; the frame below the handler is the trampoline's. */
static void test_signal(void **state)
{
	int trampolines = 0;

	(void)state;
	signal(SIGUSR1, on_signal);
	raise_deep(20);
	signal(SIGUSR1, SIG_DFL);
	assert_int_equal(handled, 1);
	assert_true(ours.count > 24);
	for (size_t i = 0; i + 1 < ours.count; i++) {
		const struct unwind_frame *frame = &ours.frames[i];

		assert_true(frame->cfa > frame->registers[UNWIND_RSP]);
		assert_int_equal(ours.frames[i + 1].is_call,
				 !frame->is_signal);
		trampolines += frame->is_signal;
	}
	assert_int_equal(trampolines, 1);
}

/* Interrupted at any instruction, lazily bound calls included: a timer
 * fires while a loop calls through the PLT. */
static volatile sig_atomic_t ticks;
static volatile sig_atomic_t tick_outermost;

static void on_tick(int number)
{
	struct unwind_frame first;

	(void)number;
	unwind_capture(&first);
	walk_ours(&ours, &first);
	ticks++;
	/* All the way out, to where main's caller has its frame. */
	if (ours.frames[ours.count - 1].registers[UNWIND_RSP] +
		    4096 > stack_top - 32768)
		tick_outermost++;
}

static void test_any_instruction(void **state)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
				  .sigev_signo = SIGUSR2 };
	struct itimerspec interval = { { 0, 200000 }, { 0, 200000 } };
	timer_t timer;
	volatile unsigned long sum = 0;

	(void)state;
#ifdef __SANITIZE_THREAD__
	skip(); /* ThreadSanitizer hands signals on at its own points only. */
#endif
	signal(SIGUSR2, on_tick);
	assert_int_equal(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
	timer_settime(timer, 0, &interval, NULL);
	while (ticks < 300)
		sum += strlen("abc") + (unsigned long)rand() +
		       (unsigned long)labs((long)sum);
	timer_delete(timer);
	signal(SIGUSR2, SIG_DFL);
	assert_int_equal(tick_outermost, ticks);
}

/* ---- bad input ---- */

static void test_refusals(void **state)
{
	struct unwind_space where = stack_space();
	struct unwind_frame frame, caller;

	(void)state;
	unwind_capture(&frame);
	assert_int_equal(unwind_cfa(&where, &frame), STATUS_OK);
	assert_true(frame.cfa > frame.registers[UNWIND_RSP]);

	/* A pc in no file. */
	frame.registers[UNWIND_PC] = (uintptr_t)&frame;
	assert_int_equal(unwind_step(&where, &frame, &caller),
			 STATUS_NOT_FOUND);
	/* A stack that ends too early must not be read past its end. */
	unwind_capture(&frame);
	where.stack_limit = frame.registers[UNWIND_RSP];
	assert_int_equal(unwind_step(&where, &frame, &caller),
			 STATUS_BAD_INPUT);
	/* Registers that are not known. */
	where = stack_space();
	frame.valid = 0;
	assert_int_equal(unwind_step(&where, &frame, &caller),
			 STATUS_BAD_INPUT);
}

static void test_speed(void **state)
{
	struct unwind_space where = stack_space();
	struct timespec start, end;
	struct unwind_frame first;
	size_t steps = 0;
	double ns;

	(void)state;
	unwind_capture(&first);
	where.stack_base = first.registers[UNWIND_RSP];
	walk_ours(&ours, &first);
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (int i = 0; i < 1000; i++) {
		struct unwind_frame frame = first;

		while (unwind_step(&where, &frame, &frame) == STATUS_OK)
			steps++;
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	ns = (double)(end.tv_sec - start.tv_sec) * 1e9 +
	     (double)(end.tv_nsec - start.tv_nsec);
	print_message("%.0f ns a step\n", ns / (double)steps);
	/* Loose, for slow machines and sanitizers. */
	assert_true(steps > 0 && ns / (double)steps < 500000);
}

int main(int argc, char **argv, char **envp)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_deep),
		cmocka_unit_test(test_optimized),
		cmocka_unit_test(test_alloca),
		cmocka_unit_test(test_through_libc),
		cmocka_unit_test(test_signal),
		cmocka_unit_test(test_any_instruction),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_speed),
	};

	(void)argc, (void)argv;
	stack_top = (uintptr_t)envp;
	loaded_update();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
