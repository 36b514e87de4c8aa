/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay [FILE...]        runs the sequences of files
 * replay --random N SEED  runs N pseudo-random sequences
 *
 * Without arguments: what the test suite runs, the kept corpus of $top_srcdir
 * and pseudo-random sequences, with the runtime's options one by one, each in
 * a process of its own, all at once.  Given to a fuzzer that works with files, it runs the
 * file it is started for.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz/sequence.h"

enum { SIZE_MAX_READ = SEQUENCE_STEPS_MAX * sizeof(struct step) };

/* Each sequence is dear where every access is watched: what is kept is shared
 * out among so many of the options then. */
#if defined __SANITIZE_THREAD__
enum { RANDOM_SEQUENCES = 10, SHARES = 4 };
#elif defined __SANITIZE_ADDRESS__
enum { RANDOM_SEQUENCES = 40, SHARES = 1 };
#else
enum { RANDOM_SEQUENCES = 60, SHARES = 1 };
#endif

static uint8_t buffer[SIZE_MAX_READ];

static int run_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	size_t size;

	if (!file) {
		perror(path);
		return 1;
	}
	size = fread(buffer, 1, sizeof buffer, file);
	fclose(file);
	sequence_run(buffer, size);
	return 0;
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Every STEPth file of FOLDER from the FIRST, in the order of names. */
static int run_folder(const char *folder, int first, int step)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, is_visible, alphasort);
	int failures = count < 1, run = 0;

	if (count < 1)
		fprintf(stderr, "%s: no sequences\n", folder);
	for (int i = 0; i < count; i++) {
		char path[4096];

		snprintf(path, sizeof path, "%s/%s", folder,
			 entries[i]->d_name);
		free(entries[i]);
		if (i % step != first)
			continue;
		failures += run_file(path);
		run++;
	}
	printf("%d of %d sequences of %s\n", run, count, folder);
	if (count >= 0)
		free(entries);
	return failures;
}

/* Steps of equal likelihood, but that single objects come most often. */
static void run_random(unsigned int count, uint64_t seed)
{
	uint64_t state = seed * 2 + 1;

	for (unsigned int i = 0; i < count; i++) {
		size_t size = 8 * (50 + i * 37 % 350);

		for (size_t k = 0; k < size; k++) {
			state ^= state << 13;
			state ^= state >> 7;
			state ^= state << 17;
			buffer[k] = (uint8_t)(state >> 24);
			if (k % 8 == 0 && state >> 60 < 9)
				buffer[k] %= 8;
		}
		sequence_run(buffer, size);
	}
	printf("%u pseudo-random sequences from seed %llu\n", count,
	       (unsigned long long)seed);
}

/* The child NUMBER of the suite, with OPTIONS set before the heap comes up. */
static int run_mode(const char *options, unsigned int number)
{
	unsigned int count = number ? RANDOM_SEQUENCES / 4 : RANDOM_SEQUENCES;
	int step = number ? SHARES : 1;
	const char *top = getenv("top_srcdir");
	char folder[3000];

	snprintf(folder, sizeof folder, "%s/tests/fuzz/corpus", top ? top : ".");
	setenv("ALLOTYPE_OPTIONS", options, 1);
	printf("options \"%s\"\n", options);
	run_random(count, number + 1);
	return run_folder(folder, (int)number % step, step) != 0;
}

static int run_suite(void)
{
#define SURVIVE "on_error=log,log_file=/dev/null,"
	static const char *const modes[] = {
		"", SURVIVE "metrics=on", "placement=site",
		SURVIVE "security=on", "profile_sample=200",
	};
	enum { MODES = sizeof modes / sizeof modes[0] };
	int failures = 0, status;
	pid_t children[MODES];

	fflush(stdout);
	for (unsigned int i = 0; i < MODES; i++) {
		children[i] = fork();
		if (!children[i])
			exit(run_mode(modes[i], i));
	}
	for (unsigned int i = 0; i < MODES; i++)
		if (children[i] < 0 ||
		    waitpid(children[i], &status, 0) != children[i] || status)
			failures++;
	return failures != 0;
}

int main(int argc, char **argv)
{
	int failures = 0;

	if (argc < 2)
		return run_suite();
	if (argc == 4 && !strcmp(argv[1], "--random")) {
		run_random((unsigned int)strtoul(argv[2], NULL, 10),
			   strtoull(argv[3], NULL, 10));
		return 0;
	}
	for (int i = 1; i < argc; i++)
		failures += run_file(argv[i]);
	return failures != 0;
}
