/* SPDX-License-Identifier: Apache-2.0 */
#include "query/profile.h"

#include <elf.h>

#include "allotype/heap_layout.h"
#include "base/sys.h"
#include "base/text.h"
#include "base/words.h"
#include "heap/lookup.h"
#include "index/files.h"
#include "query/protobuf.h"
#include "query/site.h"
#include "type/types.h"

/* Fields of profile.proto. */
enum {
	PROFILE_SAMPLE_TYPE = 1,
	PROFILE_SAMPLE,
	PROFILE_MAPPING,
	PROFILE_LOCATION,
	PROFILE_FUNCTION,
	PROFILE_STRING_TABLE,
	PROFILE_PERIOD_TYPE = 11,
	PROFILE_PERIOD,
	PROFILE_DEFAULT_SAMPLE_TYPE = 14,
};

enum {
	MESSAGE_MAX = 2048,
	STRING_MAX = 4096,
	KNOWN = 4096, /* slots of what was written before; a power of two */
	CHAINS_MAX = 1 << 20,
	SAMPLE_STEPS = 1 << 20, /* of one bucket */
	VALUES_MAX = 4,
	PAGE = SYS_PAGE_SIZE,
};

/* All live objects of a site or, estimated, of a chain; then the objects are
 * in units of ALLOTYPE_SAMPLE_UNIT. */
struct tally {
	uint64_t objects, bytes;
};

/* A string, function or location that has its number; older ones are
 * forgotten, and written again under another. */
struct known {
	uint64_t key; /* a hash; 0: empty */
	uint64_t id;
};

struct writer {
	const struct query_view *view;
	struct profile_sink *sink;
	uint64_t strings, locations, functions; /* numbers given so far */
	bool failed;
	struct known known[KNOWN];
	uint32_t count;
	struct tally tallies[]; /* by site, or by number of the chain */
};

/* ---- output ---- */

static void emit(struct writer *writer, unsigned int field, const void *bytes,
		 size_t size)
{
	uint8_t head[24];
	struct protobuf start;

	protobuf_init(&start, head, sizeof head);
	protobuf_add_varint(&start, field << 3 | 2);
	protobuf_add_varint(&start, size);
	if (writer->failed ||
	    !writer->sink->write(writer->sink, head, start.size) ||
	    !writer->sink->write(writer->sink, bytes, size))
		writer->failed = true;
}

static void emit_message(struct writer *writer, unsigned int field,
			 const struct protobuf *message)
{
	if (!message->failed)
		emit(writer, field, message->bytes, message->size);
}

static uint64_t hash_of(const void *bytes, size_t size, uint64_t kind)
{
	uint64_t hash = allotype_hash_end(allotype_hash_bytes(
		allotype_hash_begin(kind), bytes, size));

	return hash ? hash : 1;
}

static struct known *known_slot(struct writer *writer, uint64_t key)
{
	return &writer->known[key & (KNOWN - 1)];
}

/* The number of STRING in the string table; 0 for none and for "". */
static uint64_t string_id(struct writer *writer, const char *string)
{
	struct known *slot;
	uint64_t key;
	size_t size;

	if (!string || !*string)
		return 0;
	size = strnlen(string, STRING_MAX);
	key = hash_of(string, size, PROFILE_STRING_TABLE);
	slot = known_slot(writer, key);
	if (slot->key != key) {
		emit(writer, PROFILE_STRING_TABLE, string, size);
		*slot = (struct known){ key, writer->strings++ };
	}
	return slot->id;
}

/* ---- mappings: the number of a file is its serial ---- */

