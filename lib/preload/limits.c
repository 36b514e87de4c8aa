/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that limits its address space, or locks its memory without the
 * privilege to lock much, must not pay for what the heap reserved in
 * advance: the reservations shrink to what is in use before the call.
 */
#include <errno.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/types.h>

#include "base/export.h"
#include "base/sys.h"
#include "heap/heap.h"

/* libc's names for these calls' wrappers differ with large file support. */
int setrlimit64(__rlimit_resource_t resource, const struct rlimit64 *limit);
int prlimit64(pid_t pid, enum __rlimit_resource resource,
	      const struct rlimit64 *limit, struct rlimit64 *old);

static int finish(long result)
{
	if (!sys_failed(result))
		return (int)result;
	errno = (int)-result;
	return -1;
}

static int set_limit(pid_t pid, int resource, const void *limit, void *old)
{
	if (limit && (resource == RLIMIT_AS || resource == RLIMIT_DATA) &&
	    (!pid || pid == sys_pid()) &&
	    ((const struct rlimit *)limit)->rlim_cur != RLIM_INFINITY)
		heap_limit_reservations();
	return finish(sys_call(SYS_prlimit64, pid, resource, (long)limit,
			       (long)old, 0, 0));
}

EXPORT int setrlimit(__rlimit_resource_t resource, const struct rlimit *limit)
{
	return set_limit(0, (int)resource, limit, NULL);
}

EXPORT int setrlimit64(__rlimit_resource_t resource,
		       const struct rlimit64 *limit)
{
	return set_limit(0, (int)resource, limit, NULL);
}

EXPORT int prlimit(pid_t pid, enum __rlimit_resource resource,
		   const struct rlimit *limit, struct rlimit *old)
{
	return set_limit(pid, (int)resource, limit, old);
}

EXPORT int prlimit64(pid_t pid, enum __rlimit_resource resource,
		     const struct rlimit64 *limit, struct rlimit64 *old)
{
	return set_limit(pid, (int)resource, limit, old);
}

EXPORT int mlockall(int flags)
{
	if (sys_limit(SYS_LIMIT_LOCKED) != UINT64_MAX)
		heap_limit_reservations();
	else
		heap_close_reservations();
	return finish(sys_call(SYS_mlockall, flags, 0, 0, 0, 0, 0));
}
