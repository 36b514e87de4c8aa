/* SPDX-License-Identifier: Apache-2.0 */
/* Where the memory of classes comes from: mappers of the test, files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <dirent.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "heap/class.h"
#include "heap/mapper.h"
#include "class_user.h"

enum { OBJECTS = 5000 };

static void *objects[OBJECTS];

static struct alloc_class *make_mapped(const char *mapper, size_t size)
{
	return make((struct alloc_class_config){ .size = size,
						 .mapper = mapper });
}

static enum status add_mapper(const struct alloc_mapper *mapper)
{
	enum status status;

	lock_acquire(&kinds_lock);
	status = mapper_register(mapper);
	lock_release(&kinds_lock);
	return status;
}

/* ---- a mapper of the test's own ---- */

static struct own {
	size_t reserved, committed, decommitted, released;
	uintptr_t base, limit;
	bool full;
} own;

static void *own_reserve(void *context, size_t size, size_t align)
{
	struct own *it = context;
	char *base = mmap(NULL, size + align, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (it->full || base == MAP_FAILED)
		return NULL;
	base += align - (uintptr_t)base % align;
	it->reserved += size;
	it->base = (uintptr_t)base;
	it->limit = it->base + size;
	return base;
}

static bool own_commit(void *context, void *base, size_t size)
{
	struct own *it = context;

	assert_int_equal((uintptr_t)base % 65536, 0);
	assert_int_equal(size % 65536, 0);
	assert_true((uintptr_t)base >= it->base &&
		    (uintptr_t)base + size <= it->limit);
	if (it->full)
		return false;
	it->committed += size;
	return !mprotect(base, size, PROT_READ | PROT_WRITE);
}

static bool own_decommit(void *context, void *base, size_t size)
{
	struct own *it = context;

	it->decommitted += size;
	return !madvise(base, size, MADV_DONTNEED);
}

static void own_release(void *context, void *base, size_t size)
{
	struct own *it = context;

	it->released += size;
	munmap(base, size);
}

static const struct alloc_mapper own_mapper = {
	.name = "own",
	.context = &own,
	.reserve = own_reserve,
	.commit = own_commit,
	.decommit = own_decommit,
	.release = own_release,
};

static void test_registration(void **unused)
{
	struct alloc_mapper bad = own_mapper;
	const struct alloc_class_config config = { .size = 8,
						    .mapper = "nobody's" };
	struct alloc_class *made;

	(void)unused;
	assert_int_equal(add_mapper(&own_mapper), STATUS_OK);
	assert_int_equal(add_mapper(&own_mapper), STATUS_MISUSE);
	bad.name = "file";
	assert_int_equal(add_mapper(&bad), STATUS_MISUSE);
	bad.name = NULL;
	assert_int_equal(add_mapper(&bad), STATUS_BAD_INPUT);
	bad.name = "bad";
	bad.commit = NULL;
	assert_int_equal(add_mapper(&bad), STATUS_BAD_INPUT);
	assert_int_equal(class_register(&config, 1, &made), STATUS_BAD_INPUT);
}

static void test_own_mapper(void **unused)
{
	struct alloc_class *made = make_mapped("own", 200), *other = make_mapped("own", 200);
	struct alloc_class_stats stats, others;

	(void)unused;
	for (int i = 0; i < OBJECTS; i++) {
		objects[i] = take(made);
		memset(objects[i], 1, 200);
		assert_in_range((uintptr_t)objects[i], own.base, own.limit);
		assert_in_range((uintptr_t)take(other), own.base, own.limit);
	}
	class_get_stats(made, &stats);
	class_get_stats(other, &others);
	assert_int_equal(stats.mapped_bytes + others.mapped_bytes,
			 own.committed);
	for (int i = 0; i < OBJECTS; i++)
		give(made, objects[i]);
	heap_trim();
	assert_int_equal(own.decommitted, 0);
	assert_true(kinds_trim_kind(made->kind));
	assert_true(own.decommitted > 0);
	assert_false(kinds_trim_kind(made->kind));
	for (int i = 0; i < OBJECTS; i++)
		assert_ptr_equal(class_of((uintptr_t)take(made)), made);
	class_get_stats(made, &others);
	assert_int_equal(others.mapped_bytes, stats.mapped_bytes);
	heap_check();
}

static void test_exhaustion(void **unused)
{
	struct alloc_class *made = make_mapped("own", 4096);
	int count = 0, again = 0;

	(void)unused;
	objects[0] = take(made);
	assert_non_null(objects[0]);
	own.full = true;
	while (take(made))
		count++;
	assert_in_range(count, 1, OBJECTS);
	assert_null(take(made));
	give(made, objects[0]);
	assert_non_null(take(made));
	assert_null(take(made));
	assert_null(take(make_mapped("own", 16)));
	own.full = false;
	while (again < OBJECTS && take(made))
		again++;
	assert_int_equal(again, OBJECTS);
	heap_check();
}

/* ---- files ---- */

static unsigned int count_entries(const char *directory)
{
	DIR *stream = opendir(directory);
	unsigned int count = 0;

	assert_non_null(stream);
	while (readdir(stream))
		count++;
	closedir(stream);
	return count;
}

/* Bytes of mappings whose files were in DIRECTORY. */
static size_t mapped_from(const char *directory)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[4096];
	size_t bytes = 0;

	assert_non_null(maps);
	while (fgets(line, sizeof line, maps)) {
		unsigned long base, limit;

		if (strstr(line, directory) &&
		    sscanf(line, "%lx-%lx rw-s", &base, &limit) == 2) {
			assert_non_null(strstr(line, "(deleted)"));
			bytes += limit - base;
		}
	}
	fclose(maps);
	return bytes;
}

