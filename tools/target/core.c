/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A core file (core(5)): memory of its PT_LOAD segments; what it leaves out
 * of mapped ELF files, read from these files on disk as long as their build
 * IDs agree with the headers in the core.
 */
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/procfs.h>
#include <unistd.h>

#include "complain.h"
#include "target/image.h"
#include "target/registers.h"
#include "target/target.h"

struct core_segment {
	uint64_t base, size;        /* in memory */
	uint64_t offset, file_size; /* in the core file */
	uint32_t flags;             /* PF_* */
};

/* An entry of NT_FILE. */
struct core_file {
	uint64_t base, limit, offset;
	char *path;
	int fd;       /* of the file on disk; -1: not opened, or not it */
	bool checked;
};

struct core_thread {
	int tid;
	struct unwind_frame frame;
};

struct core {
	struct space own; /* what the file itself holds, nothing else */
	int fd;
	struct core_segment *segments; /* by base */
	size_t segment_count;
	struct core_file *files;       /* by base, as the kernel writes them */
	size_t file_count;
	struct core_thread *threads;   /* the one that died first */
	size_t thread_count;
	int pid;
};

static bool read_at(int fd, uint64_t offset, void *buffer, size_t size)
{
	return pread(fd, buffer, size, (off_t)offset) == (ssize_t)size;
}

static const struct core_segment *segment_at(const struct core *core,
					     uint64_t address)
{
	size_t low = 0, high = core->segment_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct core_segment *s = &core->segments[middle];

		if (address < s->base)
			high = middle;
		else if (address - s->base >= s->size)
			low = middle + 1;
		else
			return s;
	}
	return NULL;
}

static struct core_file *file_at(const struct core *core, uint64_t address)
{
	for (size_t n = 0; n < core->file_count; n++) {
		struct core_file *file = &core->files[n];

		if (address >= file->base && address < file->limit)
			return file;
	}
	return NULL;
}

static bool read_own(const struct space *space, uint64_t address, void *buffer,
		     size_t size)
{
	const struct core *core = (const struct core *)((uintptr_t)space -
			offsetof(struct core, own));
	const struct core_segment *s = segment_at(core, address);

	if (!s || address - s->base >= s->file_size ||
	    s->file_size - (address - s->base) < size)
		return false;
	return read_at(core->fd, s->offset + (address - s->base), buffer,
		       size);
}

/* The file on disk behind FILE, if it is the one that was mapped: their
 * build IDs agree.  -1 if not. */
static int open_on_disk(const struct core *core, struct core_file *file)
{
	struct image_file disk;
	struct image_id id = { .size = 0 };

	if (file->checked)
		return file->fd;
	file->checked = true;
	for (size_t n = 0; n < core->file_count; n++) {
		const struct core_file *first = &core->files[n];

		if (!first->offset && !strcmp(first->path, file->path) &&
		    !image_memory_id(&core->own, first->base, &id))
			break;
	}
	if (id.size && !image_file_examine(file->path, &disk) &&
	    image_id_equal(&disk.id, &id))
		file->fd = open(file->path, O_RDONLY | O_CLOEXEC);
	return file->fd;
}

/* A private mapping reads as zeros behind the end of its file, within the
 * last page. */
static bool read_on_disk(const struct core *core, uint64_t address,
			 void *buffer, size_t size)
{
	struct core_file *file = file_at(core, address);
	ssize_t n;
	int fd;

	if (!file || file->limit - address < size)
		return false;
	fd = open_on_disk(core, file);
	if (fd < 0)
		return false;
	n = pread(fd, buffer, size,
		  (off_t)(file->offset + (address - file->base)));
	if (n <= 0)
		return false;
	memset((char *)buffer + n, 0, size - (size_t)n);
	return true;
}

static bool core_read(const struct space *space, uint64_t address,
		      void *buffer, size_t size)
{
	const struct target *target = (const struct target *)((uintptr_t)space -
			offsetof(struct target, source));
	const struct core *core = target->own;

	return read_own(&core->own, address, buffer, size) ||
	       read_on_disk(core, address, buffer, size);
}

static enum status core_registers(struct target *target, int tid,
				  struct unwind_frame *frame)
{
	const struct core *core = target->own;

