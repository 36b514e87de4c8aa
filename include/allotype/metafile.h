/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The metadata file: everything Allotype knows about one ELF file, to be
 * mapped and used in place.  meta/FORMAT.md specifies it byte by byte; this
 * header has its structures, those of tables as they are unpacked
 * (type/table.h).  Little-endian, no pointers: references are indexes into
 * sections, names are offsets into the unpacked strings (offset 0 is the
 * empty string, meaning "none").
 * Addresses are link-time addresses of the ELF file.
 */
#ifndef ALLOTYPE_METAFILE_H
#define ALLOTYPE_METAFILE_H

#include <stddef.h>
#include <stdint.h>

#define ALLOTYPE_META_MAGIC 0x314154454d594c41ULL /* "ALYMETA1" */
#define ALLOTYPE_META_VERSION 14
/* Raised when the compiler says something better of the same file: readers
 * take any revision, the tools build again what an older one made. */
#define ALLOTYPE_META_REVISION 81
#define ALLOTYPE_META_NONE UINT32_MAX /* no index */

enum allotype_meta_section_id {
	ALLOTYPE_META_STRINGS,   /* coded: NUL-terminated, back to back */
	ALLOTYPE_META_TYPES,     /* struct allotype_meta_type */
	ALLOTYPE_META_MEMBERS,   /* struct allotype_meta_member */
	ALLOTYPE_META_STATICS,   /* struct allotype_meta_static, by address */
	ALLOTYPE_META_CODE,      /* struct allotype_meta_code_block */
	ALLOTYPE_META_FUNCTIONS, /* coded: functions, by address; variables */
	ALLOTYPE_META_CODES,     /* the codes of coded sections */
	ALLOTYPE_META_SITES,     /* struct allotype_meta_site, by address */
	ALLOTYPE_META_ALTERNATIVES, /* struct allotype_meta_alternative */
	ALLOTYPE_META_RULES,     /* struct allotype_meta_rule */
	ALLOTYPE_META_LINES,     /* struct allotype_meta_line_block */
	ALLOTYPE_META_FILES,     /* struct allotype_meta_source_file */
	ALLOTYPE_META_ELF_SECTIONS, /* struct allotype_meta_elf_section */
	ALLOTYPE_META_SYMBOLS,   /* struct allotype_meta_symbol, by address */
	ALLOTYPE_META_ROWS,      /* coded: struct allotype_meta_line */
	ALLOTYPE_META_PARAMETERS, /* coded: types of functions' parameters */
	ALLOTYPE_META_VTABLES,   /* struct allotype_meta_vtable, by address */
	ALLOTYPE_META_DERIVED,   /* struct allotype_meta_derived */
	ALLOTYPE_META_WIDE_MEMBERS, /* struct allotype_meta_wide_member */
	ALLOTYPE_META_STRING_BLOCKS, /* struct allotype_meta_string_block */
	ALLOTYPE_META_SECTION_COUNT,
};

enum { ALLOTYPE_META_COLUMNS_MAX = 16 };

struct allotype_meta_section {
	uint64_t offset;     /* from the start of the file, 8-aligned */
	uint64_t size;       /* bytes: of count * entry_size bits */
	uint32_t count;
	uint32_t entry_size; /* bits: of a table its widths' sum, else 8 */
	uint64_t checksum;   /* of the section's bytes */
	/* Bits that each column of a table takes in an entry. */
	uint8_t widths[ALLOTYPE_META_COLUMNS_MAX];
};

struct allotype_meta_header {
	uint64_t magic;
	uint32_t version;
	uint32_t header_size;     /* of this struct, sections included */
	uint64_t file_size;
	uint64_t header_checksum; /* of the header with this field zero */
	uint32_t flags;           /* enum allotype_meta_flag */
	uint16_t elf_machine;     /* EM_X86_64, ... */
	uint16_t build_id_size;
	uint8_t build_id[64];
	uint32_t section_count;
	uint32_t revision; /* of the compiler: ALLOTYPE_META_REVISION */
	uint32_t strings_size; /* bytes of the strings when unpacked */
	uint32_t pad;
	struct allotype_meta_section sections[ALLOTYPE_META_SECTION_COUNT];
};
enum allotype_meta_flag {
	ALLOTYPE_META_HAS_DWARF = 1 << 0, /* else: ELF symbols only */
};

