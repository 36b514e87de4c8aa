/* SPDX-License-Identifier: Apache-2.0 */
#include "index/loaded.h"

#include <elf.h>
#include <link.h>
#include <string.h>

#include "base/cursor.h"
#include "base/private.h"
#include "base/sys.h"
#include "index/files.h"
#include "index/root.h"

struct loaded_node {
	struct allotype_file file;
	struct loaded_node *pending; /* next to be published */
	uint64_t headers; /* program headers, where the loader has them */
	uint32_t seen;    /* number of the scan that last met it */
	bool published;
};

struct lock loaded_lock = LOCK_INIT(LOCK_RANK_FILES);
/* Guarded by loaded_lock. */
static void (*opened_listener)(struct allotype_file *node);
static void (*closed_listener)(struct allotype_file *node);
static uint64_t last_additions, last_removals;
static uint32_t scans, last_serial;
static uint64_t static_tls_size;
/* Files up to this serial never go; written by the first scan only. */
static uint32_t resident_serial;
/* Closes under way, and readers inside files that may go.  Sequentially
 * consistent: either the reader sees the close or the close the reader. */
static uint32_t closing, readers;

struct scan {
	struct loaded_node *pending;
	bool changed;
	bool checked;
};

static struct loaded_node *newest(void)
{
	return (struct loaded_node *)(uintptr_t)allotype_index.files;
}

static struct loaded_node *older(const struct loaded_node *node)
{
	return (struct loaded_node *)(uintptr_t)node->file.next;
}

/* ---- describing one object ---- */

static void note_bounds(struct allotype_file *file,
			const struct dl_phdr_info *info)
{
	file->base = UINT64_MAX;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const Elf64_Phdr *header = &info->dlpi_phdr[i];
		uint64_t base = info->dlpi_addr + header->p_vaddr;
		uint64_t limit = base + header->p_memsz;

		if (header->p_type != PT_LOAD)
			continue;
		base &= ~(SYS_PAGE_SIZE - 1);
		limit = (limit + SYS_PAGE_SIZE - 1) & ~(SYS_PAGE_SIZE - 1);
		if (base < file->base)
			file->base = base;
		if (limit > file->limit)
			file->limit = limit;
	}
	if (file->base > file->limit)
		file->base = file->limit;
}

/* Are the SIZE bytes at ADDRESS in one segment, so that they can be read? */
static bool inside(const struct allotype_file *file, uint64_t address,
		   uint64_t size)
{
	struct file_segment segment;

	return files_segment(NULL, file, address, &segment) &&
	       (segment.flags & PF_R) && size <= segment.limit - address;
}

/* Elf64_Nhdr, name, descriptor; each padded to 4 bytes. */
static void note_build_id(struct allotype_file *file, uint64_t notes,
			  uint64_t size)
{
	struct cursor cursor;

	if (file->build_id_size || !inside(file, notes, size))
		return;
	cursor_init(&cursor, (const void *)(uintptr_t)notes, size, notes);
	while (cursor_left(&cursor) >= sizeof(Elf64_Nhdr)) {
		uint64_t name_size = cursor_u32(&cursor);
		uint64_t id_size = cursor_u32(&cursor);
		uint32_t type = cursor_u32(&cursor);
		const uint8_t *name =
			cursor_bytes(&cursor, (name_size + 3) & ~3ULL);
		const uint8_t *id = cursor_bytes(&cursor, (id_size + 3) & ~3ULL);

		if (cursor.failed)
			return;
		if (type != NT_GNU_BUILD_ID || name_size != sizeof "GNU" ||
		    memcmp(name, "GNU", sizeof "GNU") != 0 ||
		    id_size > ALLOTYPE_BUILD_ID_MAX)
			continue;
		memcpy(file->build_id, id, id_size);
		file->build_id_size = (uint32_t)id_size;
		return;
	}
}

