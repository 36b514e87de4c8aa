/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What libc's functions allocate for a program is the program's: its call is
 * the site.  Run under the runtime, with metadata of the program and of libc.
 */
#define _GNU_SOURCE
#include <allotype.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures;

/* OBJECT was allocated by a call in main and is of the type named. */
static void check(const char *what, const void *object, const char *type)
{
	struct alloc_info info;
	const char *name;

	if (alloc_get_info(object, &info) != ALLOC_OK) {
		printf("%s: not found\n", what);
		failures++;
		return;
	}
	name = alloc_type_name(info.type);
	if (strcmp(name, type) == 0 && info.site.function &&
	    strcmp(info.site.function, "main") == 0)
		return;
	printf("%s: %s, allocated in %s, not %s in main\n", what, name,
	       info.site.function ? info.site.function : "?", type);
	failures++;
}

int main(int argc, char **argv)
{
	char *line = NULL, *printed;
	size_t room = 0;
	FILE *file = fopen(argv[argc - 1], "r");
	DIR *directory = opendir("/");

	if (!file || !directory || getline(&line, &room, file) < 0 ||
	    asprintf(&printed, "%s %d", "seven", 7) < 0)
		return 2;
	check("fopen", file, "FILE");
	check("opendir", directory, "DIR");
	check("getline", line, "char[120]");
	check("asprintf", printed, "char[8]");
	check("strdup", strdup("hello"), "char[6]");
	check("strndup", strndup("hello", 3), "char[4]");
	check("realpath", realpath("/", NULL), "char[2]");
	return failures != 0;
}