static void emit_mapping(struct writer *writer,
			 const struct allotype_file *file,
			 const struct file_segment *code, uint64_t offset)
{
	const struct query_view *view = writer->view;
	uint8_t bytes[MESSAGE_MAX];
	struct protobuf message;
	char id[2 * ALLOTYPE_BUILD_ID_MAX + 1] = "";

	for (uint32_t i = 0;
	     i < file->build_id_size && i < ALLOTYPE_BUILD_ID_MAX; i++) {
		id[2 * i] = "0123456789abcdef"[file->build_id[i] >> 4];
		id[2 * i + 1] = "0123456789abcdef"[file->build_id[i] & 15];
		id[2 * i + 2] = '\0';
	}
	protobuf_init(&message, bytes, sizeof bytes);
	protobuf_add_number(&message, 1, file->serial);
	protobuf_add_number(&message, 2, code->base & ~(uint64_t)(PAGE - 1));
	protobuf_add_number(&message, 3,
			    (code->limit + PAGE - 1) & ~(uint64_t)(PAGE - 1));
	protobuf_add_number(&message, 4, offset & ~(uint64_t)(PAGE - 1));
	protobuf_add_number(&message, 5, string_id(writer,
		view->operations->string(view, file->path)));
	protobuf_add_number(&message, 6, string_id(writer, id));
	emit_message(writer, PROFILE_MAPPING, &message);
}

/* The segment of FILE that holds its code. */
static void add_file(struct writer *writer, const struct allotype_file *file)
{
	for (uint32_t i = 0; i < file->program_header_count; i++) {
		struct file_segment code;
		Elf64_Phdr header;

		if (!space_read(writer->view->space,
				file->program_headers + i * sizeof header,
				&header, sizeof header))
			return;
		if (header.p_type != PT_LOAD || !(header.p_flags & PF_X))
			continue;
		code.base = header.p_vaddr + file->bias;
		code.limit = code.base + header.p_memsz;
		emit_mapping(writer, file, &code, header.p_offset);
		return;
	}
}

/* The program itself comes first, as pprof wants it. */
static void add_files(struct writer *writer)
{
	const struct query_view *view = writer->view;
	uint64_t files =
		__atomic_load_n(&view->index->files, __ATOMIC_ACQUIRE);
	struct allotype_file file;

	for (uint32_t serial = 1;
	     files_find_serial(view->space, files, serial, &file, NULL);
	     serial++)
		if (file.loaded)
			add_file(writer, &file);
}

/* ---- locations ---- */

static uint64_t function_id(struct writer *writer,
			    const struct alloc_site *code)
{
	uint64_t part[2] = { string_id(writer, code->function),
			     string_id(writer, code->file) };
	uint64_t key = hash_of(part, sizeof part, PROFILE_FUNCTION);
	struct known *slot = known_slot(writer, key);
	uint8_t bytes[64];
	struct protobuf message;

	if (slot->key == key)
		return slot->id;
	protobuf_init(&message, bytes, sizeof bytes);
	protobuf_add_number(&message, 1, ++writer->functions);
	protobuf_add_number(&message, 2, part[0]);
	protobuf_add_number(&message, 3, part[0]);
	protobuf_add_number(&message, 4, part[1]);
	emit_message(writer, PROFILE_FUNCTION, &message);
	*slot = (struct known){ key, writer->functions };
	return slot->id;
}

/* The code before return address ADDRESS, in file SERIAL or in none. */
static uint64_t emit_location(struct writer *writer, uint64_t address,
			      uint32_t serial, const struct alloc_site *code)
{
	uint8_t bytes[128], line_bytes[32];
	struct protobuf message, line;

	protobuf_init(&message, bytes, sizeof bytes);
	protobuf_init(&line, line_bytes, sizeof line_bytes);
	if (code->function) {
		protobuf_add_number(&line, 1, function_id(writer, code));
		protobuf_add_number(&line, 2, code->line);
	}
	protobuf_add_number(&message, 1, ++writer->locations);
	protobuf_add_number(&message, 2, serial);
	protobuf_add_number(&message, 3, address ? address - 1 : 0);
	if (code->function)
		protobuf_add_message(&message, 4, &line);
	emit_message(writer, PROFILE_LOCATION, &message);
	return writer->locations;
}