/*
 * A type's number is twice its entry in types, or one more than twice its
 * entry in derived types.  kind: enum alloc_kind of allotype.h.
 */
struct allotype_meta_type {
	uint64_t hash;     /* structural content hash, see below */
	uint64_t size;     /* bytes; 0 for incomplete; byte in parameters */
	uint32_t name;     /* the complete spelling; see meta/FORMAT.md */
	uint32_t first;    /* first member or enumerator; else the target */
	uint32_t count;    /* how many of those; elements of an array */
	uint8_t kind;
	uint8_t encoding;  /* DW_ATE_* of a base type */
	uint16_t flags;    /* enum allotype_meta_type_flag */
};

/* A function, a typedef, what is qualified, a plain pointer: its hash follows
 * from what it is made of. */
struct allotype_meta_derived {
	uint32_t target;   /* pointee, return type, named type */
	uint32_t value;    /* byte in parameters; name of a typedef; or 0 */
	uint16_t kind;     /* 4 bits; from bit 4 on the lower 8 flags */
};
enum {
	ALLOTYPE_META_DERIVED_KIND = 15,
	ALLOTYPE_META_DERIVED_FLAGS_SHIFT = 4,
};
enum allotype_meta_type_flag {
	ALLOTYPE_META_TYPE_DECLARATION = 1 << 0, /* size unknown here */
	ALLOTYPE_META_TYPE_FLEXIBLE = 1 << 1,  /* array without a bound */
	ALLOTYPE_META_TYPE_VARIADIC = 1 << 2,  /* function with ... */
	ALLOTYPE_META_TYPE_CXX = 1 << 3,
	ALLOTYPE_META_TYPE_REFERENCE = 1 << 4, /* pointer spelled & */
	ALLOTYPE_META_TYPE_RVALUE = 1 << 5,    /* pointer spelled && */
	ALLOTYPE_META_TYPE_CLASS = 1 << 6,     /* class, or enum class */
	ALLOTYPE_META_TYPE_POLYMORPHIC = 1 << 7,
};

/* A member or an enumerator. */
struct allotype_meta_member {
	uint32_t name;
	uint32_t type;      /* ALLOTYPE_META_NONE for an enumerator */
	/* Twice the byte offset or enumerator's value; or one more than twice
	 * the number of a wide member, which has that and the rest. */
	uint32_t value;
};

/* What few members have: bits, flags, a value that is large. */
struct allotype_meta_wide_member {
	int64_t value;
	uint16_t bit_offset; /* from the byte offset */
	uint16_t bit_size;  /* 0: not a bit-field */
	uint32_t flags;     /* enum allotype_meta_member_flag */
};
enum allotype_meta_member_flag {
	ALLOTYPE_META_MEMBER_BASE = 1 << 0,    /* C++ base class */
	ALLOTYPE_META_MEMBER_VIRTUAL = 1 << 1, /* offset not constant */
};

/* A variable of static storage duration, as DWARF knows it. */
struct allotype_meta_static {
	uint64_t address;
	uint64_t size;
	uint32_t type;
	uint32_t name;
	uint32_t file;     /* source file, or ALLOTYPE_META_NONE */
	uint32_t line;
};

/* Pieces of functions, disjoint and by address, are coded in blocks:
 * meta/FORMAT.md. */
struct allotype_meta_code_block {
	uint64_t address;    /* of its first piece */
	uint32_t functions;  /* byte of its first piece in functions */
};

/* A variable in a stack frame, while pc is in [low, high).  Coded in a file:
 * meta/FORMAT.md. */
