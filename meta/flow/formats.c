/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/formats.h"

#include <string.h>

enum { FORMAT_LIMIT = 256 };

/* Which parameter of CALLEE is a format of what it reads; -1: none. */
static int format_parameter(const struct flow_callee *callee)
{
	static const struct {
		const char *name;
		int parameter;
	} readers[] = {
		{ "scanf", 0 }, { "fscanf", 1 }, { "sscanf", 1 },
	};
	static const char *const prefixes[] = { "__isoc99_", "__isoc23_" };
	const char *name = callee->symbol;

	/* Most are something else. */
	if (!name || (*name != 's' && *name != 'f' && *name != '_'))
		return -1;
	for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
		if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
			name += strlen(prefixes[i]);
	for (size_t i = 0; i < sizeof readers / sizeof *readers; i++)
		if (strcmp(name, readers[i].name) == 0)
			return readers[i].parameter;
	return -1;
}

/* The string at ADDRESS in the file; NULL: there is none, or it is long. */
static const char *string_at(struct debuginfo *info, uint64_t address)
{
	for (uint64_t size = FORMAT_LIMIT; size; size /= 2) {
		const unsigned char *bytes =
			debuginfo_code(info, address, size);

		if (bytes)
			return memchr(bytes, 0, size) ? (const char *)bytes
						      : NULL;
	}
	return NULL;
}

static const char *real_name(int longs, bool is_long_double)
{
	if (is_long_double)
		return "long double";
	return longs ? "double" : "float";
}

/* A conversion of a format.  What integers it reads may be of either sign,
 * whatever it says. */
struct conversion {
	const char *type; /* of the real number that is read, or NULL */
	bool assigns;
};

/* Reads the conversion after the '%' before AT; returns what is behind it. */
static const char *conversion_read(const char *at, struct conversion *c)
{
	bool is_long_double = false;
	int longs = 0;

	*c = (struct conversion){ .assigns = *at != '*' };
	at += *at == '*';
	at += strspn(at, "0123456789");
	for (; *at && strchr("hlLmqjzt", *at); at++) {
		longs += *at == 'l';
		is_long_double |= *at == 'L';
	}
	if (*at && strchr("eEfFgGaA", *at))
		c->type = real_name(longs, is_long_double);
	if (*at == '%')
		c->assigns = false;
	if (*at == '[') {
		at += at[1] == '^' ? 2 : 1;
		at += *at == ']';
		at += strcspn(at, "]");
	}
	return *at ? at + 1 : at;
}

/* The format that is given to the function at hand, or NULL. */
static const char *format_given(const struct walk *walk, int parameter)
{
	const struct flow *flow = walk->point.flow;
	struct value value = memory_register(&walk->point,
					     flow->abi->arguments[parameter]);

	if (value.kind != VALUE_STATIC && value.kind != VALUE_CONSTANT)
		return NULL;
	return string_at(flow->info, (uint64_t)value.number);
}

void formats_note(struct walk *walk, const struct flow_callee *callee)
{
	struct flow *flow = walk->point.flow;
	int parameter = format_parameter(callee);
	const char *at;
	struct value value;
	uint32_t next;

	if (parameter < 0)
		return;
	at = format_given(walk, parameter);
	if (!at && walk->recording)
		interpret_note_mixed(walk);
	next = (uint32_t)parameter + 1;
	while (at && next < flow->abi->argument_count &&
	       (at = strchr(at, '%')) != NULL) {
		struct conversion c;
		uint32_t type;

		at = conversion_read(at + 1, &c);
		if (!c.assigns)
			continue;
		value = *values_at(flow->values, walk->state.registers
					   [flow->abi->arguments[next++]]);
		type = value.origin_count && c.type
			       ? model_type_by_name(flow->model, c.type)
			       : MODEL_NONE;
		if (type != MODEL_NONE)
			interpret_note_object(walk, &value, EVIDENCE_ARGUMENT,
					      type);
	}
}
