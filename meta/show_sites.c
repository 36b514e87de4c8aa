/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdbool.h>

#include "allotype.h"
#include "base/text.h"
#include "meta/json.h"
#include "meta/show.h"
#include "query/describe.h"

enum { EVIDENCE_MAX = 256 };

/* What a site allocates: its type, "char" for bytes, or NULL. */
static const char *site_type(const struct metafile *file,
			     const struct allotype_meta_site *site,
			     char buffer[SHOW_TYPE_MAX])
{
	const char *type = show_type(file, site->type, buffer);

	if (type)
		return type;
	return site->flags & ALLOTYPE_META_SITE_BYTES ? "char" : NULL;
}

static const char *site_file(const struct metafile *file,
			     const struct allotype_meta_site *site)
{
	const char *name = metafile_source_file(file, site->file);

	return name && name[0] ? name : NULL;
}

static const char *name_or_null(const struct metafile *file, uint32_t offset)
{
	return offset ? metafile_string(file, offset) : NULL;
}

static void evidence_spell(char buffer[EVIDENCE_MAX], uint32_t evidence)
{
	struct text text;

	text_init(&text, buffer, EVIDENCE_MAX);
	describe_evidence(&text, evidence);
}

/* How its frame is stepped out of, if the file says. */
static void show_wrapper(FILE *stream, const struct metafile *file,
			 const struct allotype_meta_site *site)
{
	struct allotype_meta_rule rule;

	fputs(", wrapper", stream);
	if (!metafile_rule(file, site->rule, &rule))
		return;
	fprintf(stream, ", CFA %s%+" PRId32,
		show_base(file, rule.base), rule.cfa_offset);
	if (rule.rbp_offset)
		fprintf(stream, ", saved %s CFA%+d",
			show_base(file, ALLOTYPE_META_BASE_RBP),
			rule.rbp_offset);
}

void show_sites(FILE *stream, const struct metafile *file)
{
	struct allotype_meta_site site;

	for (uint32_t i = 0; metafile_site(file, i, &site); i++) {
		char name[SHOW_TYPE_MAX];
		const char *type = site_type(file, &site, name);
		const char *source = site_file(file, &site);
		char evidence[EVIDENCE_MAX];

		evidence_spell(evidence, site.evidence);
		fprintf(stream, "0x%" PRIx64 " %s (%s:%" PRIu32 ") %s: %s",
			site.address, metafile_string(file, site.function),
			source ? source : "?", site.line,
			metafile_string(file, site.callee),
			type ? type : "unknown");
		if (evidence[0])
			fprintf(stream, ", %s", evidence);
		if (site.size)
			fprintf(stream, ", %" PRIu64 " bytes", site.size);
		if (site.flags & ALLOTYPE_META_SITE_FLOATING)
			fputs(", after a header", stream);
		if (site.flags & ALLOTYPE_META_SITE_CARVED)
			fputs(", carved up", stream);
		if (site.kind == ALLOTYPE_META_SITE_WRAPPER)
			show_wrapper(stream, file, &site);
		putc('\n', stream);
	}
}

static void alternatives_json(FILE *stream, const struct metafile *file,
			      const struct allotype_meta_site *site)
{
	bool first = true;

	putc('[', stream);
	for (uint32_t i = 0; i < site->alternative_count; i++) {
		struct allotype_meta_alternative alternative;
		const char *type = NULL;
		char name[SHOW_TYPE_MAX];

		if (metafile_alternative(file, site->first_alternative + i,
					 &alternative))
			type = show_type(file, alternative.type, name);
		if (!type)
			continue;
		if (!first)
			putc(',', stream);
		first = false;
		json_write_string(stream, type);
	}
	putc(']', stream);
}

static void site_json(FILE *stream, const struct metafile *file,
		      const struct allotype_meta_site *site)
{
	char evidence[EVIDENCE_MAX], name[SHOW_TYPE_MAX];

	evidence_spell(evidence, site->evidence);
	fprintf(stream,
		"{\"address\":\"0x%" PRIx64 "\",\"function\":", site->address);
	json_write_string(stream, name_or_null(file, site->function));
	fputs(",\"file\":", stream);
	json_write_string(stream, site_file(file, site));
	fprintf(stream, ",\"line\":%" PRIu32 ",\"callee\":", site->line);
	json_write_string(stream, name_or_null(file, site->callee));
	fputs(",\"type\":", stream);
	json_write_string(stream, site_type(file, site, name));
	fputs(",\"evidence\":", stream);
	json_write_string(stream, evidence);
	fprintf(stream, ",\"confidence\":%d,\"offset\":%d",
		(int)site->confidence, (int)site->type_offset);
	if (site->size)
		fprintf(stream, ",\"size\":%" PRIu64, site->size);
	else
		fputs(",\"size\":null", stream);
	fputs(",\"alternatives\":", stream);
	alternatives_json(stream, file, site);
	fprintf(stream, ",\"floating\":%s,\"carved\":%s,\"wrapper\":%s}\n",
		site->flags & ALLOTYPE_META_SITE_FLOATING ? "true" : "false",
		site->flags & ALLOTYPE_META_SITE_CARVED ? "true" : "false",
		site->kind == ALLOTYPE_META_SITE_WRAPPER ? "true" : "false");
}

void show_sites_json(FILE *stream, const struct metafile *file)
{
	struct allotype_meta_site site;

	for (uint32_t i = 0; metafile_site(file, i, &site); i++)
		site_json(stream, file, &site);
}
