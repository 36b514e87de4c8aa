/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packs the strings of a metadata file: bytes that the text does not use stand
 * for pieces of it that come often, words of 2 to 8 bytes (meta/FORMAT.md).
 * Words are chosen as byte pair encoding does: again and again the two
 * neighbours that are met most often become one.
 */
#ifndef META_WORDS_H
#define META_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct words {
	uint8_t codes[256];  /* of each word: the byte that stands for it */
	uint64_t text[256];  /* its bytes, the first one lowest */
	uint8_t sizes[256];  /* 2 to 8 */
	unsigned int count;
};

/* Chooses words for the SIZE bytes at TEXT, by a sample of them.  False: no
 * memory. */
bool words_choose(struct words *words, const unsigned char *text, size_t size);

struct words_packer;

/* NULL: no memory. */
struct words_packer *words_packer_create(const struct words *words);
void words_packer_destroy(struct words_packer *packer);
/* Packs the SIZE bytes at TEXT, behind which 8 more can be read, to PACKED,
 * which has room for SIZE.  Returns the size there. */
size_t words_pack(const struct words_packer *packer, const unsigned char *text,
		  size_t size, unsigned char *packed);

#endif
