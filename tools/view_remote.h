/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The view of a target: what makes the queries of lib/query, which word the
 * answers inside the process, answer from outside in the same words.
 */
#ifndef TOOLS_VIEW_REMOTE_H
#define TOOLS_VIEW_REMOTE_H

#include "query/collected.h"
#include "query/view.h"
#include "target/target.h"

struct remote_file;
struct remote_string;

enum { VIEW_REMOTE_CHAINS = 256 };

struct view_remote {
	struct query_view view; /* first */
	struct target *target;
	char **environment; /* of the target; NULL when it cannot be read */
	struct remote_file *files; /* their metadata, as far as asked for */
	struct remote_string *strings[VIEW_REMOTE_CHAINS];
	struct collected collected;
};

/* TARGET's runtime has been found; it must outlive the view. */
void view_remote_init(struct view_remote *remote, struct target *target);
/* Collects what the target's memory tells of its heap objects, for all queries
 * through the view from now on.  Once.  Complains when it is not all. */
void view_remote_collect(struct view_remote *remote);
void view_remote_deinit(struct view_remote *remote);

#endif
