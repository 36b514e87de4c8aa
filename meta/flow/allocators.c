/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/allocators.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "meta/flow/alloc_tokens.h"

#define NO ALLOCATOR_NO_PARAMETER

struct known {
	const char *symbol;
	const char *name;       /* NULL: symbol */
	const char *types[2];   /* spellings of what it allocates */
	int8_t sizes[2], old, out;
	bool bytes;
	uint8_t header;         /* bytes that it puts before what it returns */
};

#define PLAIN(symbol, size) { symbol, NULL, { 0 }, { size, NO }, NO, NO, 0, 0 }
#define BYTES(symbol) { symbol, NULL, { 0 }, { NO, NO }, NO, NO, 1, 0 }
#define BYTES_OUT(symbol, out) \
	{ symbol, NULL, { 0 }, { NO, NO }, NO, out, 1, 0 }
#define TYPED(symbol, a, b) { symbol, NULL, { a, b }, { NO, NO }, NO, NO, 0, 0 }
#define STRING(symbol, name) \
	{ symbol, name, { 0 }, { NO, NO }, NO, NO, 1, 0 }
#define NEW(symbol) { symbol, "operator new", { 0 }, { 0, NO }, NO, NO, 0, 0 }
#define NEW_ARRAY(symbol) \
	{ symbol, "operator new[]", { 0 }, { 0, NO }, NO, NO, 0, 0 }

#define STRING_PREFIX \
	"_ZNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEE"
#define WIDE_STRING_PREFIX \
	"_ZNSt7__cxx1112basic_stringIwSt11char_traitsIwESaIwEE"

