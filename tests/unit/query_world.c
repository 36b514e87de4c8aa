/* SPDX-License-Identifier: Apache-2.0 */
#include "query_world.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "allotype.h"
#include "heap/heap.h"
#include "heap/sites.h"
#include "meta_writer.h"
#include "type/types.h"

static struct allotype_index root;
static struct allotype_file file;
static struct allotype_start start;
static Elf64_Phdr program_header;
static struct metafile metafile;
static struct world world;

struct names {
	uint32_t number, real, character, point, weasel, home, message, main;
	uint32_t stars;
};

static void write_types(struct meta_writer *writer, struct names *names)
{
	names->number = meta_writer_base(writer, "int", 4, 5);
	names->real = meta_writer_base(writer, "double", 8, 4);
	names->character = meta_writer_base(writer, "char", 1, 6);
	names->point = meta_writer_record(
		writer, ALLOC_KIND_STRUCT, "struct point", 8,
		(struct meta_field[]){
			{ .name = "x", .type = names->number },
			{ .name = "y", .type = names->number, .offset = 4 } },
		2);
	names->weasel = meta_writer_record(
		writer, ALLOC_KIND_STRUCT, "struct weasel", 24,
		(struct meta_field[]){
			{ .name = "age", .type = names->number },
			{ .name = "weight", .type = names->real, .offset = 8 },
			{ .name = "pos", .type = names->point, .offset = 16 } },
		3);
	names->stars = meta_writer_array(
		writer, meta_writer_pointer(writer, names->weasel), 2);
	names->home = meta_writer_record(
		writer, ALLOC_KIND_STRUCT, "struct home", 36,
		(struct meta_field[]){
			{ .name = "flags", .type = names->number,
			  .bit_offset = 3, .bit_size = 2 },
			{ .name = "at", .offset = 4,
			  .type = meta_writer_array(writer, names->point, 4) } },
		2);
	names->message = meta_writer_record(
		writer, ALLOC_KIND_STRUCT, "struct message", 4,
		(struct meta_field[]){
			{ .name = "size", .type = names->number },
			{ .name = "text", .offset = 4,
			  .type = meta_writer_array(writer, names->character, 0) } },
		2);
	names->main = meta_writer_function(
		writer, names->number,
		(uint32_t[]){
			names->number,
			meta_writer_pointer(
				writer, meta_writer_pointer(
						writer, names->character)) },
		2);
}

static void write_statics(struct meta_writer *writer,
			  const struct names *names, uint32_t source)
{
	struct allotype_meta_static statics[] = {
		{ .address = WORLD_HOME, .size = 36, .type = names->home,
		  .name = meta_writer_string(writer, "static_home"),
		  .file = source, .line = 3 },
		{ .address = WORLD_COUNTER, .size = 4, .type = names->number,
		  .name = meta_writer_string(writer, "counter"),
		  .file = source, .line = 4 },
		{ .address = WORLD_STARS, .size = 16, .type = names->stars,
		  .name = meta_writer_string(writer, "stars"),
		  .file = source, .line = 5 },
	};
	struct allotype_meta_symbol symbol = {
		.address = WORLD_MAIN, .size = WORLD_MAIN_SIZE,
		.name = meta_writer_string(writer, "main"), .type = STT_FUNC,
	};
	struct metafile_function function = {
		.low = WORLD_MAIN, .high = WORLD_MAIN + WORLD_MAIN_SIZE,
		.name = symbol.name, .type = names->main, .file = source,
		.line = 10,
	};
	struct allotype_meta_elf_section section = {
		.address = 0x2000, .size = 0x800,
		.name = meta_writer_string(writer, ".data"),
		.type = SHT_PROGBITS,
	};

	META_ADD(writer, ALLOTYPE_META_STATICS, statics);
	META_ADD(writer, ALLOTYPE_META_SYMBOLS, symbol);
	meta_writer_piece(writer, &function, NULL);
	META_ADD(writer, ALLOTYPE_META_ELF_SECTIONS, section);
}

static void write_sites(struct meta_writer *writer, const struct names *names,
			uint32_t source)
{
	uint32_t function = meta_writer_string(writer, "make_table");
	struct allotype_meta_site sites[] = {
		{ .address = WORLD_SITE_TABLE, .type = names->real,
		  .evidence = ALLOC_EVIDENCE_SIZEOF | ALLOC_EVIDENCE_VARIABLE,
		  .confidence = 95, .line = 42 },
		{ .address = WORLD_SITE_WEASEL, .type = names->weasel,
		  .evidence = ALLOC_EVIDENCE_RETURN, .confidence = 60,
		  .line = 43 },
		{ .address = WORLD_SITE_BYTES, .type = ALLOTYPE_META_NONE,
		  .flags = ALLOTYPE_META_SITE_BYTES,
		  .evidence = ALLOC_EVIDENCE_CALLEE, .confidence = 90,
		  .line = 44 },
		{ .address = WORLD_SITE_WRAPPER, .type = names->weasel,
		  .kind = ALLOTYPE_META_SITE_WRAPPER, .line = 45 },
		{ .address = WORLD_SITE_MESSAGE, .type = names->message,
		  .evidence = ALLOC_EVIDENCE_CAST, .confidence = 80,
		  .line = 46 },
		{ .address = WORLD_SITE_PREFIXED, .type = names->weasel,
		  .evidence = ALLOC_EVIDENCE_SIZEOF, .confidence = 80,
		  .type_offset = 8, .line = 47 },
	};

	for (size_t i = 0; i < sizeof sites / sizeof *sites; i++) {
		sites[i].function = function;
		sites[i].file = source;
		sites[i].rule = ALLOTYPE_META_NONE;
	}
	META_ADD(writer, ALLOTYPE_META_SITES, sites);
}

