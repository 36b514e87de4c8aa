/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/coder.h"

#include <stdlib.h>
#include <string.h>

struct code {
	uint32_t counts[CODED_SYMBOLS];
	uint16_t codes[CODED_SYMBOLS];
	uint8_t sizes[CODED_SYMBOLS];
};

struct coder {
	struct image *image;
	enum allotype_meta_section_id section;
	unsigned int first, limit; /* contexts */
	unsigned int chosen;       /* those below have codes */
	bool counting;
	uint64_t size;             /* bits */
	uint64_t pending;          /* bits, the lowest of them last */
	unsigned int pending_size; /* less than 32 */
	unsigned int byte_count;
	unsigned char bytes[256];  /* that come next */
	struct code codes[];       /* of contexts from FIRST on */
};

struct coder *coder_create(struct image *image,
			   enum allotype_meta_section_id section,
			   unsigned int first, unsigned int limit)
{
	struct coder *coder =
		calloc(1, sizeof *coder +
				  (limit - first) * sizeof *coder->codes);

	if (!coder) {
		image->exhausted = true;
		return NULL;
	}
	coder->image = image;
	coder->section = section;
	coder->first = first;
	coder->limit = limit;
	coder->chosen = first;
	coder->counting = true;
	return coder;
}

void coder_destroy(struct coder *coder)
{
	free(coder);
}

bool coder_is_counting(const struct coder *coder)
{
	return coder->counting;
}

/* ---- codes ---- */

struct leaf {
	uint64_t count;
	unsigned int symbol;
};

static int leaf_order(const void *a, const void *b)
{
	const struct leaf *x = a, *y = b;

	if (x->count != y->count)
		return x->count < y->count ? -1 : 1;
	return x->symbol < y->symbol ? -1 : 1;
}

/* The sizes of the codes of COUNT leaves, rarest first; the longest.  Huffman's
 * way: the two rarest of leaves and of nodes, which come out sorted, make the
 * next node. */
static unsigned int measure(const struct leaf *leaves, unsigned int count,
			    uint8_t *sizes)
{
	uint64_t nodes[CODED_SYMBOLS];
	uint16_t parents[2 * CODED_SYMBOLS] = {0}; /* leaves, then nodes */
	uint8_t depths[CODED_SYMBOLS] = {0};
	unsigned int leaf = 0, node = 0;

	for (unsigned int made = 0; made + 1 < count; made++) {
		nodes[made] = 0;
		for (int i = 0; i < 2; i++) {
			bool is_leaf = leaf < count &&
				       (node == made ||
					leaves[leaf].count <= nodes[node]);

			nodes[made] += is_leaf ? leaves[leaf].count
					       : nodes[node];
			parents[is_leaf ? leaf++ : count + node++] =
				(uint16_t)made;
		}
	}
	for (unsigned int i = count - 1; i-- > 1;)
		depths[i - 1] = (uint8_t)(depths[parents[count + i - 1]] + 1);
	for (unsigned int i = 0; i < count; i++)
		sizes[leaves[i].symbol] = (uint8_t)(depths[parents[i]] + 1);
	return sizes[leaves[0].symbol];
}

/* Codes of CODED_SIZE_MAX bits at most: where some are longer, rare symbols
 * count as less rare. */
static void choose_sizes(struct code *code)
{
	struct leaf leaves[CODED_SYMBOLS];
	unsigned int count = 0;

	for (unsigned int i = 0; i < CODED_SYMBOLS; i++)
		if (code->counts[i])
			leaves[count++] = (struct leaf){code->counts[i], i};
	if (!count)
		return;
	qsort(leaves, count, sizeof *leaves, leaf_order);
	while (measure(leaves, count, code->sizes) > CODED_SIZE_MAX)
		for (unsigned int i = 0; i < count; i++)
			leaves[i].count = (leaves[i].count + 1) / 2;
}

/* Canonical: by size, then by symbol. */
static void choose_codes(struct code *code)
{
	unsigned int next = 0;

	for (unsigned int size = 1; size <= CODED_SIZE_MAX; size++) {
		for (unsigned int i = 0; i < CODED_SYMBOLS; i++)
			if (code->sizes[i] == size)
				code->codes[i] = (uint16_t)next++;
		next <<= 1;
	}
}

