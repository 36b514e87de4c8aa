/* SPDX-License-Identifier: Apache-2.0 */
/* Looking into a child process: memory, mappings, registers, images. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "target/image.h"
#include "target/target.h"

static char marker[] = "a marker in static memory";
static char *pages;   /* three; the middle one is not accessible */
static pid_t child;
static volatile int spinning;

enum { PAGE = 4096 };

static void start_child(void (*body)(void))
{
	int ready[2];
	char byte;

	assert_int_equal(pipe(ready), 0);
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (write(ready[1], "r", 1) == 1)
			body();
		_exit(0);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
}

static void wait_for_signals(void)
{
	for (;;)
		pause();
}

static void spin(void)
{
	while (!spinning)
		;
}

static void stop_child(void)
{
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
}

static struct target *open_child(void)
{
	char name[16];
	struct target *target = NULL;

	snprintf(name, sizeof name, "%d", (int)child);
	assert_int_equal(target_open(name, &target), STATUS_OK);
	return target;
}

static void test_memory(void **state)
{
	char buffer[2 * PAGE] = "";
	const struct space *space;
	struct target *target;
	uint64_t at = (uintptr_t)pages;

	(void)state;
	start_child(wait_for_signals);
	target = open_child();
	space = target_space(target);
	assert_true(space->read(space, (uintptr_t)marker, buffer,
				sizeof marker));
	assert_string_equal(buffer, marker);
	/* Within, up to the end of, and across the end of what is mapped. */
	assert_true(space->read(space, at + 16, buffer, 1));
	assert_int_equal(buffer[0], 'x');
	assert_true(space->read(space, at, buffer, PAGE));
	assert_false(space->read(space, at, buffer, PAGE + 1));
	assert_false(space->read(space, at + PAGE, buffer, 1));
	assert_true(space->read(space, at + 2 * PAGE, buffer, PAGE));
	assert_false(space->read(space, UINT64_MAX - 4, buffer, 64));
	target_close(target);
	stop_child();
}

static void test_mappings(void **state)
{
	const struct target_mapping *mapping;
	struct target *target;
	uint64_t last = 0;

	(void)state;
	start_child(wait_for_signals);
	target = open_child();
	for (size_t n = 0; n < target->mapping_count; n++) {
		assert_true(target->mappings[n].base >= last);
		last = target->mappings[n].limit;
		assert_true(last > target->mappings[n].base);
	}
	mapping = target_mapping_at(target, (uintptr_t)&last);
	assert_non_null(mapping);
	assert_string_equal(mapping->path, "[stack]");
	mapping = target_mapping_at(target, (uintptr_t)pages + PAGE);
	assert_non_null(mapping);
	assert_int_equal(mapping->protection, PROT_NONE);
	assert_null(mapping->path);
	assert_null(target_mapping_at(target, 8));
	target_close(target);
	stop_child();
}

static uint64_t check_registers(struct target *target)
{
	struct unwind_frame frame;
	const struct target_mapping *mapping;
	int status;

	assert_int_equal(target->operations->registers(target, child, &frame),
			 STATUS_OK);
	mapping = target_mapping_at(target, frame.registers[UNWIND_RSP]);
	assert_non_null(mapping);
	assert_string_equal(mapping->path, "[stack]");
	mapping = target_mapping_at(target, frame.registers[UNWIND_PC]);
	assert_non_null(mapping);
	assert_true(mapping->protection & PROT_EXEC);
	assert_int_not_equal(frame.valid & 1u << UNWIND_RBP, 0);
	/* It goes on, untraced: nothing has changed for its parent. */
	assert_int_equal(waitpid(child, &status, WNOHANG | WUNTRACED), 0);
	return frame.registers[UNWIND_PC];
}

static void test_registers_waiting(void **state)
{
	struct target *target;

	(void)state;
	start_child(wait_for_signals);
	target = open_child();
	for (int n = 0; n < 10; n++)
		check_registers(target);
	target_close(target);
	stop_child();
}

static void test_registers_running(void **state)
{
	struct target *target;
	uint64_t from = (uintptr_t)spin, pc = 0;

	(void)state;
	start_child(spin);
	target = open_child();
	for (int n = 0; n < 1000 && pc - from >= 128; n++) {
		pc = check_registers(target);
		usleep(1000);
	}
	assert_true(pc - from < 128);
	target_close(target);
	stop_child();
}

static void test_registers_of_nobody(void **state)
{
	struct unwind_frame frame;
	struct target *target;

	(void)state;
	start_child(wait_for_signals);
	target = open_child();
	assert_int_equal(target->operations->registers(target, 1 << 29,
						       &frame),
			 STATUS_NOT_FOUND);
	target_close(target);
	stop_child();
}

static void test_image(void **state)
{
	const struct target_mapping *first = NULL;
	struct image_id in_memory;
	struct image_file file;
	struct target *target;
	uint64_t address = 0;

	(void)state;
	start_child(wait_for_signals);
	target = open_child();
	for (size_t n = 0; n < target->mapping_count && !first; n++)
		if (target->mappings[n].path &&
		    strstr(target->mappings[n].path, "/libc.so"))
			first = &target->mappings[n];
	assert_non_null(first);
	assert_int_equal(image_memory_id(target_space(target), first->base,
					 &in_memory), STATUS_OK);
	assert_int_equal(image_file_examine(first->path, &file), STATUS_OK);
	assert_true(file.is_elf && file.is_64_bit);
	assert_true(image_id_equal(&in_memory, &file.id));
	assert_int_equal(image_memory_symbol(target_space(target), first->base,
					     "environ", &address), STATUS_OK);
	assert_non_null(target_mapping_at(target, address));
	assert_int_equal(image_memory_symbol(target_space(target), first->base,
					     "no_such_symbol", &address),
			 STATUS_NOT_FOUND);
	/* The stack is no ELF image. */
	assert_int_equal(image_memory_id(target_space(target),
					 (uintptr_t)pages, &in_memory),
			 STATUS_BAD_INPUT);
	target_close(target);
	stop_child();
}

static void test_no_runtime(void **state)
{
	struct target *target;

	(void)state;
	start_child(wait_for_signals);
	target = open_child();
	assert_int_equal(target_find_runtime(target), STATUS_NOT_FOUND);
	target_close(target);
	stop_child();
}

static void test_bad_names(void **state)
{
	struct target *target = NULL;

	(void)state;
	assert_int_not_equal(target_open("0", &target), STATUS_OK);
	assert_int_not_equal(target_open("99999999999999", &target),
			     STATUS_OK);
	assert_int_not_equal(target_open("2147483000", &target), STATUS_OK);
	assert_int_not_equal(target_open("/nonexistent", &target), STATUS_OK);
	assert_int_not_equal(target_open("/proc/self/exe", &target),
			     STATUS_OK);
	assert_int_not_equal(target_open("/etc/passwd", &target), STATUS_OK);
	assert_null(target);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_mappings),
		cmocka_unit_test(test_registers_waiting),
		cmocka_unit_test(test_registers_running),
		cmocka_unit_test(test_registers_of_nobody),
		cmocka_unit_test(test_image),
		cmocka_unit_test(test_no_runtime),
		cmocka_unit_test(test_bad_names),
	};

	pages = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED || mprotect(pages + PAGE, PAGE, PROT_NONE))
		return 1;
	memset(pages, 'x', PAGE);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
