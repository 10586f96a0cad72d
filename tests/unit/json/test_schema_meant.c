/*
 * What clients send: values encoded once more than they should be, and empty
 * ones for what is not given.
 */
#include <string.h>

#include "common/error.h"
#include "json/json.h"
#include "tests/unit/fieldtable.h"
#include "tests/unit/unit.h"

static struct sample out;
static struct error err;

static void
teardown(void)
{
	schema_clear(sample_fields, &out);
}

static int
decode(const char *text)
{
	struct json_object *value = json_parse(text, strlen(text), &err);
	int problems;

	ck_assert_msg(value != NULL, "%s", text);
	schema_clear(sample_fields, &out);
	error_clear(&err);
	problems = schema_decode_call(sample_fields, value, &out, &err);
	json_object_put(value);
	return problems;
}

static void
expect_good(const char *text)
{
	ck_assert_msg(decode(text) == 0, "%s: %s", text, err.text);
}

static void
expect_problem(const char *text, const char *problem)
{
	ck_assert_int_eq(decode(text), 1);
	ck_assert_str_eq(err.text, problem);
}

START_TEST(json_in_json)
{
	expect_good("{\"count\":\"5\",\"ratio\":\"0.5\",\"flag\":\"true\","
		    "\"words\":\"[\\\"a\\\",\\\"b\\\"]\","
		    "\"inner\":\"{\\\"name\\\":\\\"n\\\","
		    "\\\"depth\\\":\\\"-2\\\"}\","
		    "\"items\":\"[{\\\"name\\\":\\\"x\\\"}]\","
		    "\"env\":\"{\\\"A\\\":\\\"1\\\"}\","
		    "\"schema\":\"{\\\"type\\\":\\\"object\\\"}\","
		    "\"text\":\"[7]\"}");
	ck_assert_int_eq(out.count, 5);
	ck_assert_double_eq(out.ratio, 0.5);
	ck_assert_int_eq(out.flag, 1);
	ck_assert_str_eq(out.words[1], "b");
	ck_assert_str_eq(out.inner.name, "n");
	ck_assert_int_eq(out.inner.depth, -2);
	ck_assert_str_eq(((struct inner *)out.items.items)->name, "x");
	ck_assert_str_eq(out.env[0], "A=1");
	ck_assert_str_eq(out.schema, "{\"type\":\"object\"}");
	ck_assert_str_eq(out.text, "[7]"); /* a string is a string */
	expect_good("{\"items\":[\"{\\\"name\\\":\\\"x\\\"}\"]}");
	ck_assert_str_eq(((struct inner *)out.items.items)->name, "x");
	expect_good("\"{\\\"count\\\":7}\"");
	ck_assert_int_eq(out.count, 7);
}
END_TEST

START_TEST(commands)
{
	expect_good("{\"command\":\"[\\\"echo\\\", \\\"$(date)\\\"]\"}");
	ck_assert_ptr_null(out.line);
	ck_assert_str_eq(out.argv[1], "$(date)");
	expect_good("{\"command\":\"[ -e x ] && echo y\"}");
	ck_assert_str_eq(out.line, "[ -e x ] && echo y");
	expect_good("{\"command\":\"[1]\"}");
	ck_assert_str_eq(out.line, "[1]");
	expect_good("{\"command\":\"[]\"}");
	ck_assert_str_eq(out.line, "[]");
	expect_good("{\"command\":\"true\"}");
	ck_assert_str_eq(out.line, "true");
}
END_TEST

START_TEST(what_is_no_json_of_its_type)
{
	expect_problem("{\"count\":\"five\"}",
	    "count: expected an integer, got string");
	expect_problem("{\"count\":\"5.5\"}",
	    "count: expected an integer, got a fraction");
	expect_problem("{\"count\":\"[5]\"}",
	    "count: expected an integer, got string");
	expect_problem("{\"count\":\"11\"}",
	    "count: 11 is out of range, allowed are 1 to 10");
	expect_problem("{\"flag\":\"1\"}",
	    "flag: expected true or false, got string");
	expect_problem("{\"inner\":\"{\"}",
	    "inner: expected an object, got string");
	expect_problem("{\"items\":[\"\"]}",
	    "items[0]: expected an object, got string");
	expect_problem("{\"words\":\"[1]\"}",
	    "words[0]: expected a string, got integer");
	expect_problem("\"[]\"", "expected an object, got string");
	expect_good("{\"words\":\"[a]\"}");
	ck_assert_str_eq(out.words[0], "[a]");
}
END_TEST

START_TEST(empty_is_absent)
{
	expect_good("{\"text\":\"\",\"words\":\"\",\"count\":\"\","
		    "\"ratio\":\"\",\"flag\":\"\",\"colour\":\"\","
		    "\"inner\":\"\",\"items\":\"\",\"command\":\"\","
		    "\"env\":\"\",\"schema\":\"\",\"inside\":\"\"}");
	ck_assert_ptr_null(out.text);
	ck_assert_ptr_null(out.words);
	ck_assert_int_eq(out.count, 4);
	ck_assert_int_eq(out.flag, -1);
	ck_assert_int_eq(out.colour, RED);
	ck_assert_int_eq(out.inner.depth, 1);
	ck_assert_uint_eq(out.items.n, 0);
	ck_assert_ptr_null(out.line);
	ck_assert_ptr_null(out.embedded.inside);
	expect_good("{\"words\":[],\"inner\":{},\"items\":[],\"command\":[],"
		    "\"env\":{},\"schema\":{}}");
	ck_assert_ptr_null(out.words);
	ck_assert_ptr_null(out.argv);
	ck_assert_ptr_null(out.env);
	ck_assert_ptr_null(out.schema);
	expect_good("{\"words\":\"[]\",\"schema\":\"{}\"}");
	ck_assert_ptr_null(out.words);
	ck_assert_ptr_null(out.schema);
	expect_good("{\"words\":[\"\"],\"count\":null}");
	ck_assert_str_eq(out.words[0], "");
	expect_good("{\"inner\":{\"name\":\"\",\"depth\":\"\"}}");
	ck_assert_str_eq(out.inner.name, ""); /* it is required */
	ck_assert_int_eq(out.inner.depth, 1);
}
END_TEST

START_TEST(empty_is_a_mistake)
{
	expect_problem("{\"chosen\":\"\"}",
	    "chosen: is empty; say what is meant, or leave it out");
	expect_problem("{\"chosen\":[]}",
	    "chosen: is empty; say what is meant, or leave it out");
	expect_problem("{\"chosen\":\"[]\"}",
	    "chosen: is empty; say what is meant, or leave it out");
	expect_problem("{\"only\":\"\"}",
	    "only: is empty; say what is meant, or leave it out");
	expect_good("{\"chosen\":null,\"only\":null}");
	ck_assert_ptr_null(out.chosen);
}
END_TEST

UNIT_SUITE
{
	unit_suite("schema_meant", NULL, teardown, json_in_json, commands,
	    what_is_no_json_of_its_type, empty_is_absent, empty_is_a_mistake,
	    NULL);
}