static uint64_t location_of_site(struct writer *writer,
				 const struct query_site *site)
{
	struct alloc_site code;

	query_site_code(writer->view, site, &code);
	if (!code.function && site->file.serial && site->file.loaded)
		query_code_complete(writer->view, &code);
	return emit_location(writer, site->raw.address,
			     site->file.loaded ? site->file.serial : 0, &code);
}

/* ---- samples ---- */

static void emit_sample(struct writer *writer, const struct protobuf *chain,
			const uint64_t *values, int count, uint64_t type)
{
	uint8_t bytes[MESSAGE_MAX], part_bytes[10 * VALUES_MAX];
	struct protobuf message, part;

	protobuf_init(&message, bytes, sizeof bytes);
	protobuf_add_message(&message, 1, chain);
	protobuf_init(&part, part_bytes, sizeof part_bytes);
	for (int i = 0; i < count; i++)
		protobuf_add_varint(&part, values[i]);
	protobuf_add_message(&message, 2, &part);
	if (type) {
		protobuf_init(&part, part_bytes, sizeof part_bytes);
		protobuf_add_number(&part, 1, string_id(writer, "type"));
		protobuf_add_number(&part, 2, type);
		protobuf_add_message(&message, 3, &part);
	}
	emit_message(writer, PROFILE_SAMPLE, &message);
}

static uint64_t type_of_site(struct writer *writer,
			     const struct query_site *site)
{
	struct query_site_type type;

	query_site_type(site, &type);
	return type.type ? string_id(writer, alloc_type_name(type.type)) : 0;
}

static void add_site(struct writer *writer, uint32_t id)
{
	const uint64_t values[] = { writer->tallies[id].objects,
				    writer->tallies[id].bytes };
	struct query_site site = { .raw = { .address = 0 } };
	uint8_t bytes[16];
	struct protobuf chain;
	uint64_t type = 0;

	protobuf_init(&chain, bytes, sizeof bytes);
	if (query_site_find(writer->view, id, &site)) {
		protobuf_add_varint(&chain, location_of_site(writer, &site));
		type = type_of_site(writer, &site);
	}
	emit_sample(writer, &chain, values, 2, type);
}

static bool count_object(void *context, const struct heap_object *object)
{
	struct writer *writer = context;

	if (object->site < writer->count) {
		writer->tallies[object->site].objects++;
		writer->tallies[object->site].bytes += object->size;
	}
	return true;
}

static void add_sites(struct writer *writer)
{
	heap_walk(writer->view->space, writer->view->index->heap, count_object,
		  writer);
	for (uint32_t id = 0; id < writer->count && !writer->failed; id++)
		if (writer->tallies[id].objects)
			add_site(writer, id);
}

/* ---- samples with call chains ---- */

/* Copies the chain at ADDRESS without its callers. */
static bool read_chain(const struct writer *writer, uint64_t address,
		       struct allotype_chain *chain)
{
	struct allotype_chain buffer;
	const struct allotype_chain *seen =
		SPACE_VIEW(writer->view->space, address, &buffer);

	if (seen)
		words_load(chain, seen, sizeof *chain);
	return seen && chain->number && chain->depth <= ALLOTYPE_CHAIN_MAX;
}

/* Copies the sample at ADDRESS; all zeros if it is just removed. */
static bool read_sample(const struct writer *writer, uint64_t address,
			struct allotype_sample *sample)
{
	struct allotype_sample buffer;
	const struct allotype_sample *seen =
		SPACE_VIEW(writer->view->space, address, &buffer);
	uint64_t next;

	if (!seen)
		return false;
	words_load(sample, seen, sizeof *sample);
	/* Its parts are of one sample if it is still the same. */
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (__atomic_load_n(&seen->base, __ATOMIC_RELAXED) != sample->base) {
		next = sample->next;
		*sample = (struct allotype_sample){ .next = next };
	}
	return true;
}

