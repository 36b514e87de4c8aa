/* SPDX-License-Identifier: Apache-2.0 */
/*
 * latency [OPTION]... [SCENARIO]...: the most instructions of any call of
 * the allocator, for each scenario and for N doubled three times, and the
 * most system calls.  Compares with the bounds; exits with 1 when one does
 * not hold.  Each run is a process of its own.
 *
 *   -n N      the first of the four numbers, 1000 if not given
 *   -s        only the first and the last of them
 *   -k COUNT  about how many calls to count in each run (400)
 *   -c FILE   all figures as CSV
 *   -t        prints where the worst call of each scenario spent its time:
 *             addresses with their counts, for addr2line
 *   -l        lists the scenarios
 */
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scenarios.h"
#include "step.h"

enum { RUNS = 4, MAX_SMALL = 2000, MAX_BIG = 4000, MAX_CALLS = 1 };

/* How much more the last run may take than the first: what depends on N at
 * all depends on it by far more, as N is eight times as large. */
enum { FLAT_SHARE = 4, FLAT_SLACK = 100 };

const struct scenario scenarios[] = {
	{ "churn", run_churn, "N objects of all sizes come and go" },
	{ "fresh", run_fresh, "N objects of all small sizes stay" },
	{ "fill", run_fill, "5 N objects of 16 bytes stay" },
	{ "last", run_last, "N objects of a size are freed in some order" },
	{ "recycle", run_recycle, "MiniPages change their class and back" },
	{ "calloc", run_calloc, "N zeroed objects, twice" },
	{ "aligned", run_aligned, "N objects at all alignments" },
	{ "realloc", run_realloc, "small objects change their size" },
	{ "sites", run_sites, "N sites allocate, N free" },
	{ "wrappers", run_wrappers, "N sites call a wrapper of a wrapper" },
	{ "no-file", run_no_file, "N sites in code made at run time" },
	{ "big-free", run_big_free, "N / 2 free blocks" },
	{ "big-grow", run_big_grow, "N big objects stay" },
	{ "big-huge", run_big_huge, "blocks of N * 200 KB" },
	{ "big-purge", run_big_purge, "N / 10 dirty blocks of 1 MB freed" },
	{ "big-realloc", run_big_realloc, "a block grows N / 4 times" },
	{ "remote", run_remote, "another thread frees every 64th of 32 N" },
	{ "flush", run_flush, "another thread frees all of 32 N" },
	{ "abandoned", run_abandoned, "the owner of 32 N objects has ended" },
	{ "threads", run_threads, "first calls of N / 10 threads, twice" },
	{ "exit", run_exit, "a thread with N objects ends" },
	{ "fork", run_fork, "a child's first calls; others had 64 N objects" },
};
const size_t scenario_count = sizeof scenarios / sizeof *scenarios;

static const char *const kind_names[STEP_KINDS] = { "small", "big", "exit" };

static size_t number = 1000, chosen = 400; /* options */
static bool traces, fewer;
static FILE *csv;

/* ---- one run, in its own process ---- */

static int compare(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

struct place {
	uint64_t at;
	const char *file;
	uint64_t offset;
};

static int find_file(struct dl_phdr_info *info, size_t size, void *context)
{
	struct place *place = context;

	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *header = &info->dlpi_phdr[i];

		if (header->p_type != PT_LOAD ||
		    place->at - info->dlpi_addr - header->p_vaddr >=
			    header->p_memsz)
			continue;
		place->file = *info->dlpi_name ? info->dlpi_name :
						 "/proc/self/exe";
		place->offset = place->at - info->dlpi_addr;
		return 1;
	}
	return 0;
}

/* FILE OFFSET COUNT for every address of the worst call. */
static void print_trace(const char *name, size_t n, const char *kind,
			const struct step_worst *worst)
{
	uint64_t *at = malloc(worst->instructions * sizeof *at);
	uint32_t length = worst->instructions, same;

	if (!at)
		return;
	memcpy(at, worst->trace, length * sizeof *at);
	qsort(at, length, sizeof *at, compare);
	for (uint32_t i = 0; i < length; i += same) {
		struct place place = { at[i], "?", at[i] };

		for (same = 1; i + same < length && at[i + same] == at[i];)
			same++;
		dl_iterate_phdr(find_file, &place);
		printf("trace %s %zu %s %s 0x%llx %u\n", name, n, kind,
		       place.file, (unsigned long long)place.offset, same);
	}
	free(at);
}

