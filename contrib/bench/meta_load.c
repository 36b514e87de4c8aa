/* SPDX-License-Identifier: Apache-2.0 */
/*
 * meta_load FILE [TIMES]: maps the metadata FILE and makes it ready for
 * questions as the runtime does, TIMES times (default 1000); prints the median
 * time of one load in microseconds, with the least and the most.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "type/metafile.h"

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int order(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* Loads PATH once; the time it took, or less than 0 when it cannot be. */
static double load(const char *path)
{
	struct metafile file = {0};
	struct stat status;
	double begin = now(), time = -1;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	void *data;

	if (fd < 0)
		return -1;
	if (fstat(fd, &status))
		goto out;
	data = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd,
		    0);
	if (data == MAP_FAILED)
		goto out;
	if (!metafile_init(&file, data, (size_t)status.st_size, NULL, 0, NULL))
		time = now() - begin;
	metafile_deinit(&file);
	munmap(data, (size_t)status.st_size);
out:
	close(fd);
	return time;
}

int main(int argc, char **argv)
{
	size_t times = argc > 2 ? strtoul(argv[2], NULL, 10) : 1000;
	double *all = times ? malloc(times * sizeof *all) : NULL;

	if (argc < 2 || !all) {
		fprintf(stderr, "usage: meta_load FILE [TIMES]\n");
		return 2;
	}
	for (size_t i = 0; i < times; i++) {
		all[i] = load(argv[1]);
		if (all[i] < 0) {
			fprintf(stderr, "meta_load: %s: not metadata\n",
				argv[1]);
			return 1;
		}
	}
	qsort(all, times, sizeof *all, order);
	printf("%.1f %.1f %.1f\n", all[times / 2], all[0], all[times - 1]);
	free(all);
	return 0;
}
