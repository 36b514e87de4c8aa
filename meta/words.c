/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/words.h"

#include <stdlib.h>
#include <string.h>

#include "type/strings.h"

enum {
	BYTES = 256,
	SAMPLE_SIZE = 20480,
	SAMPLE_PIECE = 512,
	PAIRS_AT_ONCE = 48,
	LEAST_PAIRS = 4, /* that are worth a word */
};

/* ---- choosing ---- */

/* The sample on its way: bytes and codes of words. */
struct sample {
	struct words *words;
	unsigned char codes[SAMPLE_SIZE];
	size_t size;
	uint64_t text[BYTES];  /* of each code */
	uint8_t sizes[BYTES];
	uint16_t pairs[BYTES][BYTES]; /* how often b follows a */
	uint8_t joined[BYTES][BYTES]; /* the code that takes their place, or 0 */
};

/* Pieces of the text at equal distances. */
static void take_sample(struct sample *s, const unsigned char *text,
			size_t size)
{
	size_t pieces = SAMPLE_SIZE / SAMPLE_PIECE;
	size_t step = size / pieces;

	if (size <= SAMPLE_SIZE) {
		memcpy(s->codes, text, size);
		s->size = size;
	} else {
		for (size_t i = 0; i < pieces; i++)
			memcpy(s->codes + i * SAMPLE_PIECE, text + i * step,
			       SAMPLE_PIECE);
		s->size = SAMPLE_SIZE;
	}
	for (unsigned int i = 0; i < BYTES; i++) {
		s->text[i] = i;
		s->sizes[i] = 1;
	}
}

static void count_pairs(struct sample *s)
{
	memset(s->pairs, 0, sizeof s->pairs);
	for (size_t i = 1; i < s->size; i++)
		s->pairs[s->codes[i - 1]][s->codes[i]]++;
}

/* Where two that are to be joined are neighbours the code takes their place. */
static void join_pairs(struct sample *s)
{
	unsigned char *to = s->codes;
	size_t i = 0;

	while (i + 1 < s->size) {
		uint8_t code = s->joined[s->codes[i]][s->codes[i + 1]];

		*to++ = code ? code : s->codes[i];
		i += code ? 2 : 1;
	}
	if (i < s->size)
		*to++ = s->codes[i];
	s->size = (size_t)(to - s->codes);
}

struct pair {
	uint16_t count;
	uint8_t a, b;
};

/* Puts PAIR in its place among the BEST, most frequent first. */
static void keep_pair(struct pair best[PAIRS_AT_ONCE], struct pair pair)
{
	unsigned int i = PAIRS_AT_ONCE - 1;

	for (; i && best[i - 1].count < pair.count; i--)
		best[i] = best[i - 1];
	best[i] = pair;
}

static void find_best_of(const struct sample *s, unsigned int a, unsigned int b,
			 struct pair best[PAIRS_AT_ONCE])
{
	if (s->pairs[a][b] > best[PAIRS_AT_ONCE - 1].count &&
	    s->sizes[a] + s->sizes[b] <= STRINGS_WORD_MAX)
		keep_pair(best, (struct pair){ s->pairs[a][b], (uint8_t)a,
					       (uint8_t)b });
}

static void find_best(const struct sample *s, struct pair best[PAIRS_AT_ONCE])
{
	enum { AT_ONCE = sizeof(uint64_t) / sizeof s->pairs[0][0] };

	memset(best, 0, PAIRS_AT_ONCE * sizeof *best);
	for (unsigned int a = 0; a < BYTES; a++) {
		for (unsigned int b = 0; b < BYTES; b += AT_ONCE) {
			uint64_t counts;

			/* Most are 0. */
			memcpy(&counts, &s->pairs[a][b], sizeof counts);
			if (!counts)
				continue;
			for (unsigned int i = 0; i < AT_ONCE; i++)
				find_best_of(s, a, b + i, best);
		}
	}
}

static void add_word(struct sample *s, const struct pair *pair, uint8_t code)
{
	struct words *words = s->words;
	unsigned int n = words->count++;

	s->text[code] = s->text[pair->a] | s->text[pair->b]
						   << (8 * s->sizes[pair->a]);
	s->sizes[code] = (uint8_t)(s->sizes[pair->a] + s->sizes[pair->b]);
	s->joined[pair->a][pair->b] = code;
	words->codes[n] = code;
	words->text[n] = s->text[code];
	words->sizes[n] = s->sizes[code];
}

