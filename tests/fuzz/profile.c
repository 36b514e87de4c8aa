/* SPDX-License-Identifier: Apache-2.0 */
/* A reader of profile.proto (github.com/google/pprof), as far as the heap's
 * profiles go. */
#include "fuzz/profile.h"

#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/options.h"
#include "fuzz/expect.h"
#include "fuzz/model.h"

enum { SAMPLE = 2, LOCATION = 4, LOCATIONS_MAX = 4096 };

struct bytes {
	const uint8_t *at, *end;
};

/* A field of a message: a number, or BYTES. */
struct field {
	unsigned int number;
	uint64_t value;
	struct bytes bytes;
};

static uint64_t read_number(struct bytes *from)
{
	uint64_t value = 0;

	for (unsigned int shift = 0;; shift += 7) {
		EXPECT(from->at < from->end && shift < 64);
		value |= (uint64_t)(*from->at & 127) << shift;
		if (!(*from->at++ & 128))
			return value;
	}
}

static bool read_field(struct bytes *from, struct field *field)
{
	uint64_t tag;

	if (from->at == from->end)
		return false;
	tag = read_number(from);
	EXPECT(tag % 8 == 0 || tag % 8 == 2);
	field->number = (unsigned int)(tag >> 3);
	field->value = read_number(from);
	if (tag % 8 == 0)
		return true;
	EXPECT(field->value <= (uint64_t)(from->end - from->at));
	field->bytes = (struct bytes){from->at, from->at + field->value};
	from->at += field->value;
	return true;
}

/* ---- by call site ---- */

static uint64_t addresses[LOCATIONS_MAX]; /* by location */

static struct tally {
	uint64_t address, objects, bytes;
} tallies[LOCATIONS_MAX];
static unsigned int tally_count;

static struct tally *tally_of(uint64_t address)
{
	unsigned int i = 0;

	while (i < tally_count && tallies[i].address != address)
		i++;
	EXPECT(i < LOCATIONS_MAX);
	if (i == tally_count)
		tallies[tally_count++] = (struct tally){.address = address};
	return &tallies[i];
}

static void read_location(struct bytes message)
{
	uint64_t id = 0, address = 0;
	struct field field;

	while (read_field(&message, &field)) {
		id = field.number == 1 ? field.value : id;
		address = field.number == 3 ? field.value : address;
	}
	EXPECT(id && id < LOCATIONS_MAX && !addresses[id]);
	/* The code before the return address. */
	addresses[id] = address + 1;
}

static void read_sample(struct bytes message)
{
	struct field field;
	struct tally *tally = NULL;

	while (read_field(&message, &field)) {
		if (field.number == 1) {
			uint64_t id = read_number(&field.bytes);

			EXPECT(id && id < LOCATIONS_MAX && addresses[id]);
			tally = tally_of(addresses[id]);
		}
		if (field.number != 2)
			continue;
		EXPECT(tally);
		tally->objects += read_number(&field.bytes);
		tally->bytes += read_number(&field.bytes);
	}
}

static void read_profile(struct bytes all, unsigned int number,
			 void (*read)(struct bytes message))
{
	struct field field;

	while (read_field(&all, &field))
		if (field.number == number)
			read(field.bytes);
}

/* What the profile has and the model has not is left over. */
static void compare(void)
{
	for (unsigned int i = 0; i < MODEL_OBJECTS; i++) {
		struct tally *tally;

		if (!model[i].pointer)
			continue;
		tally = tally_of(model[i].caller);
		tally->objects--;
		tally->bytes -= model[i].size;
	}
	for (unsigned int i = 0; i < tally_count; i++)
		EXPECT(!tallies[i].objects && !tallies[i].bytes);
}

void profile_check(int fd)
{
	struct stat info;
	struct bytes all;
	void *map;

	EXPECT(!fstat(fd, &info) && info.st_size);
	map = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	EXPECT(map != MAP_FAILED);
	all = (struct bytes){map, (uint8_t *)map + info.st_size};
	for (unsigned int i = 0; i < LOCATIONS_MAX; i++)
		addresses[i] = 0;
	tally_count = 0;
	read_profile(all, LOCATION, read_location);
	read_profile(all, SAMPLE, read_sample);
	/* Samples are estimates, which only have to hang together. */
	if (!options.profile_sample)
		compare();
	munmap(map, (size_t)info.st_size);
}
