/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/dwarf/forms.h"

#include <dwarf.h>
#include <string.h>

int form_size(const struct form_sizes *sizes, unsigned int form)
{
	switch (form) {
	case DW_FORM_flag_present: case DW_FORM_implicit_const:
		return 0;
	case DW_FORM_data1: case DW_FORM_ref1: case DW_FORM_flag:
	case DW_FORM_strx1: case DW_FORM_addrx1:
		return 1;
	case DW_FORM_data2: case DW_FORM_ref2: case DW_FORM_strx2:
	case DW_FORM_addrx2:
		return 2;
	case DW_FORM_strx3: case DW_FORM_addrx3:
		return 3;
	case DW_FORM_data4: case DW_FORM_ref4: case DW_FORM_strx4:
	case DW_FORM_addrx4: case DW_FORM_ref_sup4:
		return 4;
	case DW_FORM_data8: case DW_FORM_ref8: case DW_FORM_ref_sig8:
	case DW_FORM_ref_sup8:
		return 8;
	case DW_FORM_data16:
		return 16;
	case DW_FORM_addr:
		return sizes->address;
	case DW_FORM_ref_addr:
		return sizes->version < 3 ? sizes->address : sizes->offset;
	case DW_FORM_strp: case DW_FORM_line_strp: case DW_FORM_sec_offset:
	case DW_FORM_strp_sup: case DW_FORM_GNU_ref_alt:
	case DW_FORM_GNU_strp_alt:
		return sizes->offset;
	default:
		return -1;
	}
}

static const unsigned char *skip_leb(const unsigned char *at,
				     const unsigned char *end)
{
	while (at < end && *at & 0x80)
		at++;
	return at < end ? at + 1 : NULL;
}

static const unsigned char *skip_bytes(const unsigned char *at, uint64_t size,
				       const unsigned char *end)
{
	return (uint64_t)(end - at) >= size ? at + size : NULL;
}

uint64_t form_read_unsigned(const unsigned char *at, unsigned int size)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < size; i++)
		value |= (uint64_t)at[i] << 8 * i;
	return value;
}

static const unsigned char *skip_block(const unsigned char *at,
				       unsigned int size,
				       const unsigned char *end)
{
	if ((size_t)(end - at) < size)
		return NULL;
	return skip_bytes(at + size, form_read_unsigned(at, size), end);
}

static const unsigned char *skip_long_block(const unsigned char *at,
					    const unsigned char *end)
{
	uint64_t size = 0;

	for (unsigned int shift = 0; at < end && shift < 63; shift += 7) {
		size |= (uint64_t)(*at & 0x7f) << shift;
		if (!(*at++ & 0x80))
			return skip_bytes(at, size, end);
	}
	return NULL;
}

static const unsigned char *skip_string(const unsigned char *at,
					const unsigned char *end)
{
	const unsigned char *zero = memchr(at, 0, (size_t)(end - at));

	return zero ? zero + 1 : NULL;
}

const unsigned char *form_skip(const struct form_sizes *sizes,
			       unsigned int form, const unsigned char *at,
			       const unsigned char *end)
{
	int size = form_size(sizes, form);

	if (size >= 0)
		return skip_bytes(at, (uint64_t)size, end);
	switch (form) {
	case DW_FORM_udata: case DW_FORM_sdata: case DW_FORM_ref_udata:
	case DW_FORM_strx: case DW_FORM_addrx: case DW_FORM_loclistx:
	case DW_FORM_rnglistx: case DW_FORM_GNU_addr_index:
	case DW_FORM_GNU_str_index:
		return skip_leb(at, end);
	case DW_FORM_string:
		return skip_string(at, end);
	case DW_FORM_block1:
		return skip_block(at, 1, end);
	case DW_FORM_block2:
		return skip_block(at, 2, end);
	case DW_FORM_block4:
		return skip_block(at, 4, end);
	case DW_FORM_block: case DW_FORM_exprloc:
		return skip_long_block(at, end);
	default:
		return NULL;
	}
}