static void write_metadata(void)
{
	struct meta_writer *writer = meta_writer_create();
	struct allotype_meta_source_file source = {
		.name = meta_writer_string(writer, "src/table.c"),
	};
	uint32_t source_index = META_ADD(writer, ALLOTYPE_META_FILES, source);
	struct names names;
	size_t size;
	void *data;

	write_types(writer, &names);
	write_statics(writer, &names, source_index);
	write_sites(writer, &names, source_index);
	data = meta_writer_finish(writer, NULL, 0, &size);
	meta_writer_destroy(writer);
	if (metafile_init(&metafile, data, size, NULL, 0, NULL) != STATUS_OK)
		abort();
}

/* ---- the view ---- */

static const struct metafile *metadata(const struct query_view *view,
				       const struct allotype_file *node,
				       uint64_t address)
{
	(void)view, (void)node, (void)address;
	return world.has_metadata ? &metafile : NULL;
}

static bool mapping(const struct query_view *view, uint64_t address,
		    struct allotype_mapping *result)
{
	(void)view;
	if (address < file.base || address >= file.limit)
		return false;
	*result = (struct allotype_mapping){
		.base = file.base, .limit = file.limit, .path = file.path,
	};
	return true;
}

static bool registers(const struct query_view *view,
		      const struct allotype_thread *thread,
		      struct unwind_frame *frame)
{
	(void)view, (void)thread, (void)frame;
	return false;
}

static const char *string(const struct query_view *view, uint64_t address)
{
	(void)view;
	return (const char *)(uintptr_t)address;
}

static bool resolve(uint64_t address, struct site_origin *origin)
{
	*origin = (struct site_origin){
		.file = 1, .offset = address - file.bias,
	};
	return true;
}

static void make_file(void)
{
	static const char path[] = "/bin/prog";

	world.image = aligned_alloc(0x1000, WORLD_IMAGE_SIZE);
	memset(world.image, 0, WORLD_IMAGE_SIZE);
	program_header = (Elf64_Phdr){
		.p_type = PT_LOAD, .p_flags = PF_R | PF_W,
		.p_memsz = WORLD_IMAGE_SIZE, .p_filesz = WORLD_IMAGE_SIZE,
	};
	file = (struct allotype_file){
		.serial = 1,
		.loaded = 1,
		.bias = (uint64_t)(uintptr_t)world.image,
		.base = (uint64_t)(uintptr_t)world.image,
		.limit = (uint64_t)(uintptr_t)world.image + WORLD_IMAGE_SIZE,
		.program_headers = (uint64_t)(uintptr_t)&program_header,
		.program_header_count = 1,
		.path = (uint64_t)(uintptr_t)path,
	};
}

static void make_start(void)
{
	static char strings[] = "prog\0-x";
	static uint64_t argv[3];

	argv[0] = (uint64_t)(uintptr_t)strings;
	argv[1] = (uint64_t)(uintptr_t)(strings + 5);
	start = (struct allotype_start){
		.argc = 2,
		.argv = (uint64_t)(uintptr_t)argv,
		.strings = (uint64_t)(uintptr_t)strings,
		.strings_limit = (uint64_t)(uintptr_t)strings +
				 sizeof strings,
	};
	world.strings = strings;
	world.argv = argv;
}

struct world *world_create(void)
{
	static const struct query_operations operations = {
		.metadata = metadata,
		.mapping = mapping,
		.registers = registers,
		.string = string,
	};

	if (types_init() != STATUS_OK || !heap_init())
		abort();
	sites_set_resolver(resolve);
	site_cache_invalidate();
	write_metadata();
	make_file();
	make_start();
	root = (struct allotype_index){
		.heap = heap_published_address(),
		.sites = sites_published_address(),
		.files = (uint64_t)(uintptr_t)&file,
		.start = (uint64_t)(uintptr_t)&start,
	};
	world.view = (struct query_view){
		.index = &root, .operations = &operations,
	};
	world.has_metadata = true;
	return &world;
}

void *world_allocate(struct world *self, size_t size, uint64_t site)
{
	uint64_t frame[2] = { 0, (uint64_t)(uintptr_t)self->image + site };

	return heap_allocate(size, frame);
}

void world_free(struct world *self, void *object)
{
	heap_free(object, (uint64_t)(uintptr_t)self->image + WORLD_SITE_FREE);
}