/* The sizes as readers take them, behind how many bytes those are. */
static void write_sizes(struct image *image, const struct code *code)
{
	unsigned char bytes[PACKED_NUMBER_MAX + CODED_SYMBOLS] = {0};
	unsigned char size[PACKED_NUMBER_MAX];
	unsigned int count = CODED_SYMBOLS, i = 0;
	size_t fours;

	while (count && !code->sizes[count - 1])
		count--;
	fours = 2 * packed_put_unsigned(bytes, count);
	while (i < count) {
		unsigned int four = code->sizes[i], run = 0;

		if (!four) {
			fours++;
			while (run < 16 && !code->sizes[i + run])
				run++;
			four = run - 1;
		}
		bytes[fours / 2] |= (unsigned char)(four << fours % 2 * 4);
		fours++;
		i += run ? run : 1;
	}
	image_bytes(image, ALLOTYPE_META_CODES, size,
		    packed_put_unsigned(size, (fours + 1) / 2));
	image_bytes(image, ALLOTYPE_META_CODES, bytes, (fours + 1) / 2);
}

void coder_choose(struct coder *coder, unsigned int limit)
{
	for (; coder->chosen < limit; coder->chosen++) {
		struct code *code = &coder->codes[coder->chosen - coder->first];

		choose_sizes(code);
		choose_codes(code);
		write_sizes(coder->image, code);
	}
	coder->counting = coder->chosen < coder->limit;
}

bool coder_has_codes(const struct coder *coder, unsigned int context)
{
	return context < coder->chosen;
}

uint64_t coder_size(const struct coder *coder)
{
	return coder->size;
}

/* ---- bits ---- */

static void write_bytes(struct coder *coder)
{
	if (coder->byte_count)
		image_bytes(coder->image, coder->section, coder->bytes,
			    coder->byte_count);
	coder->byte_count = 0;
}

/* At most 32. */
static inline void put_bits(struct coder *coder, uint64_t value,
			    unsigned int size)
{
	uint32_t next;

	coder->size += size;
	if (coder->counting)
		return;
	coder->pending = coder->pending << size | value;
	coder->pending_size += size;
	if (coder->pending_size < 32)
		return;
	coder->pending_size -= 32;
	next = __builtin_bswap32(
		(uint32_t)(coder->pending >> coder->pending_size));
	if (coder->byte_count == sizeof coder->bytes)
		write_bytes(coder);
	memcpy(coder->bytes + coder->byte_count, &next, sizeof next);
	coder->byte_count += sizeof next;
}

void coder_bits(struct coder *coder, uint64_t value, unsigned int size)
{
	if (size > 32)
		put_bits(coder, value >> 32, size - 32);
	put_bits(coder, size > 32 ? value & UINT32_MAX : value,
		 size > 32 ? 32 : size);
}

static inline void put_symbol(struct coder *coder, unsigned int context,
			      unsigned int symbol)
{
	struct code *code = &coder->codes[context - coder->first];

	if (context < coder->chosen)
		put_bits(coder, code->codes[symbol], code->sizes[symbol]);
	else
		code->counts[symbol]++;
}

void coder_symbol(struct coder *coder, unsigned int context,
		  unsigned int symbol)
{
	put_symbol(coder, context, symbol);
}

void coder_number(struct coder *coder, unsigned int context, uint64_t number)
{
	unsigned int size;

	if (number < CODED_DIRECT) {
		put_symbol(coder, context, (unsigned int)number);
		return;
	}
	put_symbol(coder, context, coded_symbol_of(number, &size));
	coder_bits(coder, number & ((1ULL << size) - 1), size);
}

void coder_signed(struct coder *coder, unsigned int context, int64_t number)
{
	coder_number(coder, context,
		     (uint64_t)number << 1 ^ (uint64_t)(number >> 63));
}

uint32_t coder_align(struct coder *coder)
{
	unsigned int size;

	if (coder->counting)
		return 0;
	put_bits(coder, 0, -coder->pending_size % 8);
	size = coder->pending_size;
	put_bits(coder, 0, (32 - size) % 32);
	/* What was put beyond it. */
	if (size)
		coder->byte_count -= sizeof(uint32_t) - size / 8;
	write_bytes(coder);
	return coder->image->sections[coder->section].count;
}
