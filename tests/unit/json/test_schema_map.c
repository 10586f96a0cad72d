/*
 * Field tables with a map: objects whose names nobody knows before.
 */
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/mem.h"
#include "json/json.h"
#include "json/schema.h"
#include "tests/unit/unit.h"

struct animal {
	char *name;
	int64_t legs;
	char **eats;
};

struct zoo {
	int64_t places;
	struct field_array animals;
};

static const struct field animal_fields[] = {
	INTEGER(struct animal, legs, .min = 0, .max = 100, .absent = 4),
	STRINGS(struct animal, eats),
	END_OF_FIELDS,
};

static const struct field zoo_fields[] = {
	INTEGER(struct zoo, places, .min = 1, .max = 9, .absent = 3),
	MAP(struct zoo, "ANIMAL", animals, struct animal,
	    .fields = animal_fields),
	END_OF_FIELDS,
};

static struct error err;

static int
decode(const char *text, struct zoo *zoo)
{
	struct json_object *object = json_parse(text, strlen(text), &err);
	int problems;

	ck_assert_ptr_nonnull(object);
	memset(zoo, 0, sizeof(*zoo));
	error_clear(&err);
	problems = schema_decode(zoo_fields, object, "zoo.", zoo, &err);
	json_object_put(object);
	return problems;
}

#define TWO "{\"ant\":{\"legs\":6,\"eats\":[\"all\"]},\"places\":2,\"cat\":{}}"

static void
expect_two(const struct zoo *zoo)
{
	const struct animal *animal = zoo->animals.items;

	ck_assert_int_eq(zoo->places, 2);
	ck_assert_uint_eq(zoo->animals.n, 2);
	ck_assert_str_eq(animal[0].name, "ant");
	ck_assert_int_eq(animal[0].legs, 6);
	ck_assert_str_eq(animal[0].eats[0], "all");
	ck_assert_str_eq(animal[1].name, "cat");
	ck_assert_int_eq(animal[1].legs, 4);
	ck_assert_ptr_null(animal[1].eats);
}

START_TEST(decoded_copied_encoded)
{
	struct json_object *object = json_object_new_object();
	struct zoo zoo, copy = { 0 };

	ck_assert_int_eq(decode(TWO, &zoo), 0);
	expect_two(&zoo);
	schema_copy(zoo_fields, &zoo, &copy);
	schema_clear(zoo_fields, &zoo);
	ck_assert_uint_eq(zoo.animals.n, 0);
	expect_two(&copy);
	schema_encode(zoo_fields, &copy, object);
	ck_assert_str_eq(json_text(object, NULL),
	    "{\"places\":2,\"ant\":{\"legs\":6,\"eats\":[\"all\"]},\"cat\":{}}");
	json_object_put(object);
	schema_clear(zoo_fields, &copy);
}
END_TEST

START_TEST(none)
{
	struct zoo zoo;

	ck_assert_int_eq(decode("{\"dog\":null}", &zoo), 0);
	ck_assert_uint_eq(zoo.animals.n, 0);
	schema_clear(zoo_fields, &zoo);
}
END_TEST

static void
expect_problem(const char *text, const char *problem)
{
	struct zoo zoo;

	ck_assert_int_ge(decode(text, &zoo), 1);
	ck_assert_str_eq(err.text, problem);
	schema_clear(zoo_fields, &zoo);
}

START_TEST(mistakes)
{
	expect_problem("{\"place\":7}",
	    "zoo.place: is not known here; known are places, and objects of "
	    "other names");
	expect_problem("{\"ant\":{\"legs\":600}}",
	    "zoo.ant.legs: 600 is out of range, allowed are 0 to 100");
	expect_problem("{\"ant\":{\"leg\":1}}",
	    "zoo.ant.leg: is not known here; known are legs, eats");
}
END_TEST

START_TEST(for_people)
{
	struct buf out = { 0 };
	struct zoo zoo;

	ck_assert_int_eq(decode(TWO, &zoo), 0);
	schema_describe(zoo_fields, &zoo, "zoo", &out);
	ck_assert_ptr_nonnull(strstr(out.data, "\nzoo.ant.legs = 6\n"));
	ck_assert_ptr_nonnull(strstr(out.data, "\nzoo.cat.legs = 4\n"));
	ck_assert_ptr_null(strstr(out.data, "ANIMAL"));
	buf_clear(&out);
	schema_clear(zoo_fields, &zoo);
	ck_assert_int_eq(decode("{}", &zoo), 0);
	schema_describe(zoo_fields, &zoo, "zoo", &out);
	ck_assert_ptr_nonnull(strstr(out.data, "\nzoo.ANIMAL.legs = 4\n"));
	buf_clear(&out);
	schema_clear(zoo_fields, &zoo);
}
END_TEST

UNIT_SUITE
{
	unit_suite("schema_map", NULL, NULL, decoded_copied_encoded, none,
	    mistakes, for_people, NULL);
}