struct allotype_meta_variable {
	uint64_t low, high;
	uint32_t name;
	uint32_t type;
	int32_t offset;    /* from the base register */
	uint8_t base;      /* enum allotype_meta_base */
	uint8_t flags;     /* enum allotype_meta_variable_flag */
	uint16_t pad;
};
enum allotype_meta_base {
	ALLOTYPE_META_BASE_CFA,
	ALLOTYPE_META_BASE_RSP,
	ALLOTYPE_META_BASE_RBP,
};
enum allotype_meta_variable_flag {
	ALLOTYPE_META_VARIABLE_PARAMETER = 1 << 0,
	ALLOTYPE_META_VARIABLE_INLINED = 1 << 1,
	/* The location holds the address of the variable (by reference). */
	ALLOTYPE_META_VARIABLE_INDIRECT = 1 << 2,
};

/* A call that allocates, by the return address of the call (of a tail
 * call: the site is in the caller, and kind is FORWARD). */
struct allotype_meta_site {
	uint64_t address;
	uint64_t size;       /* constant bytes asked for; 0: not constant */
	uint32_t multiple;   /* size is a multiple of this; 0: unknown */
	uint32_t type;       /* of the object or of its elements, or NONE */
	uint32_t evidence;   /* enum alloc_evidence of allotype.h */
	uint32_t function;   /* string: the function as programmed */
	uint32_t file;       /* of the call as the programmer wrote it */
	uint32_t line;
	uint32_t callee;     /* string */
	uint32_t first_alternative;
	uint16_t alternative_count;
	uint8_t kind;        /* enum allotype_meta_site_kind */
	uint8_t confidence;  /* percent */
	uint32_t rule;       /* how to step out, or NONE */
	int32_t type_offset; /* the type begins here in the allocation */
	uint32_t flags;      /* enum allotype_meta_site_flag */
};
enum allotype_meta_site_kind {
	ALLOTYPE_META_SITE_OBJECT,  /* the programmer's own allocation */
	ALLOTYPE_META_SITE_WRAPPER, /* inside a wrapper: charge its caller */
};
enum allotype_meta_site_flag {
	ALLOTYPE_META_SITE_BYTES = 1 << 0, /* a byte string or buffer */
	/* Exactly one object of the type, never an array of them. */
	ALLOTYPE_META_SITE_SINGLE = 1 << 1,
	ALLOTYPE_META_SITE_INDIRECT = 1 << 2, /* through a pointer */
	/* Of a wrapper: the type is that of what is allocated here, not what
	 * the caller's call says. */
	ALLOTYPE_META_SITE_TYPED_INSIDE = 1 << 3,
	/* The program gives out parts of it: a pool, an arena. */
	ALLOTYPE_META_SITE_CARVED = 1 << 4,
	/* The type begins there or further on, after a header of a size that is
	 * known at run time only. */
	ALLOTYPE_META_SITE_FLOATING = 1 << 5,
};

struct allotype_meta_alternative {
	uint32_t type;
	uint32_t evidence;
	int32_t offset;
	uint32_t confidence;
};

/* How to get from inside a function, at one return address, to its caller:
 * CFA = base + cfa_offset; the return address is at CFA - 8, the caller's
 * rsp is CFA, its rbp is at CFA + rbp_offset, or unchanged if that is 0.
 * Of AArch64, sp and x29; the return address is at CFA + rbp_offset + 8. */
struct allotype_meta_rule {
	int32_t cfa_offset;
	int16_t rbp_offset;
	uint8_t base;      /* enum allotype_meta_base: RSP or RBP */
	uint8_t pad;
};

/* Code from address up to the next row comes from file and line.  Rows are
 * coded in a file, in blocks: meta/FORMAT.md. */
struct allotype_meta_line {
	uint64_t address;
	uint32_t file;
	uint32_t line;
};

struct allotype_meta_line_block {
	uint64_t address;    /* of its first row */
	uint32_t offset;     /* of its first row in the section of rows */
};

struct allotype_meta_string_block {
	uint32_t offset;     /* of its first byte in the packed strings */
};

struct allotype_meta_source_file {
	uint32_t name;       /* absolute where DWARF says so */
};

