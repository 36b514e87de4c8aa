/* SPDX-License-Identifier: Apache-2.0 */
/* Records that begin as others do, by which they are pointed at, and records of
 * one size; see chains.c for the comments. */
#include <stdlib.h>
#include <string.h>

struct leaf {
	int a, b, c, d, e;
};
struct owner {
	long id, flags, reserved;
};

/* ---- a method's own data after what all methods have ---- */

#define METHOD struct owner *owner; char *name
struct method {
	METHOD;
};
struct method_of_leaves {
	METHOD;
	struct leaf *leaves;
	unsigned int count, most, reserved[6];
};

__attribute__((noinline)) struct method *method_new(struct owner *owner)
{
	struct method *m;

	m = calloc(1, sizeof(struct method_of_leaves)); /* -> struct method_of_leaves */
	if (m)
		m->owner = owner;
	return m;
}

#define OF_LEAVES(m) ((struct method_of_leaves *)(void *)(m))

__attribute__((noinline)) int method_add(struct method *m)
{
	size_t size = (OF_LEAVES(m)->count + 1) * sizeof(struct leaf);
	void *grown;

	grown = realloc(OF_LEAVES(m)->leaves, size); /* -> struct leaf */
	if (!grown)
		return 0;
	OF_LEAVES(m)->leaves = grown;
	OF_LEAVES(m)->count++;
	return 1;
}

/* ---- what is pointed at as its tag and room for the rest ---- */

typedef unsigned short tag_t;
struct address {
	tag_t family;
	char data[14];
};
struct address_of_six {
	tag_t family;
	unsigned short port;
	unsigned int flow;
	unsigned char address[16];
	unsigned int scope;
};
struct line {
	unsigned short width, height;
	char text[24];
};
struct line line;
struct connection {
	struct address *address;
	size_t size;
};

__attribute__((noinline)) int connection_set(struct connection *c,
					     const void *address)
{
	c->size = sizeof(struct address_of_six);
	c->address = malloc(sizeof(struct address_of_six)); /* -> struct address_of_six */
	if (!c->address)
		return 0;
	memcpy(c->address, address, c->size);
	return 1;
}

/* ---- records of one size, told apart by what they point at ---- */

struct filter {
	short low, high;
};
struct client {
	char *name;
	struct owner *owner;
	struct filter *filter;
	unsigned int watch;
};
struct server {
	struct server *next;
	struct leaf *first, *last;
	unsigned int watch;
};
static void *kept[4];

__attribute__((noinline)) int client_find(struct client **found, char *name)
{
	struct client *client = kept[0];

	*found = client && client->name == name ? client : NULL;
	return client != NULL;
}

__attribute__((noinline)) long server_count(void *of)
{
	struct server *server = of;
	long count = 0;

	for (; server; server = server->next)
		count += server->last - server->first;
	return count;
}

#define CLIENT(p) ((struct client *)(p))

__attribute__((noinline)) int client_filter(struct owner *owner, char *name,
					    struct filter *filter)
{
	struct client *client;
	void *made;

	if (client_find(&client, name) && client) {
		client->filter = filter;
		return 1;
	}
	made = calloc(1, sizeof *client); /* -> struct client */
	if (!made)
		return 0;
	CLIENT(made)->owner = owner;
	CLIENT(made)->name = name;
	CLIENT(made)->filter = filter;
	kept[0] = made;
	return 2;
}

int main(int argc, char **argv)
{
	struct owner owner = { argc, 0, 0 };
	struct filter filter = { 0, 1 };
	struct method *m = method_new(&owner);
	struct address_of_six address = { 10, 1, 0, { 0 }, 0 };
	struct connection c;

	return !(m && method_add(m) && server_count(kept[1]) == 0 &&
		 connection_set(&c, &address) &&
		 client_filter(&owner, argv[0], &filter));
}
