/* SPDX-License-Identifier: Apache-2.0 */
/* What a user of slitter writes: two classes that are easily mistaken for one
 * another, and with MISMATCH defined, are. */
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

DEFINE_SLITTER_CLASS(animals, .name = "animal", .size = sizeof(struct animal),
		     .zero_init = true);
DEFINE_SLITTER_CLASS(birds, .name = "bird", .size = sizeof(struct bird),
		     .zero_init = true);
DEFINE_SLITTER_CLASS(eggs, .name = "egg", .size = 100, .mapper_name = "file");

enum { FLOCK = 1000 };

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