static void count_samples(struct writer *writer, uint64_t first)
{
	struct allotype_sample sample;
	struct allotype_chain chain;

	for (int i = 0; first && i < SAMPLE_STEPS; i++) {
		if (!read_sample(writer, first, &sample))
			return;
		first = sample.next;
		if (!sample.base ||
		    !read_chain(writer, sample.chain, &chain) ||
		    chain.number >= writer->count)
			continue;
		writer->tallies[chain.number].objects += sample.weight;
		writer->tallies[chain.number].bytes +=
			allotype_sample_bytes(sample.size, sample.weight);
	}
}

static uint64_t location_of_caller(struct writer *writer, uint64_t address,
				   uint32_t newest)
{
	const struct query_view *view = writer->view;
	struct alloc_site code = { .line = 0 };
	struct allotype_file file;
	uint64_t part[2] = { address, 0 }, key;
	struct known *slot;

	if (files_find(view->space, view->index->files, address - 1, &file,
		       NULL) &&
	    file.serial <= newest)
		part[1] = file.serial;
	key = hash_of(part, sizeof part, PROFILE_LOCATION);
	slot = known_slot(writer, key);
	if (slot->key == key)
		return slot->id;
	if (part[1])
		query_code_at(view, address, true, &code);
	emit_location(writer, address, (uint32_t)part[1], &code);
	/* Its function may have taken the slot. */
	*slot = (struct known){ key, writer->locations };
	return writer->locations;
}

static uint64_t type_of_chain(struct writer *writer,
			      const struct allotype_chain *chain)
{
	struct query_site site;

	return query_site_find(writer->view, chain->site, &site) ?
		       type_of_site(writer, &site) : 0;
}

static uint64_t round_units(uint64_t units)
{
	return (units + ALLOTYPE_SAMPLE_UNIT / 2) / ALLOTYPE_SAMPLE_UNIT;
}

static void add_chain(struct writer *writer, uint64_t address,
		      const struct allotype_chain *chain)
{
	const struct tally *live = &writer->tallies[chain->number];
	const uint64_t values[VALUES_MAX] = { round_units(chain->objects),
					      chain->bytes,
					      round_units(live->objects),
					      live->bytes };
	uint64_t buffer[ALLOTYPE_CHAIN_MAX];
	const uint64_t *callers =
		space_view(writer->view->space, address + sizeof *chain,
			   buffer, chain->depth * sizeof *callers);
	uint8_t bytes[10 * ALLOTYPE_CHAIN_MAX];
	struct protobuf locations;

	protobuf_init(&locations, bytes, sizeof bytes);
	for (uint32_t i = 0; callers && i < chain->depth; i++)
		protobuf_add_varint(&locations,
				    location_of_caller(writer, callers[i],
						       chain->file));
	emit_sample(writer, &locations, values, VALUES_MAX,
		    type_of_chain(writer, chain));
}

static void add_chains(struct writer *writer,
		       const struct allotype_profile *profile)
{
	const struct space *space = writer->view->space;
	struct allotype_chain chain;
	uint64_t at = profile->chains;

	for (uint64_t i = 0; i < 1 << ALLOTYPE_SAMPLE_BITS; i++) {
		uint64_t buffer;
		const uint64_t *bucket = SPACE_VIEW(
			space, profile->samples + i * sizeof buffer, &buffer);

		if (bucket)
			count_samples(writer, __atomic_load_n(
						      bucket, __ATOMIC_ACQUIRE));
	}
	for (uint32_t i = 0; at && i < CHAINS_MAX && !writer->failed; i++) {
		if (!read_chain(writer, at, &chain))
			break;
		/* Newer ones than were counted wait for the next profile. */
		if (chain.number < writer->count)
			add_chain(writer, at, &chain);
		at = chain.next;
	}
}

/* ---- the profile ---- */

