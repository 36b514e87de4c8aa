/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/image.h"

#include <stdlib.h>
#include <string.h>

#include "meta/demangle.h"
#include "meta/text.h"
#include "type/table_pack.h"

/* SIZE more bytes of the section, whatever is in them, or NULL. */
static unsigned char *section_extend(struct image *image,
				     struct image_section *section, size_t size)
{
	size_t wanted = section->size + size;

	if (wanted > section->capacity) {
		size_t capacity = section->capacity * 3 / 2 + 4096;
		unsigned char *bytes;

		if (capacity < wanted)
			capacity = wanted;
		bytes = realloc(section->bytes, capacity);
		if (!bytes) {
			image->exhausted = true;
			return NULL;
		}
		section->bytes = bytes;
		section->capacity = capacity;
	}
	section->size = wanted;
	return section->bytes + wanted - size;
}

void *image_append(struct image *image, enum allotype_meta_section_id id,
		   size_t entry_size)
{
	struct image_section *section = &image->sections[id];
	void *entry = NULL;

	if (section->count < ALLOTYPE_META_NONE - 1)
		entry = section_extend(image, section, entry_size);
	if (!entry) {
		image->exhausted = true;
		return NULL;
	}
	section->count++;
	return memset(entry, 0, entry_size);
}

void image_bytes(struct image *image, enum allotype_meta_section_id id,
		 const unsigned char *bytes, size_t size)
{
	struct image_section *section = &image->sections[id];
	unsigned char *place = NULL;

	if (size < ALLOTYPE_META_NONE - section->count)
		place = section_extend(image, section, size);
	if (!place) {
		image->exhausted = true;
		return;
	}
	memcpy(place, bytes, size);
	section->count += (uint32_t)size;
}

bool image_init(struct image *image)
{
	unsigned char *empty;

	*image = (struct image){0};
	/* Offset 0 is the empty string. */
	empty = section_extend(image, &image->sections[ALLOTYPE_META_STRINGS],
			       1);
	if (empty)
		*empty = 0;
	return empty != NULL;
}

void image_deinit(struct image *image)
{
	for (int i = 0; i < ALLOTYPE_META_SECTION_COUNT; i++)
		free(image->sections[i].bytes);
	pointer_map_deinit(&image->strings);
}

/* Appends TEXT, which stands for the interned STRING. */
static uint32_t string_add(struct image *image, const char *string,
			   const char *text)
{
	struct image_section *section = &image->sections[ALLOTYPE_META_STRINGS];
	uint32_t offset = (uint32_t)section->size;
	size_t size = strlen(text) + 1;
	void *place;

	if (section->size + size >= UINT32_MAX) {
		image->exhausted = true;
		return 0;
	}
	place = section_extend(image, section, size);
	if (!place || !pointer_map_set(&image->strings, string, offset)) {
		image->exhausted = true;
		return 0;
	}
	memcpy(place, text, size);
	return offset;
}

uint32_t image_string(struct image *image, const char *string)
{
	uint32_t offset;

	if (!string || !string[0])
		return 0;
	offset = pointer_map_find(&image->strings, string);
	if (offset != POINTER_MAP_NONE)
		return offset;
	return string_add(image, string, string);
}

uint32_t image_name(struct image *image, const char *symbol)
{
	uint32_t offset;
	char *plain;

	if (!symbol || symbol[0] != '_')
		return image_string(image, symbol);
	offset = pointer_map_find(&image->strings, symbol);
	if (offset != POINTER_MAP_NONE)
		return offset;
	plain = demangle(symbol);
	offset = string_add(image, symbol, plain ? plain : symbol);
	free(plain);
	return offset;
}

static size_t align(size_t size)
{
	return (size + 7) & ~(size_t)7;
}

/* The order in the file: what is read while the program runs is in front, as
 * metafile_front_size wants it. */
static int section_at(int place)
{
	static const int front[] = {ALLOTYPE_META_CODES, ALLOTYPE_META_SITES,
				    ALLOTYPE_META_RULES}; /* rising, too */
	enum { FRONT = sizeof front / sizeof *front };
	int section = place - FRONT;

	if (place < FRONT)
		return front[place];
	/* The others, in rising order. */
	for (int i = 0; i < FRONT; i++)
		section += section >= front[i];
	return section;
}

/* Where each section will be; returns the size of the file. */
static size_t lay_out(const struct image *image,
		      struct allotype_meta_header *header)
{
	size_t size = align(sizeof *header);

	for (int place = 0; place < ALLOTYPE_META_SECTION_COUNT; place++) {
		int i = section_at(place);
		const struct image_section *from = &image->sections[i];
		struct allotype_meta_section *to = &header->sections[i];

		table_pack_measure(to, (enum allotype_meta_section_id)i,
				   from->bytes, from->count);
		to->offset = size;
		to->count = from->count;
		to->size = table_pack_size(to, from->count);
		size += align(to->size);
	}
	return size + TABLE_NUMBER_SIZE;
}

static void write_section(const struct image_section *from,
			  enum allotype_meta_section_id id,
			  const struct allotype_meta_section *to,
			  unsigned char *bytes)
{
	size_t entry_size = table_layout(id)->size;

	if (!from->count)
		return;
	if (!entry_size) {
		memcpy(bytes, from->bytes, from->size);
		return;
	}
	for (uint32_t i = 0; i < from->count; i++)
		table_pack_entry(to, id, from->bytes + i * entry_size, bytes,
				 i);
}

enum status image_finish(struct image *image,
			 struct allotype_meta_header *header,
			 unsigned char **result, size_t *result_size)
{
	unsigned char *bytes;

	header->strings_size =
		(uint32_t)image->sections[ALLOTYPE_META_STRINGS].size;
	if (!image->exhausted)
		text_pack(image);
	if (image->exhausted)
		return STATUS_NO_MEMORY;
	header->magic = ALLOTYPE_META_MAGIC;
	header->version = ALLOTYPE_META_VERSION;
	header->header_size = sizeof *header;
	header->section_count = ALLOTYPE_META_SECTION_COUNT;
	header->file_size = lay_out(image, header);
	bytes = calloc(1, header->file_size);
	if (!bytes)
		return STATUS_NO_MEMORY;
	for (int i = 0; i < ALLOTYPE_META_SECTION_COUNT; i++) {
		struct allotype_meta_section *to = &header->sections[i];

		write_section(&image->sections[i],
			      (enum allotype_meta_section_id)i, to,
			      bytes + to->offset);
		to->checksum =
			allotype_meta_checksum(bytes + to->offset, to->size);
	}
	header->header_checksum = allotype_meta_header_checksum(header);
	memcpy(bytes, header, sizeof *header);
	*result = bytes;
	*result_size = header->file_size;
	return STATUS_OK;
}
