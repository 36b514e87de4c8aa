/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A text file that says what allocation sites allocate, for code that cannot
 * say so itself.  A line is FUNCTION = TYPE or FILE:LINE = TYPE; empty lines
 * and what follows a # do not count.
 */
#ifndef META_OVERRIDES_H
#define META_OVERRIDES_H

#include "base/status.h"
#include "meta/model.h"

/*
 * Gives the sites of MODEL the types that the file at PATH declares: those at
 * FILE:LINE, FILE being the end of a source's path; calls of FUNCTION, and
 * calls in it that are not charged to its callers.  A later line comes before
 * an earlier one.  A TYPE that the model does not have changes nothing.
 * BAD_INPUT, NOT_FOUND: *REASON says why, the model is as before.
 */
enum status overrides_apply(struct model *model, const char *path,
			    const char **reason);

#endif
