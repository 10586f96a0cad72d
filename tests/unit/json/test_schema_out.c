/*
 * The other directions of the field tables: encode, publish, copy, free.
 */
#include <stdio.h>
#include <string.h>

#include "common/error.h"
#include "json/json.h"
#include "tests/unit/fieldtable.h"
#include "tests/unit/unit.h"

static struct error err;

static const char whole[] =
    "{\"text\":\"t\",\"words\":[\"a\",\"\"],\"count\":10,\"ratio\":0.25,"
    "\"flag\":false,\"mode\":true,\"colour\":\"blue\","
    "\"inner\":{\"depth\":2,\"name\":\"n\"},"
    "\"items\":[{\"depth\":-3,\"name\":\"x\"},{\"name\":\"y\"}],"
    "\"command\":[\"ls\",\"-l\"],"
    "\"schema\":{\"type\":\"object\"},\"inside\":\"i\"}";

static void
decode(const char *text, struct sample *out)
{
	struct json_object *object = json_parse(text, strlen(text), &err);

	memset(out, 0, sizeof(*out));
	error_clear(&err);
	ck_assert_msg(schema_decode(sample_fields, object, "", out, &err) == 0,
	    "%s", err.text);
	json_object_put(object);
}

static void
expect_encoded(const struct sample *in, const char *text)
{
	struct json_object *object = json_object_new_object();

	schema_encode(sample_fields, in, object);
	ck_assert_str_eq(json_text(object, NULL), text);
	json_object_put(object);
}

START_TEST(what_was_decoded_is_encoded)
{
	struct sample s;

	decode(whole, &s);
	expect_encoded(&s, whole);
	schema_clear(sample_fields, &s);
	decode("{\"command\":\"a; b\",\"flag\":true}", &s);
	expect_encoded(&s, "{\"flag\":true,\"items\":[],\"command\":\"a; b\"}");
	schema_clear(sample_fields, &s);
}
END_TEST

/* Values may be secrets. */
START_TEST(of_env_the_names)
{
	struct sample s;

	decode("{\"env\":{\"TOKEN\":\"hidden=1\",\"B\":\"\"},\"secret\":3}",
	    &s);
	expect_encoded(&s, "{\"items\":[],\"env\":[\"TOKEN\",\"B\"]}");
	schema_clear(sample_fields, &s);
}
END_TEST

START_TEST(copies_are_deep)
{
	struct sample s, copy;

	decode(whole, &s);
	memset(&copy, 0, sizeof(copy));
	schema_copy(sample_fields, &s, &copy);
	schema_clear(sample_fields, &s);
	expect_encoded(&copy, whole);
	schema_clear(sample_fields, &copy);
	decode("{\"env\":{\"A\":\"1\"},\"command\":\"x\"}", &s);
	schema_copy(sample_fields, &s, &copy);
	schema_clear(sample_fields, &s);
	ck_assert_str_eq(copy.env[0], "A=1");
	ck_assert_str_eq(copy.line, "x");
	ck_assert_ptr_null(copy.argv);
	schema_clear(sample_fields, &copy);
}
END_TEST

START_TEST(cleared_is_zero)
{
	static const struct sample zero;
	struct sample s;

	decode(whole, &s);
	schema_clear(sample_fields, &s);
	ck_assert_mem_eq(&s, &zero, sizeof(s));
	schema_clear(sample_fields, &s);
}
END_TEST

START_TEST(published)
{
	struct json_object *schema = schema_publish(sample_fields);

	ck_assert_str_eq(json_text(schema, NULL),
	    "{\"type\":\"object\",\"properties\":{"
	    "\"text\":{\"type\":\"string\",\"description\":\"a text\"},"
	    "\"words\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},"
	    "\"count\":{\"type\":\"integer\",\"maximum\":10,"
	    "\"default\":4},"
	    "\"ratio\":{\"type\":\"number\"},"
	    "\"flag\":{\"type\":\"boolean\"},"
	    "\"mode\":{\"type\":\"boolean\"},"
	    "\"colour\":{\"enum\":[\"red\",\"blue\"]},"
	    "\"inner\":{\"type\":\"object\",\"properties\":{"
	    "\"depth\":{\"type\":\"integer\",\"maximum\":3,"
	    "\"default\":1},\"name\":{\"type\":\"string\"}},"
	    "\"required\":[\"name\"]},"
	    "\"items\":{\"type\":\"array\",\"items\":{\"type\":\"object\","
	    "\"properties\":{\"depth\":{\"type\":\"integer\"},"
	    "\"name\":{\"type\":\"string\"}},\"required\":[\"name\"]},"
	    "\"maxItems\":2},"
	    "\"command\":{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"array\","
	    "\"items\":{\"type\":\"string\"}}]},"
	    "\"env\":{\"type\":\"object\"},"
	    "\"schema\":{\"type\":\"object\"},"
	    "\"inside\":{\"type\":\"string\",\"description\":\"embedded\"}}}");
	json_object_put(schema);
}
END_TEST

static const struct field seldom_fields[] = {
	STRING(struct inner, name, .named = true, .help = "not told"),
	INTEGER(struct inner, depth, .named = true),
	END_OF_FIELDS,
};

static const struct field brief_fields[] = {
	OBJECT(struct sample, inner, struct inner, .fields = seldom_fields,
	    .help = "Seldom."),
	STRINGS(struct sample, words, .once = true, .never_empty = true),
	INTEGER(struct sample, count, .max = 1001, .absent = -1),
	END_OF_FIELDS,
};

static const struct field twice_fields[] = {
	OBJECTS(struct sample, items, struct sample, .fields = brief_fields,
	    .max = 2, .names_only = true),
	{ .name = "", .type = FIELD_EMBED, .fields = brief_fields },
	END_OF_FIELDS,
};

START_TEST(published_in_brief)
{
	struct json_object *schema = schema_publish(twice_fields);

	ck_assert_str_eq(json_text(schema, NULL),
	    "{\"type\":\"object\",\"properties\":{"
	    "\"items\":{\"type\":\"array\",\"items\":{\"type\":\"object\","
	    "\"properties\":{\"inner\":{\"type\":\"object\"},"
	    "\"count\":{\"type\":\"integer\"}}},\"maxItems\":2},"
	    "\"inner\":{\"type\":\"object\",\"description\":"
	    "\"name, depth. Seldom.\"},"
	    "\"words\":{\"type\":\"array\",\"items\":{\"type\":\"string\"},"
	    "\"minItems\":1},"
	    "\"count\":{\"type\":\"integer\"}}}");
	json_object_put(schema);
}
END_TEST

START_TEST(names_of_choices)
{
	ck_assert_str_eq(choice_name(colours, BLUE), "blue");
	ck_assert_ptr_null(choice_name(colours, NONE));
	ck_assert_ptr_null(choice_name(colours, 77));
}
END_TEST

UNIT_SUITE
{
	unit_suite("schema_out", NULL, NULL, what_was_decoded_is_encoded,
	    of_env_the_names, copies_are_deep, cleared_is_zero, published,
	    published_in_brief, names_of_choices, NULL);
}
