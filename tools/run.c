/* SPDX-License-Identifier: Apache-2.0 */
/* allotype run: prepares metadata, then becomes the command. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/options.h"
#include "command.h"
#include "loader.h"
#include "metadata.h"

/* What a shell says for a command that it cannot run. */
enum { EXIT_CANNOT_RUN = 126, EXIT_NO_COMMAND = 127 };

/* A set-user-ID program of our own user keeps its preloads. */
static bool loses_preload(const char *program, const struct image_file *file)
{
	struct stat stat_;

	if (!file->is_privileged || stat(program, &stat_))
		return false;
	return (stat_.st_mode & S_ISUID && stat_.st_uid != geteuid()) ||
	       (stat_.st_mode & S_ISGID && stat_.st_gid != getegid());
}

static void warn_if_useless(const char *program, const struct image_file *file)
{
	if (!file->is_64_bit)
		complain("%s is not an x86-64 program: it runs without the "
			 "runtime", program);
	else if (file->is_static)
		complain("%s is statically linked: it runs without the "
			 "runtime", program);
	else if (loses_preload(program, file))
		complain("%s is set-user-ID or set-group-ID: it runs without "
			 "the runtime", program);
}

static void prepare_metadata(const char *program, const struct image_file *file)
{
	struct loader_files files = { NULL, 0 };

	loader_list(program, file, &files);
	for (size_t n = 0; n < files.count; n++)
		if (metadata_prepare(files.paths[n]) == STATUS_SYSTEM)
			break;
	loader_files_deinit(&files);
}

/* LD_PRELOAD: ours first, then what was there (ld.so(8)). */
static enum status set_preload(void)
{
	const char *old = getenv("LD_PRELOAD");
	char *library = loader_find_runtime(), *value;
	enum status status = STATUS_OK;

	if (!library)
		return STATUS_NOT_FOUND;
	if (strpbrk(library, " :")) {
		complain("%s: a path with a space or a colon cannot be "
			 "preloaded", library);
		status = STATUS_MISUSE;
		goto out;
	}
	if (old && old[0]) {
		if (asprintf(&value, "%s:%s", library, old) < 0)
			value = NULL;
		setenv("LD_PRELOAD", check_memory(value), 1);
		free(value);
	} else {
		setenv("LD_PRELOAD", library, 1);
	}
out:
	free(library);
	return status;
}

static int show_options(void)
{
	printf("Options of the runtime, by --option or in ALLOTYPE_OPTIONS, "
	       "where commas part\nthem; with their defaults:\n\n");
	for (size_t n = 0; n < OPTION_COUNT; n++) {
		const struct option *option = &option_table[n];

		printf("  %s=%s  [%s]\n\t%s\n", option->name, option->values,
		       option->preset, option->help);
	}
	printf("\nA SIZE is in bytes, or with K, M, G or T behind it in powers "
	       "of 1024.\n");
	return command_finish(EXIT_ANSWERED);
}

static void complain_of_option(const char *item, size_t length,
			       const char *what)
{
	complain("option `%.*s' %s", (int)length, item, what);
}

/* Adds OPTION, name=value, to ALLOTYPE_OPTIONS, if it makes sense. */
static bool add_option(const char *option)
{
	const char *old = getenv("ALLOTYPE_OPTIONS");
	struct options ignored;
	char *value;

	options_set_defaults(&ignored);
	if (options_parse(&ignored, option, complain_of_option))
		return false;
	if (asprintf(&value, "%s,%s", old ? old : "", option) < 0)
		value = NULL;
	check_memory(value);
	setenv("ALLOTYPE_OPTIONS", value + (value[0] == ','), 1);
	free(value);
	return true;
}

/* Takes the options before the command, whose index is *AT then. */
static int take_options(int count, char *arguments[], int *at)
{
	int n = 1;

	for (; n < count && arguments[n][0] == '-'; n++) {
		if (!strcmp(arguments[n], "--")) {
			n++;
			break;
		}
		if (strcmp(arguments[n], "--option"))
			return complain_usage("run", "there is no option %s",
					      arguments[n]);
		if (++n == count)
			return complain_usage("run", "--option needs "
						     "NAME=VALUE");
		if (!add_option(arguments[n]))
			return complain_usage("run", "see allotype run "
						     "--help-options");
	}
	if (n >= count)
		return complain_usage("run", "the command to run is missing");
	*at = n;
	return EXIT_ANSWERED;
}

int command_run(int count, char *arguments[])
{
	struct image_file file;
	char *path, *program;
	int at = 1, error;

	if (count == 2 && !strcmp(arguments[1], "--help-options"))
		return show_options();
	if (take_options(count, arguments, &at))
		return EXIT_USAGE;
	path = loader_find_command(arguments[at]);
	if (!path) {
		complain("%s: %s", arguments[at], strerror(errno));
		return errno == ENOENT ? EXIT_NO_COMMAND : EXIT_CANNOT_RUN;
	}
	if (!loader_find_program(path, &program, &file)) {
		warn_if_useless(program, &file);
		if (file.is_64_bit && !file.is_static)
			prepare_metadata(program, &file);
		free(program);
	}
	if (set_preload())
		return EXIT_CANNOT_RUN;
	/* Not execv: a script without "#!" is the shell's. */
	execvp(path, arguments + at);
	error = errno;
	complain("%s: %s", path, strerror(error));
	free(path);
	return error == ENOENT ? EXIT_NO_COMMAND : EXIT_CANNOT_RUN;
}