static const struct known table[] = {
	PLAIN("malloc", 0),
	PLAIN("valloc", 0),
	PLAIN("pvalloc", 0),
	PLAIN("memalign", 1),
	PLAIN("aligned_alloc", 1),
	{ "calloc", NULL, { 0 }, { 0, 1 }, NO, NO, 0, 0 },
	{ "realloc", NULL, { 0 }, { 1, NO }, 0, NO, 0, 0 },
	{ "reallocarray", NULL, { 0 }, { 1, 2 }, 0, NO, 0, 0 },
	{ "posix_memalign", NULL, { 0 }, { 2, NO }, NO, 0, 0, 0 },
	NEW("_Znwm"),
	NEW("_ZnwmSt11align_val_t"),
	NEW("_ZnwmRKSt9nothrow_t"),
	NEW("_ZnwmSt11align_val_tRKSt9nothrow_t"),
	NEW_ARRAY("_Znam"),
	NEW_ARRAY("_ZnamSt11align_val_t"),
	NEW_ARRAY("_ZnamRKSt9nothrow_t"),
	NEW_ARRAY("_ZnamSt11align_val_tRKSt9nothrow_t"),
	/* A virtual function: whoever is behind it ends in operator new, or
	 * gives out parts of what it has. */
	{ ALLOCATORS_RESOURCE, "do_allocate", { 0 }, { 1, NO }, NO, NO, 0, 0 },
	/* Behind a __cxa_refcounted_exception (Itanium C++ ABI 2.2.1). */
	{ "__cxa_allocate_exception", NULL, { 0 }, { 0, NO }, NO, NO, 0, 128 },
	/* Any allocating member of std::string: matched by prefix. */
	{ STRING_PREFIX, "std::string", { 0 }, { NO, NO }, NO, NO, 1, 0 },
	{ WIDE_STRING_PREFIX, "std::wstring", { "wchar_t" }, { NO, NO }, NO,
	  NO, 0, 0 },
	/* What makes or fills another string. */
	STRING("_ZNKSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEE6substrEmm",
	       "substr"),
	STRING("_ZNKSt7__cxx1115basic_stringbufIcSt11char_traitsIcESaIcEE3strEv",
	       "str"),
	STRING("_ZNKSt7__cxx1118basic_stringstreamIcSt11char_traitsIcESaIcEE"
	       "3strEv", "str"),
	STRING("_ZNKSt7__cxx1119basic_istringstreamIcSt11char_traitsIcESaIcEE"
	       "3strEv", "str"),
	STRING("_ZNKSt7__cxx1119basic_ostringstreamIcSt11char_traitsIcESaIcEE"
	       "3strEv", "str"),
	STRING("_ZSt7getlineIcSt11char_traitsIcESaIcEERSt13basic_istreamIT_T0_ES7_"
	       "RNSt7__cxx1112basic_stringIS4_S5_T1_EE", "std::getline"),
	STRING("_ZSt7getlineIcSt11char_traitsIcESaIcEERSt13basic_istreamIT_T0_ES7_"
	       "RNSt7__cxx1112basic_stringIS4_S5_T1_EES4_", "std::getline"),
	STRING("_ZStrsIcSt11char_traitsIcESaIcEERSt13basic_istreamIT_T0_ES7_"
	       "RNSt7__cxx1112basic_stringIS4_S5_T1_EE", "operator>>"),
	/* Rust's global allocator: of size and alignment. */
	PLAIN("__rust_alloc", 0),
	PLAIN("__rust_alloc_zeroed", 0),
	{ "__rust_realloc", NULL, { 0 }, { 3, NO }, 0, NO, 0, 0 },
	PLAIN("g_malloc", 0),
	PLAIN("g_malloc0", 0),
	PLAIN("g_try_malloc", 0),
	PLAIN("g_try_malloc0", 0),
	{ "g_realloc", NULL, { 0 }, { 1, NO }, 0, NO, 0, 0 },
	{ "g_malloc_n", NULL, { 0 }, { 0, 1 }, NO, NO, 0, 0 },
	{ "g_malloc0_n", NULL, { 0 }, { 0, 1 }, NO, NO, 0, 0 },
	{ "g_realloc_n", NULL, { 0 }, { 1, 2 }, 0, NO, 0, 0 },
	/* Objects of classes: of the size that was registered. */
	{ "alloc_class_allocate", NULL, { 0 }, { NO, NO }, NO, NO, 0, 0 },
	{ "slitter_allocate", NULL, { 0 }, { NO, NO }, NO, NO, 0, 0 },
	BYTES("g_strdup"),
	BYTES("g_strndup"),
	BYTES("g_strdup_printf"),
	BYTES("g_strdup_vprintf"),
	BYTES("g_strconcat"),
	BYTES("strdup"),
	BYTES("strndup"),
	{ "__strdup", "strdup", { 0 }, { NO, NO }, NO, NO, 1, 0 },
	{ "__strndup", "strndup", { 0 }, { NO, NO }, NO, NO, 1, 0 },
	TYPED("wcsdup", "wchar_t", "int"),
	BYTES("realpath"),
	{ "__realpath_chk", "realpath", { 0 }, { NO, NO }, NO, NO, 1, 0 },
	BYTES("canonicalize_file_name"),
	BYTES("getcwd"),
	{ "__getcwd_chk", "getcwd", { 0 }, { NO, NO }, NO, NO, 1, 0 },
	BYTES("get_current_dir_name"),
	BYTES("tempnam"),
	BYTES_OUT("asprintf", 0),
	BYTES_OUT("vasprintf", 0),
	{ "__asprintf_chk", "asprintf", { 0 }, { NO, NO }, NO, 0, 1, 0 },
	{ "__vasprintf_chk", "vasprintf", { 0 }, { NO, NO }, NO, 0, 1, 0 },
	BYTES_OUT("getline", 0),
	BYTES_OUT("getdelim", 0),
	{ "__getdelim", "getline", { 0 }, { NO, NO }, NO, 0, 1, 0 },
	TYPED("fopen", "FILE", "struct _IO_FILE"),
	TYPED("fopen64", "FILE", "struct _IO_FILE"),
	TYPED("fdopen", "FILE", "struct _IO_FILE"),
	TYPED("popen", "FILE", "struct _IO_FILE"),
	TYPED("tmpfile", "FILE", "struct _IO_FILE"),
	TYPED("tmpfile64", "FILE", "struct _IO_FILE"),
	TYPED("opendir", "DIR", "struct __dirstream"),
	TYPED("fdopendir", "DIR", "struct __dirstream"),
	{ "getaddrinfo", NULL, { "struct addrinfo" }, { NO, NO }, NO, 3, 0, 0 },
	{ "getifaddrs", NULL, { "struct ifaddrs" }, { NO, NO }, NO, 0, 0, 0 },
	{ "scandir", NULL, { "struct dirent *" }, { NO, NO }, NO, 1, 0, 0 },
	{ "scandir64", NULL, { "struct dirent64 *" }, { NO, NO }, NO, 1, 0, 0 },
};

