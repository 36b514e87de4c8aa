/* SPDX-License-Identifier: Apache-2.0 */
/* What a user of slitter writes: two classes that are easily mistaken for one
 * another, and with MISMATCH defined, are; as MISMATCH_LARGE, two of objects
 * that are large. */
#include <slitter.h>
#include <stdio.h>
#include <stdlib.h>

struct animal {
	int legs;
};

struct bird {
	struct animal animal;
	int wings, eggs;
};

struct whale {
	struct bird animal;
	char blubber[3 << 20];
};

struct calf {
	char blubber[100000];
};

DEFINE_SLITTER_CLASS(animals, .name = "animal", .size = sizeof(struct animal),
		     .zero_init = true);
DEFINE_SLITTER_CLASS(birds, .name = "bird", .size = sizeof(struct bird),
		     .zero_init = true);
DEFINE_SLITTER_CLASS(eggs, .name = "egg", .size = 100, .mapper_name = "file");

DEFINE_SLITTER_CLASS(whales, .name = "whale", .size = sizeof(struct whale),
		     .zero_init = true);
DEFINE_SLITTER_CLASS(calves, .name = "calf", .size = sizeof(struct calf),
		     .mapper_name = "file");

enum { FLOCK = 1000, SCHOOL = 6 };

static void expect(int condition)
{
	if (!condition)
		abort();
}

static void live_and_die(void)
{
	static struct bird *flock[FLOCK];

	for (int i = 0; i < FLOCK; i++) {
		flock[i] = slitter_allocate(birds);
		expect(!flock[i]->animal.legs && !flock[i]->wings &&
		       !flock[i]->eggs);
		flock[i]->animal.legs = flock[i]->wings = 2;
		flock[i]->eggs = i;
	}
	for (int i = 0; i < FLOCK; i++) {
		expect(flock[i]->eggs == i);
		slitter_release(birds, flock[i]);
	}
}

static void swim(void)
{
	struct whale *school[SCHOOL];
	struct calf *calf = slitter_allocate(calves);

	calf->blubber[sizeof calf->blubber - 1] = 1;
	for (int i = 0; i < SCHOOL; i++) {
		char *blubber;

		school[i] = slitter_allocate(whales);
		blubber = school[i]->blubber;
		expect(!blubber[0] && !blubber[sizeof school[i]->blubber - 1]);
		blubber[0] = blubber[sizeof school[i]->blubber - 1] = (char)i;
	}
	for (int i = 0; i < SCHOOL; i++) {
		expect(school[i]->blubber[0] == i);
		slitter_release(whales, school[i]);
	}
#ifdef MISMATCH_LARGE
	slitter_release(whales, calf);
#else
	slitter_release(calves, calf);
#endif
}

int main(void)
{
	struct animal *spider = slitter_allocate(animals);
	struct bird *duck;
	char *egg;

	expect(spider->legs == 0);
	spider->legs = 8;
	slitter_release(birds, NULL);
	live_and_die();
	live_and_die();
	expect(spider->legs == 8);
	slitter_release(animals, spider);
	slitter_set_file_backed_slab_directory(".");
	egg = slitter_allocate(eggs);
	egg[99] = 1;
	slitter_release(eggs, egg);
	swim();
	swim();
#ifdef MISMATCH
	duck = slitter_allocate(birds);
	slitter_release(animals, &duck->animal);
#else
	duck = slitter_allocate(birds);
	slitter_release(birds, duck);
#endif
	puts("the zoo is closed");
	return 0;
}
