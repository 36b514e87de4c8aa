/* SPDX-License-Identifier: Apache-2.0 */
/* What ends a sequence that shows a bug: it must hold in every build. */
#ifndef FUZZ_EXPECT_H
#define FUZZ_EXPECT_H

/* Under ThreadSanitizer no code of a thread may run behind its destructors,
 * and children of programs with threads have none. */
#if defined __has_feature
#if __has_feature(thread_sanitizer)
#define FUZZ_UNDER_TSAN 1
#endif
#endif
#ifdef __SANITIZE_THREAD__
#define FUZZ_UNDER_TSAN 1
#endif

#define EXPECT(condition)                                                      \
	((condition) ? (void)0 : expect_failed(__FILE__, __LINE__, #condition))

/* Says what is wrong, in which step of which sequence, and aborts. */
void expect_failed(const char *file, int line, const char *condition)
	__attribute__((noreturn));

#endif
