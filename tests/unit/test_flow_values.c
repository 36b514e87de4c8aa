/* SPDX-License-Identifier: Apache-2.0 */
/* Abstract values and states: what joins keep and what they give up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "meta/flow/evidence.h"
#include "meta/flow/state.h"
#include "meta/flow/value.h"
#include "meta/model.h"

static int set_up(void **state)
{
	*state = values_create(NULL);
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	values_destroy(*state);
	return 0;
}

static uint32_t intern(struct values *values, struct value value)
{
	return values_intern(values, &value);
}

static void equal_values_are_one_number(void **state)
{
	struct values *v = *state;
	uint32_t a = intern(v, value_number(VALUE_CONSTANT, 24));

	assert_int_equal(intern(v, value_unknown()), VALUE_UNKNOWN);
	assert_int_not_equal(a, VALUE_UNKNOWN);
	for (int i = 0; i < 10000; i++)
		assert_int_not_equal(
			intern(v, value_number(VALUE_MULTIPLE, i + 2)), a);
	assert_int_equal(intern(v, value_number(VALUE_CONSTANT, 24)), a);
	assert_false(values_failed(v));
}

static void null_leaves_an_allocation_certain(void **state)
{
	struct values *v = *state;
	uint32_t site = intern(v, value_of_site(3));
	uint32_t null = intern(v, value_number(VALUE_CONSTANT, 0));

	assert_int_equal(values_join(v, site, null), site);
	assert_int_equal(values_join(v, null, site), site);
}

/* More than fit into one value: those behind them are kept in others. */
static void many_allocations_are_all_kept(void **state)
{
	enum { COUNT = 100 };
	struct values *v = *state;
	uint32_t up = VALUE_UNKNOWN, down = VALUE_UNKNOWN, found = 0, weak;

	for (uint32_t i = 0; i < COUNT; i++) {
		uint32_t low = intern(v, value_of_site(i));
		uint32_t high = intern(v, value_of_site(COUNT - 1 - i));

		up = i ? values_join(v, up, low) : low;
		down = i ? values_join(v, down, high) : high;
	}
	assert_int_equal(up, down);
	assert_int_equal(values_join(v, up, intern(v, value_of_site(50))), up);
	weak = values_weaken(v, up);
	for (const struct value *part = values_at(v, weak); part;
	     part = values_more(v, part))
		for (uint32_t i = 0; i < part->origin_count; i++, found++) {
			assert_int_equal(part->origins[i].site, found);
			assert_int_equal(part->origins[i].partial,
					 VALUE_SOMETIMES);
		}
	assert_int_equal(found, COUNT);
}

static void another_pointer_makes_an_allocation_partial(void **state)
{
	struct values *v = *state;
	uint32_t site = intern(v, value_of_site(3));
	uint32_t other = intern(v, value_pointer(7, 0));
	const struct value *joined = values_at(v, values_join(v, site, other));

	assert_int_equal(joined->origin_count, 1);
	assert_true(joined->origins[0].partial);
	assert_false(joined->is_pointer);
}

static void two_allocations_stay_certain(void **state)
{
	struct values *v = *state;
	uint32_t a = intern(v, value_of_site(9));
	uint32_t b = intern(v, value_of_site(4));
	uint32_t joined = values_join(v, a, b);
	const struct value *value = values_at(v, joined);

	assert_int_equal(value->origin_count, 2);
	assert_int_equal(value->origins[0].site, 4);
	assert_int_equal(value->origins[1].site, 9);
	assert_false(value->origins[0].partial);
	assert_false(value->origins[1].partial);
	assert_int_equal(values_join(v, b, a), joined);
	assert_int_equal(values_join(v, joined, a), joined);
}

static void a_join_of_many_allocations_is_bounded(void **state)
{
	struct values *v = *state;
	uint32_t joined = intern(v, value_of_site(0));

	for (uint32_t i = 1; i < 100; i++)
		joined = values_join(v, joined, intern(v, value_of_site(i)));
	assert_int_equal(values_at(v, joined)->origin_count, VALUE_ORIGINS);
}

static void shifts_move_what_they_can(void **state)
{
	struct value site = value_of_site(1), far;
	struct value multiple = value_number(VALUE_MULTIPLE, 24);
	struct value pointer = value_pointer(5, 8);

	(void)state;
	assert_int_equal(value_shift(&site, 16).origins[0].delta, 16);
	far = value_shift(&site, VALUE_FAR + 1);
	assert_int_equal(far.origins[0].delta, VALUE_INSIDE);
	far = value_shift(&far, -1);
	assert_int_equal(far.origins[0].delta, VALUE_INSIDE);
	assert_int_equal(value_inside(&site).origins[0].delta, VALUE_INSIDE);
	far = value_shift(&site, -VALUE_FAR - 1);
	assert_int_equal(far.origin_count, 0);
	far = value_shift(&multiple, 16);
	assert_int_equal(far.number, 24);
	assert_int_equal(far.type_offset, 16);
	assert_int_equal(value_divisor(&far), 8);
	far = value_shift(&far, 1LL << 30);
	assert_int_equal(far.number, 8);
	assert_int_equal(value_shift(&pointer, 4).type_offset, 12);
	assert_int_equal(value_shift(&pointer, 1LL << 40).is_pointer, 0);
}

/* 24n + 16 and 24m + 40 are multiples of 8; twice 24n + 16 is one of 16, and 32
 * of it was added. */
