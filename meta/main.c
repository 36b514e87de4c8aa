/* SPDX-License-Identifier: Apache-2.0 */
/* allotype-meta: the metadata compiler as a program. */
#include <getopt.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "meta/compile.h"
#include "meta/show.h"

enum { EXIT_USAGE = 2 };

/* By how much malloc has its memory grow, and how much it keeps: a compilation
 * takes tens of megabytes, and in the small steps that are usual every thread
 * waits for another's calls of brk() and mprotect(). */
enum { HEAP_STEP = 32 << 20 };
enum { OPTION_JSON = 256, OPTION_SOURCE_DIR, OPTION_NO_SOURCE, OPTION_FORCE,
       OPTION_NO_SITES, OPTION_THREADS, OPTION_TYPES };

extern char **environ;

struct arguments {
	struct compile_options options;
	const char *output;
	bool json;
	char **files;
	int count;
};

static const char usage[] =
	"Usage: allotype-meta build FILE... [-o OUTPUT] [--force]\n"
	"       allotype-meta show FILE\n"
	"       allotype-meta sites FILE [--json]\n"
	"\n"
	"Compiles the debug information of ELF files into Allotype's metadata,\n"
	"or shows metadata.  FILE of show and sites is either.\n"
	"\n"
	"  -o, --output=FILE     write there, not into the cache\n"
	"      --force           compile even what the cache has\n"
	"      --json            one JSON object a line\n"
	"      --source-dir=DIR  look here for sources that have moved\n"
	"      --no-source       do not read sources\n"
	"      --types=FILE      what sites allocate: FUNCTION = TYPE and\n"
	"                        SOURCE:LINE = TYPE, one a line\n"
	"      --no-sites        do not look for allocation sites\n"
	"      --threads=N       work on N threads, not on all there are\n"
	"  -h, --help            show this\n"
	"  -V, --version         show the version\n";

static void complain(const char *path, const char *reason)
{
	fprintf(stderr, "allotype-meta: %s: %s\n", path, reason);
}

static int misuse(const char *what)
{
	fprintf(stderr,
		"allotype-meta: %s\n"
		"Try 'allotype-meta --help'.\n",
		what);
	return EXIT_USAGE;
}

static bool build_one(const struct arguments *arguments, const char *path)
{
	char place[CACHE_PATH_MAX];
	const char *reason = "";
	bool compiled;
	enum status status;

	if (arguments->output)
		status = compile_file(path, arguments->output,
				      &arguments->options, &reason);
	else
		status = compile_to_cache(path, environ, &arguments->options,
					  place, &compiled, &reason);
	if (status)
		complain(path, reason);
	return !status;
}

static int command_build(const struct arguments *arguments)
{
	int result = EXIT_SUCCESS;

	if (arguments->output && arguments->count != 1)
		return misuse("-o takes exactly one FILE");
	if (arguments->options.no_sites && !arguments->output)
		return misuse("--no-sites needs -o: the cache has all");
	for (int i = 0; i < arguments->count; i++)
		if (!build_one(arguments, arguments->files[i]))
			result = EXIT_FAILURE;
	return result;
}

/* Loads each FILE and prints it with SHOW. */
static int show_all(const struct arguments *arguments,
		    void (*show)(FILE *, const struct metafile *))
{
	int result = EXIT_SUCCESS;

	for (int i = 0; i < arguments->count; i++) {
		struct compiled compiled;
		const char *reason = "";

		if (compiled_load(&compiled, arguments->files[i],
				  &arguments->options, &reason)) {
			complain(arguments->files[i], reason);
			result = EXIT_FAILURE;
			continue;
		}
		show(stdout, &compiled.file);
		compiled_unload(&compiled);
	}
	if (fflush(stdout) || ferror(stdout)) {
		complain("standard output", "cannot be written");
		result = EXIT_FAILURE;
	}
	return result;
}

static int run(const char *command, const struct arguments *arguments)
{
	if (!strcmp(command, "build"))
		return command_build(arguments);
	if (!strcmp(command, "show"))
		return show_all(arguments, show_metadata);
	return show_all(arguments,
			arguments->json ? show_sites_json : show_sites);
}

static bool is_command(const char *name)
{
	return !strcmp(name, "build") || !strcmp(name, "show") ||
	       !strcmp(name, "sites");
}

/* The exit status of an option that ends the program, or -1. */
static int option_take(struct arguments *arguments, int option)
{
	switch (option) {
	case 'o':
		arguments->output = optarg;
		return -1;
	case OPTION_JSON:
		arguments->json = true;
		return -1;
	case OPTION_SOURCE_DIR:
		arguments->options.source_directory = optarg;
		return -1;
	case OPTION_NO_SOURCE:
		arguments->options.no_source = true;
		return -1;
	case OPTION_TYPES:
		arguments->options.types_file = optarg;
		return -1;
	case OPTION_NO_SITES:
		arguments->options.no_sites = true;
		return -1;
	case OPTION_FORCE:
		arguments->options.force = true;
		return -1;
	case OPTION_THREADS:
		arguments->options.threads =
			(unsigned int)strtoul(optarg, NULL, 10);
		return arguments->options.threads
			       ? -1 : misuse("--threads needs a number");
	case 'h':
		fputs(usage, stdout);
		return EXIT_SUCCESS;
	case 'V':
		puts(PACKAGE_STRING);
		return EXIT_SUCCESS;
	default:
		return misuse("unknown option, or its argument is missing");
	}
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"output", required_argument, NULL, 'o'},
		{"json", no_argument, NULL, OPTION_JSON},
		{"source-dir", required_argument, NULL, OPTION_SOURCE_DIR},
		{"no-source", no_argument, NULL, OPTION_NO_SOURCE},
		{"types", required_argument, NULL, OPTION_TYPES},
		{"no-sites", no_argument, NULL, OPTION_NO_SITES},
		{"force", no_argument, NULL, OPTION_FORCE},
		{"threads", required_argument, NULL, OPTION_THREADS},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{NULL, 0, NULL, 0},
	};
	struct arguments arguments = {0};
	int option, status;

	mallopt(M_TOP_PAD, HEAP_STEP);
	opterr = 0;
	while ((option = getopt_long(argc, argv, "o:hV", options, NULL)) !=
	       -1) {
		status = option_take(&arguments, option);
		if (status >= 0)
			return status;
	}
	if (optind == argc || !is_command(argv[optind]))
		return misuse(optind == argc ? "no command"
					     : "unknown command");
	arguments.files = argv + optind + 1;
	arguments.count = argc - optind - 1;
	if (!arguments.count)
		return misuse("no FILE");
	return run(argv[optind], &arguments);
}