static void describe(struct loaded_node *node, const struct dl_phdr_info *info)
{
	struct allotype_file *file = &node->file;

	memset(node, 0, sizeof *node);
	node->headers = (uintptr_t)info->dlpi_phdr;
	file->bias = info->dlpi_addr;
	file->program_headers = node->headers;
	file->program_header_count = info->dlpi_phnum;
	note_bounds(file, info);
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const Elf64_Phdr *header = &info->dlpi_phdr[i];
		uint64_t address = file->bias + header->p_vaddr;

		if (header->p_type == PT_NOTE)
			note_build_id(file, address, header->p_memsz);
		else if (header->p_type == PT_GNU_EH_FRAME &&
			 inside(file, address, header->p_memsz))
			file->eh_frame_hdr = address;
		else if (header->p_type == PT_DYNAMIC &&
			 inside(file, address, header->p_memsz))
			file->dynamic = address;
	}
}

static bool same_id(const struct allotype_file *a,
		    const struct allotype_file *b)
{
	return a->build_id_size == b->build_id_size &&
	       memcmp(a->build_id, b->build_id, a->build_id_size) == 0;
}

/* Is NODE what the loader describes by FRESH and INFO? */
static bool same_object(const struct loaded_node *node,
			const struct loaded_node *fresh,
			const struct dl_phdr_info *info)
{
	const struct allotype_file *a = &node->file, *b = &fresh->file;

	return node->headers == fresh->headers && a->bias == b->bias &&
	       a->program_header_count == b->program_header_count &&
	       same_id(a, b) &&
	       memcmp((const void *)(uintptr_t)a->program_headers,
		      info->dlpi_phdr,
		      info->dlpi_phnum * sizeof(Elf64_Phdr)) == 0;
}

/* ---- copies that outlive the object ---- */

static uint64_t copy_bytes(uint64_t address, size_t size)
{
	void *copy = private_allocate(size);

	if (copy)
		memcpy(copy, (const void *)(uintptr_t)address, size);
	return (uintptr_t)copy;
}

static uint64_t copy_path(const struct dl_phdr_info *info, bool is_main)
{
	char path[4096];
	const char *name = info->dlpi_name ? info->dlpi_name : "";
	long length = 0;
	size_t name_length;

	if (name[0] == '/')
		return (uintptr_t)private_copy_string(name, strlen(name));
	if (strncmp(name, "linux-vdso", 10) == 0)
		return (uintptr_t)private_copy_string("[vdso]", 6);
	while (name[0] == '.' && name[1] == '/')
		name += 2;
	name_length = strlen(name);
	if (!name_length && is_main)
		length = sys_readlink("/proc/self/exe", path, sizeof path);
	else if (name_length)
		length = sys_getcwd(path, sizeof path);
	if (length <= 0 || (size_t)length + name_length + 1 >= sizeof path)
		return (uintptr_t)private_copy_string(name, name_length);
	if (name_length) {
		/* The length that getcwd returns counts a NUL. */
		path[length - 1] = '/';
		memcpy(path + length, name, name_length);
	}
	return (uintptr_t)private_copy_string(path,
					      (size_t)length + name_length);
}

/* A pointer of the dynamic section; the loader has relocated it in place,
 * unless the section is read-only. */
static uint64_t dynamic_address(const struct allotype_file *file,
				const Elf64_Dyn *entry)
{
	uint64_t value = entry->d_un.d_ptr;

	return inside(file, value, 1) ? value : value + file->bias;
}

enum { COPY_ENTRIES = 5 };

/* Replaces the tables by copies, for a file that may be closed. */
static bool copy_tables(const struct allotype_file *file,
			Elf64_Dyn copy[COPY_ENTRIES])
{
	Elf64_Dyn *symbols = &copy[0], *strings = &copy[1];
	uint64_t string_size = copy[2].d_un.d_val, count;
	struct file_segment segment;

	if (!files_segment(NULL, file, copy[3].d_un.d_ptr, &segment))
		return false;
	count = files_gnu_hash_count(NULL, copy[3].d_un.d_ptr, &segment);
	if (!count || count > UINT32_MAX ||
	    !inside(file, symbols->d_un.d_ptr, count * sizeof(Elf64_Sym)) ||
	    !inside(file, strings->d_un.d_ptr, string_size))
		return false;
	symbols->d_un.d_ptr =
		copy_bytes(symbols->d_un.d_ptr, count * sizeof(Elf64_Sym));
	strings->d_un.d_ptr = copy_bytes(strings->d_un.d_ptr, string_size);
	copy[3] = (Elf64_Dyn){ ALLOTYPE_DT_SYMBOL_COUNT, { count } };
	return symbols->d_un.d_ptr && strings->d_un.d_ptr;
}

