/* SPDX-License-Identifier: Apache-2.0 */
#include "heap/sample_table.h"

#include <string.h>

#include "base/log.h"
#include "base/private.h"

enum { BUCKETS = 1 << ALLOTYPE_SAMPLE_BITS };

struct lock sample_lock = LOCK_INIT(LOCK_RANK_HEAP_SAMPLES);

static struct allotype_profile profile;
/* The rest is guarded by sample_lock. */
/* Linked by `chain': a reader who stands on one still finds the next of its
 * bucket. */
static struct allotype_sample *unused;
static uint32_t sample_count; /* made so far */
static size_t chain_bytes;
static uint64_t *chain_buckets; /* linked by `bucket' */

static struct allotype_sample *sample_at(uint64_t address)
{
	return (struct allotype_sample *)(uintptr_t)address;
}

static struct allotype_chain *chain_at(uint64_t address)
{
	return (struct allotype_chain *)(uintptr_t)address;
}

bool sample_table_init(uint64_t period)
{
	uint64_t *buckets = private_allocate(2 * BUCKETS * sizeof *buckets);

	if (!buckets)
		return false;
	chain_buckets = buckets + BUCKETS;
	profile.period = period;
	profile.samples = (uintptr_t)buckets;
	return true;
}

uint64_t sample_table_address(void)
{
	return (uintptr_t)&profile;
}

/* ---- chains ---- */

static uint64_t *chain_bucket(const struct sample_chain *chain)
{
	uint64_t hash = chain->file;

	for (uint32_t i = 0; i < chain->depth; i++)
		hash = (hash ^ chain->callers[i]) * 0x9e3779b97f4a7c15u;
	return &chain_buckets[hash >> (64 - ALLOTYPE_SAMPLE_BITS)];
}

static bool chain_is(const struct allotype_chain *known,
		     const struct sample_chain *chain)
{
	return known->site == chain->site && known->file == chain->file &&
	       known->depth == chain->depth &&
	       !memcmp(known->callers, chain->callers,
		       chain->depth * sizeof *chain->callers);
}

static struct allotype_chain *make_chain(const struct sample_chain *chain)
{
	size_t callers = chain->depth * sizeof *chain->callers;
	size_t size = sizeof(struct allotype_chain) + callers;
	struct allotype_chain *made = NULL;

	if (size <= SAMPLE_CHAIN_BYTES - chain_bytes)
		made = private_allocate(size);
	if (!made)
		return NULL;
	chain_bytes += size;
	made->next = profile.chains;
	made->number = profile.chain_count + 1;
	made->site = chain->site;
	made->file = chain->file;
	made->depth = chain->depth;
	memcpy(made->callers, chain->callers, callers);
	return made;
}

/* The chain, made when it is new; NULL when there is no room. */
static struct allotype_chain *find_chain(const struct sample_chain *chain)
{
	uint64_t *bucket = chain_bucket(chain);
	struct allotype_chain *known = chain_at(*bucket);

	while (known && !chain_is(known, chain))
		known = chain_at(known->bucket);
	if (known)
		return known;
	known = make_chain(chain);
	if (!known)
		return NULL;
	known->bucket = *bucket;
	*bucket = (uintptr_t)known;
	/* Release: readers find the chain whole, and room for its number. */
	__atomic_store_n(&profile.chain_count, known->number,
			 __ATOMIC_RELEASE);
	__atomic_store_n(&profile.chains, (uintptr_t)known, __ATOMIC_RELEASE);
	return known;
}

/* ---- samples ---- */

static struct allotype_sample *take_unused(void)
{
	struct allotype_sample *sample = unused;

	if (sample) {
		unused = sample_at(sample->chain);
		return sample;
	}
	if (sample_count == SAMPLE_MAX)
		return NULL;
	sample = private_allocate(sizeof *sample);
	if (sample)
		sample_count++;
	return sample;
}

static uint64_t *bucket_of(uint64_t base)
{
	return (uint64_t *)(uintptr_t)profile.samples +
	       allotype_sample_bucket(base);
}

/* Readers may look at any word at any moment. */
static void set(uint64_t *word, uint64_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELAXED);
}

static bool lose_sample(void)
{
	if (!profile.lost)
		log_write(OPTION_LOG_WARN,
			  "there is no room for more samples of the profile");
	__atomic_store_n(&profile.lost, profile.lost + 1, __ATOMIC_RELAXED);
	return false;
}

bool sample_table_add(uint64_t base, uint64_t size, uint64_t weight,
		      const struct sample_chain *chain)
{
	struct allotype_chain *known = find_chain(chain);
	struct allotype_sample *sample = known ? take_unused() : NULL;

	if (!sample)
		return lose_sample();
	set(&known->objects, known->objects + weight);
	set(&known->bytes, known->bytes +
				   allotype_sample_bytes(size, weight));
	set(&sample->base, base);
	set(&sample->size, size);
	set(&sample->weight, weight);
	set(&sample->chain, (uintptr_t)known);
	set(&sample->next, *bucket_of(base));
	__atomic_store_n(&sample->site, chain->site, __ATOMIC_RELAXED);
	/* Release: readers find the sample whole. */
	__atomic_store_n(bucket_of(base), (uintptr_t)sample,
			 __ATOMIC_RELEASE);
	return true;
}

struct allotype_sample *sample_table_find(uint64_t base)
{
	struct allotype_sample *sample = sample_at(*bucket_of(base));

	while (sample && sample->base != base)
		sample = sample_at(sample->next);
	return sample;
}

void sample_table_remove(struct allotype_sample *sample)
{
	uint64_t *link = bucket_of(sample->base);

	while (*link != (uintptr_t)sample)
		link = &sample_at(*link)->next;
	__atomic_store_n(link, sample->next, __ATOMIC_RELEASE);
	set(&sample->base, 0);
	/* Release: who reads this finds that the sample is gone. */
	__atomic_store_n(&sample->chain, (uintptr_t)unused, __ATOMIC_RELEASE);
	unused = sample;
}
