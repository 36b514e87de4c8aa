// SPDX-License-Identifier: Apache-2.0
// Asks what objects of C++ are of which the allocating code says only a base
// class, or nothing: their virtual table pointers tell.
#include <allotype.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <new>
#include <sys/mman.h>

#define NOINLINE __attribute__((noinline))

static int failures;

static void check_text(const char *actual, const char *expected, int line)
{
	if (actual && !std::strcmp(actual, expected))
		return;
	std::fprintf(stderr, "line %d: expected \"%s\", got \"%s\"\n", line,
		     expected, actual ? actual : "(null)");
	failures++;
}

#define CHECK_TEXT(actual, expected) check_text(actual, expected, __LINE__)
#define CHECK(condition) \
	check_text((condition) ? "true" : "false", "true", __LINE__)

static const char *type_of(const void *address)
{
	return alloc_type_name(alloc_get_type(address));
}

static bool is_by_vtable(const void *address)
{
	alloc_info info;

	alloc_get_info(address, &info);
	return info.evidence & ALLOC_EVIDENCE_VTABLE;
}

namespace zoo {
struct shape {
	long number = 1;
	virtual double area() const { return 0; }
	virtual ~shape();
};
shape::~shape() {}

struct named {
	const char *name = "x";
	virtual const char *say() const { return name; }
	virtual ~named() {}
};

struct circle : shape, named {
	double radius = 2;
	double area() const override { return 3 * radius * radius; }
};

template <class T, int N> struct grid : shape {
	T cells[N] = {};
	double area() const override { return N; }
};

struct plain {
	int first = 1;
	int second = 2;
};

struct dynamic : plain {
	virtual int sum() { return first + second; }
};

struct top {
	int at_top = 1;
	virtual int id() { return at_top; }
	virtual ~top() {}
};
struct left : virtual top {
	int at_left = 2;
	int id() override { return at_left; }
};
struct right : virtual top {
	int at_right = 3;
};
struct bottom : left, right {
	int at_bottom = 4;
	int id() override { return at_bottom; }
};

namespace {
struct hidden : shape {
	char bytes[40];
	double area() const override { return 7; }
};
}
} // namespace zoo

using namespace zoo;

/* Nobody can tell from the code what it gives out. */
NOINLINE static void *opaque(size_t size)
{
	static void *(*volatile allocate)(size_t) = std::malloc;
	void *memory = allocate(size);

	std::memset(memory, 0, size);
	return memory;
}

/* One call, several classes. */
NOINLINE static shape *make(int kind)
{
	static const size_t sizes[] = { sizeof(shape), sizeof(circle),
					sizeof(grid<int, 5>), sizeof(hidden) };
	auto memory = static_cast<shape *>(opaque(sizes[kind]));

	switch (kind) {
	case 0:
		return new (memory) shape;
	case 1:
		return new (static_cast<void *>(memory)) circle;
	case 2:
		return new (static_cast<void *>(memory)) grid<int, 5>;
	default:
		return new (static_cast<void *>(memory)) hidden;
	}
}

static void test_factory()
{
	shape *made[4];

	for (int i = 0; i < 4; i++)
		made[i] = make(i);
	CHECK_TEXT(type_of(made[0]), "zoo::shape");
	CHECK_TEXT(type_of(made[1]), "zoo::circle");
	CHECK_TEXT(type_of(made[2]), "zoo::grid<int, 5>");
	CHECK_TEXT(type_of(made[3]), "zoo::(anonymous namespace)::hidden");
	CHECK(is_by_vtable(made[1]));
	for (shape *one : made)
		std::free(one);
}

NOINLINE static named *make_named()
{
	return new circle;
}

NOINLINE static plain *make_plain()
{
	return new dynamic;
}

NOINLINE static top *make_top()
{
	return new bottom;
}

static bool has_field(const void *address, const char *name)
{
	alloc_level levels[32];
	size_t count = 0;

	return alloc_get_path(address, levels, 32, &count) == ALLOC_OK &&
	       count && levels[count - 1].name &&
	       !strcmp(levels[count - 1].name, name) &&
	       levels[count - 1].base == address;
}

static bottom standing;

