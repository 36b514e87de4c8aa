/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Allocates by functions of another file and through pointers that it has, of
 * which debug information may say nothing: by their names.  LIBRARY: that other
 * file.
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
void *doc_xmalloc(size_t size);
void *doc_take_alloc(void *pool, size_t size, const char *file);
void *doc_allocated(size_t number);
char *DocAlloc(unsigned int size);
char *doc_xstrdup(const char *text);
void *doc_xmemdup(const void *from, size_t size);
struct pool { char *next; };
char *doc_pstrdup(struct pool *pool, const char *text);
#ifdef LIBRARY
void *rust_alloc(size_t size, size_t alignment)
{
	return alignment ? docMalloc(size) : NULL;
}
void *doc_xmalloc(size_t size)
{
	return docMalloc(size);
}
void *doc_take_alloc(void *pool, size_t size, const char *file)
{
	return pool ? docMalloc(size + (*file == 0)) : NULL;
}
void *doc_allocated(size_t number)
{
	return number ? docMalloc : NULL;
}
char *DocAlloc(unsigned int size)
{
	return docMalloc(size);
}
char *doc_xstrdup(const char *text)
{
	return docMemStrdup(text);
}
char *doc_pstrdup(struct pool *pool, const char *text)
{
	return *text ? pool->next++ : NULL;
}
void *doc_xmemdup(const void *from, size_t size)
{
	return from ? docMalloc(size) : NULL;
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

void *kept[2];

__attribute__((noinline)) struct page *copy(const struct page *page,
					    const char *name)
{
	struct page *p = doc_xmalloc(sizeof *p); /* -> struct page */

	kept[0] = doc_xstrdup(name); /* -> bytes */
	kept[1] = page->lines ? doc_pstrdup(kept[1], name) /* "has none" at -O2 */
			      : doc_allocated(sizeof *p);
	p->number = page->number;
	return p;
}

__attribute__((noinline)) void note(int lines)
{
	struct page *p = (struct page *)DocAlloc( /* "has any" at -O2 -> struct page */
		sizeof *p);

	p->lines = lines;
	kept[0] = p;
}

__attribute__((noinline)) struct page *copy_all(const struct page *all,
						size_t count)
{
	struct page *p = doc_take_alloc( /* "has any" at -O2 -> struct page */
		kept, sizeof *p, __FILE__);

	if (p)
		return p;
	p = doc_xmemdup(all, count * sizeof *p); /* "has any" at -O2 -> struct page */
	p->lines = 0;
	return p;
}

int main(int argc, char **argv)
{
	begin();
	note(argc);
	pages = copy_all(copy(pages, argv[0]), (size_t)argc);
	add(argv[0]);
	grow((size_t)argc);
	docFree(make(2));
	return !documents;
}
#endif
