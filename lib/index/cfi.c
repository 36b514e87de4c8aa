/* SPDX-License-Identifier: Apache-2.0 */
#include "index/cfi.h"

#include <string.h>

#include "base/cursor.h"
#include "index/cfi_program.h"
#include "index/files.h"

/* Pointer encodings (LSB 5.0 section 10.5.1). */
enum {
	PE_ABSOLUTE = 0x00, PE_ULEB128 = 0x01, PE_UDATA2 = 0x02,
	PE_UDATA4 = 0x03, PE_UDATA8 = 0x04, PE_SLEB128 = 0x09,
	PE_SDATA2 = 0x0a, PE_SDATA4 = 0x0b, PE_SDATA8 = 0x0c,
	PE_FORMAT = 0x0f,
	PE_PC_RELATIVE = 0x10, PE_DATA_RELATIVE = 0x30, PE_ALIGNED = 0x50,
	PE_BASE = 0x70,
	PE_INDIRECT = 0x80, PE_OMIT = 0xff,
};
enum { TABLE_ENCODING = PE_DATA_RELATIVE | PE_SDATA4 };
enum { HEADER_MAX = 32, ENTRIES_MAX = 1 << 22 };

/* One file's unwind information, and the segment that was last found to
 * hold some of it. */
struct section {
	const struct space *space;
	const struct allotype_file *file;
	struct file_segment segment;
};

struct entry {
	struct cursor cursor; /* behind the CIE pointer */
	uint64_t address;     /* of the length */
	uint64_t limit;       /* where the next entry begins */
	uint64_t cie;         /* address; 0: this is a CIE itself */
};

struct cie {
	struct cfi_program program;
	uint8_t pointer_encoding;
	bool has_augmentation_data;
	bool is_signal;
};

/* Bytes of the file from ADDRESS, SIZE of them or what is left of their
 * segment. */
static uint64_t readable(struct section *section, uint64_t address,
			 uint64_t size)
{
	struct file_segment *segment = &section->segment;

	if ((address < segment->base || address >= segment->limit) &&
	    !files_segment(section->space, section->file, address, segment))
		return 0;
	return size < segment->limit - address ? size :
						 segment->limit - address;
}

static bool read_bytes(struct section *section, uint64_t address, void *bytes,
		       uint64_t size)
{
	return readable(section, address, size) == size &&
	       space_read(section->space, address, bytes, size);
}

static uint64_t read_value(struct cursor *cursor, uint8_t format)
{
	switch (format) {
	case PE_ABSOLUTE:
	case PE_UDATA8:
	case PE_SDATA8:
		return cursor_u64(cursor);
	case PE_ULEB128:
		return cursor_uleb128(cursor);
	case PE_SLEB128:
		return (uint64_t)cursor_sleb128(cursor);
	case PE_UDATA2:
		return cursor_u16(cursor);
	case PE_SDATA2:
		return (uint64_t)(int16_t)cursor_u16(cursor);
	case PE_UDATA4:
		return cursor_u32(cursor);
	case PE_SDATA4:
		return (uint64_t)(int32_t)cursor_u32(cursor);
	default:
		cursor->failed = true;
		return 0;
	}
}

/* An encoded pointer; DATA is what data-relative ones count from.  One that
 * is indirect gives the address of the pointer. */
static uint64_t read_pointer(struct cursor *cursor, uint8_t encoding,
			     uint64_t data)
{
	uint64_t here = cursor_address(cursor), value;

	if (encoding == PE_OMIT)
		return 0;
	if ((encoding & PE_BASE) == PE_ALIGNED) {
		cursor_bytes(cursor, -here & 7);
		return cursor_u64(cursor);
	}
	value = read_value(cursor, encoding & PE_FORMAT);
	if ((encoding & PE_BASE) == PE_PC_RELATIVE)
		return value ? value + here : 0;
	return (encoding & PE_BASE) == PE_DATA_RELATIVE ? value + data : value;
}

/* ---- entries ---- */

