/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/source/condition.h"

enum { OPERAND_LIMIT = 32 /* tokens */ };

static enum condition_value invert(enum condition_value value)
{
	return value == CONDITION_UNKNOWN ? value
	       : value == CONDITION_TRUE  ? CONDITION_FALSE
					  : CONDITION_TRUE;
}

static bool is_one_of(const struct token *name, const char *const *list)
{
	for (; *list; list++)
		if (token_is(name, *list))
			return true;
	return false;
}

/* What GCC and Clang predefine on Linux, and what they never do. */
static enum condition_value is_defined(const struct condition *c,
				       const struct token *name)
{
	static const char *const always[] = { "__GNUC__", "__STDC__",
					      "__linux__", "__unix__", NULL };
	static const char *const never[] = {
		"_MSC_VER", "_WIN32", "_WIN64", "__MINGW32__", "__BORLANDC__",
		"__WATCOMC__", "__DJGPP__", "__APPLE__", "__CYGWIN__",
		"__SUNPRO_C", "__TINYC__", "__EMX__", "__FreeBSD__",
		"__NetBSD__", "__OpenBSD__", "__sun", "_AIX", "__hpux", NULL
	};

	if (token_is(name, "__cplusplus"))
		return c->cxx ? CONDITION_UNKNOWN : CONDITION_FALSE;
	if (is_one_of(name, always))
		return CONDITION_TRUE;
	return is_one_of(name, never) ? CONDITION_FALSE : CONDITION_UNKNOWN;
}

/* One operand of && and ||; anything longer than it looks is not known. */
static enum condition_value operand(const struct condition *c,
				    const struct token *at, uint32_t count)
{
	if (count && token_is(at, "!"))
		return count > OPERAND_LIMIT ? CONDITION_UNKNOWN
			: invert(operand(c, at + 1, count - 1));
	if (count > 2 && token_is(at, "(") && token_is(&at[count - 1], ")"))
		return count > OPERAND_LIMIT ? CONDITION_UNKNOWN
			: operand(c, at + 1, count - 2);
	if (count == 1 && token_is(at, "0"))
		return CONDITION_FALSE;
	if (count == 1 && token_is(at, "1"))
		return CONDITION_TRUE;
	if (count == 1 && token_is(at, "__cplusplus"))
		return is_defined(c, at);
	if (count < 2 || !token_is(at, "defined"))
		return CONDITION_UNKNOWN;
	if (count == 2)
		return is_defined(c, at + 1);
	return count == 4 && token_is(at + 1, "(") ? is_defined(c, at + 2)
						   : CONDITION_UNKNOWN;
}

/* Where the operator SIGN is outside parentheses, or COUNT. */
static uint32_t find_operator(const struct token *at, uint32_t count,
			      const char *sign)
{
	uint32_t depth = 0;

	for (uint32_t i = 0; i < count; i++) {
		if (!depth && token_is(&at[i], sign))
			return i;
		depth += token_is(&at[i], "(");
		depth -= depth && token_is(&at[i], ")");
	}
	return count;
}

static enum condition_value conjunction(const struct condition *c,
					const struct token *at, uint32_t count);

struct joint {
	const char *sign;
	enum condition_value decisive; /* one part of this decides the whole */
	enum condition_value (*part)(const struct condition *c,
				     const struct token *at, uint32_t count);
};

static const struct joint and = { "&&", CONDITION_FALSE, operand };
static const struct joint or = { "||", CONDITION_TRUE, conjunction };

/* What parts with a sign between them come to. */
static enum condition_value joined(const struct condition *c,
				   const struct joint *joint,
				   const struct token *at, uint32_t count)
{
	enum condition_value result = invert(joint->decisive);

	for (;;) {
		uint32_t size = find_operator(at, count, joint->sign);
		enum condition_value one = joint->part(c, at, size);

		if (one == joint->decisive)
			return one;
		if (one == CONDITION_UNKNOWN)
			result = one;
		if (size == count)
			return result;
		at += size + 1;
		count -= size + 1;
	}
}

static enum condition_value conjunction(const struct condition *c,
					const struct token *at, uint32_t count)
{
	return joined(c, &and, at, count);
}

static enum condition_value evaluate(const struct condition *c,
				     const struct token *at, uint32_t count)
{
	return joined(c, &or, at, count);
}

static void enter(struct condition *c, enum condition_value value, bool guard)
{
	if (c->depth < CONDITION_DEPTH)
		c->levels[c->depth] = (struct condition_level){
			.now = (uint8_t)value, .guard = guard,
		};
	c->depth++;
}

/* The next branch of the same #if. */
static void go_on(struct condition *c, enum condition_value value)
{
	struct condition_level *level;

	if (!c->depth || c->depth > CONDITION_DEPTH)
		return;
	level = &c->levels[c->depth - 1];
	level->guard = false;
	level->taken |= level->now == CONDITION_TRUE;
	level->now = (uint8_t)(level->taken ? CONDITION_FALSE : value);
}

void condition_step(struct condition *c, const struct token *directive,
		    uint32_t count)
{
	const struct token *rest = directive + 1;
	bool first = !c->begun;

	if (!count)
		return;
	c->begun = true;
	if (token_is(directive, "if"))
		enter(c, evaluate(c, rest, count - 1), false);
	else if (token_is(directive, "ifdef") && count > 1)
		enter(c, is_defined(c, rest), false);
	else if (token_is(directive, "ifndef") && count > 1)
		enter(c, invert(is_defined(c, rest)), first);
	else if (token_is(directive, "elif"))
		go_on(c, evaluate(c, rest, count - 1));
	else if (token_is(directive, "else"))
		go_on(c, CONDITION_TRUE);
	else if (token_is(directive, "endif") && c->depth)
		c->depth--;
}

bool condition_may_hold(const struct condition *c)
{
	for (uint32_t i = 0; i < c->depth && i < CONDITION_DEPTH; i++)
		if (c->levels[i].now == CONDITION_FALSE)
			return false;
	return true;
}

bool condition_must_hold(const struct condition *c)
{
	for (uint32_t i = 0; i < c->depth && i < CONDITION_DEPTH; i++)
		if (c->levels[i].now != CONDITION_TRUE && !c->levels[i].guard)
			return false;
	return c->depth <= CONDITION_DEPTH;
}
