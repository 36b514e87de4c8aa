/* SPDX-License-Identifier: Apache-2.0 */
/* Finding metadata files for loaded files, and the rules in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "allotype.h"
#include "index/root.h"
#include "meta_writer.h"
#include "type/metadata.h"
#include "type/site_rules.h"

static char directory[] = "/tmp/allotype-test-XXXXXX";

static void cache_path(const uint8_t *id, char *path, size_t size)
{
	snprintf(path, size, "%s/%02x", directory, id[0]);
	mkdir(path, 0700);
	snprintf(path, size, "%s/%02x/%02x%02x%02x.meta", directory, id[0],
		 id[1], id[2], id[3]);
}

static void write_file(const char *path, const void *data, size_t size)
{
	FILE *stream = fopen(path, "w");

	assert_non_null(stream);
	assert_int_equal(fwrite(data, 1, size, stream), size);
	assert_int_equal(fclose(stream), 0);
}

static void *make_metadata(const uint8_t *id, size_t *size)
{
	struct meta_writer *writer = meta_writer_create();
	struct allotype_meta_rule rules[] = {
		{ .cfa_offset = 48, .rbp_offset = -16,
		  .base = ALLOTYPE_META_BASE_RBP },
		{ .cfa_offset = 8, .base = 200 },
	};
	struct allotype_meta_site sites[] = {
		{ .address = 0x1010, .rule = ALLOTYPE_META_NONE },
		{ .address = 0x1020, .rule = 0,
		  .kind = ALLOTYPE_META_SITE_WRAPPER },
		{ .address = 0x1030, .rule = 1,
		  .kind = ALLOTYPE_META_SITE_WRAPPER },
		{ .address = 0x1040, .rule = 7,
		  .kind = ALLOTYPE_META_SITE_WRAPPER },
	};
	void *data;

	META_ADD(writer, ALLOTYPE_META_RULES, rules);
	META_ADD(writer, ALLOTYPE_META_SITES, sites);
	data = meta_writer_finish(writer, id, 4, size);
	meta_writer_destroy(writer);
	return data;
}

static struct allotype_file node_with(const uint8_t *id)
{
	struct allotype_file node = { .build_id_size = 4 };

	memcpy(node.build_id, id, 4);
	return node;
}

static int lowest_descriptor(void)
{
	int descriptor = dup(0);

	close(descriptor);
	return descriptor;
}

static void test_missing_is_harmless(void **state)
{
	static const uint8_t id[] = { 1, 2, 3, 4 };
	struct allotype_file node = node_with(id), anonymous = { .serial = 1 };

	(void)state;
	assert_int_equal(metadata_load(&node), STATUS_NOT_FOUND);
	assert_int_equal(node.metadata, 0);
	assert_int_equal(metadata_load(&anonymous), STATUS_NOT_FOUND);
}

static void test_loads_once_and_closes(void **state)
{
	static const uint8_t id[] = { 2, 2, 3, 4 };
	struct allotype_file first = node_with(id), second = node_with(id);
	int descriptor = lowest_descriptor();
	char path[256];
	size_t size;
	void *data = make_metadata(id, &size);

	(void)state;
	cache_path(id, path, sizeof path);
	write_file(path, data, size);
	free(data);
	assert_int_equal(metadata_load(&first), STATUS_OK);
	assert_non_null(metadata_of(&first));
	assert_string_equal((const char *)(uintptr_t)first.metadata_path,
			    path);
	/* A file that is replaced leaves the old one alone. */
	unlink(path);
	assert_int_equal(metadata_load(&second), STATUS_OK);
	assert_ptr_equal(metadata_of(&first), metadata_of(&second));
	assert_int_equal(metafile_count(metadata_of(&first),
					ALLOTYPE_META_SITES),
			 4);
	assert_int_equal(lowest_descriptor(), descriptor);
}

