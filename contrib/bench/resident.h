/* SPDX-License-Identifier: Apache-2.0 */
/* How much of this process is resident, asked without an allocation. */
#ifndef BENCH_RESIDENT_H
#define BENCH_RESIDENT_H

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Resident memory of the process in KB; 0 when the system does not say.
 * smaps_rollup counts exactly; VmRSS lags by up to some hundred KB. */
static inline long resident_kb(void)
{
	static const char name[] = "Rss:";
	char text[2048];
	int file = open("/proc/self/smaps_rollup", O_RDONLY);

	if (file < 0)
		return 0;
	ssize_t length = read(file, text, sizeof(text) - 1);
	close(file);
	if (length <= 0)
		return 0;
	text[length] = '\0';
	const char *line = strstr(text, name);
	return line ? strtol(line + sizeof(name) - 1, NULL, 10) : 0;
}

#endif
