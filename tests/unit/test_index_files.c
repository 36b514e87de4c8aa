/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "index/files.h"
#include "index/loaded.h"
#include "index/root.h"

/* Of the C library's package, and of no program's needs. */
#define LIBRARY "libresolv.so.2"
#define FUNCTION "ns_makecanon"

int exported_object[10];

static const char *text_at(uint64_t address)
{
	return (const char *)(uintptr_t)address;
}

static bool find(const void *address, struct allotype_file *file)
{
	return files_find(NULL, allotype_index.files, (uintptr_t)address, file,
			  NULL);
}

static void test_main_program(void **state)
{
	struct allotype_file file;
	struct file_segment segment;
	char path[4096] = "";

	(void)state;
	assert_true(find(exported_object, &file));
	assert_non_null(realpath("/proc/self/exe", path));
	assert_string_equal(text_at(file.path), path);
	assert_true(file.build_id_size > 0);
	assert_true(file.eh_frame_hdr > file.base);
	assert_true(files_segment(NULL, &file, (uintptr_t)exported_object,
				  &segment));
	assert_int_equal(segment.flags, PF_R | PF_W);
	assert_true(files_segment(NULL, &file, (uintptr_t)test_main_program,
				  &segment));
	assert_int_equal(segment.flags, PF_R | PF_X);
	assert_false(files_segment(NULL, &file, file.limit, &segment));
	assert_false(find(path, &file));
	assert_false(find(NULL, &file));
}

static void test_symbols(void **state)
{
	struct allotype_file file;
	struct file_symbol symbol;
	/* A function that no sanitizer intercepts. */
	const char *hsearch_at = dlsym(RTLD_DEFAULT, "hsearch_r");

	(void)state;
	assert_true(find(hsearch_at, &file));
	assert_true(files_symbol(NULL, &file, (uintptr_t)hsearch_at + 5,
				 &symbol));
	assert_string_equal(text_at(symbol.name), "hsearch_r");
	assert_int_equal(symbol.base, (uintptr_t)hsearch_at);
	assert_int_equal(symbol.type, STT_FUNC);
	assert_true(symbol.size > 5);
	assert_false(files_symbol(NULL, &file, file.base, &symbol));
}

/* Everything dl_iterate_phdr tells is found again, the vdso included. */
static int check_object(struct dl_phdr_info *info, size_t size, void *context)
{
	struct allotype_file file, same;
	uint64_t node;

	(void)size;
	assert_true(find(info->dlpi_phdr, &file));
	assert_int_equal(file.bias, info->dlpi_addr);
	assert_true(files_find_serial(NULL, allotype_index.files, file.serial,
				      &same, &node));
	assert_int_equal(same.base, file.base);
	assert_true(file.path != 0);
	++*(int *)context;
	return 0;
}

static void test_all_objects(void **state)
{
	int count = 0;
	struct allotype_file file;

	(void)state;
	dl_iterate_phdr(check_object, &count);
	assert_true(count >= 4);
	assert_false(files_find_serial(NULL, allotype_index.files, 12345,
				       &file, NULL));
}

static int opened_count, closed_count;

static void on_open(struct allotype_file *node)
{
	assert_true(node->base < node->limit);
	opened_count++;
}

static void on_close(struct allotype_file *node)
{
	assert_int_equal(node->loaded, 0);
	closed_count++;
}

static size_t count_nodes(void)
{
	size_t count = 0;
	uint64_t at = allotype_index.files;

	for (; at; count++)
		at = ((const struct allotype_file *)(uintptr_t)at)->next;
	return count;
}

static void close_library(void *library)
{
	loaded_close_begin();
	dlclose(library);
	loaded_update();
	loaded_close_end();
}

