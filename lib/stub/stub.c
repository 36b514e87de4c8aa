/* SPDX-License-Identifier: Apache-2.0 */
/*
 * liballotype_stub: the query API for a program that may or may not run
 * under the runtime.  Asks the runtime if it is in the process, else says
 * that it is not.
 */
#include "stub.h"

#include <dlfcn.h>

static const struct alloc_allocator none = { "none" };

/* The runtime is there from the start or never: the answer keeps.  Whoever
 * comes first asks; of two at once both get the same. */
const struct allotype_api *stub_runtime(void)
{
	static const struct allotype_api *found;
	static int asked;
	const struct allotype_api *api;

	/* Acquire and release: with each other. */
	if (__atomic_load_n(&asked, __ATOMIC_ACQUIRE))
		return found;
	api = dlsym(RTLD_DEFAULT, "allotype_api");
	if (api && (api->version != ALLOTYPE_API_VERSION ||
		    api->size < sizeof *api))
		api = NULL;
	__atomic_store_n(&found, api, __ATOMIC_RELAXED);
	__atomic_store_n(&asked, 1, __ATOMIC_RELEASE);
	return api;
}

STUB enum alloc_status alloc_get_info(const void *address,
				      struct alloc_info *info)
{
	const struct allotype_api *api = stub_runtime();

	if (api)
		return api->get_info(address, info);
	if (!info)
		return ALLOC_INVALID;
	*info = (struct alloc_info){
		.status = ALLOC_NOT_PRESENT,
		.allocator = &none,
		.type_status = ALLOC_NOT_PRESENT,
	};
	return ALLOC_NOT_PRESENT;
}

STUB const struct alloc_allocator *alloc_get_allocator(const void *address)
{
	const struct allotype_api *api = stub_runtime();

	return api ? api->get_allocator(address) : &none;
}

STUB const struct alloc_type *alloc_get_type(const void *address)
{
	const struct allotype_api *api = stub_runtime();

	return api ? api->get_type(address) : NULL;
}

STUB const void *alloc_get_base(const void *address)
{
	const struct allotype_api *api = stub_runtime();

	return api ? api->get_base(address) : NULL;
}

STUB const void *alloc_get_limit(const void *address)
{
	const struct allotype_api *api = stub_runtime();

	return api ? api->get_limit(address) : NULL;
}

STUB size_t alloc_get_size(const void *address)
{
	const struct allotype_api *api = stub_runtime();

	return api ? api->get_size(address) : 0;
}

STUB const void *alloc_get_site(const void *address)
{
	const struct allotype_api *api = stub_runtime();

	return api ? api->get_site(address) : NULL;
}

STUB const char *alloc_get_name(const void *address)
{
	const struct allotype_api *api = stub_runtime();

	return api ? api->get_name(address) : NULL;
}

STUB const struct alloc_type *alloc_get_inner_type(const void *address)
{
	const struct allotype_api *api = stub_runtime();

	return api ? api->get_inner_type(address) : NULL;
}

STUB enum alloc_status alloc_get_path(const void *address,
				      struct alloc_level *levels,
				      size_t capacity, size_t *count)
{
	const struct allotype_api *api = stub_runtime();

	if (api)
		return api->get_path(address, levels, capacity, count);
	if (count)
		*count = 0;
	return ALLOC_NOT_PRESENT;
}

/* What alloc_describe says of ADDRESS without the runtime. */
static size_t describe_nothing(char *buffer, size_t size)
{
	static const char text[] = "the runtime is not present";

	for (size_t i = 0; i < size && i < sizeof text; i++)
		buffer[i] = text[i];
	if (size && size < sizeof text)
		buffer[size - 1] = '\0';
	return sizeof text - 1;
}

STUB size_t alloc_describe(const void *address, char *buffer, size_t size)
{
	const struct allotype_api *api = stub_runtime();

	return api ? api->describe(address, buffer, size) :
		     describe_nothing(buffer, size);
}

STUB enum alloc_status alloc_runtime_status(void)
{
	const struct allotype_api *api = stub_runtime();

	return api ? api->runtime_status() : ALLOC_NOT_PRESENT;
}

STUB const char *alloc_status_text(enum alloc_status status)
{
	const struct allotype_api *api = stub_runtime();

	if (api)
		return api->status_text(status);
	return status == ALLOC_NOT_PRESENT ? "the runtime is not present" :
					     "unknown status";
}

STUB const char *alloc_type_name(const struct alloc_type *type)
{
	const struct allotype_api *api = stub_runtime();

	return api ? api->type_name(type) : "unknown";
}

STUB size_t alloc_type_size(const struct alloc_type *type)
{
	const struct allotype_api *api = stub_runtime();

	return api ? api->type_size(type) : 0;
}

STUB enum alloc_kind alloc_type_kind(const struct alloc_type *type)
{
	const struct allotype_api *api = stub_runtime();

	return api ? api->type_kind(type) : ALLOC_KIND_UNKNOWN;
}

STUB const struct alloc_type *alloc_type_target(const struct alloc_type *type)
{
	const struct allotype_api *api = stub_runtime();

	return api ? api->type_target(type) : NULL;
}

STUB const struct alloc_type *alloc_type_strip(const struct alloc_type *type)
{
	const struct allotype_api *api = stub_runtime();

	return api ? api->type_strip(type) : NULL;
}

STUB size_t alloc_type_element_count(const struct alloc_type *type)
{
	const struct allotype_api *api = stub_runtime();

	return api ? api->type_element_count(type) : 0;
}

STUB unsigned int alloc_type_encoding(const struct alloc_type *type)
{
	const struct allotype_api *api = stub_runtime();

	return api ? api->type_encoding(type) : 0;
}

STUB size_t alloc_type_member_count(const struct alloc_type *type)
{
	const struct allotype_api *api = stub_runtime();

	return api ? api->type_member_count(type) : 0;
}

STUB enum alloc_status alloc_set_type(void *pointer,
				      const struct alloc_type *type)
{
	const struct allotype_api *api = stub_runtime();

	return api ? api->set_type(pointer, type) : ALLOC_NOT_PRESENT;
}

STUB enum alloc_status alloc_collect_evidence(size_t memory)
{
	const struct allotype_api *api = stub_runtime();

	return api ? api->collect_evidence(memory) : ALLOC_NOT_PRESENT;
}

STUB enum alloc_status alloc_get_info_collected(const void *address,
						struct alloc_info *info)
{
	const struct allotype_api *api = stub_runtime();

	return api ? api->get_info_collected(address, info) :
		     alloc_get_info(address, info);
}

STUB enum alloc_status
alloc_get_candidates(const void *address, struct alloc_candidate *candidates,
		     size_t capacity, size_t *count)
{
	const struct allotype_api *api = stub_runtime();

	if (api)
		return api->get_candidates(address, candidates, capacity,
					   count);
	if (count)
		*count = 0;
	return ALLOC_NOT_PRESENT;
}

STUB enum alloc_status alloc_type_member(const struct alloc_type *type,
					 size_t index,
					 struct alloc_member *member)
{
	const struct allotype_api *api = stub_runtime();

	return api ? api->type_member(type, index, member) :
		     ALLOC_NOT_PRESENT;
}
