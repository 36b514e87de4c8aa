/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Allocates through pointers that another file has, of which debug information
 * may say nothing: by their names.  LIBRARY: that other file.
 */
#include <stddef.h>

#ifdef LIBRARY
#define EXTERN
#else
#define EXTERN extern
#endif

EXTERN void *(*docMalloc)(size_t size);
EXTERN void *(*doc_realloc)(void *old, size_t size);
EXTERN void *(*doc_calloc)(size_t count, size_t size);
EXTERN char *(*docMemStrdup)(const char *text);
EXTERN void (*docFree)(void *old);
/* Rust's, as its compilers have named it since 1.87. */
void *rust_alloc(size_t size, size_t alignment) __asm__(
	"_RNvCs3aBc4dEfGhI_7___rustc12___rust_alloc");
#ifdef LIBRARY
void *rust_alloc(size_t size, size_t alignment)
{
	return alignment ? docMalloc(size) : NULL;
}
#endif

#ifndef LIBRARY
struct document {
	struct document *next;
	double weight[4];
	char *name;
};
struct page {
	int number, lines;
};

struct document *documents;
struct page *pages;

__attribute__((noinline)) void add(const char *name)
{
	struct document *d = docMalloc(sizeof *d); /* -> struct document */

	if (!d)
		return;
	d->name = docMemStrdup(name); /* -> bytes */
	d->next = documents;
	documents = d;
}

__attribute__((noinline)) void grow(size_t count)
{
	pages = doc_realloc(pages, count * sizeof *pages); /* -> struct page */
}

__attribute__((noinline)) struct page *make(size_t count)
{
	struct page *p = doc_calloc(count, sizeof *p); /* -> struct page */

	if (p)
		p->number = 1;
	return p;
}

__attribute__((noinline)) void begin(void)
{
	struct page *p = rust_alloc(sizeof *p, 4); /* -> struct page */

	if (p)
		p->lines = 0;
	pages = p;
}

int main(int argc, char **argv)
{
	begin();
	add(argv[0]);
	grow((size_t)argc);
	docFree(make(2));
	return !documents;
}
#endif
