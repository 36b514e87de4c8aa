/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer's input as an ELF file with its debug information.  Whatever it
 * holds, the compiler ends, and what it writes is a metadata file that its
 * own reader accepts.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "meta/compile.h"
#include "meta/writer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void encode(const struct model *model)
{
	struct metafile file;
	unsigned char *bytes;
	size_t size;

	if (writer_encode(model, &bytes, &size))
		return;
	if (metafile_init(&file, bytes, size, NULL, 0, NULL) ||
	    metafile_verify(&file, NULL))
		abort();
	metafile_deinit(&file);
	free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct compile_options options = {.no_source = true};
	int fd = memfd_create("input", MFD_CLOEXEC);
	struct model *model;
	const char *reason;
	char path[64];

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (!compile_model(path, &options, &model, &reason)) {
		encode(model);
		model_destroy(model);
	}
	close(fd);
	return 0;
}
