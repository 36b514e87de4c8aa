/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/siphash.h"

enum { WORD_ROUNDS = 2, END_ROUNDS = 4 };

static uint64_t word_at(const unsigned char *bytes, size_t size)
{
	uint64_t word = 0;

	for (size_t i = 0; i < size; i++)
		word |= (uint64_t)bytes[i] << (8 * i);
	return word;
}

static uint64_t rotate(uint64_t value, unsigned int by)
{
	return value << by | value >> (64 - by);
}

static void mix(uint64_t v[4], unsigned int rounds)
{
	while (rounds--) {
		v[0] += v[1];
		v[1] = rotate(v[1], 13) ^ v[0];
		v[0] = rotate(v[0], 32);
		v[2] += v[3];
		v[3] = rotate(v[3], 16) ^ v[2];
		v[0] += v[3];
		v[3] = rotate(v[3], 21) ^ v[0];
		v[2] += v[1];
		v[1] = rotate(v[1], 17) ^ v[2];
		v[2] = rotate(v[2], 32);
	}
}

static void take(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	mix(v, WORD_ROUNDS);
	v[0] ^= word;
}

uint64_t siphash(const void *bytes, size_t size, const uint8_t key[16])
{
	const unsigned char *at = bytes;
	uint64_t low = word_at(key, 8), high = word_at(key + 8, 8);
	/* "somepseudorandomlygeneratedbytes" */
	uint64_t v[4] = {
		low ^ 0x736f6d6570736575, high ^ 0x646f72616e646f6d,
		low ^ 0x6c7967656e657261, high ^ 0x7465646279746573,
	};

	for (size_t left = size; left >= 8; left -= 8, at += 8)
		take(v, word_at(at, 8));
	take(v, word_at(at, size % 8) | (uint64_t)size << 56);
	v[2] ^= 0xff;
	mix(v, END_ROUNDS);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}
