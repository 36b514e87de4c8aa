/* SPDX-License-Identifier: Apache-2.0 */
#include "pprof.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "query/profile.h"

/* A profile as it grows. */
struct memory_sink {
	struct profile_sink sink; /* first */
	char *bytes;
	size_t size, capacity;
};

static bool write_to_memory(struct profile_sink *sink, const void *bytes,
			    size_t size)
{
	struct memory_sink *memory = (struct memory_sink *)sink;

	if (memory->capacity - memory->size < size) {
		memory->capacity = 2 * (memory->capacity + size);
		memory->bytes = check_memory(
			realloc(memory->bytes, memory->capacity));
	}
	if (size)
		memcpy(memory->bytes + memory->size, bytes, size);
	memory->size += size;
	return true;
}

static int complain_of_file(const char *path)
{
	complain("%s: cannot write: %s", path, strerror(errno));
	return EXIT_NO_ANSWER;
}

static bool write_all(int fd, const char *bytes, size_t size)
{
	while (size) {
		ssize_t done = write(fd, bytes, size);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return false;
		bytes += done;
		size -= (size_t)done;
	}
	return true;
}

/* Devices, pipes and the like stay what they are. */
static int write_special(const char *path, const struct memory_sink *memory)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool done;

	if (fd < 0)
		return complain_of_file(path);
	done = write_all(fd, memory->bytes, memory->size);
	if (close(fd) || !done)
		return complain_of_file(path);
	return EXIT_ANSWERED;
}

/* What open(2) would make of 0666. */
static mode_t creation_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

/* A file that is there stays as it was until the new one is complete. */
static int replace_file(const char *path, const struct memory_sink *memory)
{
	char temporary[PATH_MAX];
	int length = snprintf(temporary, sizeof temporary, "%s.XXXXXX", path);
	int fd = -1, result = EXIT_ANSWERED;

	if (length < 0 || (size_t)length >= sizeof temporary)
		errno = ENAMETOOLONG;
	else
		fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return complain_of_file(path);
	if (!write_all(fd, memory->bytes, memory->size) ||
	    fchmod(fd, creation_mode()) || rename(temporary, path)) {
		result = complain_of_file(path);
		unlink(temporary);
	}
	if (close(fd) && !result)
		result = complain_of_file(path);
	return result;
}

static int write_file(const char *path, const struct memory_sink *memory)
{
	struct stat status;

	if (!strcmp(path, "-")) {
		fwrite(memory->bytes, 1, memory->size, stdout);
		return command_finish(EXIT_ANSWERED);
	}
	if (!stat(path, &status) && !S_ISREG(status.st_mode))
		return write_special(path, memory);
	return replace_file(path, memory);
}

int pprof_write(const struct query_view *view, const char *path)
{
	struct memory_sink memory = { .sink = { write_to_memory } };
	int result = EXIT_NO_ANSWER;

	switch (query_profile_write(view, &memory.sink)) {
	case STATUS_OK:
		result = write_file(path, &memory);
		break;
	case STATUS_NOT_FOUND:
		complain("the heap of the process is not up yet");
		break;
	default:
		complain("out of memory");
	}
	free(memory.bytes);
	return result;
}
