/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The query API as a table, which the runtime exports as `allotype_api`: for
 * clients that cannot link with the runtime but find it in the process, as
 * the stub library does.  Fields are only ever added, at the end.
 */
#ifndef ALLOTYPE_API_H
#define ALLOTYPE_API_H

#include "allotype.h"
#include "allotype/heap.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ALLOTYPE_API_VERSION 1

struct allotype_api {
	uint32_t version;
	uint32_t size; /* of this struct */
	enum alloc_status (*get_info)(const void *, struct alloc_info *);
	const struct alloc_allocator *(*get_allocator)(const void *);
	const struct alloc_type *(*get_type)(const void *);
	const void *(*get_base)(const void *);
	const void *(*get_limit)(const void *);
	size_t (*get_size)(const void *);
	const void *(*get_site)(const void *);
	const char *(*get_name)(const void *);
	const struct alloc_type *(*get_inner_type)(const void *);
	enum alloc_status (*get_path)(const void *, struct alloc_level *,
				      size_t, size_t *);
	size_t (*describe)(const void *, char *, size_t);
	enum alloc_status (*runtime_status)(void);
	const char *(*status_text)(enum alloc_status);
	const char *(*type_name)(const struct alloc_type *);
	size_t (*type_size)(const struct alloc_type *);
	enum alloc_kind (*type_kind)(const struct alloc_type *);
	const struct alloc_type *(*type_target)(const struct alloc_type *);
	const struct alloc_type *(*type_strip)(const struct alloc_type *);
	size_t (*type_element_count)(const struct alloc_type *);
	unsigned int (*type_encoding)(const struct alloc_type *);
	size_t (*type_member_count)(const struct alloc_type *);
	enum alloc_status (*type_member)(const struct alloc_type *, size_t,
					 struct alloc_member *);
	/* since 0.2 */
	enum alloc_failure (*failure_cause)(void);
	const char *(*failure_text)(enum alloc_failure);
	alloc_oom_handler (*set_oom_handler)(alloc_oom_handler);
	alloc_oom_handler (*set_thread_oom_handler)(alloc_oom_handler);
	enum alloc_status (*try_allocate)(size_t, void **);
	void *(*split)(void *, size_t);
	bool (*resize_in_place)(void *, size_t);
	void *(*aligned)(size_t, size_t);
	void *(*program_break)(intptr_t);
	enum alloc_status (*class_register)(const struct alloc_class_config *,
					    struct alloc_class **);
	void *(*class_allocate)(struct alloc_class *);
	void (*class_release)(struct alloc_class *, void *);
	size_t (*class_allocate_batch)(struct alloc_class *, void **, size_t);
	void (*class_release_batch)(struct alloc_class *, void *const *,
				    size_t);
	struct alloc_class *(*class_of)(const void *);
	const char *(*class_name)(const struct alloc_class *);
	struct alloc_class *(*class_next)(const struct alloc_class *);
	enum alloc_status (*class_get_stats)(const struct alloc_class *,
					     struct alloc_class_stats *);
	bool (*class_trim)(struct alloc_class *);
	enum alloc_status (*mapper_register)(const struct alloc_mapper *);
	enum alloc_status (*mapper_set_directory)(const char *);
	size_t (*heap_check)(void);
	size_t (*heap_stats)(struct alloc_heap_totals *,
			     struct alloc_size_class *, size_t);
	int (*profile_write)(const char *);
	int (*profile_write_fd)(int);
	enum alloc_status (*set_type)(void *, const struct alloc_type *);
	enum alloc_status (*collect_evidence)(size_t);
	enum alloc_status (*get_info_collected)(const void *,
						struct alloc_info *);
	enum alloc_status (*get_candidates)(const void *,
					    struct alloc_candidate *, size_t,
					    size_t *);
};

extern const struct allotype_api allotype_api;

#ifdef __cplusplus
}
#endif
#endif
