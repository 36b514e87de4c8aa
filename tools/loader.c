/* SPDX-License-Identifier: Apache-2.0 */
#include "loader.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "complain.h"

extern char **environ;

static char *join(const char *directory, size_t length, const char *name)
{
	char *path = check_memory(malloc(length + strlen(name) + 2));

	sprintf(path, "%.*s%s%s", (int)length, directory, length ? "/" : "",
		name);
	return path;
}

static bool is_runnable(const char *path)
{
	struct stat stat_;

	if (stat(path, &stat_))
		return false;
	if (!S_ISREG(stat_.st_mode)) {
		errno = EACCES;
		return false;
	}
	return !access(path, X_OK);
}

char *loader_find_command(const char *name)
{
	const char *at = getenv("PATH");
	int error = ENOENT;

	if (strchr(name, '/'))
		return is_runnable(name) ? check_memory(strdup(name)) : NULL;
	for (at = at ? at : "/bin:/usr/bin"; *name;) {
		size_t length = strcspn(at, ":");
		char *path = join(at, length, name);

		if (is_runnable(path))
			return path;
		if (errno == EACCES)
			error = EACCES;
		free(path);
		if (!at[length])
			break;
		at += length + 1;
	}
	errno = error;
	return NULL;
}

/* The interpreter's path, or for "#!/usr/bin/env NAME" where NAME is. */
static char *script_program(const char *path)
{
	char line[PATH_MAX + 2] = "", *word, *rest = NULL;
	FILE *file = fopen(path, "re");

	if (!file)
		return NULL;
	if (!fgets(line, sizeof line, file))
		line[0] = '\0';
	fclose(file);
	if (strncmp(line, "#!", 2))
		return NULL;
	word = strtok_r(line + 2, " \t\n", &rest);
	if (!word)
		return NULL;
	if (strstr(word, "/env")) {
		char *name = strtok_r(NULL, " \t\n", &rest);

		if (name && name[0] != '-')
			return loader_find_command(name);
	}
	return check_memory(strdup(word));
}

enum status loader_find_program(const char *path, char **program,
				struct image_file *file)
{
	enum { NESTED_SCRIPTS = 5 }; /* more than the kernel allows */
	char *at = check_memory(strdup(path));

	for (int n = 0; n < NESTED_SCRIPTS && at; n++) {
		char *next;

		if (image_file_examine(at, file))
			break;
		if (file->is_elf) {
			*program = at;
			return STATUS_OK;
		}
		next = script_program(at);
		free(at);
		at = next;
	}
	free(at);
	return STATUS_NOT_FOUND;
}

static void add_file(struct loader_files *files, const char *path)
{
	for (size_t n = 0; n < files->count; n++)
		if (!strcmp(files->paths[n], path))
			return;
	files->paths = check_memory(realloc(files->paths,
			(files->count + 1) * sizeof *files->paths));
	files->paths[files->count++] = check_memory(strdup(path));
}

/* A line of `ld.so --list': "	libm.so.6 => /lib/libm.so.6 (0x...)", or
 * "	/lib64/ld-linux-x86-64.so.2 (0x...)". */
static void add_line(struct loader_files *files, char *line)
{
	char *path = strstr(line, "=> ");
	char *end = strrchr(line, '(');

	path = path ? path + 3 : line + strspn(line, " \t");
	if (path[0] != '/' || !end || end <= path)
		return;
	end[-1] = '\0';
	add_file(files, path);
}

/* Starts the loader on PROGRAM with its list going to a pipe. */
static FILE *start_list(const char *program, const char *interpreter,
			pid_t *child)
{
	char *arguments[] = { (char *)(uintptr_t)interpreter,
			      (char *)(uintptr_t)"--list",
			      (char *)(uintptr_t)program, NULL };
	posix_spawn_file_actions_t actions;
	int ends[2];
	int error;

	if (pipe(ends))
		return NULL;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	posix_spawn_file_actions_addclose(&actions, ends[0]);
	posix_spawn_file_actions_addclose(&actions, ends[1]);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null",
					 O_WRONLY, 0);
	error = posix_spawn(child, interpreter, &actions, NULL, arguments,
			    environ);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	if (error) {
		close(ends[0]);
		return NULL;
	}
	return fdopen(ends[0], "r");
}

void loader_list(const char *program, const struct image_file *file,
		 struct loader_files *files)
{
	char *line = NULL;
	size_t room = 0;
	pid_t child;
	FILE *list;

	add_file(files, program);
	if (!file->interpreter[0])
		return;
	list = start_list(program, file->interpreter, &child);
	if (!list)
		return;
	while (getline(&line, &room, list) > 0)
		add_line(files, line);
	free(line);
	fclose(list);
	waitpid(child, NULL, 0);
}

void loader_files_deinit(struct loader_files *files)
{
	while (files->count)
		free(files->paths[--files->count]);
	free(files->paths);
	files->paths = NULL;
}

/* The library at RELATIVE to the folder of this command, if it is there. */
static char *beside_command(const char *relative)
{
	char self[PATH_MAX], *slash, *path, *real;
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

	if (n <= 0)
		return NULL;
	self[n] = '\0';
	slash = strrchr(self, '/');
	path = join(self, (size_t)(slash - self), relative);
	real = realpath(path, NULL);
	free(path);
	return real;
}

char *loader_find_runtime(void)
{
	/* In the build tree; installed; installed by a Debian package. */
	static const char *const places[] = {
		"../.libs/liballotype.so", "../lib/liballotype.so",
		"../lib/x86_64-linux-gnu/liballotype.so",
	};
	const char *given = getenv("ALLOTYPE_LIBRARY");
	char *path;

	if (given && given[0]) {
		path = realpath(given, NULL);
		if (!path)
			complain("ALLOTYPE_LIBRARY is %s: %s", given,
				 strerror(errno));
		return path;
	}
	for (size_t n = 0; n < sizeof places / sizeof places[0]; n++) {
		path = beside_command(places[n]);
		if (path)
			return path;
	}
	path = realpath(ALLOTYPE_LIBDIR "/liballotype.so", NULL);
	if (!path)
		complain("liballotype.so is not beside this command, nor in "
			 "%s; ALLOTYPE_LIBRARY may say where it is",
			 ALLOTYPE_LIBDIR);
	return path;
}
