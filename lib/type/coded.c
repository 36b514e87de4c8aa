/* SPDX-License-Identifier: Apache-2.0 */
#include "type/coded.h"

enum { WHOLE = 1 << CODED_SIZE_MAX }; /* codes there are of the longest */

/* The symbols of a context that have codes, and the sizes of these. */
struct list {
	unsigned int count;
	uint16_t symbols[CODED_SYMBOLS];
	uint8_t sizes[CODED_SYMBOLS];
};

/* Four bits each, the lower ones first: the size of the next symbol's code; or 0,
 * then how many symbols and one more have none.  None at all if they are
 * damaged. */
static void read_list(struct packed_cursor *bytes, struct list *list)
{
	uint64_t count = packed_unsigned(bytes);
	bool is_high = false, is_run = false;
	unsigned int symbol = 0;
	uint8_t byte = 0;

	list->count = 0;
	if (count > CODED_SYMBOLS)
		return;
	while (symbol < count) {
		unsigned int four;

		byte = is_high ? byte >> 4 : packed_byte(bytes);
		is_high = !is_high;
		four = byte & 15;
		if (is_run) {
			symbol += four + 1;
		} else if (four) {
			list->symbols[list->count] = (uint16_t)symbol++;
			list->sizes[list->count++] = (uint8_t)four;
		}
		is_run = !is_run && !four;
	}
	if (bytes->failed || symbol != count)
		list->count = 0;
}

#define PUT(to, value) __atomic_store_n(&(to), (value), __ATOMIC_RELAXED)

/* Do the codes fit in the numbers of the longest? */
static bool fits(const struct list *list)
{
	unsigned int used = 0; /* of WHOLE */

	for (unsigned int i = 0; i < list->count; i++)
		used += WHOLE >> list->sizes[i];
	return used <= WHOLE;
}

/* Where the codes of each size begin and end, and the first symbols of each:
 * FIRST is that of all. */
static void put_sizes(struct coded_code *code, const struct list *list,
		      unsigned int first, unsigned int next[])
{
	unsigned int counts[CODED_SIZE_MAX + 1] = {0};
	unsigned int used = 0; /* of WHOLE */

	for (unsigned int i = 0; i < list->count; i++)
		counts[list->sizes[i]]++;
	for (unsigned int size = 1; size <= CODED_SIZE_MAX; size++) {
		unsigned int shift = CODED_SIZE_MAX - size;

		next[size] = first;
		PUT(code->places[size], (uint16_t)(first - (used >> shift)));
		first += counts[size];
		used += counts[size] << shift;
		PUT(code->limits[size], used * 2);
	}
}

static void put_quick(struct coded_code *code, unsigned int symbol,
		      unsigned int size, unsigned int place)
{
	unsigned int count = 1U << (CODED_QUICK_BITS - size);
	uint16_t number = (uint16_t)(place - code->places[size]);
	uint16_t *to = &code->quick[number * count];

	for (; count--; to++)
		PUT(*to, (uint16_t)(symbol << 4 | size));
}

/* What describes CONTEXT: its size in bytes stands before it. */
static struct packed_cursor find_bytes(const struct coded *coded,
				       unsigned int context)
{
	struct packed_cursor bytes = coded->bytes;

	for (;; context--) {
		uint64_t size = packed_unsigned(&bytes);

		if (size > (uint64_t)(bytes.limit - bytes.at))
			size = (uint64_t)(bytes.limit - bytes.at);
		if (!context) {
			bytes.limit = bytes.at + size;
			return bytes;
		}
		bytes.at += size;
	}
}

static void make(struct coded *coded, unsigned int context)
{
	struct coded_code *code = &coded->codes[context];
	struct packed_cursor bytes = find_bytes(coded, context);
	unsigned int next[CODED_SIZE_MAX + 1];
	/* A byte describes two symbols at most. */
	size_t first = 2 * (size_t)(bytes.at - coded->bytes.at);
	struct list list;

	read_list(&bytes, &list);
	if (first + list.count <= CODED_CONTEXTS * CODED_SYMBOLS &&
	    fits(&list)) {
		put_sizes(code, &list, (unsigned int)first, next);
		for (unsigned int n = 0; n < list.count; n++) {
			unsigned int size = list.sizes[n];
			unsigned int place = next[size]++;

			PUT(coded->symbols[place], list.symbols[n]);
			if (size <= CODED_QUICK_BITS)
				put_quick(code, list.symbols[n], size, place);
		}
	}
	__atomic_store_n(&code->made, true, __ATOMIC_RELEASE);
}

void coded_init(struct coded *coded, struct packed_cursor bytes)
{
	coded->bytes = bytes;
}

#define GET(from) __atomic_load_n(&(from), __ATOMIC_RELAXED)

unsigned int coded_long(struct coded *coded, unsigned int context,
			uint64_t bits)
{
	struct coded_code *code = &coded->codes[context];
	uint32_t next = (uint32_t)(bits >> 48);
	unsigned int size = CODED_QUICK_BITS + 1;

	if (!__atomic_load_n(&code->made, __ATOMIC_ACQUIRE)) {
		make(coded, context);
		size = 1;
	}
	for (; size <= CODED_SIZE_MAX; size++) {
		uint16_t place;

		if (next >= GET(code->limits[size]))
			continue;
		place = (uint16_t)((next >> (16 - size)) +
				   GET(code->places[size]));
		return (unsigned int)GET(coded->symbols[place]) << 4 | size;
	}
	return 0;
}
