/* SPDX-License-Identifier: Apache-2.0 */
/* allotype meta: the metadata compiler of allotype-meta(1). */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "meta/compile.h"
#include "meta/show.h"
#include "type/cache.h"

extern char **environ;

enum meta_action { META_BUILD, META_SHOW, META_SITES, META_COUNT };

static const char *const action_names[META_COUNT] = { "build", "show",
						      "sites" };

struct meta_options {
	struct compile_options compile;
	enum meta_action action;
	const char *output;
	bool json;
	char **files;
	int file_count;
};

static enum status build_file(const struct meta_options *options,
			      const char *path, const char **reason)
{
	char place[CACHE_PATH_MAX];
	bool compiled;

	if (options->output)
		return compile_file(path, options->output, &options->compile,
				    reason);
	return compile_to_cache(path, environ, &options->compile, place,
				&compiled, reason);
}

static enum status show_file(const struct meta_options *options,
			     const char *path, const char **reason)
{
	struct compiled compiled;
	enum status status = compiled_load(&compiled, path, &options->compile,
					   reason);

	if (status)
		return status;
	if (options->action == META_SHOW)
		show_metadata(stdout, &compiled.file);
	else if (options->json)
		show_sites_json(stdout, &compiled.file);
	else
		show_sites(stdout, &compiled.file);
	compiled_unload(&compiled);
	return STATUS_OK;
}

static int parse_action(const char *name, enum meta_action *action)
{
	for (unsigned int n = 0; n < META_COUNT; n++) {
		if (!strcmp(action_names[n], name)) {
			*action = (enum meta_action)n;
			return EXIT_ANSWERED;
		}
	}
	return complain_usage("meta", "`%s' is not build, show or sites",
			      name);
}

static int parse_option(int letter, const char *argument,
			struct meta_options *options)
{
	switch (letter) {
	case 'o':
		options->output = optarg;
		break;
	case 'j':
		options->json = true;
		break;
	case 'd':
		options->compile.source_directory = optarg;
		break;
	case 'n':
		options->compile.no_source = true;
		break;
	case 'f':
		options->compile.force = true;
		break;
	case ':':
		return complain_usage("meta", "%s needs a value", argument);
	default:
		return complain_usage("meta", "there is no option %s",
				      argument);
	}
	return EXIT_ANSWERED;
}

static int parse_options(int count, char *arguments[],
			 struct meta_options *options)
{
	static const struct option known[] = {
		{ "output", required_argument, NULL, 'o' },
		{ "json", no_argument, NULL, 'j' },
		{ "source-dir", required_argument, NULL, 'd' },
		{ "no-source", no_argument, NULL, 'n' },
		{ "force", no_argument, NULL, 'f' },
		{ NULL, 0, NULL, 0 },
	};
	int letter, status;

	memset(options, 0, sizeof *options);
	opterr = 0;
	while ((letter = getopt_long(count, arguments, ":o:", known, NULL)) !=
	       -1) {
		status = parse_option(letter, arguments[optind - 1], options);
		if (status)
			return status;
	}
	if (optind == count)
		return complain_usage("meta",
				      "build, show or sites is missing");
	status = parse_action(arguments[optind], &options->action);
	if (status)
		return status;
	options->files = arguments + optind + 1;
	options->file_count = count - optind - 1;
	if (!options->file_count)
		return complain_usage("meta", "a file is missing");
	if (options->output && options->file_count > 1)
		return complain_usage("meta", "-o is for one file only");
	return EXIT_ANSWERED;
}

int command_meta(int count, char *arguments[])
{
	struct meta_options options;
	int status = parse_options(count, arguments, &options);

	if (status)
		return status;
	for (int n = 0; n < options.file_count; n++) {
		const char *path = options.files[n], *reason = "unknown";
		enum status result = options.action == META_BUILD ?
				build_file(&options, path, &reason) :
				show_file(&options, path, &reason);

		if (result) {
			complain("%s: %s", path, reason);
			status = EXIT_NO_ANSWER;
		}
	}
	return command_finish(status);
}
