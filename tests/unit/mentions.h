/* SPDX-License-Identifier: Apache-2.0 */
/* What a scan of code mentions, for tests of decoders. */
#ifndef TESTS_UNIT_MENTIONS_H
#define TESTS_UNIT_MENTIONS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "meta/flow/decode.h"

struct mentions {
	struct decoder_mention at[8];
	unsigned int count;
};

static bool mentions_keep(void *context,
			  const struct decoder_mention *mention)
{
	struct mentions *m = context;

	assert_true(m->count < 8);
	m->at[m->count++] = *mention;
	return true;
}

#endif