static void test_bases()
{
	circle *whole = new circle;
	named *second = make_named();
	plain *behind = make_plain();
	top *shared = make_top();

	CHECK_TEXT(type_of(whole), "zoo::circle");
	CHECK(is_by_vtable(whole));
	CHECK_TEXT(type_of(second), "zoo::circle");
	CHECK_TEXT(alloc_type_name(alloc_get_inner_type(&second->name)),
		   "const char *");
	CHECK_TEXT(type_of(behind), "zoo::dynamic");
	CHECK_TEXT(type_of(shared), "zoo::bottom");
	CHECK(alloc_get_base(shared) == dynamic_cast<void *>(shared));
	/* Fields of a virtual base, which the object alone can place. */
	CHECK_TEXT(alloc_type_name(alloc_get_inner_type(&shared->at_top)),
		   "int");
	CHECK(has_field(&shared->at_top, "at_top"));
	CHECK(has_field(&static_cast<bottom *>(dynamic_cast<void *>(shared))
				 ->at_right, "at_right"));
	CHECK(has_field(&standing.at_top, "at_top"));
	delete whole;
	delete second;
	delete static_cast<dynamic *>(behind);
	delete shared;
}

static void test_arrays()
{
	shape *array = new circle[3];
	auto raw = static_cast<shape *>(opaque(2 * sizeof(shape)));

	CHECK_TEXT(type_of(array), "zoo::circle[3]");
	new (&raw[0]) shape;
	new (&raw[1]) shape;
	CHECK_TEXT(type_of(raw), "zoo::shape[2]");
	std::free(raw);
	delete[] static_cast<circle *>(array);
}

struct outer;
static const char *seen_first, *seen_last;

struct inner {
	explicit inner(const void *self) { seen_first = type_of(self); }
	virtual ~inner() { seen_last = type_of(this); }
	long number = 0;
};

struct outer : inner {
	outer() : inner(this) {}
	double more = 1;
	char name[24] = "";
};

static void test_construction()
{
	outer *one = new outer;

	/* Its table pointer is not yet, and then no longer, that of outer. */
	CHECK_TEXT(seen_first, "outer");
	CHECK_TEXT(type_of(one), "outer");
	delete one;
	CHECK_TEXT(seen_last, "outer");
}

static void test_garbage()
{
	void *memory = opaque(sizeof(shape));
	void *table, *code = reinterpret_cast<void *>(&make);
	const void *words[] = { memory, code,
				reinterpret_cast<void *>(0x7ffffffffff8),
				reinterpret_cast<void *>(UINTPTR_MAX - 7),
				reinterpret_cast<void *>(8), "text" };
	shape *real = new shape;

	for (const void *word : words) {
		std::memcpy(memory, &word, sizeof word);
		CHECK(!is_by_vtable(memory));
	}
	std::memcpy(&table, static_cast<void *>(real), sizeof table);
	/* Within the table, but nowhere that an object points to. */
	for (int i : { -16, -8, 1, 4, 8, 16, 24 }) {
		char *word = static_cast<char *>(table) + i;

		std::memcpy(memory, &word, sizeof word);
		CHECK(!is_by_vtable(memory));
	}
	std::memcpy(memory, &table, sizeof table);
	CHECK_TEXT(type_of(memory), "zoo::shape");
	std::free(memory);
	CHECK(!is_by_vtable(memory));
	memory = opaque(sizeof(shape) - 1);
	std::memcpy(memory, &table, sizeof table);
	CHECK(!is_by_vtable(memory));
	std::free(memory);
	delete real;
}

static void test_table()
{
	hidden *one = new hidden;
	char *table;
	alloc_info info;

	std::memcpy(&table, static_cast<void *>(one), sizeof table);
	CHECK(alloc_get_info(table, &info) == ALLOC_OK);
	CHECK_TEXT(info.name,
		   "vtable for zoo::(anonymous namespace)::hidden");
	CHECK(alloc_type_kind(info.type) == ALLOC_KIND_ARRAY);
	delete one;
}

/* Pages that the program took away from itself are not looked into. */
static void test_protected()
{
	enum { SIZE = 1 << 20 };
	void *memory = nullptr;

	CHECK(!posix_memalign(&memory, 4096, SIZE));
	CHECK(!mprotect(memory, SIZE, PROT_NONE));
	CHECK(!is_by_vtable(memory));
	CHECK(!mprotect(memory, SIZE, PROT_READ | PROT_WRITE));
	std::free(memory);
}

int main()
{
	test_factory();
	test_bases();
	test_arrays();
	test_construction();
	test_garbage();
	test_table();
	test_protected();
	return failures != 0;
}
