/* SPDX-License-Identifier: Apache-2.0 */
#include "type/site_rules.h"

#include "index/files.h"
#include "index/loaded.h"
#include "index/root.h"
#include "type/metadata.h"

static void add_rule(const struct metafile *metafile,
		     const struct allotype_meta_site *site,
		     struct site_origin *origin)
{
	struct allotype_meta_rule rule;

	if (!metafile_rule(metafile, site->rule, &rule) ||
	    (rule.base != ALLOTYPE_META_BASE_RSP &&
	     rule.base != ALLOTYPE_META_BASE_RBP)) {
		origin->flags = ALLOTYPE_SITE_IN_WRAPPER;
		return;
	}
	origin->in_wrapper = true;
	origin->is_typed = site->flags & ALLOTYPE_META_SITE_TYPED_INSIDE;
	origin->cfa_offset = rule.cfa_offset;
	origin->rbp_offset = rule.rbp_offset;
	origin->base = rule.base == ALLOTYPE_META_BASE_RBP ? SITE_BASE_RBP :
							      SITE_BASE_RSP;
}

bool site_rules_resolve(uint64_t return_address, struct site_origin *origin)
{
	uint64_t files =
		__atomic_load_n(&allotype_index.files, __ATOMIC_ACQUIRE);
	struct allotype_meta_site site;
	const struct metafile *metafile;
	struct allotype_file file;

	/* The call itself: it may be the last instruction of its file. */
	if (!files_find(NULL, files, return_address - 1, &file, NULL)) {
		/* Perhaps one that was just loaded. */
		if (!loaded_refresh())
			return false;
		files = __atomic_load_n(&allotype_index.files,
					__ATOMIC_ACQUIRE);
		if (!files_find(NULL, files, return_address - 1, &file, NULL))
			return false;
	}
	*origin = (struct site_origin){
		.file = file.serial,
		.offset = return_address - file.bias,
	};
	metafile = metadata_of(&file);
	if (!metafile) {
		origin->flags = ALLOTYPE_SITE_DIRECT;
		return true;
	}
	if (metafile_site_at(metafile, origin->offset, &site) &&
	    site.kind == ALLOTYPE_META_SITE_WRAPPER)
		add_rule(metafile, &site, origin);
	return true;
}