static enum status read_entry(struct section *section, uint64_t address,
			      uint8_t *buffer, struct entry *entry)
{
	uint8_t head[12];
	uint64_t length, size = readable(section, address, sizeof head);
	struct cursor cursor;
	const void *bytes;
	uint64_t pointer_at, pointer;
	bool is_wide;

	if (size < 4 || !read_bytes(section, address, head, size))
		return STATUS_BAD_INPUT;
	cursor_init(&cursor, head, size, address);
	length = cursor_u32(&cursor);
	is_wide = length == UINT32_MAX;
	if (is_wide)
		length = cursor_u64(&cursor);
	if (cursor.failed)
		return STATUS_BAD_INPUT;
	if (!length) /* the terminator */
		return STATUS_NOT_FOUND;
	pointer_at = cursor_address(&cursor);
	if (readable(section, pointer_at, length) != length)
		return STATUS_BAD_INPUT;
#ifdef ALLOTYPE_REMOTE
	if (length > CFI_ENTRY_MAX)
		return STATUS_BAD_INPUT;
#endif
	bytes = space_view(section->space, pointer_at, buffer, length);
	if (!bytes)
		return STATUS_BAD_INPUT;
	cursor_init(&entry->cursor, bytes, length, pointer_at);
	/* Unlike in .debug_frame this is always the distance from here. */
	pointer = is_wide ? cursor_u64(&entry->cursor) :
			    cursor_u32(&entry->cursor);
	entry->address = address;
	entry->limit = pointer_at + length;
	entry->cie = pointer ? pointer_at - pointer : 0;
	return entry->cursor.failed ? STATUS_BAD_INPUT : STATUS_OK;
}

static void read_augmentation(struct cursor *cursor, const char *letters,
			      struct cie *cie)
{
	uint64_t size = cursor_uleb128(cursor);
	uint64_t address = cursor_address(cursor);
	const uint8_t *bytes = cursor_bytes(cursor, size);
	struct cursor data;

	if (!bytes)
		return;
	cursor_init(&data, bytes, size, address);
	cie->has_augmentation_data = true;
	for (; *letters && !data.failed; letters++) {
		if (*letters == 'R')
			cie->pointer_encoding = cursor_u8(&data);
		else if (*letters == 'P') /* the personality routine */
			read_pointer(&data, cursor_u8(&data), 0);
		else if (*letters == 'L') /* encoding of language data */
			cursor_u8(&data);
		else if (*letters == 'S')
			cie->is_signal = true;
		else if (*letters != 'B') /* as the size is known: skip */
			break;
	}
	if (data.failed)
		cursor->failed = true;
}

static enum status parse_cie(struct entry *entry, struct cie *cie)
{
	struct cursor *cursor = &entry->cursor;
	uint8_t version = cursor_u8(cursor);
	const char *letters = cursor_string(cursor);
	uint64_t return_column;

	memset(cie, 0, sizeof *cie);
	if (!letters || (version != 1 && version != 3 && version != 4))
		return STATUS_BAD_INPUT;
	if (version == 4)
		cursor_u16(cursor); /* sizes of address and selector */
	cie->program.code_factor = cursor_uleb128(cursor);
	cie->program.data_factor = cursor_sleb128(cursor);
	return_column = version == 1 ? cursor_u8(cursor) :
				       cursor_uleb128(cursor);
	cie->pointer_encoding = PE_ABSOLUTE;
	if (letters[0] == 'z')
		read_augmentation(cursor, letters + 1, cie);
	else if (letters[0])
		return STATUS_BAD_INPUT;
	if (return_column != UNWIND_PC || cursor->failed)
		return STATUS_BAD_INPUT;
	return STATUS_OK;
}

/* Reads the FDE at ADDRESS and its CIE; NOT_FOUND when it does not cover
 * PC.  *NEXT, unless NULL, gets the address of the entry behind it. */
