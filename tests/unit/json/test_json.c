/*
 * json-c with its traps closed.
 */
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/limits.h"
#include "common/mem.h"
#include "json/json.h"
#include "tests/unit/unit.h"

static struct error err;

static void
setup(void)
{
	memset(&err, 'x', sizeof(err)); /* who fails fills it */
	err.text[sizeof(err.text) - 1] = '\0';
}

static struct json_object *
parse(const char *text)
{
	return json_parse(text, strlen(text), &err);
}

static void
expect(struct json_object *object, const char *text)
{
	size_t len;

	ck_assert_str_eq(json_text(object, &len), text);
	ck_assert_uint_eq(len, strlen(text));
	json_object_put(object);
}

START_TEST(values_at_the_top)
{
	expect(parse("{}"), "{}");
	expect(parse(" [1, 2] "), "[1,2]");
	expect(parse("7"), "7");
	expect(parse("-0.5"), "-0.5");
	expect(parse("true"), "true");
	expect(parse("\"a/\\u20ac\""), "\"a/\xe2\x82\xac\"");
}
END_TEST

/* For null there is no value that could be returned. */
START_TEST(null_at_the_top_is_an_error)
{
	ck_assert_ptr_null(parse("null"));
	ck_assert_int_eq(err.code, ERR_INVALID);
	ck_assert_int_lt(strlen(err.text), 200);
}
END_TEST

START_TEST(what_json_c_would_take)
{
	static const char *const texts[] = { "", "{'a':1}", "[NaN]",
		"{\"a\":1,}", "{} {}", "[\"\x01\"]", "\"\xff\"",
		"{\"a\\u0000b\":1}", "[01]", "{\"a\":1", "nul" };
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		err.code = ERR_NONE;
		ck_assert_msg(parse(texts[i]) == NULL, "%s", texts[i]);
		ck_assert_int_eq(err.code, ERR_INVALID);
	}
}
END_TEST

START_TEST(the_tokener_recovers)
{
	ck_assert_ptr_null(parse("{\"a\":"));
	expect(parse("{\"b\":1}"), "{\"b\":1}");
}
END_TEST

START_TEST(depth_is_bounded)
{
	char text[2 * JSON_MAX_DEPTH + 3];
	int i;

	for (i = 0; i < JSON_MAX_DEPTH; i++) {
		text[i] = '[';
		text[2 * JSON_MAX_DEPTH - 1 - i] = ']';
	}
	text[2 * JSON_MAX_DEPTH] = '\0';
	expect(parse(text), text);
	memset(text, '[', JSON_MAX_DEPTH + 1);
	memset(text + JSON_MAX_DEPTH + 1, ']', JSON_MAX_DEPTH + 1);
	text[2 * JSON_MAX_DEPTH + 2] = '\0';
	ck_assert_ptr_null(parse(text));
	ck_assert_int_eq(err.code, ERR_LIMIT);
}
END_TEST

START_TEST(size_is_bounded)
{
	size_t len = LINE_MAX_BYTES + 1;
	char *text = xcalloc(1, len + 1);

	memset(text, ' ', len);
	text[0] = '1';
	ck_assert_ptr_null(json_parse(text, len, &err));
	ck_assert_str_eq(err.text,
	    "10485761 bytes of JSON, the most allowed are 10485760");
	free(text);
}
END_TEST

START_TEST(getters_test_the_type)
{
	struct json_object *o =
	    parse("{\"s\":\"7\",\"i\":7,\"d\":1.5,\"b\":true,"
		  "\"n\":null,\"o\":{},\"a\":[],\"inf\":1e400}");
	int64_t i = -1;
	double d = -1;
	bool b = false;

	ck_assert_ptr_null(json_member(o, "n"));
	ck_assert_ptr_null(json_member(o, "none"));
	ck_assert_ptr_null(json_member(NULL, "s"));
	ck_assert_ptr_null(json_member(json_member(o, "a"), "s"));
	ck_assert_str_eq(json_string_at(o, "s"), "7");
	ck_assert_ptr_null(json_string_at(o, "i"));
	ck_assert_ptr_nonnull(json_object_at(o, "o"));
	ck_assert_ptr_null(json_object_at(o, "a"));
	ck_assert_ptr_nonnull(json_array_at(o, "a"));
	ck_assert_ptr_null(json_array_at(o, "o"));
	ck_assert(!json_int_at(o, "s", &i) && !json_int_at(o, "d", &i));
	ck_assert_int_eq(i, -1);
	ck_assert(json_int_at(o, "i", &i) && i == 7);
	ck_assert(!json_number_at(o, "s", &d) && d == -1);
	ck_assert(json_number_at(o, "d", &d) && d == 1.5);
	ck_assert(json_number_at(o, "i", &d) && d == 7);
	ck_assert(!json_number_at(o, "inf", &d) && d == 7);
	ck_assert(!json_bool_at(o, "i", &b) && !b);
	ck_assert(json_bool_at(o, "b", &b) && b);
	json_object_put(o);
}
END_TEST