static void emit_type(struct writer *writer, unsigned int field,
		      const char *name, const char *unit)
{
	uint8_t bytes[32];
	struct protobuf message;

	protobuf_init(&message, bytes, sizeof bytes);
	protobuf_add_number(&message, 1, string_id(writer, name));
	protobuf_add_number(&message, 2, string_id(writer, unit));
	emit_message(writer, field, &message);
}

static void begin(struct writer *writer, bool sampled)
{
	emit(writer, PROFILE_STRING_TABLE, "", 0);
	writer->strings = 1;
	if (sampled) {
		emit_type(writer, PROFILE_SAMPLE_TYPE, "alloc_objects",
			  "count");
		emit_type(writer, PROFILE_SAMPLE_TYPE, "alloc_space", "bytes");
	}
	emit_type(writer, PROFILE_SAMPLE_TYPE, "inuse_objects", "count");
	emit_type(writer, PROFILE_SAMPLE_TYPE, "inuse_space", "bytes");
	if (sampled)
		emit_type(writer, PROFILE_PERIOD_TYPE, "space", "bytes");
}

/* Numbers at the top level of the profile; PERIOD is 0 in an exact one. */
static void end(struct writer *writer, uint64_t period)
{
	uint8_t bytes[32];
	struct protobuf message;

	protobuf_init(&message, bytes, sizeof bytes);
	protobuf_add_number(&message, PROFILE_PERIOD, period);
	protobuf_add_number(&message, PROFILE_DEFAULT_SAMPLE_TYPE,
			    string_id(writer, "inuse_space"));
	if (!writer->failed && !writer->sink->write(writer->sink, bytes,
						    message.size))
		writer->failed = true;
}

static uint32_t count_sites(const struct query_view *view)
{
	const struct allotype_site_table *table;
	struct allotype_site_table buffer;
	uint32_t count;

	if (!view->index->sites)
		return 1;
	table = SPACE_VIEW(view->space, view->index->sites, &buffer);
	count = table ? __atomic_load_n(&table->count, __ATOMIC_ACQUIRE) : 1;
	return count <= ALLOTYPE_RECORD_SITE_MAX ? count :
						   ALLOTYPE_RECORD_SITE_MAX + 1;
}

/* Copies what samples there are; false: none are taken. */
static bool find_samples(const struct query_view *view,
			 struct allotype_profile *profile)
{
	struct allotype_heap heap;
	struct allotype_profile buffer;
	const struct allotype_profile *seen;

	if (!space_read(view->space, view->index->heap, &heap, sizeof heap) ||
	    heap.version != ALLOTYPE_HEAP_VERSION || !heap.profile)
		return false;
	seen = SPACE_VIEW(view->space, heap.profile, &buffer);
	if (!seen)
		return false;
	words_load(profile, seen, sizeof *profile);
	/* Acquire: chains that were counted are there. */
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	profile->chains = __atomic_load_n(&seen->chains, __ATOMIC_ACQUIRE);
	return true;
}

enum status query_profile_write(const struct query_view *view,
				struct profile_sink *sink)
{
	struct allotype_profile profile = { .period = 0 };
	enum status status = STATUS_OK;
	struct writer *writer;
	uint32_t count;
	bool sampled;
	size_t size;

	if (!view->index->heap)
		return STATUS_NOT_FOUND;
	sampled = find_samples(view, &profile);
	count = !sampled ? count_sites(view) :
		profile.chain_count < CHAINS_MAX ? profile.chain_count + 1 :
						   CHAINS_MAX;
	size = sizeof *writer + count * sizeof(struct tally);
	size = (size + PAGE - 1) & ~(size_t)(PAGE - 1);
	writer = sys_allocate(size);
	if (!writer)
		return STATUS_NO_MEMORY;
	writer->view = view;
	writer->sink = sink;
	writer->count = count;
	begin(writer, sampled);
	add_files(writer);
	if (sampled)
		add_chains(writer, &profile);
	else
		add_sites(writer);
	end(writer, profile.period);
	if (writer->failed)
		status = STATUS_SYSTEM;
	sys_release(writer, size);
	return status;
}
