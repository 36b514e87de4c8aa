/* SPDX-License-Identifier: Apache-2.0 */
/* The allotype command: picks one of the commands and explains them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "target/debugger.h"

struct command {
	const char *name;
	int (*run)(int count, char *arguments[]);
	const char *help;
};

static const struct command commands[] = {
	{ "run", command_run,
	  "usage: allotype run [--option NAME=VALUE]... [--] COMMAND "
	  "[ARGUMENT...]\n"
	  "       allotype run --help-options\n"
	  "\n"
	  "Prepares the metadata of COMMAND and of the libraries it loads, "
	  "then runs it\nwith the Allotype runtime preloaded.  The exit "
	  "status is COMMAND's.\n--option sets an option of the runtime; "
	  "--help-options lists them.\n" },
	{ "what", command_what,
	  "usage: allotype what [--collect] [--json] PID|CORE ADDRESS...\n"
	  "\n"
	  "Says what is at each ADDRESS (0x... or decimal, or the name of a "
	  "function or\nvariable) of a process or of a core file: a line for "
	  "each level, mapping first.\nExits with 1 when any address has no "
	  "answer.  --collect also asks the pointers that lead\nto heap "
	  "objects, and their content.\n" },
	{ "heap", command_heap,
	  "usage: allotype heap PID|CORE [--by type|site|typed-site|allocator]\n"
	  "           [--top N] [--collect] [--json]\n"
	  "       allotype heap --pprof FILE PID|CORE\n"
	  "\n"
	  "Lists the live heap objects of a process or of a core file in "
	  "groups, the\nlargest first; or writes them to FILE as a profile "
	  "for pprof (`-': to standard\noutput).  --collect also asks the "
	  "pointers that lead to objects, and their\ncontent.\n" },
	{ "meta", command_meta,
	  "usage: allotype meta build|show|sites FILE... [--json]\n"
	  "\n"
	  "Compiles the debug information of an ELF file, shows what the "
	  "metadata holds,\nor lists the file's allocation sites.\n" },
};
enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static const char general_help[] =
	"usage: allotype COMMAND [ARGUMENT...]\n"
	"\n"
	"  run [--] COMMAND...       run COMMAND with the runtime preloaded\n"
	"  what PID|CORE ADDRESS...  what is at these addresses?\n"
	"  heap PID|CORE             live heap objects by type, site or "
	"allocator\n"
	"  meta build|show|sites FILE  the metadata of an ELF file\n"
	"  help [COMMAND]            explain\n"
	"\n"
	"  --help, --version\n";

static const struct command *find_command(const char *name)
{
	for (unsigned int n = 0; n < COMMAND_COUNT; n++)
		if (!strcmp(commands[n].name, name))
			return &commands[n];
	return NULL;
}

static int show_help(const char *name)
{
	const struct command *command = name ? find_command(name) : NULL;

	if (name && !command)
		return complain_usage(NULL, "there is no command `%s'", name);
	fputs(command ? command->help : general_help, stdout);
	return command_finish(EXIT_ANSWERED);
}

int command_finish(int status)
{
	if (fflush(stdout) || ferror(stdout)) {
		complain("cannot write: %s", strerror(errno));
		return EXIT_NO_ANSWER;
	}
	return status;
}

static bool asks_help(const char *argument)
{
	return !strcmp(argument, "--help") || !strcmp(argument, "-h");
}

int main(int count, char *arguments[])
{
	const struct command *command;

	/* For the scripts of debuggers only: see target/debugger.h. */
	if (count > 3 && !strcmp(arguments[1], "--debugger")) {
		if (debugger_connect(arguments[2]))
			return complain_usage(NULL, "these are no pipes: %s",
					      arguments[2]);
		count -= 2;
		arguments += 2;
	}
	if (count < 2)
		return complain_usage(NULL, "a command is missing");
	if (asks_help(arguments[1]))
		return show_help(NULL);
	if (!strcmp(arguments[1], "help"))
		return show_help(count > 2 ? arguments[2] : NULL);
	if (!strcmp(arguments[1], "--version")) {
		puts("allotype " PACKAGE_VERSION);
		return command_finish(EXIT_ANSWERED);
	}
	command = find_command(arguments[1]);
	if (!command)
		return complain_usage(NULL, "there is no command `%s'",
				      arguments[1]);
	if (count > 2 && asks_help(arguments[2]))
		return show_help(arguments[1]);
	return command->run(count - 1, arguments + 1);
}
