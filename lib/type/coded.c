/* SPDX-License-Identifier: Apache-2.0 */
#include "type/coded.h"

enum { WHOLE = 1 << CODED_SIZE_MAX }; /* codes there are of the longest */

unsigned int coded_long(const struct coded *coded, unsigned int context,
			uint64_t bits)
{
	const struct coded_code *code = &coded->codes[context];
	uint32_t next = (uint32_t)(bits >> 48);

	for (unsigned int size = CODED_QUICK_BITS + 1; size <= CODED_SIZE_MAX;
	     size++) {
		uint16_t place;

		if (next >= code->limits[size])
			continue;
		place = (uint16_t)((next >> (16 - size)) + code->places[size]);
		return (unsigned int)coded->symbols[place] << 4 | size;
	}
	return 0;
}

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

/* Where the codes of each size begin and end; false: there are too many. */
static bool measure_codes(struct coded_code *code, const struct list *list,
			  unsigned int first, unsigned int next[])
{
	unsigned int counts[CODED_SIZE_MAX + 1] = {0};
	unsigned int used = 0; /* of WHOLE */

	for (unsigned int i = 0; i < list->count; i++)
		counts[list->sizes[i]]++;
	for (unsigned int size = 1; size <= CODED_SIZE_MAX; size++) {
		unsigned int shift = CODED_SIZE_MAX - size;

		next[size] = first;
		code->places[size] = (uint16_t)(first - (used >> shift));
		first += counts[size];
		used += counts[size] << shift;
		code->limits[size] = used * 2;
	}
	return used <= WHOLE;
}

static void fill_quick(struct coded_code *code, unsigned int symbol,
		       unsigned int size, unsigned int place)
{
	unsigned int count = 1U << (CODED_QUICK_BITS - size);
	uint16_t number = (uint16_t)(place - code->places[size]);
	uint16_t *to = &code->quick[number * count];

	while (count--)
		*to++ = (uint16_t)(symbol << 4 | size);
}

void coded_init(struct coded *coded, struct packed_cursor bytes)
{
	unsigned int next[CODED_SIZE_MAX + 1], first = 0;
	struct list list;

	for (int i = 0; i < CODED_CONTEXTS && bytes.at != bytes.limit; i++) {
		struct coded_code *code = &coded->codes[i];

		read_list(&bytes, &list);
		if (!measure_codes(code, &list, first, next)) {
			memset(code, 0, sizeof *code);
			continue;
		}
		for (unsigned int n = 0; n < list.count; n++) {
			unsigned int size = list.sizes[n];
			unsigned int place = next[size]++;

			coded->symbols[place] = list.symbols[n];
			if (size <= CODED_QUICK_BITS)
				fill_quick(code, list.symbols[n], size, place);
		}
		first += list.count;
	}
}