static void what_was_added_is_known_while_it_is_the_same(void **state)
{
	struct values *v = *state;
	struct value multiple = value_number(VALUE_MULTIPLE, 24);
	struct value a = value_shift(&multiple, 16);
	struct value b = value_shift(&multiple, 40);
	struct value twice = value_times(&a, 2);
	uint32_t same = values_join(v, intern(v, a), intern(v, a));
	uint32_t either = values_join(v, intern(v, a), intern(v, b));

	assert_int_equal(values_at(v, same)->number, 24);
	assert_int_equal(values_at(v, same)->type_offset, 16);
	assert_int_equal(values_at(v, either)->number, 8);
	assert_int_equal(values_at(v, either)->type_offset, 0);
	assert_int_equal(twice.number, 48);
	assert_int_equal(twice.type_offset, 32);
	assert_int_equal(value_divisor(&twice), 16);
	assert_int_equal(value_times(&a, 0).kind, VALUE_ANY);
}

/* 8n + 8 * 8n is 72n; of n and some m nobody knows. */
static void multiples_of_one_number_add_up(void **state)
{
	struct values *v = *state;
	struct value eight = value_number(VALUE_MULTIPLE, 8), sum;
	struct value other = eight, number = value_unknown();
	uint32_t joined;

	assert_true(value_is_unnamed(&number));
	assert_false(value_add_multiples(&eight, &eight, 8, &sum));
	eight.multiplied = number.multiplied = 5;
	other.multiplied = 6;
	assert_false(value_is_unnamed(&number));
	assert_false(value_add_multiples(&eight, &other, 8, &sum));
	assert_true(value_add_multiples(&eight, &eight, 8, &sum));
	assert_int_equal(sum.kind, VALUE_MULTIPLE);
	assert_int_equal(sum.number, 72);
	assert_true(value_add_multiples(&sum, &number, -1, &sum));
	assert_int_equal(sum.number, 71);
	assert_false(value_add_multiples(&number, &number, -1, &sum));
	eight.type_offset = 16; /* 8 * (n + 2) */
	assert_true(value_add_multiples(&eight, &eight, 2, &sum));
	assert_int_equal(sum.number, 24);
	assert_int_equal(sum.type_offset, 48);
	eight.type_offset = 0;
	joined = values_join(v, intern(v, eight), intern(v, other));
	assert_int_equal(values_at(v, joined)->number, 8);
	assert_int_equal(values_at(v, joined)->multiplied, 0);
}

static void slots_are_kept_by_offset(void **state)
{
	struct state s = { .slot_count = 0 };

	(void)state;
	for (int i = 0; i < 100; i++)
		state_set_slot(&s, (i * 37 % 100) * 8 - 400, (uint32_t)i + 1);
	for (int i = 0; i < 100; i++)
		assert_int_equal(state_slot(&s, (i * 37 % 100) * 8 - 400),
				 i + 1);
	state_set_slot(&s, 0, VALUE_UNKNOWN);
	assert_int_equal(state_slot(&s, 0), VALUE_UNKNOWN);
	assert_int_equal(s.slot_count, 99);
	assert_int_equal(state_slot(&s, 1), VALUE_UNKNOWN);
	state_deinit(&s);
}

static void states_join_to_a_fixed_point(void **state)
{
	struct values *v = *state;
	struct state a = { .reached = true }, b = { .reached = true };
	bool changed;

	a.registers[3] = intern(v, value_of_site(1));
	state_set_slot(&a, -16, intern(v, value_of_site(2)));
	state_set_slot(&b, -24, intern(v, value_number(VALUE_CONSTANT, 8)));
	assert_int_equal(state_join(v, &a, &b, &changed), STATUS_OK);
	assert_true(changed);
	assert_true(values_at(v, a.registers[3])->origins[0].partial);
	assert_true(values_at(v, state_slot(&a, -16))->origins[0].partial);
	assert_int_equal(state_slot(&a, -24), VALUE_UNKNOWN);
	assert_int_equal(state_join(v, &a, &b, &changed), STATUS_OK);
	assert_false(changed);
	state_deinit(&a);
	state_deinit(&b);
}

static void evidence_is_counted_once(void **state)
{
	struct evidence_list list = { .count = 0 };
	struct evidence e = { .type = 4, .kind = EVIDENCE_MEMBER };

	(void)state;
	assert_int_equal(evidence_add(&list, &e), STATUS_OK);
	assert_int_equal(evidence_add(&list, &e), STATUS_OK);
	assert_int_equal(list.count, 1);
	e.partial = true;
	assert_int_equal(evidence_add(&list, &e), STATUS_OK);
	assert_int_equal(list.count, 2);
	assert_true(evidence_weight(&list.at[1]) <
		    evidence_weight(&list.at[0]));
	evidence_deinit(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(equal_values_are_one_number,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			null_leaves_an_allocation_certain, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			many_allocations_are_all_kept, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			another_pointer_makes_an_allocation_partial, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(two_allocations_stay_certain,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_join_of_many_allocations_is_bounded, set_up,
			tear_down),
		cmocka_unit_test(shifts_move_what_they_can),
		cmocka_unit_test_setup_teardown(
			what_was_added_is_known_while_it_is_the_same,
			set_up, tear_down),
		cmocka_unit_test_setup_teardown(multiples_of_one_number_add_up,
						set_up, tear_down),
		cmocka_unit_test(slots_are_kept_by_offset),
		cmocka_unit_test_setup_teardown(states_join_to_a_fixed_point,
						set_up, tear_down),
		cmocka_unit_test(evidence_is_counted_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