static void expect_refused(const uint8_t *id, const void *data, size_t size)
{
	struct allotype_file node = node_with(id);
	int descriptor = lowest_descriptor();
	char path[256];

	cache_path(id, path, sizeof path);
	write_file(path, data, size);
	assert_int_equal(metadata_load(&node), STATUS_BAD_INPUT);
	assert_int_equal(node.metadata, 0);
	assert_int_equal(lowest_descriptor(), descriptor);
}

static void test_bad_files_are_ignored(void **state)
{
	static const uint8_t id[] = { 3, 2, 3, 4 }, other[] = { 3, 9, 9, 9 };
	size_t size;
	unsigned char *data = make_metadata(id, &size);

	(void)state;
	expect_refused(id, data, size - 8);
	expect_refused(id, data, 0);
	expect_refused(other, data, size);
	data[20] ^= 1;
	expect_refused(id, data, size);
	free(data);
}

/* A fifo must not block, a directory not be mapped. */
static void test_strange_files_are_ignored(void **state)
{
	static const uint8_t fifo[] = { 4, 2, 3, 4 }, folder[] = { 5, 2, 3, 4 };
	struct allotype_file node = node_with(fifo);
	char path[256];

	(void)state;
	cache_path(fifo, path, sizeof path);
	assert_int_equal(mkfifo(path, 0600), 0);
	alarm(10);
	assert_int_not_equal(metadata_load(&node), STATUS_OK);
	alarm(0);
	node = node_with(folder);
	cache_path(folder, path, sizeof path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_not_equal(metadata_load(&node), STATUS_OK);
}

static void test_rules(void **state)
{
	static const uint8_t id[] = { 6, 2, 3, 4 };
	static Elf64_Phdr header = { .p_type = PT_LOAD, .p_memsz = 0x2000 };
	static struct allotype_file node;
	const uint64_t bias = 0x7000000;
	struct site_origin origin;
	char path[256];
	size_t size;
	void *data = make_metadata(id, &size);

	(void)state;
	node = node_with(id);
	node.serial = 5;
	node.loaded = 1;
	node.bias = node.base = bias;
	node.limit = bias + 0x2000;
	node.program_headers = (uint64_t)(uintptr_t)&header;
	node.program_header_count = 1;
	allotype_index.files = (uint64_t)(uintptr_t)&node;

	assert_false(site_rules_resolve(bias + 0x5000, &origin));
	assert_true(site_rules_resolve(bias + 0x1010, &origin));
	assert_int_equal(origin.file, 5);
	assert_int_equal(origin.offset, 0x1010);
	assert_int_equal(origin.flags, ALLOTYPE_SITE_DIRECT);

	cache_path(id, path, sizeof path);
	write_file(path, data, size);
	free(data);
	assert_int_equal(metadata_load(&node), STATUS_OK);
	assert_true(site_rules_resolve(bias + 0x1010, &origin));
	assert_int_equal(origin.flags, 0);
	assert_false(origin.in_wrapper);
	assert_true(site_rules_resolve(bias + 0x1020, &origin));
	assert_true(origin.in_wrapper);
	assert_int_equal(origin.base, SITE_BASE_RBP);
	assert_int_equal(origin.cfa_offset, 48);
	assert_int_equal(origin.rbp_offset, -16);
	/* A rule that makes no sense, and one that is not there. */
	for (uint64_t site = 0x1030; site <= 0x1040; site += 0x10) {
		assert_true(site_rules_resolve(bias + site, &origin));
		assert_false(origin.in_wrapper);
		assert_int_equal(origin.flags, ALLOTYPE_SITE_IN_WRAPPER);
	}
}

static int setup(void **state)
{
	static char variable[128];
	char *environment[] = { variable, NULL };

	(void)state;
	if (!mkdtemp(directory))
		return 1;
	snprintf(variable, sizeof variable, "ALLOTYPE_META_DIR=%s", directory);
	metadata_init(environment);
	return 0;
}

static int teardown(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof command, "rm -rf '%s'", directory);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_missing_is_harmless),
		cmocka_unit_test(test_loads_once_and_closes),
		cmocka_unit_test(test_bad_files_are_ignored),
		cmocka_unit_test(test_strange_files_are_ignored),
		cmocka_unit_test(test_rules),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
