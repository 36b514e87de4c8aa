/* SPDX-License-Identifier: Apache-2.0 */
/* Questions from signal handlers that interrupt threads in the middle of
 * malloc and free.  Objects that stay have exact answers, always; what comes
 * and goes has some answer, and errno stays. */
#include <allotype.h>

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

enum { STABLE = 64, VOLATILE = 256, WORKERS = 2, QUESTIONS = 30000 };

static struct {
	char *pointer;
	size_t size;
} stable[STABLE];
static char *volatiles[VOLATILE];
static unsigned int questions, wrong, random_state = 1;
static int stop;

static void ask_stable(unsigned int random)
{
	unsigned int i = random % STABLE;
	size_t offset = random / STABLE % stable[i].size;
	struct alloc_info info;

	if (alloc_get_info(stable[i].pointer + offset, &info) != ALLOC_OK ||
	    info.base != stable[i].pointer || info.size != stable[i].size ||
	    !info.site.address)
		__atomic_fetch_add(&wrong, 1, __ATOMIC_RELAXED);
}

static void ask_volatile(unsigned int random)
{
	char *p = __atomic_load_n(&volatiles[random % VOLATILE],
				  __ATOMIC_RELAXED);
	struct alloc_info info;
	enum alloc_status status = alloc_get_info(p, &info);

	/* Freed, used again for something else, given back, whatever; but
	 * bounds hold what was asked about. */
	if (p && (status == ALLOC_OK || status == ALLOC_FREED) &&
	    ((const char *)info.base > p || (const char *)info.limit < p))
		__atomic_fetch_add(&wrong, 1, __ATOMIC_RELAXED);
}

static void handle(int number)
{
	unsigned int random = __atomic_add_fetch(&random_state, 2654435769u,
						 __ATOMIC_RELAXED);

	(void)number;
	errno = 77;
	ask_stable(random >> 4);
	ask_volatile(random >> 9);
	if (errno != 77)
		__atomic_fetch_add(&wrong, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&questions, 2, __ATOMIC_RELAXED);
}

static void *work(void *argument)
{
	uint64_t state = (uintptr_t)argument + 1;

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		size_t size;

		state = state * 6364136223846793005u + 1442695040888963407u;
		size = (state >> 40) % ((state >> 20) % 50 ? 500 : 200000);
		free(__atomic_exchange_n(&volatiles[(state >> 33) % VOLATILE],
					 malloc(size), __ATOMIC_ACQ_REL));
		errno = 0;
	}
	return NULL;
}

static void make_stable(void)
{
	for (int i = 0; i < STABLE; i++) {
		stable[i].size = 1 + (size_t)i * i * i;
		stable[i].pointer = malloc(stable[i].size);
		if (!stable[i].pointer)
			abort();
	}
}

static unsigned int asked(void)
{
	return __atomic_load_n(&questions, __ATOMIC_RELAXED);
}

int main(void)
{
	struct sigaction action = { .sa_handler = handle,
				    .sa_flags = SA_RESTART };
	struct itimerval often = { { 0, 150 }, { 0, 150 } };
	pthread_t threads[WORKERS];

	make_stable();
	sigaction(SIGPROF, &action, NULL);
	sigaction(SIGUSR1, &action, NULL);
	for (uintptr_t i = 0; i < WORKERS; i++)
		if (pthread_create(&threads[i], NULL, work, (void *)i))
			abort();
	setitimer(ITIMER_PROF, &often, NULL);
	for (unsigned int i = 0; asked() < QUESTIONS; i++) {
		pthread_kill(threads[i % WORKERS], SIGUSR1);
		/* They need time to get into something. */
		nanosleep(&(struct timespec){ 0, 10000 }, NULL);
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	for (int i = 0; i < WORKERS; i++)
		pthread_join(threads[i], NULL);
	setitimer(ITIMER_PROF, &(struct itimerval){ { 0, 0 }, { 0, 0 } }, NULL);
	printf("%u questions, %u wrong answers\n", questions, wrong);
	return wrong != 0;
}