static struct step_results *map_results(int file)
{
	struct step_results *results =
		mmap(NULL, sizeof *results, PROT_READ | PROT_WRITE, MAP_SHARED,
		     file, 0);

	return results == MAP_FAILED ? NULL : results;
}

/* The results are in FILE. */
static int run_one(const char *name, size_t n, int file)
{
	struct step_results *results = map_results(file);

	if (!results || !step_init(results))
		return 2;
	for (size_t i = 0; i < scenario_count; i++)
		if (!strcmp(scenarios[i].name, name))
			scenarios[i].run(n);
	for (int kind = 0; traces && results->counting && kind < STEP_KINDS;
	     kind++)
		print_trace(name, n, kind_names[kind], &results->worst[kind]);
	results->ended = true;
	return 0;
}

/* ---- all of them ---- */

struct figure {
	uint32_t calls, instructions, system_calls;
	char worst[64], caller[64];
};

static bool run_process(const char *name, size_t n, int file)
{
	char n_text[32], file_text[32];
	const char *const arguments[] = { "latency", "-r", name, "-n", n_text,
					  "-f", file_text,
					  traces ? "-t" : NULL, NULL };
	int status = -1;
	pid_t child;

	snprintf(n_text, sizeof n_text, "%zu", n);
	snprintf(file_text, sizeof file_text, "%d", file);
	child = fork();
	if (!child) {
		execv("/proc/self/exe", (char *const *)(uintptr_t)arguments);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || status) {
		printf("%s: a run with N = %zu ended with status %d\n", name,
		       n, status);
		return false;
	}
	return true;
}

static void take_figures(const struct step_results *results,
			 struct figure figures[STEP_KINDS])
{
	for (int kind = 0; kind < STEP_KINDS; kind++) {
		const struct step_worst *worst = &results->worst[kind];
		struct figure *figure = &figures[kind];

		figure->calls = worst->calls;
		figure->instructions = worst->instructions;
		figure->system_calls = worst->system_calls;
		snprintf(figure->worst, sizeof figure->worst, "%s %u",
			 worst->name, worst->size);
		snprintf(figure->caller, sizeof figure->caller, "%s %u",
			 worst->caller, worst->caller_size);
	}
}

/* Twice for the time, then to count. */
static bool measure(const char *name, size_t n,
		    struct figure figures[STEP_KINDS])
{
	int file = memfd_create("latency", 0);
	struct step_results *results;
	bool good = false;

	if (file < 0 || ftruncate(file, sizeof *results))
		return false;
	results = map_results(file);
	if (!results)
		goto out;
	for (int pass = 0; pass < 3; pass++) {
		results->counting = pass == 2;
		if (results->counting)
			step_choose(results, chosen);
		results->calls = 0;
		results->ended = false;
		good = run_process(name, n, file) && results->ended;
		if (!good)
			break;
	}
	take_figures(results, figures);
	munmap(results, sizeof *results);
out:
	close(file);
	return good;
}

static const char *judge(const struct figure *figures[RUNS], int kind)
{
	uint32_t first = figures[0]->instructions;
	bool many_calls = false;
	uint32_t most = 0;

	for (int i = 0; i < RUNS; i++) {
		if (figures[i]->instructions > most)
			most = figures[i]->instructions;
		if (figures[i]->system_calls > MAX_CALLS)
			many_calls = true;
	}
	if (most > (kind == STEP_LARGE ? MAX_BIG : MAX_SMALL))
		return "TOO LONG";
	if (many_calls)
		return "SYSTEM CALLS";
	if (most > first + first / FLAT_SHARE + FLAT_SLACK)
		return "GROWS";
	return "ok";
}

