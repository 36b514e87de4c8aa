/* SPDX-License-Identifier: Apache-2.0 */
#include "type/strings.h"

#include <string.h>

#include "type/table.h"

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

	return sections[ALLOTYPE_META_STRING_BLOCKS].count ==
	       block_count(header);
}

/* Of the text, with a NUL behind it whatever it is. */
static size_t text_room(const struct allotype_meta_header *header)
{
	return ((size_t)header->strings_size / 8 + 1) * 8;
}

size_t strings_memory(const struct allotype_meta_header *header)
{
	return text_room(header) + block_count(header);
}

void strings_init(struct strings *strings, const unsigned char *file,
		  struct coded *coded, void *memory)
{
	const struct allotype_meta_header *header =
		(const struct allotype_meta_header *)file;

	strings->file = file;
	strings->coded = coded;
	strings->text = memory;
	strings->states = (uint8_t *)strings->text + text_room(header);
	strings->size = header->strings_size;
}

static uint32_t block_size(const struct strings *strings, uint32_t block)
{
	uint32_t rest = strings->size - block * STRINGS_BLOCK;

	return rest < STRINGS_BLOCK ? rest : STRINGS_BLOCK;
}

/* The bits from BLOCK on. */
static struct coded_cursor bits_from(const struct strings *strings,
				     uint32_t block)
{
	const struct allotype_meta_section *sections =
		header_of(strings)->sections;
	const struct allotype_meta_section *bits =
		&sections[ALLOTYPE_META_STRINGS];
	const struct allotype_meta_section *blocks =
		&sections[ALLOTYPE_META_STRING_BLOCKS];
	uint64_t offset = table_number(
		strings->file + blocks->offset,
		(uint64_t)block * blocks->entry_size, blocks->widths[0]);

	return (struct coded_cursor){
		.coded = strings->coded,
		.bytes = strings->file + bits->offset,
		.at = (offset < bits->size ? offset : bits->size) * 8,
		.limit = bits->size * 8,
	};
}

/* The text of a block on its way. */
struct unpacking {
	char *text;
	uint32_t size, limit;
	uint64_t word; /* the last bytes, which are less than that */
};

/* A word of text is written once, by whoever comes first; who finds it there
 * has seen it written (acquire), and says so when it releases the state. */
__attribute__((no_sanitize("thread"))) /* takes that for a write */
static void publish(const struct unpacking *to, uint32_t at)
{
	uint64_t *place = (uint64_t *)(void *)(to->text + at);
	uint64_t nothing = 0;

	/* What is there is read by others: hardly a vain attempt. */
	if (to->word && !__atomic_load_n(place, __ATOMIC_ACQUIRE))
		__atomic_compare_exchange_n(place, &nothing, to->word, false,
					    __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

static void put_byte(struct unpacking *to, uint8_t byte)
{
	uint32_t at = to->size++;

	to->word |= (uint64_t)byte << 8 * (at % 8);
	if (at % 8 == 7) {
		publish(to, at - 7);
		to->word = 0;
	}
}

/* False when there is no such place. */
static bool put_match(struct unpacking *to, uint64_t length, uint64_t distance)
{
	if (distance > to->size || length > to->limit - to->size)
		return false;
	while (length--)
		put_byte(to, (uint8_t)to->text[to->size - distance]);
	return true;
}

static bool unpack_match(struct unpacking *to, struct coded_cursor *cursor,
			 unsigned int symbol)
{
	uint64_t length = symbol - STRINGS_MATCH, distance;

	if (length == STRINGS_LONG)
		length += coded_number(cursor, CODED_TEXT_LENGTH);
	distance = coded_number(cursor, CODED_TEXT_DISTANCE);
	/* Neither is near what it overflows at. */
	return !((length | distance) >> 32) &&
	       put_match(to, length + STRINGS_SHORTEST,
			 distance + STRINGS_NEAREST);
}

static void unpack(const struct strings *strings, uint32_t block)
{
	struct coded_cursor cursor = bits_from(strings, block);
	struct unpacking to = {
		.text = strings->text + (size_t)block * STRINGS_BLOCK,
		.limit = block_size(strings, block),
	};

	while (to.size < to.limit && !cursor.failed) {
		unsigned int symbol = coded_symbol(&cursor, CODED_TEXT);

		if (symbol < STRINGS_MATCH)
			put_byte(&to, (uint8_t)symbol);
		else if (!unpack_match(&to, &cursor, symbol))
			break;
	}
	if (to.size % 8)
		publish(&to, to.size - to.size % 8);
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