enum {
	MALLOC_FAMILY = 9, NEW_FAMILY = 8, /* table begins with them */
	PRIMITIVES = MALLOC_FAMILY + NEW_FAMILY,
	KNOWN_COUNT = sizeof table / sizeof *table,
};

/* How many parameters the primitives have; their variants with an allocation
 * token, which have that behind them, follow the table's functions. */
static const int8_t parameter_counts[PRIMITIVES] = {
	1, 1, 1, 2, 2, 2, 2, 3, 3, 1, 2, 2, 3, 1, 2, 2, 3,
};

static bool is_with_token(uint32_t allocator)
{
	return allocator - KNOWN_COUNT < PRIMITIVES;
}

static uint32_t without_token(uint32_t allocator)
{
	return is_with_token(allocator) ? allocator - KNOWN_COUNT : allocator;
}

bool allocators_is_bottom(uint32_t allocator)
{
	return without_token(allocator) < MALLOC_FAMILY;
}

bool allocators_is_primitive(uint32_t allocator)
{
	return without_token(allocator) < PRIMITIVES;
}

bool allocators_is_typed(uint32_t allocator)
{
	return table[without_token(allocator)].types[0];
}

/* getaddrinfo and the like store lists of what they find. */
bool allocators_is_mixed(uint32_t allocator)
{
	return allocators_is_typed(allocator) &&
	       table[without_token(allocator)].out != NO;
}

static uint32_t find_type(const struct model *model,
			  const struct known *known)
{
	for (unsigned int i = 0; i < 2 && known->types[i]; i++) {
		uint32_t type = model_type_by_name(model, known->types[i]);

		if (type != MODEL_NONE)
			return type;
	}
	return MODEL_NONE;
}

enum status allocators_add(struct allocators *allocators,
			   const struct allocator *wrapper, uint32_t *number)
{
	if (allocators->count == allocators->capacity) {
		uint32_t capacity = allocators->capacity
					    ? allocators->capacity * 2 : 128;
		struct allocator *at = reallocarray(allocators->at, capacity,
						    sizeof *at);

		if (!at)
			return STATUS_NO_MEMORY;
		allocators->at = at;
		allocators->capacity = capacity;
	}
	*number = allocators->count;
	allocators->at[allocators->count++] = *wrapper;
	return STATUS_OK;
}

static int compare_known(const void *a, const void *b)
{
	const uint8_t *x = a, *y = b;

	return strcmp(table[*x].symbol, table[*y].symbol);
}

static struct allocator describe(const struct model *model,
				 const struct known *known)
{
	return (struct allocator){
		.name = known->name ? known->name : known->symbol,
		.symbol = known->symbol,
		.type = find_type(model, known),
		.flags = ALLOCATOR_SYSTEM |
			 (known->bytes ? ALLOCATOR_BYTES : 0),
		.sizes = { known->sizes[0], known->sizes[1] },
		.old = known->old,
		.out = known->out,
		.copied = NO,
		.size_add = known->header,
		.delta = known->header,
	};
}

static enum status add_all(struct allocators *allocators,
			   const struct model *model)
{
	enum status status = STATUS_OK;
	uint32_t number;

	for (unsigned int i = 0; !status && i < KNOWN_COUNT; i++) {
		struct allocator a = describe(model, &table[i]);

		status = allocators_add(allocators, &a, &number);
	}
	for (unsigned int i = 0; !status && i < PRIMITIVES; i++) {
		struct allocator a = allocators->at[i];

		a.token = parameter_counts[i];
		status = allocators_add(allocators, &a, &number);
	}
	return status;
}

enum status allocators_init(struct allocators *allocators,
			    const struct model *model)
{
	memset(allocators, 0, sizeof *allocators);
	allocators->by_symbol = malloc(KNOWN_COUNT);
	if (!allocators->by_symbol)
		return STATUS_NO_MEMORY;
	for (unsigned int i = 0; i < KNOWN_COUNT; i++)
		allocators->by_symbol[i] = (uint8_t)i;
	qsort(allocators->by_symbol, KNOWN_COUNT, 1, compare_known);
	return add_all(allocators, model);
}

void allocators_deinit(struct allocators *allocators)
{
	free(allocators->at);
	free(allocators->by_symbol);
	memset(allocators, 0, sizeof *allocators);
}

/* Destructors of strings have the prefix too and allocate nothing. */
static bool is_string_member(const char *symbol, const char *prefix)
{
	size_t length = strlen(prefix);

	return symbol[0] == '_' && strncmp(symbol, prefix, length) == 0 &&
	       strncmp(symbol + length, "D", 1) != 0 &&
	       !strstr(symbol + length, "_M_dispose");
}

