/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a user may set in the environment: ALLOTYPE_OPTIONS, a list of
 * name=value separated by commas.  One table holds every option: its field,
 * its default, the values it takes and the words about it.
 *
 * Read once, when the heap comes up, and constant from then on.  A bad
 * option is told in one line on standard error and otherwise ignored.
 */
#ifndef BASE_OPTIONS_H
#define BASE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/*
 * OPTION(kind, name, default, values, help), in the order of the help:
 *   SIZE    size_t, bytes; K, M, G or T behind the number multiply it
 *   NUMBER  uint64_t
 *   FLAG    bool, on or off
 *   CHOICE  unsigned int, the index of the word in VALUES, which `|' parts
 *   PATH    const char *, "" when not given; no commas
 */
#define OPTION_TABLE(OPTION)                                                   \
	OPTION(SIZE, heap_limit, "0", "SIZE",                                  \
	       "bytes that the heap's data may take; 0: no limit")             \
	OPTION(NUMBER, decay, "1000", "MS",                                    \
	       "milliseconds until free memory goes back to the system")       \
	OPTION(CHOICE, placement, "size", "size|site",                         \
	       "what shares memory: objects of a size, or of a site")          \
	OPTION(FLAG, security, "off", "on|off",                                \
	       "detect and hinder misuse of the heap, at a price")             \
	OPTION(SIZE, quarantine, "1M", "SIZE",                                 \
	       "with security=on: freed bytes kept out of use")                \
	OPTION(CHOICE, on_error, "abort", "abort|log",                         \
	       "at a bad free: stop the program, or log it and go on")           \
	OPTION(FLAG, metrics, "off", "on|off",                                 \
	       "count every operation, and what bookkeeping it touches")       \
	OPTION(SIZE, profile_sample, "0", "SIZE",                              \
	       "bytes, on average, from one allocation whose call chain is "   \
	       "kept for profiles to the next; 0: none is")                    \
	OPTION(NUMBER, profile_seed, "0", "SEED",                              \
	       "which allocations that are; 0: others in every run")           \
	OPTION(CHOICE, log, "none", "none|error|warn|info|debug",              \
	       "what the runtime writes about its work")                       \
	OPTION(PATH, log_file, "", "PATH",                                     \
	       "where to; %p becomes the process id; else standard error")

enum option_placement { OPTION_PLACEMENT_SIZE, OPTION_PLACEMENT_SITE };
enum option_on_error { OPTION_ON_ERROR_ABORT, OPTION_ON_ERROR_LOG };
enum option_log {
	OPTION_LOG_NONE,
	OPTION_LOG_ERROR,
	OPTION_LOG_WARN,
	OPTION_LOG_INFO,
	OPTION_LOG_DEBUG,
};

#define OPTION_TYPE_SIZE size_t
#define OPTION_TYPE_NUMBER uint64_t
#define OPTION_TYPE_FLAG bool
#define OPTION_TYPE_CHOICE unsigned int
#define OPTION_TYPE_PATH const char *
#define OPTION_FIELD(kind, name, preset, values, help) OPTION_TYPE_##kind name;

struct options {
	OPTION_TABLE(OPTION_FIELD)
};

enum option_kind {
	OPTION_KIND_SIZE,
	OPTION_KIND_NUMBER,
	OPTION_KIND_FLAG,
	OPTION_KIND_CHOICE,
	OPTION_KIND_PATH,
};

struct option {
	const char *name;
	enum option_kind kind;
	size_t offset;      /* of the field in struct options */
	const char *preset; /* the default, as one would write it */
	const char *values;
	const char *help;
};

#define OPTION_COUNT_ONE(kind, name, preset, values, help) +1
enum { OPTION_COUNT = 0 OPTION_TABLE(OPTION_COUNT_ONE) };

extern const struct option option_table[OPTION_COUNT];
/* Zeros until options_init. */
extern struct options options;

/* What is wrong with ITEM, LENGTH bytes of the text that was parsed. */
typedef void (*options_complaint)(const char *item, size_t length,
				  const char *what);

void options_set_defaults(struct options *result);
/* Sets what TEXT says, item by item; the last of equal names holds.  Tells
 * COMPLAIN, unless NULL, of each item that makes no sense, and returns
 * STATUS_BAD_INPUT if there was any.  Paths are copied to memory for ever, of
 * which there is little. */
enum status options_parse(struct options *result, const char *text,
			  options_complaint complain);

/* Fills `options' from the environment, but only with the defaults in a
 * program with more rights than its user (AT_SECURE).  Works before libc
 * itself is up.  Once. */
void options_init(void);

#endif