static void set_directory(const char *directory)
{
	lock_acquire(&kinds_lock);
	assert_true(mapper_set_directory(directory));
	lock_release(&kinds_lock);
}

static char directory[] = "/tmp/allotype-mapper-XXXXXX";

static void test_files(void **unused)
{
	struct alloc_class *made = make_mapped("file", 100);
	struct alloc_class_stats stats;
	unsigned int descriptors;

	(void)unused;
	assert_non_null(mkdtemp(directory));
	set_directory(directory);
	descriptors = count_entries("/proc/self/fd");
	for (int i = 0; i < OBJECTS; i++) {
		objects[i] = take(made);
		assert_non_null(objects[i]);
		memset(objects[i], i, 100);
	}
	class_get_stats(made, &stats);
	assert_int_equal(mapped_from(directory), stats.mapped_bytes);
	assert_int_equal(count_entries("/proc/self/fd"), descriptors);
	assert_int_equal(count_entries(directory), 2);
	for (int i = 0; i < OBJECTS; i++) {
		assert_int_equal(((unsigned char *)objects[i])[99],
				 (unsigned char)i);
		give(made, objects[i]);
	}
	assert_true(kinds_trim_kind(made->kind));
	heap_check();
}

static void test_no_directory(void **unused)
{
	struct alloc_class *made = make_mapped("file", 100);
	static char too_long[5000];

	(void)unused;
	set_directory("/nonexistent/directory");
	assert_null(take(made));
	set_directory(directory);
	assert_non_null(take(made));
	memset(too_long, 'x', sizeof too_long - 1);
	assert_false(mapper_set_directory(too_long));
}

/* The child leaves the parent's objects alone and gets memory of its own. */
static void test_fork(void **unused)
{
	struct alloc_class *made = make_mapped("file", 64);
	struct alloc_class_stats stats;
	int status;
	pid_t child;

	(void)unused;
	for (int i = 0; i < OBJECTS; i++)
		strcpy(objects[i] = take(made), "parent's");
	for (int i = 0; i < OBJECTS; i += 2)
		give(made, objects[i]);
	heap_fork_prepare();
	child = fork();
	if (!child) {
		heap_fork_child();
		for (int i = 1; i < OBJECTS; i += 4)
			give(made, objects[i]);
		for (int i = 0; i < OBJECTS; i++) {
			char *p = take(made);

			for (int k = 0; k < OBJECTS; k++)
				if (p == objects[k])
					_exit(1);
			strcpy(p, "child's");
			if (i % 3)
				give(made, p);
		}
		heap_check();
		_exit(0);
	}
	heap_fork_parent();
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	for (int i = 0; i < OBJECTS; i++)
		assert_string_equal(objects[i], "parent's");
	class_get_stats(made, &stats);
	assert_int_equal(stats.live, OBJECTS / 2);
	heap_check();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_registration),
		cmocka_unit_test(test_own_mapper),
		cmocka_unit_test(test_exhaustion),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_no_directory),
		cmocka_unit_test(test_fork),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	rmdir(directory);
	return failed;
}
