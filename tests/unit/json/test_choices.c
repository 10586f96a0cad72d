/*
 * Questions with options.
 */
#include <string.h>

#include "common/error.h"
#include "common/mem.h"
#include "json/choices.h"
#include "json/json.h"
#include "tests/unit/unit.h"

static const char asked[] =
    "{\"questions\":[{\"question\":\"Which?\",\"header\":\"DB\",\"options\":["
    "{\"label\":\"Postgres\",\"description\":\"large\"},{\"label\":\"SQLite\"}],"
    "\"multiSelect\":false},{\"question\":\"Why?\"}]}";

static struct json_object *
input(const char *text)
{
	struct error err;

	return json_parse(text, strlen(text), &err);
}

START_TEST(which)
{
	struct json_object *in = input(asked), *other = input("{\"a\":1}");

	ck_assert(choices_are("AskUserQuestion", in));
	ck_assert(!choices_are("Bash", in));
	ck_assert(!choices_are("AskUserQuestion", other));
	ck_assert_uint_eq(choices_count(in), 2);
	ck_assert_str_eq(choices_label(choices_at(in, 0), 1), "SQLite");
	ck_assert_uint_eq(choices_options(choices_at(in, 1)), 0);
	json_object_put(in);
	json_object_put(other);
}
END_TEST

START_TEST(answered)
{
	struct json_object *in = input(asked), *out;
	char first[] = "postgres", second[] = "my own words";
	char *answers[] = { first, second, NULL };
	struct error err;

	out = choices_answer(in, answers, &err);
	ck_assert_str_eq(json_text(json_object_at(out, "answers"), NULL),
	    "{\"Which?\":\"Postgres\",\"Why?\":\"my own words\"}");
	ck_assert_ptr_null(json_object_at(in, "answers"));
	json_object_put(out);
	answers[1] = NULL;
	ck_assert_ptr_null(choices_answer(in, answers, &err));
	ck_assert_ptr_nonnull(strstr(err.text, "expected 2 answers"));
	json_object_put(in);
}
END_TEST

UNIT_SUITE
{
	unit_suite("choices", NULL, NULL, which, answered, NULL);
}