static void test_open_and_close(void **state)
{
	struct allotype_file file, again;
	struct file_symbol symbol;
	uint64_t function, node;
	void *library = dlopen(LIBRARY, RTLD_NOW);
	size_t nodes = count_nodes();

	(void)state;
	assert_non_null(library);
	loaded_set_listener(on_open, on_close);
	opened_count = closed_count = 0;
	function = (uintptr_t)dlsym(library, FUNCTION);
	assert_true(function != 0);
	assert_false(find((void *)function, &file));
	assert_true(loaded_refresh());
	assert_false(loaded_refresh());
	assert_int_equal(opened_count, 1);
	assert_true(files_find(NULL, allotype_index.files, function, &file,
			       &node));
	assert_non_null(strstr(text_at(file.path), LIBRARY));
	assert_true(files_enter(node));
	files_leave(node);

	close_library(library);
	assert_int_equal(closed_count, 1);
	assert_false(find((void *)function, &again));
	assert_false(files_enter(node));
	assert_true(files_find_serial(NULL, allotype_index.files, file.serial,
				      &again, NULL));
	/* Its names outlive it. */
	assert_true(files_symbol(NULL, &again, function, &symbol));
	assert_string_equal(text_at(symbol.name), FUNCTION);
	assert_int_equal(count_nodes(), nodes + 1);
	loaded_set_listener(NULL, NULL);
}

/* A library that comes and goes for ever does not make the list grow. */
static void test_bounded(void **state)
{
	size_t nodes = 0;

	(void)state;
	for (int i = 0; i < 200; i++) {
		void *library = dlopen(LIBRARY, RTLD_NOW);

		loaded_update();
		close_library(library);
		if (i == 20)
			nodes = count_nodes();
	}
	/* The kernel may choose a new place now and then. */
	assert_in_range(count_nodes(), nodes, nodes + 20);
}

/* ---- readers against dlclose ---- */

static uint64_t shared_address;
static int stopping;

static void *read_for_ever(void *context)
{
	uint64_t *good = context;

	while (!__atomic_load_n(&stopping, __ATOMIC_RELAXED)) {
		uint64_t address =
			__atomic_load_n(&shared_address, __ATOMIC_ACQUIRE);
		struct allotype_file file;
		struct file_symbol symbol;
		uint64_t node;
		uint64_t files = __atomic_load_n(&allotype_index.files,
						 __ATOMIC_ACQUIRE);

		if (!files_find(NULL, files, address, &file, &node))
			continue;
		if (files_symbol(NULL, &file, address, &symbol) &&
		    strcmp(text_at(symbol.name), FUNCTION) == 0)
			__atomic_fetch_add(good, 1, __ATOMIC_RELAXED);
		if (!files_enter(node))
			continue;
		/* The file's own memory: gone after a dlclose. */
		if (*(const volatile uint8_t *)(uintptr_t)file.eh_frame_hdr ==
		    1)
			__atomic_fetch_add(good, 1, __ATOMIC_RELAXED);
		files_leave(node);
	}
	return NULL;
}

/* Enough rounds, and a busy machine has let the readers run as well. */
static bool is_enough(int rounds, const uint64_t *good)
{
	return rounds >= 300 &&
	       (rounds >= 100000 ||
		__atomic_load_n(good, __ATOMIC_RELAXED) > 0);
}

static void test_readers_during_close(void **state)
{
	uint64_t good = 0;
	pthread_t threads[2];

	(void)state;
	stopping = 0;
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, read_for_ever, &good);
	for (int i = 0; !is_enough(i, &good); i++) {
		void *library = dlopen(LIBRARY, RTLD_NOW);

		__atomic_store_n(&shared_address,
				 (uintptr_t)dlsym(library, FUNCTION),
				 __ATOMIC_RELEASE);
		loaded_update();
		for (int k = 0; k < 200; k++)
			__builtin_ia32_pause();
		close_library(library);
	}
	__atomic_store_n(&stopping, 1, __ATOMIC_RELAXED);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	assert_true(good > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_main_program),
		cmocka_unit_test(test_symbols),
		cmocka_unit_test(test_all_objects),
		cmocka_unit_test(test_open_and_close),
		cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_readers_during_close),
	};

	loaded_update();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
