/*
 * Decoding by field tables: what is taken, and the words of what is not.
 */
#include <stdio.h>
#include <stdlib.h>
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
decode_as(const char *text, const char *where)
{
	struct json_object *object = json_parse(text, strlen(text), &err);
	int problems;

	ck_assert_msg(object != NULL, "%s", text);
	schema_clear(sample_fields, &out);
	error_clear(&err);
	problems = schema_decode(sample_fields, object, where, &out, &err);
	json_object_put(object);
	return problems;
}

static void
expect_good(const char *text)
{
	ck_assert_msg(decode_as(text, "") == 0, "%s: %s", text, err.text);
	ck_assert_int_eq(err.code, ERR_NONE);
}

/* Json is the object; problems is what must be said of it. */
static void
expect_problems(const char *json, int n, const char *problems)
{
	int found = decode_as(json, "");

	ck_assert_str_eq(err.text, problems);
	ck_assert_int_eq(found, n);
	ck_assert_int_eq(err.code, ERR_INVALID);
}

static void
expect_problem(const char *json, const char *problem)
{
	expect_problems(json, 1, problem);
}

START_TEST(absent_values)
{
	expect_good("{}");
	ck_assert_ptr_null(out.text);
	ck_assert_ptr_null(out.words);
	ck_assert_int_eq(out.count, 4);
	ck_assert_double_eq(out.ratio, 0);
	ck_assert_int_eq(out.flag, -1);
	ck_assert_int_eq(out.mode, 0);
	ck_assert_int_eq(out.colour, RED);
	ck_assert_int_eq(out.inner.depth, 1);
	ck_assert_uint_eq(out.items.n, 0);
	ck_assert_ptr_null(out.line);
	ck_assert_ptr_null(out.argv);
	ck_assert_ptr_null(out.env);
	ck_assert_ptr_null(out.schema);
	schema_clear(sample_fields, &out);
	error_clear(&err);
	ck_assert_int_eq(schema_decode(sample_fields, NULL, "", &out, &err), 0);
	ck_assert_int_eq(out.count, 4);
}
END_TEST

START_TEST(null_is_absent)
{
	expect_good("{\"text\":null,\"count\":null,\"inner\":null,"
		    "\"items\":null,\"command\":null}");
	ck_assert_int_eq(out.count, 4);
	ck_assert_int_eq(out.inner.depth, 1);
}
END_TEST

START_TEST(every_type)
{
	const struct inner *items;

	expect_good("{\"text\":\"t\",\"words\":[\"a\",\"\"],\"count\":10,"
		    "\"ratio\":2,\"flag\":false,\"mode\":true,"
		    "\"colour\":\"blue\",\"inner\":{\"name\":\"n\"},"
		    "\"items\":[{\"name\":\"x\",\"depth\":-3},"
		    "{\"name\":\"y\"}],\"command\":\"ls\","
		    "\"env\":{\"A\":\"1=2\",\"B\":\"\"},"
		    "\"schema\":{\"type\":\"object\"},\"inside\":\"i\","
		    "\"secret\":9}");
	ck_assert_str_eq(out.text, "t");
	ck_assert_str_eq(out.words[0], "a");
	ck_assert_str_eq(out.words[1], "");
	ck_assert_ptr_null(out.words[2]);
	ck_assert_int_eq(out.count, 10);
	ck_assert_double_eq(out.ratio, 2);
	ck_assert_int_eq(out.flag, 0);
	ck_assert_int_eq(out.mode, 5);
	ck_assert_int_eq(out.colour, BLUE);
	ck_assert_str_eq(out.inner.name, "n");
	ck_assert_uint_eq(out.items.n, 2);
	items = out.items.items;
	ck_assert_int_eq(items[0].depth, -3);
	ck_assert_int_eq(items[1].depth, 1);
	ck_assert_str_eq(items[1].name, "y");
	ck_assert_str_eq(out.line, "ls");
	ck_assert_ptr_null(out.argv);
	ck_assert_str_eq(out.env[0], "A=1=2");
	ck_assert_str_eq(out.env[1], "B=");
	ck_assert_str_eq(out.schema, "{\"type\":\"object\"}");
	ck_assert_str_eq(out.embedded.inside, "i");
	ck_assert_int_eq(out.secret, 9);
}
END_TEST

START_TEST(strings)
{
	expect_problem("{\"text\":7}", "text: expected a string, got integer");
	expect_problem("{\"text\":\"\"}", "text: is empty");
	expect_good("{\"text\":\"12345678\"}");
	expect_problem("{\"text\":\"123456789\"}",
	    "text: is 9 bytes long, the most allowed are 8");
	expect_problem("{\"text\":\"a\\u0000b\"}",
	    "text: has a NUL character inside, which no program can be "
	    "given; remove it");
}
END_TEST

