#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the source asks for is not a larger record that begins with it, which
# the code takes it for on one of the ways, unless that is as much as is asked
# for; nor the number whose size is asked for, if a function takes characters.
# Records are measured that are put into pointers, by a macro of two definitions,
# and others by one of which some definitions call something else; and what one
# makes of several sizes, by the sizes.  A size that is a sum of variables is what
# those are assigned.
. "$(dirname "$0")/lib.sh"

cat > "$work/said.c" <<'EOF'
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
struct text { long references; const void *class; long length; };
struct wide { struct text base; long hash; char *narrow; };
struct text *last;
__attribute__((noinline)) struct text *text_new(long length, int is_wide)
{
	size_t size = is_wide ? sizeof(struct wide) : sizeof(struct text);
	struct text *text;

	text = (struct text *)malloc(size + (size_t)length + 1); /* some */
	if (!text)
		return NULL;
	text->length = length;
	if (is_wide) {
		struct wide *wide = (struct wide *)text;

		wide->hash = -1;
		wide->narrow = NULL;
	}
	return text;
}
__attribute__((noinline)) struct text *wide_new(void)
{
	struct text *text = (struct text *)malloc(40); /* all */
	struct wide *wide = (struct wide *)text;

	if (!wide)
		return NULL;
	wide->narrow = NULL;
	return text;
}
struct chunk { unsigned char *text; size_t size; };
static inline struct chunk chunk_create(unsigned char *text, size_t size)
{
	struct chunk chunk = { text, size };

	return chunk;
}
#define chunk_alloc(bytes) \
	({ size_t x = (bytes); chunk_create(x ? malloc(x) : NULL, x); })
typedef struct { long a; char *attributes; char *rest[1]; } row;
#define ROW_SIZE offsetof(row, rest)
#ifndef WIDE
#define WIDE 0
#endif
#if WIDE
#define rows_size(count, extra) ((unsigned)((count) * (ROW_SIZE + (extra))))
#else
#define rows_size(count, extra) (unsigned)((count) * ROW_SIZE)
#endif
char **heads;
__attribute__((noinline)) char **heads_new(unsigned count, unsigned extra)
{
	unsigned size = rows_size(1, extra);
	char **made;

	made = (char **)calloc((size_t)count, (size_t)size); /* rows */
	return heads = made;
}
struct pool {
	void *block;
	void *(*take_alloc)(void *block, size_t size, const char *file, int line);
} pool;
#ifndef PLAIN
#ifdef WHERE
#define pool_take(size) pool.take_alloc(pool.block, (size), __FILE__, __LINE__)
#else
#define pool_take(size) pool.take_alloc(pool.block, (size), "", 0)
#endif
#elif defined TRACE
#define pool_take(size) ({ void *p = malloc((size)); TRACED(p, (size)); p; })
#else
#define pool_take(size) malloc((size))
#endif
struct same { long a, b; } same;
struct head { long a, b; } head;
void *taken;
__attribute__((noinline)) void pool_use(void)
{
	taken = pool_take(sizeof(struct head)); /* pool */
}
/* Variables of one name in blocks side by side. */
__attribute__((noinline)) size_t words_use(int count)
{
	unsigned char text[64];

	if (count > 5) {
		memset(text, count, sizeof text);
		taken = text;
		return text[count % 64];
	} else {
		unsigned short *text = NULL;

		if (count & 1)
			text = malloc(sizeof(unsigned short) * 1024); /* words */
		taken = text;
		return text ? text[0] : 0;
	}
}
/* Several calls in a line, as what the elements take tells. */
struct small { long a[3]; };
struct large { long a[5]; };
#define ARRAY(to, count, kind) do { \
		if ((kind) == 3) \
			(to) = calloc((count), sizeof(struct small)); \
		else if ((kind) == 4) \
			(to) = calloc((count), sizeof(struct large)); \
		else if ((kind) == 5) \
			(to) = calloc((count), sizeof(int)); \
		else \
			(to) = calloc((count), sizeof(unsigned int)); \
	} while (0)
