/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions that make records which begin as what they return, of sizes that they
 * are told: on the stack, or always the same, so that compilers tell them no
 * more.  See chains.c for the arrows.
 */
#include <stdlib.h>

__attribute__((noinline)) int visit(const void *what)
{
	__asm__ volatile("" : : "r"(what) : "memory");
	return what != NULL;
}

/* The size is the last of more parameters than registers take. */
struct image {
	int width, height, depth, resolutions[2], flags, mask;
	void *space;
};
struct pixel_image {
	struct image base;
	unsigned char *pixels;
};
struct list_image {
	struct image base;
	double matrix[6];
	void *list;
};

__attribute__((noinline)) struct image *image_new(int width, int height,
						  int depth, void *space,
						  int x, int y, int flags,
						  int mask, int decode,
						  size_t size)
{
	struct image *image = calloc(1, size); /* -> wrapper */

	if (!image)
		return NULL;
	image->width = width;
	image->height = height;
	image->depth = depth;
	image->space = space;
	image->resolutions[0] = x;
	image->resolutions[1] = y;
	image->flags = flags + decode;
	image->mask = mask;
	return image;
}

__attribute__((noinline)) struct image *pixel_image_new(unsigned char *pixels)
{
	struct pixel_image *image = (struct pixel_image *)image_new( /* -> struct pixel_image */
		1, 2, 8, NULL, 96, 96, 0, 0, 0, sizeof *image);

	if (!image)
		return NULL;
	image->pixels = pixels;
	return &image->base;
}

__attribute__((noinline)) struct image *list_image_new(void *list)
{
	struct list_image *image = (struct list_image *)image_new( /* -> struct list_image */
		1, 2, 8, NULL, 72, 72, 1, 1, 1, sizeof *image);

	if (!image)
		return NULL;
	image->list = list;
	return &image->base;
}

/* Two records of one size. */
struct side {
	long references;
	const char *name;
	void *buffers[4];
};
struct server {
	struct side side;
	unsigned int failures, most;
	char *identity;
};
struct client {
	struct side side;
	void *mechanisms, *last;
};
struct side *last;

static __attribute__((noinline)) struct side *side_new(int size)
{
	struct side *side = malloc((size_t)size); /* -> wrapper */

	if (!side)
		return NULL;
	side->references = 1;
	side->name = NULL;
	last = side;
	return side;
}

__attribute__((noinline)) struct side *server_new(char *identity)
{
	struct side *side = side_new(sizeof(struct server)); /* -> struct server */
	struct server *server = (struct server *)side;

	if (!side)
		return NULL;
	server->identity = identity;
	server->most = 6;
	visit(server);
	return side;
}

__attribute__((noinline)) struct side *client_new(void *mechanisms)
{
	struct side *side = side_new(sizeof(struct client)); /* -> struct client */
	struct client *client = (struct client *)side;

	if (!side)
		return NULL;
	client->mechanisms = mechanisms;
	visit(client);
	return side;
}

int main(int argc, char **argv)
{
	return visit(pixel_image_new((unsigned char *)argv[0])) +
	       visit(list_image_new(argv)) + visit(server_new(argv[0])) +
	       visit(client_new(argv)) + argc;
}
