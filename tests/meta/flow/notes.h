/* SPDX-License-Identifier: Apache-2.0 */
/* What several files might share with alike.c. */
#ifndef TESTS_META_FLOW_NOTES_H
#define TESTS_META_FLOW_NOTES_H

struct notes {
	int count;
	void (*load)(struct notes *);
};
struct second_notes {
	struct notes notes;
	long offset, options;
};
struct song {
	const char *name;
	int seconds, year;
};

#endif
