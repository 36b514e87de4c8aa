/* SPDX-License-Identifier: Apache-2.0 */
#include "type/strings.h"

#include <string.h>

#include "type/packed.h"
#include "type/table.h"

/* What each packed byte stands for, in memory's order. */
struct strings_words {
	uint64_t text[256];
	uint8_t sizes[256];
};

/* Of a block.  Released when its text is there, acquired by who reads that. */
enum {
	STATE_PACKED,
	STATE_THERE,    /* but a string may go on in the next one */
	STATE_COMPLETE, /* every string that begins in it ends in memory */
};

static const struct allotype_meta_header *
header_of(const struct strings *strings)
{
	return (const struct allotype_meta_header *)strings->file;
}

static uint32_t block_count(const struct allotype_meta_header *header)
{
	return header->strings_size / STRINGS_BLOCK +
	       (header->strings_size % STRINGS_BLOCK != 0);
}

bool strings_fit(const struct allotype_meta_header *header)
{
	const struct allotype_meta_section *sections = header->sections;

	return header->strings_size / STRINGS_WORD_MAX <=
		       sections[ALLOTYPE_META_STRINGS].size &&
	       sections[ALLOTYPE_META_STRING_BLOCKS].count ==
		       block_count(header);
}

/* Of the text, with a NUL behind it whatever it is. */
static size_t text_room(const struct allotype_meta_header *header)
{
	return ((size_t)header->strings_size / 8 + 1) * 8;
}

size_t strings_memory(const struct allotype_meta_header *header)
{
	return sizeof(struct strings_words) + text_room(header) +
	       block_count(header);
}

static struct packed_cursor section_bytes(const struct strings *strings,
					  enum allotype_meta_section_id id)
{
	const struct allotype_meta_section *section =
		&header_of(strings)->sections[id];
	const unsigned char *bytes = strings->file + section->offset;

	return (struct packed_cursor){ bytes, bytes + section->size, false };
}

static void read_words(const struct strings *strings,
		       struct strings_words *words)
{
	struct packed_cursor cursor =
		section_bytes(strings, ALLOTYPE_META_WORDS);

	for (unsigned int i = 0; i < 256; i++) {
		words->text[i] = i;
		words->sizes[i] = 1;
	}
	while (cursor.at != cursor.limit) {
		uint8_t code = packed_byte(&cursor);
		uint8_t size = packed_byte(&cursor);

		if (!size || size > STRINGS_WORD_MAX ||
		    size > cursor.limit - cursor.at)
			return;
		words->text[code] = 0;
		memcpy(&words->text[code], cursor.at, size);
		words->sizes[code] = size;
		cursor.at += size;
	}
}

void strings_init(struct strings *strings, const unsigned char *file,
		  void *memory)
{
	const struct allotype_meta_header *header =
		(const struct allotype_meta_header *)file;
	struct strings_words *words = memory;

	strings->file = file;
	strings->words = words;
	strings->text = (char *)(words + 1);
	strings->states = (uint8_t *)strings->text + text_room(header);
	strings->size = header->strings_size;
	read_words(strings, words);
}

static uint32_t block_size(const struct strings *strings, uint32_t block)
{
	uint32_t rest = strings->size - block * STRINGS_BLOCK;

	return rest < STRINGS_BLOCK ? rest : STRINGS_BLOCK;
}

/* The packed bytes from BLOCK on. */
static struct packed_cursor packed_from(const struct strings *strings,
					uint32_t block)
{
	const struct allotype_meta_section *blocks =
		&header_of(strings)->sections[ALLOTYPE_META_STRING_BLOCKS];
	struct packed_cursor cursor =
		section_bytes(strings, ALLOTYPE_META_STRINGS);
	uint64_t offset = table_number(
		strings->file + blocks->offset +
			(uint64_t)block * blocks->entry_size,
		blocks->widths[0]);

	if (offset > (uint64_t)(cursor.limit - cursor.at))
		cursor.at = cursor.limit;
	else
		cursor.at += offset;
	return cursor;
}

/* A word of text is written once, by whoever comes first; who finds it there
 * has seen it written (acquire), and says so when it releases the state. */
__attribute__((no_sanitize("thread"))) /* takes that for a write */
static void publish(char *to, const uint64_t *words, uint32_t size)
{
	uint64_t *place = (uint64_t *)(void *)to;

	for (uint32_t i = 0; i * sizeof *words < size; i++) {
		uint64_t nothing = 0;

		/* What is there is read by others: hardly a vain attempt. */
		if (words[i] &&
		    !__atomic_load_n(&place[i], __ATOMIC_ACQUIRE))
			__atomic_compare_exchange_n(&place[i], &nothing,
						    words[i], false,
						    __ATOMIC_ACQ_REL,
						    __ATOMIC_ACQUIRE);
	}
}

static void unpack(const struct strings *strings, uint32_t block)
{
	union {
		uint64_t words[STRINGS_BLOCK / 8 + 1];
		unsigned char bytes[STRINGS_BLOCK + STRINGS_WORD_MAX];
	} text;
	struct packed_cursor cursor = packed_from(strings, block);
	const struct strings_words *words = strings->words;
	uint32_t wanted = block_size(strings, block), size = 0;

	while (size < wanted && cursor.at != cursor.limit) {
		uint8_t code = *cursor.at++;

		memcpy(text.bytes + size, &words->text[code],
		       sizeof words->text[code]);
		size += words->sizes[code];
	}
	if (size > wanted)
		size = wanted;
	/* The rest of the last word too. */
	memset(text.bytes + size, 0, sizeof text.bytes - size);
	publish(strings->text + (size_t)block * STRINGS_BLOCK, text.words,
		wanted);
}

/* Do the strings that begin in block FIRST end before the end of BLOCK? */
static bool ends_strings(const struct strings *strings, uint32_t block,
			 uint32_t first)
{
	const char *text = strings->text + (size_t)block * STRINGS_BLOCK;
	uint32_t size = block_size(strings, block);

	return block == first ? !text[size - 1] : memchr(text, 0, size) != NULL;
}

/* Makes all strings that begin in block FIRST complete. */
static void complete(const struct strings *strings, uint32_t first)
{
	uint32_t count = block_count(header_of(strings));

	for (uint32_t block = first; block < count; block++) {
		uint8_t *state = &strings->states[block];

		if (__atomic_load_n(state, __ATOMIC_ACQUIRE) == STATE_PACKED) {
			unpack(strings, block);
			__atomic_store_n(state, STATE_THERE, __ATOMIC_RELEASE);
		}
		if (ends_strings(strings, block, first))
			break;
	}
	__atomic_store_n(&strings->states[first], STATE_COMPLETE,
			 __ATOMIC_RELEASE);
}

const char *strings_at(const struct strings *strings, uint32_t offset)
{
	if (!offset || offset >= strings->size)
		return "";
	if (__atomic_load_n(&strings->states[offset / STRINGS_BLOCK],
			    __ATOMIC_ACQUIRE) != STATE_COMPLETE)
		complete(strings, offset / STRINGS_BLOCK);
	return strings->text + offset;
}

bool strings_end(const struct strings *strings)
{
	if (!strings->size)
		return false;
	complete(strings, 0);
	complete(strings, (strings->size - 1) / STRINGS_BLOCK);
	return !strings->text[0] && !strings->text[strings->size - 1];
}