START_TEST(vectors_of_strings)
{
	expect_good("{\"words\":[]}");
	ck_assert_ptr_null(out.words[0]);
	expect_good("{\"words\":\"alone\"}");
	ck_assert_str_eq(out.words[0], "alone");
	ck_assert_ptr_null(out.words[1]);
	expect_problem("{\"words\":[\"t7\",7]}",
	    "words[1]: expected a string, got integer");
	expect_problem("{\"words\":{}}",
	    "words: expected an array of strings, got object");
	expect_problem("{\"words\":[\"\",\"\",\"\",\"\"]}",
	    "words: has 4 items, allowed are 0 to 3");
	expect_problems("{\"words\":[null,true,1.5]}", 3,
	    "words[0]: expected a string, got null; words[1]: expected a "
	    "string, got boolean; words[2]: expected a string, got number");
}
END_TEST

START_TEST(seconds)
{
	static const struct field fields[] = {
		INTEGER(struct sample, count, .max = 100000),
		{ .name = "wait_s",
		    .type = FIELD_INTEGER,
		    .offset = offsetof(struct sample, count),
		    .max = 100000 },
		END_OF_FIELDS,
	};
	static const struct {
		const char *text;
		int64_t want; /* -1: none */
	} cases[] = {
		{ "{\"wait_s\":\"10m\"}", 600 },
		{ "{\"wait_s\":\"1.5h\"}", 5400 },
		{ "{\"wait_s\":\"7\"}", 7 },
		{ "{\"wait_s\":\"2d\"}", -1 },
		{ "{\"wait_s\":\"soon\"}", -1 },
		{ "{\"count\":\"10m\"}", -1 },
	};
	struct json_object *object;
	struct sample got;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&got, 0, sizeof(got));
		object = json_parse(cases[i].text, strlen(cases[i].text), &err);
		error_clear(&err);
		if (cases[i].want == -1)
			ck_assert_int_eq(schema_decode(fields, object, "", &got,
					     &err),
			    1);
		else {
			ck_assert_int_eq(schema_decode(fields, object, "", &got,
					     &err),
			    0);
			ck_assert_int_eq(got.count, cases[i].want);
		}
		json_object_put(object);
	}
}
END_TEST

START_TEST(integers)
{
	expect_good("{\"count\":5.0}");
	ck_assert_int_eq(out.count, 5);
	expect_good("{\"count\":1e1}");
	ck_assert_int_eq(out.count, 10);
	expect_problem("{\"count\":\"5\"}",
	    "count: expected an integer, got string");
	expect_problem("{\"count\":1.5}",
	    "count: expected an integer, got a fraction");
	expect_problem("{\"count\":0}",
	    "count: 0 is out of range, allowed are 1 to 10");
	expect_problem("{\"count\":-11}",
	    "count: -11 is out of range, allowed are 1 to 10");
	expect_problem("{\"count\":99999999999999999999}",
	    "count: 9223372036854775807 is out of range, allowed are 1 to 10");
	ck_assert_int_eq(decode_as("{\"count\":1e300}", ""), 1);
	ck_assert_int_eq(out.count, 4);
	expect_good("{\"secret\":-9223372036854775808}");
	ck_assert_int_eq(out.secret, INT64_MIN);
}
END_TEST

START_TEST(numbers)
{
	expect_good("{\"ratio\":0.25}");
	ck_assert_double_eq(out.ratio, 0.25);
	expect_problem("{\"ratio\":\"1\"}",
	    "ratio: expected a number, got string");
	expect_problem("{\"ratio\":-0.5}",
	    "ratio: -0.5 is out of range, allowed are 0 to 100");
	expect_problem("{\"ratio\":100.5}",
	    "ratio: 100.5 is out of range, allowed are 0 to 100");
	expect_problem("{\"ratio\":1e999}", "ratio: is no finite number");
}
END_TEST

START_TEST(booleans_and_choices)
{
	expect_problem("{\"flag\":1}",
	    "flag: expected true or false, got integer");
	expect_problem("{\"colour\":\"green\"}",
	    "colour: expected one of red, blue; got \"green\"");
	expect_problem("{\"colour\":1}",
	    "colour: expected one of red, blue; got integer");
	expect_good("{\"flag\":true,\"mode\":false}");
	ck_assert_int_eq(out.flag, 1);
	ck_assert_int_eq(out.mode, 0);
}
END_TEST