static enum status try_fde(struct section *section, uint64_t address,
			   uint64_t pc, struct cfi_info *info, uint64_t *next)
{
	struct entry fde, cie_entry;
	struct cie cie;
	uint64_t low, size;
	enum status status =
		read_entry(section, address, info->fde_bytes, &fde);

	if (status != STATUS_OK)
		return status;
	if (next)
		*next = fde.limit;
	if (!fde.cie)
		return STATUS_NOT_FOUND;
	status = read_entry(section, fde.cie, info->cie_bytes, &cie_entry);
	if (status != STATUS_OK || cie_entry.cie)
		return STATUS_BAD_INPUT;
	status = parse_cie(&cie_entry, &cie);
	if (status != STATUS_OK)
		return status;
	low = read_pointer(&fde.cursor, cie.pointer_encoding, 0);
	size = read_value(&fde.cursor, cie.pointer_encoding & PE_FORMAT);
	if (cie.has_augmentation_data)
		cursor_bytes(&fde.cursor, cursor_uleb128(&fde.cursor));
	if (fde.cursor.failed)
		return STATUS_BAD_INPUT;
	if (pc - low >= size)
		return STATUS_NOT_FOUND;
	info->is_signal = cie.is_signal;
	cie.program.low = low;
	cie.program.pc = pc;
	return cfi_program_run(&cie.program, &cie_entry.cursor, &fde.cursor,
			       &info->row);
}

/* ---- finding the FDE ---- */

/* For a file without a search table. */
static enum status scan_frames(struct section *section, uint64_t address,
			       uint64_t pc, struct cfi_info *info)
{
	for (int i = 0; i < ENTRIES_MAX; i++) {
		uint64_t next = 0;
		enum status status =
			try_fde(section, address, pc, info, &next);

		if (status != STATUS_NOT_FOUND || next <= address)
			return status;
		address = next;
	}
	return STATUS_BAD_INPUT;
}

struct table_row {
	int32_t low, fde; /* both from the start of .eh_frame_hdr */
};

static enum status search_table(struct section *section, uint64_t table,
				uint64_t count, uint64_t pc, uint64_t *fde)
{
	uint64_t data = section->file->eh_frame_hdr, first = 0;
	int64_t target = (int64_t)(pc - data);
	struct table_row row;

	if (count > UINT32_MAX || readable(section, table,
					   count * sizeof row) !=
					  count * sizeof row)
		return STATUS_BAD_INPUT;
	/* The last row that begins at or below pc lies in [first - 1, ...) */
	while (count) {
		uint64_t half = count / 2;
		const struct table_row *probe = SPACE_VIEW(
			section->space, table + (first + half) * sizeof row,
			&row);

		if (!probe)
			return STATUS_BAD_INPUT;
		if (probe->low <= target) {
			first += half + 1;
			count -= half + 1;
			*fde = data + (uint64_t)(int64_t)probe->fde;
		} else {
			count = half;
		}
	}
	return first ? STATUS_OK : STATUS_NOT_FOUND;
}

enum status cfi_find(const struct space *space,
		     const struct allotype_file *file, uint64_t pc,
		     struct cfi_info *info)
{
	struct section section = { space, file, { 0, 0, 0, 0 } };
	uint8_t header[HEADER_MAX];
	uint64_t size, frames, count, fde;
	struct cursor cursor;
	const uint8_t *encodings;
	enum status status;

	if (!file->eh_frame_hdr)
		return STATUS_NOT_FOUND;
	size = readable(&section, file->eh_frame_hdr, sizeof header);
	if (!read_bytes(&section, file->eh_frame_hdr, header, size))
		return STATUS_BAD_INPUT;
	cursor_init(&cursor, header, size, file->eh_frame_hdr);
	encodings = cursor_bytes(&cursor, 4);
	if (!encodings || encodings[0] != 1)
		return STATUS_BAD_INPUT;
	frames = read_pointer(&cursor, encodings[1], file->eh_frame_hdr);
	if (encodings[2] == PE_OMIT || encodings[3] != TABLE_ENCODING)
		return cursor.failed ? STATUS_BAD_INPUT :
				       scan_frames(&section, frames, pc, info);
	count = read_pointer(&cursor, encodings[2], file->eh_frame_hdr);
	if (cursor.failed)
		return STATUS_BAD_INPUT;
	status = search_table(&section, cursor_address(&cursor), count, pc,
			      &fde);
	return status == STATUS_OK ?
		       try_fde(&section, fde, pc, info, NULL) :
		       status;
}
