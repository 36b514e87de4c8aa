// SPDX-License-Identifier: Apache-2.0
// operator new, constructors and the standard containers.  "has T": a site
// somewhere allocates a type whose name begins so.
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace zoo {
struct animal {
	virtual ~animal() {}
	long age = 0;
};
struct weasel : animal {
	double weight;
	explicit weasel(double w) : weight(w) { std::puts("weasel"); }
};
struct base {
	long number;
	base();
	virtual ~base() {}
};
__attribute__((noinline)) base::base() : number(1) {}
struct middle : base {};
struct last : middle {};
}

void *anything;
zoo::animal *pet;
int *numbers;
struct triple { int a, b, c; };
std::vector<triple> triples;
struct request { void (*run)(void *); void *context; };
struct reply { long double sum; };
struct task { long number; zoo::base part; };
struct pooled {
	long value[5];
	static void *operator new(std::size_t size);
};
__attribute__((noinline)) void *pooled::operator new(std::size_t size)
{
	return ::operator new(size);
}
struct plain { long words[3]; };
plain *plains;
struct variant {
	union {
		struct { long room[5]; int *values; };
		struct { long size[5]; triple *parts; };
	};
};
// Inlined, or called.
template <class T> T *take(std::size_t n)
{
	return static_cast<T *>(std::malloc(n * sizeof(T)));
}
struct slab {
	long value[11];
	static void *operator new(std::size_t size)
	{
		return take<unsigned char>(size);
	}
};
slab *slabs;
std::map<int, triple> index_of;
std::shared_ptr<triple> shared;

// No variable points to either.
__attribute__((noinline)) void answer(void *call)
{
	static_cast<request *>(call)->run(static_cast<reply *>(
		static_cast<request *>(call)->context));
}

__attribute__((noinline)) void finish(void *job)
{
	delete static_cast<task *>(job);
}

// Calls of one line, some of which lead to no use.
#define MAKE(use, n) ((n) > 7 ? keep_plain(new plain[std::size_t(n)]) : \
		      use(new plain[std::size_t(n) + 1]))

__attribute__((noinline)) void keep_plain(plain *p)
{
	plains = p;
}

__attribute__((noinline)) void keep_any(void *p)
{
	anything = p;
}

__attribute__((noinline)) void fill(variant *v, int n)
{
	v->values = new int[3]; // -> int
	MAKE(keep_any, n); // -> plain
	slabs = new slab; // -> slab
	numbers = take<int>(std::size_t(n)); // -> int
}

__attribute__((noinline)) void keep(int n)
{
	pet = new zoo::weasel(n); // -> zoo::weasel
	anything = new zoo::last; // -> zoo::last
	anything = new request{free, anything}; // -> request
	anything = new task{n, {}}; // -> task
	anything = new pooled{{n}}; // -> pooled
	anything = new char[std::size_t(n)]; // -> bytes
	numbers = new int[n]; // -> int
	triples.push_back(triple{n, n, n}); // has triple
	triples.reserve(100); // -> triple
	index_of[n] = triple{1, 2, 3}; // has std::_Rb_tree_node<std::pair<
	shared = std::make_shared<triple>(); // has std::_Sp_counted_ptr_inplace<triple,
}

// A class that is as large as its base, and all that objects are handed out as.
struct segment {
	long at[25];
	explicit segment(long n) { at[0] = n; at[n & 7] = 1; }
	__attribute__((noinline)) bool read(long n) { return at[0] += n; }
};
struct public_segment : public segment {
	explicit public_segment(long n) : segment(n) {}
};

__attribute__((noinline)) public_segment *segment_make(long n)
{
	segment *made = new segment(n); // -> segment

	made->read(n);
	return static_cast<public_segment *>(made);
}

__attribute__((noinline)) public_segment *public_make(long n)
{
	public_segment *made = new public_segment(n); // -> public_segment

	made->read(n);
	return made;
}

int main(int argc, char **)
{
	variant v;

	keep(argc);
	fill(&v, argc);
	if (argc > 1)
		answer(anything);
	if (argc > 2)
		finish(anything);
	if (argc > 3)
		argc += int(segment_make(argc)->at[0] + public_make(argc)->at[1]);
	return int(triples.size() + index_of.size()) - 2 + numbers[0] * (argc > 9);
}
