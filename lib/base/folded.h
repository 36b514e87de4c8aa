/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A word that other threads write now and then, read where every instruction
 * counts: compilers load what is atomic into a register first, and plain words
 * from within the instruction that uses them.  For aligned words that any of
 * its values serves of, and in no loop that waits for another.  Atomic,
 * relaxed, where races are looked for.
 */
#ifndef BASE_FOLDED_H
#define BASE_FOLDED_H

#if defined __has_feature
#if __has_feature(thread_sanitizer)
#define UNDER_THREAD_SANITIZER 1
#endif
#endif
#if defined __SANITIZE_THREAD__ && !defined UNDER_THREAD_SANITIZER
#define UNDER_THREAD_SANITIZER 1
#endif

#ifdef UNDER_THREAD_SANITIZER
#define WORD_FOLDED(word) __atomic_load_n(&(word), __ATOMIC_RELAXED)
#else
#define WORD_FOLDED(word) (word)
#endif

#endif
