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

/* The lengths of a context's codes: four bits each, the lower ones first; 0
 * says that as many symbols and one more have none as the next four say.
 * Returns for how many symbols, 0 if they are damaged. */
static unsigned int read_sizes(struct packed_cursor *bytes,
			       uint8_t sizes[CODED_SYMBOLS])
{
	uint64_t count = packed_unsigned(bytes);
	bool is_high = false, is_run = false;
	unsigned int n = 0;
	uint8_t byte = 0;

	memset(sizes, 0, CODED_SYMBOLS);
	if (count > CODED_SYMBOLS)
		return 0;
	while (n < count && !bytes->failed) {
		uint8_t four;

		byte = is_high ? byte >> 4 : packed_byte(bytes);
		is_high = !is_high;
		four = byte & 15;
		if (is_run)
			n += four + 1U;
		else if (four)
			sizes[n++] = four;
		is_run = !is_run && !four;
	}
	return bytes->failed || n != count ? 0 : n;
}

/* Puts the symbols at SYMBOLS, number FIRST of all, by the sizes of their codes;
 * how many, 0 if too many. */
static unsigned int order_symbols(struct coded_code *code, uint16_t *symbols,
				  unsigned int first, const uint8_t *sizes,
				  unsigned int count)
{
	unsigned int counts[CODED_SIZE_MAX + 1] = {0};
	unsigned int next[CODED_SIZE_MAX + 1];
	unsigned int used = 0, place = 0; /* used: of WHOLE */

	for (unsigned int i = 0; i < count; i++)
		counts[sizes[i]]++;
	for (unsigned int size = 1; size <= CODED_SIZE_MAX; size++) {
		unsigned int shift = CODED_SIZE_MAX - size;

		next[size] = place;
		code->places[size] =
			(uint16_t)(first + place - (used >> shift));
		place += counts[size];
		used += counts[size] << shift;
		code->limits[size] = used * 2;
		if (used > WHOLE)
			return 0;
	}
	for (unsigned int i = 0; i < count; i++)
		if (sizes[i])
			symbols[next[sizes[i]]++] = (uint16_t)i;
	return place;
}

static void fill_quick(struct coded_code *code, const uint16_t *symbols,
		       const uint8_t *sizes, unsigned int count)
{
	uint16_t *to = code->quick;

	for (unsigned int i = 0; i < count; i++) {
		unsigned int symbol = symbols[i], size = sizes[symbol];

		if (size > CODED_QUICK_BITS)
			break;
		for (unsigned int n = 1U << (CODED_QUICK_BITS - size); n; n--)
			*to++ = (uint16_t)(symbol << 4 | size);
	}
}

void coded_init(struct coded *coded, struct packed_cursor bytes)
{
	uint8_t sizes[CODED_SYMBOLS];
	unsigned int first = 0;

	for (int i = 0; i < CODED_CONTEXTS && bytes.at != bytes.limit; i++) {
		struct coded_code *code = &coded->codes[i];
		unsigned int count = read_sizes(&bytes, sizes);

		count = order_symbols(code, coded->symbols + first, first,
				      sizes, count);
		if (count)
			fill_quick(code, coded->symbols + first, sizes, count);
		else
			memset(code, 0, sizeof *code);
		first += count;
	}
}