/* What files_symbol needs of the dynamic section, or 0. */
static uint64_t copy_dynamic(const struct allotype_file *file, bool resident)
{
	Elf64_Dyn copy[COPY_ENTRIES] = {
		{ DT_SYMTAB, { 0 } },	{ DT_STRTAB, { 0 } },
		{ DT_STRSZ, { 0 } },	{ DT_GNU_HASH, { 0 } },
		{ DT_NULL, { 0 } },
	};
	const Elf64_Dyn *entry = (const Elf64_Dyn *)(uintptr_t)file->dynamic;

	for (; entry && entry->d_tag != DT_NULL; entry++) {
		for (int i = 0; i < COPY_ENTRIES - 1; i++) {
			if (entry->d_tag != copy[i].d_tag)
				continue;
			copy[i].d_un.d_val = entry->d_tag == DT_STRSZ ?
						     entry->d_un.d_val :
						     dynamic_address(file, entry);
		}
	}
	for (int i = 0; i < COPY_ENTRIES - 1; i++)
		if (!copy[i].d_un.d_val)
			return 0;
	if (!resident && !copy_tables(file, copy))
		return 0;
	return copy_bytes((uintptr_t)copy, sizeof copy);
}

/* ---- the scan: under the loader's own lock, and ours ---- */

/* A node that was closed and fits FRESH again: the same file at the same
 * place.  Without a build ID nobody can tell. */
static struct loaded_node *find_closed(const struct loaded_node *fresh,
				       const struct dl_phdr_info *info)
{
	for (struct loaded_node *node = newest(); node; node = older(node))
		if (!node->file.loaded && fresh->file.build_id_size &&
		    same_object(node, fresh, info))
			return node;
	return NULL;
}

/* Any node of the same file, whose copies can be shared. */
static const struct loaded_node *find_twin(const struct loaded_node *fresh)
{
	for (struct loaded_node *node = newest(); node; node = older(node))
		if (fresh->file.build_id_size &&
		    same_id(&node->file, &fresh->file) &&
		    node->file.serial > resident_serial)
			return node;
	return NULL;
}

static struct loaded_node *create_node(const struct loaded_node *fresh,
				       const struct dl_phdr_info *info)
{
	bool resident = resident_serial == 0;
	const struct loaded_node *twin = resident ? NULL : find_twin(fresh);
	struct loaded_node *node = private_allocate(sizeof *node);
	struct allotype_file *file;

	if (!node)
		return NULL;
	*node = *fresh;
	file = &node->file;
	file->program_headers =
		copy_bytes((uintptr_t)info->dlpi_phdr,
			   info->dlpi_phnum * sizeof(Elf64_Phdr));
	if (!file->program_headers)
		return NULL;
	file->path = copy_path(info, last_serial == 0);
	if (!file->path)
		return NULL;
	file->dynamic = twin ? twin->file.dynamic :
			       copy_dynamic(file, resident);
	file->serial = ++last_serial;
	return node;
}

static void note_static_tls(const struct dl_phdr_info *info)
{
	uint64_t pointer = (uintptr_t)__builtin_thread_pointer();
	uint64_t data = (uintptr_t)info->dlpi_tls_data;

	if (resident_serial == 0 && data && data < pointer &&
	    pointer - data > static_tls_size)
		static_tls_size = pointer - data;
}

static void scan_object(struct scan *scan, const struct dl_phdr_info *info)
{
	struct loaded_node fresh, *node;

	note_static_tls(info);
	describe(&fresh, info);
	for (node = newest(); node; node = older(node)) {
		if (node->file.loaded && same_object(node, &fresh, info)) {
			node->seen = scans;
			return;
		}
	}
	node = find_closed(&fresh, info);
	if (!node)
		node = create_node(&fresh, info);
	if (!node)
		return;
	node->seen = scans;
	node->pending = scan->pending;
	scan->pending = node;
	scan->changed = true;
}

static int scan_callback(struct dl_phdr_info *info, size_t size, void *context)
{
	struct scan *scan = context;

	(void)size;
	if (!scan->checked) {
		if (last_serial && info->dlpi_adds == last_additions &&
		    info->dlpi_subs == last_removals)
			return 1;
		last_additions = info->dlpi_adds;
		last_removals = info->dlpi_subs;
		scan->checked = true;
		scans++;
	}
	scan_object(scan, info);
	return 0;
}