START_TEST(objects_inside)
{
	expect_problem("{\"inner\":{}}", "inner.name: is required");
	expect_problem("{\"inner\":[]}",
	    "inner: expected an object, got array");
	expect_problem("{\"items\":[]}",
	    "items: has 0 items, allowed are 1 to 2");
	expect_problem("{\"items\":{}}",
	    "items: expected an array of objects, got object");
	expect_problems("{\"items\":[7,{\"depth\":4}]}", 3,
	    "items[0]: expected an object, got integer; items[1].depth: 4 is "
	    "out of range, allowed are -3 to 3; items[1].name: is required");
}
END_TEST

START_TEST(commands)
{
	expect_good("{\"command\":[\"ls\",\"\"]}");
	ck_assert_ptr_null(out.line);
	ck_assert_str_eq(out.argv[0], "ls");
	ck_assert_str_eq(out.argv[1], "");
	ck_assert_ptr_null(out.argv[2]);
	expect_problem("{\"command\":\"\"}", "command: is empty");
	expect_problem("{\"command\":{}}",
	    "command: expected a string or an array of strings, got object");
	expect_problem("{\"command\":[]}",
	    "command: has 0 items, allowed are 1 to 4");
	expect_problem("{\"command\":[\"\"]}",
	    "command: needs a program as its first item");
	expect_problem("{\"command\":[1]}",
	    "command[0]: expected a string, got integer");
}
END_TEST

START_TEST(environments)
{
	expect_problem("{\"env\":[]}",
	    "env: expected an object of strings, got array");
	expect_problem("{\"env\":{\"A\":1}}",
	    "env.A: expected a string, got integer");
	expect_problem("{\"env\":{\"A=\":\"\"}}",
	    "env.A=: is no name of an environment variable");
	expect_problem("{\"env\":{\"\":\"\"}}",
	    "env.: is no name of an environment variable");
	ck_assert_int_eq(decode_as("{\"env\":{\"A\":\"\\u0000\"}}", ""), 1);
}
END_TEST

START_TEST(json_members)
{
	expect_problem("{\"schema\":\"{}\"}",
	    "schema: expected an object, got string");
}
END_TEST

START_TEST(unknown_keys)
{
	expect_problem("{\"txt\":1}",
	    "txt: is not known here; known are text, words, count, ratio, "
	    "flag, mode, colour, inner, items, command, env, schema, inside");
	expect_problem("{\"inner\":{\"name\":\"\",\"x\":1}}",
	    "inner.x: is not known here; known are depth, name");
}
END_TEST

START_TEST(all_problems_at_once)
{
	ck_assert_int_eq(decode_as("{\"text\":1,\"count\":\"\",\"flag\":0}",
			     "tasks[3]."),
	    3);
	ck_assert_str_eq(err.text,
	    "tasks[3].text: expected a string, got integer; "
	    "tasks[3].count: expected an integer, got string; "
	    "tasks[3].flag: expected true or false, got integer");
}
END_TEST

START_TEST(no_object_at_all)
{
	expect_problem("[]", "expected an object, got array");
}
END_TEST

START_TEST(more_problems_than_room)
{
	char text[20000] = "{";
	size_t len = 1;
	int i;

	for (i = 0; i < 500; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    "\"unknown-key-%d\":%d,", i, i);
	snprintf(text + len, sizeof(text) - len, "\"z\":1}");
	ck_assert_int_eq(decode_as(text, ""), 501);
	ck_assert_str_eq(err.text + strlen(err.text) - 3, "...");
}
END_TEST

START_TEST(loading_is_lenient)
{
	static const char text[] = "{\"newer\":1,\"count\":3,\"env\":[\"A\"]}";
	struct json_object *object = json_parse(text, strlen(text), &err);

	ck_assert_int_eq(schema_load(sample_fields, object, &out, &err), 0);
	ck_assert_int_eq(out.count, 3);
	ck_assert_ptr_null(out.env);
	json_object_put(object);
	schema_clear(sample_fields, &out);
	object = json_parse("{\"count\":\"x\"}", 13, &err);
	ck_assert_int_eq(schema_load(sample_fields, object, &out, &err), 1);
	ck_assert_str_eq(err.text, "count: expected an integer, got string");
	json_object_put(object);
}
END_TEST

UNIT_SUITE
{
	unit_suite("schema", NULL, teardown, absent_values, null_is_absent,
	    every_type, strings, vectors_of_strings, seconds, integers, numbers,
	    booleans_and_choices, objects_inside, commands, environments,
	    json_members, unknown_keys, all_problems_at_once, no_object_at_all,
	    more_problems_than_room, loading_is_lenient, NULL);
}