/* The next byte from CODE on that the text does not use, or BYTES. */
static unsigned int next_code(const bool is_used[BYTES], unsigned int code)
{
	while (code < BYTES && is_used[code])
		code++;
	return code;
}

/* Joins some of the pairs that are met most often: those that overlap with no
 * better one.  Returns the next code, or BYTES when there is nothing to join. */
static unsigned int join_best(struct sample *s, const bool is_used[BYTES],
			      unsigned int code)
{
	bool is_first[BYTES] = {false}, is_second[BYTES] = {false};
	struct pair best[PAIRS_AT_ONCE];

	find_best(s, best);
	if (best[0].count < LEAST_PAIRS)
		return BYTES;
	for (unsigned int i = 0; i < PAIRS_AT_ONCE && code < BYTES; i++) {
		if (best[i].count < LEAST_PAIRS || is_second[best[i].a] ||
		    is_first[best[i].b])
			continue;
		is_first[best[i].a] = is_second[best[i].b] = true;
		add_word(s, &best[i], (uint8_t)code);
		code = next_code(is_used, code + 1);
	}
	join_pairs(s);
	return code;
}

bool words_choose(struct words *words, const unsigned char *text, size_t size)
{
	struct sample *s = calloc(1, sizeof *s);
	bool is_used[BYTES] = {true}; /* 0 is no code */
	unsigned int code;

	words->count = 0;
	if (!s)
		return false;
	s->words = words;
	for (size_t i = 0; i < size; i++)
		is_used[text[i]] = true;
	take_sample(s, text, size);
	code = next_code(is_used, 0);
	while (code < BYTES) {
		count_pairs(s);
		code = join_best(s, is_used, code);
	}
	free(s);
	return true;
}

/* ---- packing ---- */

/* Words by their first two bytes, longer ones first. */
struct words_packer {
	struct packer_word {
		uint64_t text, mask;
		uint8_t size, code;
	} words[BYTES];
	uint16_t firsts[BYTES * BYTES];
	uint16_t counts[BYTES * BYTES];
};

static int word_order(const void *a, const void *b)
{
	const struct packer_word *x = a, *y = b;
	uint16_t begin_x = (uint16_t)x->text, begin_y = (uint16_t)y->text;

	if (begin_x != begin_y)
		return begin_x < begin_y ? -1 : 1;
	if (x->size != y->size)
		return x->size > y->size ? -1 : 1;
	return x->code < y->code ? -1 : x->code > y->code;
}

struct words_packer *words_packer_create(const struct words *words)
{
	struct words_packer *packer = calloc(1, sizeof *packer);

	if (!packer)
		return NULL;
	for (unsigned int i = 0; i < words->count; i++)
		packer->words[i] = (struct packer_word){
			.text = words->text[i],
			.mask = UINT64_MAX >> (64 - 8 * words->sizes[i]),
			.size = words->sizes[i],
			.code = words->codes[i],
		};
	qsort(packer->words, words->count, sizeof *packer->words, word_order);
	for (unsigned int i = 0; i < words->count; i++) {
		uint16_t begin = (uint16_t)packer->words[i].text;

		if (!packer->counts[begin]++)
			packer->firsts[begin] = (uint16_t)i;
	}
	return packer;
}

void words_packer_destroy(struct words_packer *packer)
{
	free(packer);
}

/* The longest word at TEXT of at most LIMIT bytes, or NULL. */
static const struct packer_word *find_word(const struct words_packer *packer,
					   const unsigned char *text,
					   size_t limit)
{
	const struct packer_word *word;
	uint64_t bytes;

	memcpy(&bytes, text, sizeof bytes);
	word = packer->words + packer->firsts[(uint16_t)bytes];
	for (unsigned int n = packer->counts[(uint16_t)bytes]; n; n--, word++)
		if ((bytes & word->mask) == word->text && word->size <= limit)
			return word;
	return NULL;
}

size_t words_pack(const struct words_packer *packer, const unsigned char *text,
		  size_t size, unsigned char *packed)
{
	unsigned char *to = packed;
	size_t i = 0;

	while (i < size) {
		const struct packer_word *word =
			find_word(packer, text + i, size - i);

		*to++ = word ? word->code : text[i];
		i += word ? word->size : 1;
	}
	return (size_t)(to - packed);
}