START_TEST(adding)
{
	struct json_object *o = json_object_new_object();
	char a[] = "a", e[] = "", *v[] = { a, e, NULL };

	json_add_string(o, "s", "a/b\xff\"");
	json_add_string(o, "s0", NULL);
	json_add_int(o, "i", INT64_MIN);
	json_add_known(o, "k", 0);
	json_add_known(o, "k0", -1);
	json_add_number(o, "d", 0.1);
	json_add_number(o, "d0", -1);
	json_add_number(o, "d1", INFINITY);
	json_add_bool(o, "b", false);
	json_add_strv(o, "v", v);
	json_add_strv(o, "v0", NULL);
	json_add_text(o, "t", "{\"x\":[1]}");
	json_add_text(o, "t0", "{");
	json_add_text(o, "t1", NULL);
	json_add_time(o, "at", 1795335858118);
	json_add_time(o, "at0", 0);
	expect(o,
	    "{\"s\":\"a/b\xef\xbf\xbd\\\"\",\"s0\":null,"
	    "\"i\":-9223372036854775808,\"k\":0,\"k0\":null,\"d\":0.1,"
	    "\"d0\":null,\"d1\":null,\"b\":false,\"v\":[\"a\",\"\"],"
	    "\"v0\":[],\"t\":{\"x\":[1]},\"t0\":null,\"t1\":null,"
	    "\"at\":\"2026-11-22T08:24:18.118Z\",\"at0\":null}");
}
END_TEST

START_TEST(words_of_types)
{
	struct json_object *a = parse("[{},[],\"\",1,1.5,true,null]");
	static const char *const words[] = { "object", "array", "string",
		"integer", "number", "boolean", "null" };
	size_t i;

	for (i = 0; i < 7; i++)
		ck_assert_str_eq(json_type_word(json_object_array_get_idx(a,
				     i)),
		    words[i]);
	json_object_put(a);
}
END_TEST

START_TEST(reading_files)
{
	int fd = open(unit_dir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	unit_write("good", "{\"a\":1}\n");
	unit_write("bad", "{");
	unit_write("null", "null");
	ck_assert_int_eq(symlink("good", unit_path("link")), 0);
	ck_assert_int_eq(mkdir(unit_path("dir"), 0700), 0);
	ck_assert_int_eq(mkfifo(unit_path("fifo"), 0600), 0);
	expect(json_read(fd, "good", &err), "{\"a\":1}");
	ck_assert_ptr_null(json_read(fd, "none", &err));
	ck_assert_int_eq(err.code, ERR_NOT_FOUND);
	ck_assert_str_eq(err.text, "none: No such file or directory");
	ck_assert_ptr_null(json_read(fd, "bad", &err));
	ck_assert_int_eq(err.code, ERR_INVALID);
	ck_assert_int_eq(strncmp(err.text, "bad: ", 5), 0);
	ck_assert_ptr_null(json_read(fd, "null", &err));
	ck_assert_int_eq(err.code, ERR_INVALID);
	ck_assert_ptr_null(json_read(fd, "link", &err));
	ck_assert_int_eq(err.code, ERR_SYSTEM);
	ck_assert_ptr_null(json_read(fd, "dir", &err));
	ck_assert_ptr_null(json_read(fd, "fifo", &err));
	ck_assert_str_eq(err.text, "fifo: not a regular file");
	close(fd);
}
END_TEST

UNIT_SUITE
{
	unit_suite("json", setup, unit_cleanup, values_at_the_top,
	    null_at_the_top_is_an_error, what_json_c_would_take,
	    the_tokener_recovers, depth_is_bounded, size_is_bounded,
	    getters_test_the_type, adding, words_of_types, reading_files, NULL);
}