	for (size_t n = 0; n < core->thread_count; n++) {
		if (core->threads[n].tid == tid) {
			*frame = core->threads[n].frame;
			return STATUS_OK;
		}
	}
	return STATUS_NOT_FOUND;
}

static void core_close(struct target *target)
{
	struct core *core = target->own;

	for (size_t n = 0; n < core->file_count; n++) {
		if (core->files[n].fd >= 0)
			close(core->files[n].fd);
		free(core->files[n].path);
	}
	free(core->files);
	free(core->segments);
	free(core->threads);
	if (core->fd >= 0)
		close(core->fd);
	free(core);
}

static const struct target_operations core_operations = {
	.registers = core_registers,
	.close = core_close,
};

/* ---- notes ---- */

static void add_thread(struct core *core, const void *bytes, size_t size)
{
	struct elf_prstatus status;
	struct user_regs_struct registers;
	struct core_thread *thread;

	if (size < sizeof status)
		return;
	memcpy(&status, bytes, sizeof status);
	memcpy(&registers, status.pr_reg, sizeof registers);
	core->threads = check_memory(realloc(core->threads,
			(core->thread_count + 1) * sizeof *core->threads));
	thread = &core->threads[core->thread_count++];
	thread->tid = status.pr_pid;
	registers_convert(&registers, &thread->frame);
}

static void set_pid(struct core *core, const void *bytes, size_t size)
{
	struct elf_prpsinfo info;

	if (size < sizeof info)
		return;
	memcpy(&info, bytes, sizeof info);
	core->pid = info.pr_pid;
}

/* NT_FILE: count, page size, count times {start, end, page offset}, names.
 * All 64 bits wide. */
static void add_files(struct core *core, const char *bytes, size_t size)
{
	uint64_t head[2], entry[3];
	const char *name, *end = bytes + size;

	if (core->files || size < sizeof head)
		return;
	memcpy(head, bytes, sizeof head);
	if (head[0] > (size - sizeof head) / sizeof entry)
		return;
	core->files = check_memory(calloc(head[0] + 1, sizeof *core->files));
	name = bytes + sizeof head + head[0] * sizeof entry;
	for (uint64_t n = 0; n < head[0]; n++) {
		size_t length = strnlen(name, (size_t)(end - name));
		struct core_file *file = &core->files[n];

		if (name + length == end)
			break;
		memcpy(entry, bytes + sizeof head + n * sizeof entry,
		       sizeof entry);
		*file = (struct core_file){ entry[0], entry[1],
				entry[2] * head[1],
				check_memory(strdup(name)), -1, false };
		core->file_count++;
		name += length + 1;
	}
}

static void read_notes(struct core *core, Elf *elf, const GElf_Phdr *header)
{
	Elf_Data *data = elf_getdata_rawchunk(elf, (int64_t)header->p_offset,
					      header->p_filesz, ELF_T_NHDR);
	GElf_Nhdr note;
	size_t name, at, next = 0;

	while (data && (next = gelf_getnote(data, next, &note, &name, &at))) {
		const char *bytes = (const char *)data->d_buf + at;

		if (note.n_type == NT_PRSTATUS)
			add_thread(core, bytes, note.n_descsz);
		else if (note.n_type == NT_PRPSINFO)
			set_pid(core, bytes, note.n_descsz);
		else if (note.n_type == NT_FILE)
			add_files(core, bytes, note.n_descsz);
	}
}

/* ---- opening ---- */

static void add_segment(struct core *core, const GElf_Phdr *header)
{
	core->segments[core->segment_count++] = (struct core_segment){
		header->p_vaddr, header->p_memsz, header->p_offset,
		header->p_filesz, header->p_flags,
	};
}

static int compare_segments(const void *left, const void *right)
{
	const struct core_segment *a = left, *b = right;

	return a->base < b->base ? -1 : a->base > b->base;
}

static enum status read_headers(struct core *core, Elf *elf)
{
	GElf_Ehdr header;
	GElf_Phdr entry;
	size_t count;