static bool print_row(const char *name, size_t n, int kind,
		      const struct figure *figures[RUNS])
{
	const char *verdict = judge(figures, kind);
	const struct figure *worst = figures[0], *caller = figures[0];

	printf("%-12s%-6s", name, kind_names[kind]);
	for (int i = 0; i < RUNS; i++) {
		printf("%9u", figures[i]->instructions);
		if (figures[i]->instructions > worst->instructions)
			worst = figures[i];
		if (figures[i]->system_calls > caller->system_calls)
			caller = figures[i];
		if (csv)
			fprintf(csv, "%s,%s,%zu,%u,%u,%u\n", name,
				kind_names[kind], n << i, figures[i]->calls,
				figures[i]->instructions,
				figures[i]->system_calls);
	}
	printf("  %3u  %-13s %s", caller->system_calls, verdict,
	       worst->worst);
	if (caller->system_calls > MAX_CALLS)
		printf("; system calls: %s", caller->caller);
	printf("\n");
	fflush(stdout);
	return !strcmp(verdict, "ok");
}

static bool run_scenario(const char *name, size_t n)
{
	struct figure figures[RUNS][STEP_KINDS];
	bool good = true;

	for (int i = 0; i < RUNS; i++) {
		if (fewer && i > 0 && i < RUNS - 1)
			memcpy(figures[i], figures[0], sizeof figures[0]);
		else if (!measure(name, n << i, figures[i]))
			return false;
	}
	for (int kind = 0; kind < STEP_KINDS; kind++) {
		const struct figure *row[RUNS];

		for (int i = 0; i < RUNS; i++)
			row[i] = &figures[i][kind];
		if (row[0]->calls)
			good &= print_row(name, n, kind, row);
	}
	return good;
}

static bool wanted(const char *name, char **names, int count)
{
	for (int i = 0; i < count; i++)
		if (!strcmp(names[i], name))
			return true;
	return !count;
}

static void print_head(void)
{
	printf("Most instructions of a call; bounds: small %d, big %d, "
	       "%d system call; flat in N.\n%-12s%-6s",
	       MAX_SMALL, MAX_BIG, MAX_CALLS, "scenario", "calls");
	for (int i = 0; i < RUNS; i++)
		printf(" N=%6zu", number << i);
	printf("  sys  %-13s %s\n", "verdict", "worst call, bytes");
	fflush(stdout);
	if (csv)
		fprintf(csv, "scenario,kind,n,calls,instructions,"
			     "system_calls\n");
}

static int run_all(char **names, int count)
{
	int failures = 0, runs = 0;

	/* The same addresses in every run, where that may be had; and a
	 * memset of glibc's that does not stop once a byte. */
	personality(ADDR_NO_RANDOMIZE);
	setenv("GLIBC_TUNABLES",
	       "glibc.cpu.x86_rep_stosb_threshold=1000000000:"
	       "glibc.cpu.x86_rep_movsb_threshold=1000000000", 1);
	print_head();
	for (size_t i = 0; i < scenario_count; i++) {
		if (!wanted(scenarios[i].name, names, count))
			continue;
		failures += !run_scenario(scenarios[i].name, number);
		runs++;
	}
	printf("%d scenarios, %d beyond a bound\n", runs, failures);
	return failures || !runs;
}

static int list(void)
{
	for (size_t i = 0; i < scenario_count; i++)
		printf("%-12s%s\n", scenarios[i].name, scenarios[i].what);
	return 0;
}

int main(int argc, char **argv)
{
	const char *one = NULL;
	int option, file = -1;

	while ((option = getopt(argc, argv, "n:k:c:stlr:f:")) != -1) {
		switch (option) {
		case 'n':
			number = strtoul(optarg, NULL, 10);
			break;
		case 'k':
			chosen = strtoul(optarg, NULL, 10);
			break;
		case 'c':
			csv = fopen(optarg, "w");
			if (!csv)
				return 2;
			break;
		case 's':
			fewer = true;
			break;
		case 't':
			traces = true;
			break;
		case 'r':
			one = optarg;
			break;
		case 'f':
			file = atoi(optarg);
			break;
		case 'l':
			return list();
		default:
			return 2;
		}
	}
	if (one)
		return run_one(one, number, file);
	return run_all(argv + optind, argc - optind);
}
