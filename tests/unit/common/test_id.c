/*
 * Tests of common/id.c.
 */
#include <stdio.h>

#include <check.h>

#undef fail /* libcheck's, deprecated: it hides the one of error.h */

#include "common/id.h"
#include "tests/unit/unit.h"

#define UUID "9f1c0c9e-5d0f-4f5e-8a53-0c7b3c1a2d4e"

START_TEST(numbers)
{
	static const struct {
		const char *id;
		uint64_t number;
	} cases[] = {
		{ "t7", 7 },
		{ "g12", 12 },
		{ "t7-" UUID, 7 },
		{ "t18446744073709551615", UINT64_MAX },
		{ "t18446744073709551616", 0 },
		{ "7", 0 },
		{ "t", 0 },
		{ "t-7", 0 },
		{ "t+7", 0 },
		{ "t 7", 0 },
		{ "t7x", 0 },
		{ "x7", 0 },
		{ "", 0 },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_uint_eq(id_number(cases[i].id), cases[i].number);
}
END_TEST

START_TEST(as_written)
{
	char text[80];

	snprintf(text, sizeof(text), TASK_NAME, (uint64_t)7, UUID);
	ck_assert_str_eq(text, "t7-" UUID);
	ck_assert(id_is_task_name(text));
	ck_assert_uint_eq(id_number(text), 7);
	snprintf(text, sizeof(text), TASK_ID " " GROUP_ID " " ENTRY_NAME,
	    (uint64_t)7, (uint64_t)8, (uint64_t)9, "x");
	ck_assert_str_eq(text, "t7 g8 9-x");
}
END_TEST

START_TEST(no_names_of_tasks)
{
	static const char *const texts[] = { "", "t7", "g7-" UUID, "7-" UUID,
		"t-" UUID, "t7-" UUID "0", "t7-", "t7-\"" UUID,
		"t7-9F1C0C9E-5D0F-4F5E-8A53-0C7B3C1A2D4E" };
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ck_assert(!id_is_task_name(texts[i]));
}
END_TEST

UNIT_SUITE
{
	unit_suite("id", NULL, NULL, numbers, as_written, no_names_of_tasks,
	    NULL);
}
