/* SPDX-License-Identifier: Apache-2.0 */
/* The door of alloc_profile_write: the profile of this process, to a file. */
#include "allotype/heap.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>

#include "base/export.h"
#include "base/sys.h"
#include "query/profile.h"
#include "query/view_local.h"

enum { BUFFER_SIZE = 8192 };

struct file_sink {
	struct profile_sink sink; /* first */
	int fd;
	int error; /* of the first write that failed */
	size_t used;
	char buffer[BUFFER_SIZE];
};

static bool flush(struct file_sink *file)
{
	size_t done = 0;

	while (done < file->used && !file->error) {
		long result = sys_write(file->fd, file->buffer + done,
					file->used - done);

		if (!sys_failed(result))
			done += (size_t)result;
		else if (result != -EINTR)
			file->error = (int)-result;
	}
	file->used = 0;
	return !file->error;
}

static bool write_to_file(struct profile_sink *sink, const void *bytes,
			  size_t size)
{
	struct file_sink *file = (struct file_sink *)sink;
	const char *from = bytes;

	while (size) {
		if (file->used == BUFFER_SIZE && !flush(file))
			return false;
		file->buffer[file->used++] = *from++;
		size--;
	}
	return true;
}

static int error_of(enum status status, const struct file_sink *file)
{
	switch (status) {
	case STATUS_OK:
		return 0;
	case STATUS_NO_MEMORY:
		return ENOMEM;
	case STATUS_SYSTEM:
		return file->error;
	default:
		return ENOTSUP;
	}
}

EXPORT_API int alloc_profile_write_fd(int fd)
{
	struct file_sink file = { .sink = { write_to_file }, .fd = fd };
	enum status status = query_profile_write(&query_view_local,
						 &file.sink);

	if (status == STATUS_OK && !flush(&file))
		status = STATUS_SYSTEM;
	return error_of(status, &file);
}

EXPORT_API int alloc_profile_write(const char *path)
{
	long fd = sys_call(SYS_openat, AT_FDCWD, (long)path,
			   O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666, 0,
			   0);
	long closed;
	int error;

	if (sys_failed(fd))
		return (int)-fd;
	error = alloc_profile_write_fd((int)fd);
	closed = sys_close((int)fd);
	return error || !sys_failed(closed) ? error : (int)-closed;
}