struct allotype_meta_elf_section {
	uint64_t address;    /* only SHF_ALLOC sections are listed */
	uint64_t size;
	uint32_t name;
	uint32_t flags;      /* SHF_* */
	uint32_t type;       /* SHT_* */
};

struct allotype_meta_symbol {
	uint64_t address;
	uint64_t size;
	uint32_t name;
	uint8_t type;        /* STT_FUNC, STT_OBJECT, STT_TLS left out */
	uint8_t binding;     /* STB_* */
};

/* A virtual table of C++: [address, address + size).  An object whose virtual
 * table pointer points into it is, or is a part at OFFSET of, one of TYPE. */
struct allotype_meta_vtable {
	uint64_t address;
	uint32_t size;
	uint32_t type;
	uint32_t offset;
};

/*
 * The hash: 64-bit FNV-1a with a final mix.  Content hashes of types are
 * defined in meta/FORMAT.md; base types and pointers are hashed by the
 * functions below, so that the runtime's own types equal the compiler's.
 * Void is a base type "void" of size 0 and encoding 0; integers are spelled
 * as C programmers write them ("unsigned long", whatever the compiler says).
 */
#define ALLOTYPE_HASH_BASIS 0xcbf29ce484222325ULL

static inline uint64_t allotype_hash_bytes(uint64_t hash, const void *bytes,
					   size_t size)
{
	const unsigned char *p = (const unsigned char *)bytes;

	while (size--)
		hash = (hash ^ *p++) * 0x100000001b3ULL;
	return hash;
}

static inline uint64_t allotype_hash_u64(uint64_t hash, uint64_t value)
{
	for (int i = 0; i < 8; i++, value >>= 8)
		hash = (hash ^ (value & 0xff)) * 0x100000001b3ULL;
	return hash;
}

static inline uint64_t allotype_hash_begin(uint8_t kind)
{
	return allotype_hash_u64(ALLOTYPE_HASH_BASIS, kind);
}

static inline uint64_t allotype_hash_end(uint64_t hash)
{
	hash = (hash ^ (hash >> 32)) * 0xd6e8feb86659fd93ULL;
	return hash ^ (hash >> 32);
}

/* A base type: kind, size, encoding, name without its NUL. */
static inline uint64_t allotype_hash_base(uint8_t kind, uint64_t size,
					  uint8_t encoding, const char *name,
					  size_t length)
{
	uint64_t hash = allotype_hash_begin(kind);

	hash = allotype_hash_u64(hash, size);
	hash = allotype_hash_u64(hash, encoding);
	return allotype_hash_end(allotype_hash_bytes(hash, name, length));
}

/* A type made of one other: pointer, array (value: its element count,
 * UINT64_MAX for a flexible one), typedef and qualifiers (value: the hash
 * of the name, or 0). */
static inline uint64_t allotype_hash_derived(uint8_t kind, uint64_t target,
					     uint64_t value)
{
	uint64_t hash = allotype_hash_begin(kind);

	hash = allotype_hash_u64(hash, target);
	return allotype_hash_end(allotype_hash_u64(hash, value));
}

/* The checksum of a section's bytes. */
static inline uint64_t allotype_meta_checksum(const void *bytes, size_t size)
{
	return allotype_hash_end(
		allotype_hash_bytes(ALLOTYPE_HASH_BASIS, bytes, size));
}

/* The checksum of a header, its field header_checksum taken as zero. */
static inline uint64_t
allotype_meta_header_checksum(const struct allotype_meta_header *header)
{
	size_t at = offsetof(struct allotype_meta_header, header_checksum);
	size_t after = at + sizeof header->header_checksum;
	const unsigned char *bytes = (const unsigned char *)header;
	uint64_t hash = ALLOTYPE_HASH_BASIS;

	hash = allotype_hash_bytes(hash, bytes, at);
	hash = allotype_hash_u64(hash, 0);
	hash = allotype_hash_bytes(hash, bytes + after,
				   sizeof *header - after);
	return allotype_hash_end(hash);
}

#endif