struct small small;
struct large large;
__attribute__((noinline)) void array_use(size_t count, int kind)
{
	ARRAY(taken, count, kind); /* array */
}
struct file_head { short magic; int sizes[3]; } file_head;
struct image_head { int colours[10]; } image_head;
__attribute__((noinline)) unsigned char *image_new(int rows)
{
	int offset, data, size;
	unsigned char *image;

	data = rows * 7;
	offset = sizeof(struct file_head) + sizeof(struct image_head);
	offset += 4 * rows;
	size = offset + data;
	image = (unsigned char *)malloc((size_t)size); /* sum */
	return image;
}
/* A member of the union that the variable is of. */
struct c_closure { char kind; void *environment; void *values[]; };
struct l_closure { char kind; void *environment; void *proto, *upper[6]; };
union closure { struct c_closure c; struct l_closure l; };
__attribute__((noinline)) union closure *closure_new(size_t count)
{
	union closure *made = (union closure *)malloc( /* closure */
		sizeof(struct c_closure) + sizeof(void *) * count);

	if (made)
		made->c.kind = 'c';
	return made;
}
/* A file that is compiled for two kinds of numbers, one of which other systems
 * call otherwise. */
#ifdef _WIN64
#define LONG_NUMBER __int64
#else
#define LONG_NUMBER long
#endif
#ifdef WIDE
#define NUMBER LONG_NUMBER
#define numbers_of(name) long_##name
#else
#define NUMBER int
#define numbers_of(name) int_##name
#endif
__attribute__((noinline)) void *numbers_of(take)(size_t count, size_t size)
{
	return count < 1000 ? malloc(count * size) : NULL;
}
__attribute__((noinline)) void numbers_use(size_t count)
{
	taken = numbers_of(take)(count, sizeof(NUMBER)); /* numbers */
}
size_t total;
__attribute__((noinline)) void put(int count, ...)
{
	va_list list;

	va_start(list, count);
	while (count--)
		total += va_arg(list, struct chunk).size;
	va_end(list);
}
int main(int count, char **arguments)
{
	(void)arguments;
	heads_new((unsigned)count, 2);
	if (heads)
		((row *)heads)->a = 0;
	put(1, chunk_alloc(sizeof(unsigned int))); /* number */
	pool_use();
	array_use((size_t)count, count);
	total += words_use(count);
	taken = image_new(count);
	taken = closure_new((size_t)count);
	numbers_use((size_t)count);
	last = text_new(count, count > 1);
	last = wide_new();
	return last == NULL;
}
EOF
# made MARK: what the line with that comment allocates.
made() {
	line=$(grep -n "/\* $1 \*/" "$work/said.c" | cut -d : -f 1)
	"$meta" sites --json "$work/said" | grep "\"line\":$line," |
		sed 's/.*"type":"\([^"]*\)".*"alternatives":\(\[.*\]\),"floating.*/\1 \2/'
}
for level in -O0 -O2; do
	"$CC" -g $level -DWIDE=1 -o "$work/said" "$work/said.c" || fail "cannot compile"
	case $(made some) in
	'struct text '*) ;;
	*) fail "$level: some: $(made some)" ;;
	esac
	case $(made all) in
	'struct wide '*) ;;
	*) fail "$level: all: $(made all)" ;;
	esac
	case $(made rows) in
	'row '*) ;;
	*) fail "$level: rows: $(made rows)" ;;
	esac
	case $(made pool) in
	'struct head '*) ;;
	*) fail "$level: pool: $(made pool)" ;;
	esac
	made array > "$work/arrays"
	for type in small large; do
		[ "$(grep -c "^struct $type " "$work/arrays")" = 1 ] ||
			fail "$level: array: $(cat "$work/arrays")"
	done
	! grep -q int "$work/arrays" ||
		fail "$level: array: $(cat "$work/arrays")"
	case $(made sum) in
	'struct file_head '*) ;;
	*) fail "$level: sum: $(made sum)" ;;
	esac
	case $(made closure) in
	'struct c_closure '*) ;;
	*) fail "$level: closure: $(made closure)" ;;
	esac
	case $(made numbers) in
	'long '*) ;;
	*) fail "$level: numbers: $(made numbers)" ;;
	esac
	case $(made words) in
	'unsigned short '*) ;;
	*) fail "$level: words: $(made words)" ;;
	esac
	case $(made number) in
	'unsigned char '* | 'char '*) ;;
	*) fail "$level: number: $(made number)" ;;
	esac
done
finish
