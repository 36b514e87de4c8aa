/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/source/md5.h"

#include <string.h>

/* RFC 1321 section 3.4: floor(2^32 * abs(sin(i + 1))). */
static const uint32_t sines[64] = {
	0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a,
	0xa8304613, 0xfd469501, 0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be,
	0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821, 0xf61e2562, 0xc040b340,
	0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
	0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8,
	0x676f02d9, 0x8d2a4c8a, 0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c,
	0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70, 0x289b7ec6, 0xeaa127fa,
	0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
	0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92,
	0xffeff47d, 0x85845dd1, 0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1,
	0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
};
static const uint8_t shifts[4][4] = {
	{ 7, 12, 17, 22 }, { 5, 9, 14, 20 }, { 4, 11, 16, 23 }, { 6, 10, 15, 21 },
};

static uint32_t load_word(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[3] << 24;
}

static void store_word(uint8_t *p, uint32_t word)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(word >> (8 * i));
}

/* The round's function of b, c, d, and which word of the block it takes. */
static uint32_t mix(int step, uint32_t b, uint32_t c, uint32_t d, int *word)
{
	switch (step / 16) {
	case 0:
		*word = step;
		return (b & c) | (~b & d);
	case 1:
		*word = (5 * step + 1) % 16;
		return (b & d) | (c & ~d);
	case 2:
		*word = (3 * step + 5) % 16;
		return b ^ c ^ d;
	default:
		*word = (7 * step) % 16;
		return c ^ (b | ~d);
	}
}

static void add_block(uint32_t state[4], const uint8_t *block)
{
	uint32_t a = state[0], b = state[1], c = state[2], d = state[3];

	for (int step = 0; step < 64; step++) {
		int word;
		uint32_t f = mix(step, b, c, d, &word);
		int shift = shifts[step / 16][step % 4];

		f += a + sines[step] + load_word(block + 4 * word);
		a = d;
		d = c;
		c = b;
		b += f << shift | f >> (32 - shift);
	}
	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
}

void md5_digest(const void *bytes, size_t size, uint8_t digest[16])
{
	uint32_t state[4] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476 };
	const uint8_t *p = bytes;
	uint8_t tail[128] = { 0 };
	size_t rest = size % 64, padded = rest < 56 ? 64 : 128;

	for (size_t i = 0; i < size / 64; i++)
		add_block(state, p + 64 * i);
	if (rest)
		memcpy(tail, p + (size - rest), rest);
	tail[rest] = 0x80;
	store_word(tail + padded - 8, (uint32_t)((uint64_t)size << 3));
	store_word(tail + padded - 4, (uint32_t)((uint64_t)size >> 29));
	for (size_t i = 0; i < padded; i += 64)
		add_block(state, tail + i);
	for (int i = 0; i < 4; i++)
		store_word(digest + 4 * i, state[i]);
}