	if (elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &header) ||
	    header.e_type != ET_CORE || elf_getphdrnum(elf, &count))
		return STATUS_BAD_INPUT;
	if (header.e_machine != EM_X86_64 ||
	    header.e_ident[EI_CLASS] != ELFCLASS64)
		return STATUS_NOT_FOUND;
	core->segments = check_memory(calloc(count + 1,
					     sizeof *core->segments));
	for (size_t n = 0; n < count; n++) {
		if (!gelf_getphdr(elf, (int)n, &entry))
			return STATUS_BAD_INPUT;
		if (entry.p_type == PT_NOTE)
			read_notes(core, elf, &entry);
		else if (entry.p_type == PT_LOAD && entry.p_memsz)
			add_segment(core, &entry);
	}
	qsort(core->segments, core->segment_count, sizeof *core->segments,
	      compare_segments);
	return STATUS_OK;
}

static uint32_t protection_of(uint32_t flags)
{
	return (flags & PF_R ? PROT_READ : 0u) |
	       (flags & PF_W ? PROT_WRITE : 0u) |
	       (flags & PF_X ? PROT_EXEC : 0u);
}

static bool holds_main_stack(const struct core *core,
			     const struct core_segment *segment, int pid)
{
	for (size_t n = 0; n < core->thread_count; n++) {
		const struct core_thread *thread = &core->threads[n];
		uint64_t sp = thread->frame.registers[UNWIND_RSP];

		if (thread->tid == pid && sp >= segment->base &&
		    sp - segment->base < segment->size)
			return true;
	}
	return false;
}

static void name_segment(const struct target *target, const struct core *core,
			 const struct core_segment *segment,
			 struct target_mapping *mapping)
{
	const struct core_file *file = file_at(core, segment->base);

	*mapping = (struct target_mapping){
		.base = segment->base,
		.limit = segment->base + segment->size,
		.protection = protection_of(segment->flags),
	};
	if (file) {
		mapping->offset = file->offset + (segment->base - file->base);
		mapping->path = check_memory(strdup(file->path));
	} else if (holds_main_stack(core, segment, target->pid)) {
		mapping->path = check_memory(strdup("[stack]"));
	}
}

static int compare_mappings(const void *left, const void *right)
{
	const struct target_mapping *a = left, *b = right;

	return a->base < b->base ? -1 : a->base > b->base;
}

/* A segment is one mapping of the kernel's; NT_FILE gives it a name.  gdb's
 * core files have no segments where there would be nothing in them. */
static void make_mappings(struct target *target, const struct core *core)
{
	size_t count = 0;

	target->mappings = check_memory(calloc(core->segment_count +
					       core->file_count + 1,
					       sizeof *target->mappings));
	for (size_t n = 0; n < core->segment_count; n++)
		name_segment(target, core, &core->segments[n],
			     &target->mappings[count++]);
	for (size_t n = 0; n < core->file_count; n++) {
		const struct core_file *file = &core->files[n];

		if (segment_at(core, file->base))
			continue;
		target->mappings[count++] = (struct target_mapping){
			.base = file->base, .limit = file->limit,
			.offset = file->offset, .protection = PROT_READ,
			.path = check_memory(strdup(file->path)),
		};
	}
	qsort(target->mappings, count, sizeof *target->mappings,
	      compare_mappings);
	target->mapping_count = count;
}

enum status core_open(struct target *target, const char *path)
{
	struct core *core = check_memory(calloc(1, sizeof *core));
	enum status status;
	Elf *elf;

	core->own.read = read_own;
	target->own = core;
	target->is_core = true;
	target->operations = &core_operations;
	target->source.read = core_read;
	core->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (core->fd < 0) {
		complain("%s: %s", path, strerror(errno));
		return STATUS_SYSTEM;
	}
	elf_version(EV_CURRENT);
	elf = elf_begin(core->fd, ELF_C_READ, NULL);
	status = elf ? read_headers(core, elf) : STATUS_BAD_INPUT;
	elf_end(elf);
	if (status) {
		complain(status == STATUS_NOT_FOUND ?
			 "%s: a core file, but not of an x86-64 program" :
			 "%s: not a process ID and not a core file", path);
		return status;
	}
	target->pid = core->pid ? core->pid :
		      core->thread_count ? core->threads[0].tid : 0;
	make_mappings(target, core);
	return STATUS_OK;
}