static int compare_symbol(const void *symbol, const void *known)
{
	const uint8_t *number = known;

	return strcmp(symbol, table[*number].symbol);
}

/* Rust's allocator as compilers since 1.87 name it, a function of a crate of
 * their own (Rust RFC 2603): without what mangling has added. */
static const char *rust_plain_symbol(const char *symbol)
{
	static const char crate[] = "_7___rustc";
	const char *name = strncmp(symbol, "_RNvCs", 6) == 0
				   ? strstr(symbol, crate) : NULL;

	if (!name)
		return symbol;
	name += sizeof crate - 1;
	name += strspn(name, "0123456789");
	return *name == '_' ? name + 1 : symbol;
}

uint32_t allocators_find(const struct allocators *allocators,
			 const char *symbol)
{
	static const char *const prefixes[] = {
		STRING_PREFIX, WIDE_STRING_PREFIX,
	};
	const uint8_t *found;
	bool has_token;

	if (!symbol)
		return MODEL_NONE;
	symbol = rust_plain_symbol(
		alloc_tokens_plain_symbol(symbol, &has_token));
	for (unsigned int i = 0; i < 2; i++)
		if (is_string_member(symbol, prefixes[i]))
			symbol = prefixes[i];
	found = bsearch(symbol, allocators->by_symbol, KNOWN_COUNT, 1,
			compare_symbol);
	if (!found || (has_token && *found >= PRIMITIVES))
		return MODEL_NONE;
	return *found + (has_token ? (uint32_t)KNOWN_COUNT : 0);
}

static bool is_listed(const char *const *list, const char *symbol)
{
	if (!symbol)
		return false;
	for (; *list; list++)
		if (**list == *symbol && strcmp(*list, symbol) == 0)
			return true;
	return false;
}

bool allocators_returns_argument(const char *symbol)
{
	static const char *const list[] = {
		"memset", "memcpy", "memmove", "strcpy", "strncpy", "strcat",
		"strncat", "__memset_chk", "__memcpy_chk", "__memmove_chk",
		"__strcpy_chk", "__strncpy_chk", "__strcat_chk", NULL,
	};

	return is_listed(list, symbol);
}

bool allocators_copies(const char *symbol)
{
	static const char *const list[] = {
		"memcpy", "memmove", "__memcpy_chk", "__memmove_chk", NULL,
	};

	return is_listed(list, symbol);
}

static const char *const signatures[][2] = {
	{ "malloc", "ps" }, { "calloc", "pss" }, { "realloc", "pps" },
	{ "strdup", "cc" }, { "strndup", "ccs" },
};
enum { SIGNATURE_COUNT = sizeof signatures / sizeof *signatures };

const char *allocators_signature(const char *symbol)
{
	for (unsigned int i = 0; symbol && i < SIGNATURE_COUNT; i++)
		if (strcmp(signatures[i][0], symbol) == 0)
			return signatures[i][1];
	return NULL;
}

bool allocators_is_like(const char *name, const char *symbol)
{
	size_t length = strlen(name), end = strlen(symbol);

	return length >= end && strcasecmp(name + length - end, symbol) == 0;
}

const char *allocators_signature_like(const char *name)
{
	for (unsigned int i = 0; name && i < SIGNATURE_COUNT; i++)
		if (allocators_is_like(name, signatures[i][0]))
			return signatures[i][1];
	return NULL;
}

bool allocators_never_returns(const char *symbol)
{
	static const char *const list[] = {
		"abort", "exit", "_exit", "_Exit", "__assert_fail",
		"__assert_perror_fail", "__stack_chk_fail", "longjmp",
		"_longjmp", "siglongjmp", "__longjmp_chk", "_Unwind_Resume",
		"__cxa_throw", "__cxa_rethrow", "__cxa_bad_cast",
		"__cxa_throw_bad_array_new_length", "__cxa_call_unexpected",
		"__fortify_fail", "__chk_fail", "err", "errx", "verr",
		"verrx", "_ZSt9terminatev", "pthread_exit", "quick_exit",
		NULL,
	};

	return is_listed(list, symbol) ||
	       (symbol && strncmp(symbol, "_ZSt", 4) == 0 &&
		strstr(symbol, "__throw"));
}