static void publish(struct loaded_node *node)
{
	if (opened_listener && !node->file.metadata)
		opened_listener(&node->file);
	/* Pairs with the readers' loads, as does the head of the list. */
	__atomic_store_n(&node->file.loaded, 1, __ATOMIC_RELEASE);
	if (node->published)
		return;
	node->published = true;
	node->file.next = allotype_index.files;
	__atomic_store_n(&allotype_index.files, (uintptr_t)node,
			 __ATOMIC_RELEASE);
}

static bool update_locked(void)
{
	struct scan scan = { NULL, false, false };
	struct loaded_node *next;

	dl_iterate_phdr(scan_callback, &scan);
	if (!scan.checked)
		return false;
	/* Those that went first: a newcomer may lie where they were. */
	for (struct loaded_node *node = newest(); node; node = older(node)) {
		if (!node->file.loaded || node->seen == scans)
			continue;
		__atomic_store_n(&node->file.loaded, 0, __ATOMIC_RELEASE);
		if (closed_listener)
			closed_listener(&node->file);
		scan.changed = true;
	}
	for (struct loaded_node *node = scan.pending; node; node = next) {
		next = node->pending;
		publish(node);
	}
	if (resident_serial == 0)
		__atomic_store_n(&resident_serial, last_serial,
				 __ATOMIC_RELEASE);
	return scan.changed;
}

void loaded_set_listener(void (*opened)(struct allotype_file *node),
			 void (*closed)(struct allotype_file *node))
{
	lock_acquire(&loaded_lock);
	opened_listener = opened;
	closed_listener = closed;
	for (struct loaded_node *node = newest(); node; node = older(node))
		if (opened && node->file.loaded && !node->file.metadata)
			opened(&node->file);
	lock_release(&loaded_lock);
}

void loaded_update(void)
{
	lock_acquire(&loaded_lock);
	update_locked();
	lock_release(&loaded_lock);
}

bool loaded_refresh(void)
{
	bool changed;

	/* The first scan is not ours to make. */
	if (!__atomic_load_n(&resident_serial, __ATOMIC_ACQUIRE) ||
	    !lock_try(&loaded_lock))
		return false;
	changed = update_locked();
	lock_release(&loaded_lock);
	return changed;
}

/* ---- readers inside a file, against its closing ---- */

enum { WAIT_NS = 50 * 1000 * 1000 };

void loaded_close_begin(void)
{
	uint64_t start = 0;

	__atomic_add_fetch(&closing, 1, __ATOMIC_SEQ_CST);
	/* A reader that never comes out (its thread was cancelled) must not
	 * hang the program. */
	while (__atomic_load_n(&readers, __ATOMIC_SEQ_CST) != 0) {
		uint64_t now = sys_monotonic_ns();

		if (!start)
			start = now;
		if (now - start > WAIT_NS)
			break;
		__builtin_ia32_pause();
	}
}

void loaded_close_end(void)
{
	__atomic_sub_fetch(&closing, 1, __ATOMIC_SEQ_CST);
}

static bool is_resident(const struct allotype_file *file)
{
	return file->serial <= __atomic_load_n(&resident_serial,
					       __ATOMIC_ACQUIRE);
}

bool loaded_enter(const struct allotype_file *file)
{
	if (is_resident(file))
		return true;
	__atomic_add_fetch(&readers, 1, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&closing, __ATOMIC_SEQ_CST) == 0 &&
	    __atomic_load_n(&file->loaded, __ATOMIC_ACQUIRE))
		return true;
	__atomic_sub_fetch(&readers, 1, __ATOMIC_SEQ_CST);
	return false;
}

void loaded_leave(const struct allotype_file *file)
{
	if (!is_resident(file))
		__atomic_sub_fetch(&readers, 1, __ATOMIC_SEQ_CST);
}

void loaded_fork_child(void)
{
	__atomic_store_n(&readers, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&closing, 0, __ATOMIC_RELAXED);
}

uint64_t loaded_static_tls_size(void)
{
	return static_tls_size;
}
