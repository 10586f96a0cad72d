/*
 * Decoding by field tables.  Every problem of an object is reported at once,
 * each by its path.  See schema.h; single values are in schema_leaf.c,
 * encoding in schema_encode.c, publishing in schema_publish.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/mem.h"
#include "json/json.h"
#include "json/schema.h"
#include "json/schema_leaf.h"
#include "json/schema_meant.h"

static int decode_object(const struct field *, struct json_object *, char *,
    struct place *);

static void *
at(const struct field *field, void *out)
{
	return (char *)out + field->offset;
}

/* Returns the object, which a client may have put into a string, or NULL. */
static struct json_object *
inner_object(struct json_object *value, const struct place *place)
{
	if (json_object_is_type(value, json_type_object))
		return json_object_get(value);
	if (place->call && json_object_is_type(value, json_type_string))
		return schema_unwrap(value, json_type_object);
	return NULL;
}

/* The path of what is inside: "tasks[3]." + "options" + ".". */
static void
decode_inside(const struct field *field, const char *name,
    struct json_object *value, void *out, struct place *place)
{
	struct place inside = *place;
	struct json_object *inner = inner_object(value, place);
	char *where;

	if (inner == NULL) {
		leaf_expected(place, name, "an object", value);
		return;
	}
	where = xasprintf("%s%s.", place->where, name);
	inside.where = where;
	decode_object(field->fields, inner, out, &inside);
	place->problems = inside.problems;
	free(where);
	json_object_put(inner);
}

static void
decode_objects(const struct field *field, struct json_object *value,
    struct field_array *out, struct place *place)
{
	char name[80], text[80];
	size_t i, n;

	if (!json_object_is_type(value, json_type_array)) {
		leaf_expected(place, field->name, "an array of objects", value);
		return;
	}
	n = json_object_array_length(value);
	if (n < (size_t)field->min || n > (size_t)field->max) {
		snprintf(text, sizeof(text),
		    "has %zu items, allowed are %lld to %lld", n,
		    (long long)field->min, (long long)field->max);
		leaf_problem(place, field->name, text);
		return;
	}
	out->items = xcalloc(n + 1, field->size);
	out->n = n;
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%s[%zu]", field->name, i);
		decode_inside(field, name, json_object_array_get_idx(value, i),
		    (char *)out->items + i * field->size, place);
	}
}

static void
decode_value(const struct field *field, struct json_object *value, void *out,
    struct place *place)
{
	if (leaf_decode(field, value, out, place))
		return;
	if (field->type == FIELD_OBJECT)
		decode_inside(field, field->name, value, out, place);
	else if (field->type == FIELD_OBJECTS)
		decode_objects(field, value, out, place);
}

/* Gives the members their absent values, also those of objects inside. */
static void
set_absent(const struct field *fields, void *out)
{
	const struct field *f;

	for (f = fields; f->type != FIELD_END; f++)
		if (f->type == FIELD_INTEGER || f->type == FIELD_BOOLEAN ||
		    f->type == FIELD_CHOICE)
			*(int64_t *)at(f, out) = f->absent;
		else if (f->type == FIELD_OBJECT)
			set_absent(f->fields, at(f, out));
}

/* Whether a row has that name. */
static bool
named(const struct field *fields, const char *key)
{
	const struct field *f;

	for (f = fields; f->type != FIELD_END; f++)
		if (f->type == FIELD_EMBED ?
			named(f->fields, key) :
			f->type != FIELD_MAP && strcmp(f->name, key) == 0)
			return true;
	return false;
}

static void
list_names(const struct field *fields, struct buf *names)
{
	const struct field *f;

	for (f = fields; f->type != FIELD_END; f++)
		if (f->type == FIELD_EMBED)
			list_names(f->fields, names);
		else if (!f->hidden && f->type != FIELD_MAP)
			buf_printf(names, "%s%s", names->len == 0 ? "" : ", ",
			    f->name);
}

static void
refuse(const struct field *fields, const char *key, const char *more,
    struct place *place)
{
	struct buf names = { 0 };
	char *text, name[80];

	list_names(fields, &names);
	snprintf(name, sizeof(name), "%.60s", key);
	text = xasprintf("is not known here; known are %s%s",
	    names.len == 0 ? "none" : names.data, more);
	leaf_problem(place, name, text);
	free(text);
	buf_clear(&names);
}

static void
add_named(const struct field *field, const char *key, struct json_object *value,
    struct field_array *out, struct place *place)
{
	char *item, *name = xstrdup(key);

	out->items = xreallocarray(out->items, out->n + 1, field->size);
	item = (char *)out->items + out->n++ * field->size;
	memset(item, 0, field->size);
	memcpy(item, &name, sizeof(name));
	decode_inside(field, key, value, item, place);
}

/* A key that no row names is an object of the map, or a mistake. */
static void
decode_map(const struct field *fields, const struct field *field,
    struct json_object *object, struct field_array *out, struct place *place)
{
	if (object == NULL)
		return;
	json_object_object_foreach(object, key, value) {
		if (value == NULL || named(fields, key))
			continue;
		if (json_object_is_type(value, json_type_object))
			add_named(field, key, value, out, place);
		else if (!place->lenient)
			refuse(fields, key, ", and objects of other names",
			    place);
	}
}

/* Exactly one of the members that are alternatives is there. */
static void
check_alternatives(const struct field *fields, struct json_object *object,
    struct place *place)
{
	struct buf names = { 0 }, list = { 0 };
	const struct field *f;
	int given = 0;
	char *text;

	for (f = fields; f->type != FIELD_END; f++) {
		if (f->alternative == NULL)
			continue;
		given += json_member(object, f->name) != NULL;
		buf_printf(&names, "%s%s", names.len == 0 ? "" : ", ", f->name);
		buf_printf(&list, "%s%s (%s)", list.len == 0 ? "" : " and ",
		    f->name, f->alternative);
	}
	if (names.len != 0 && given != 1) {
		text = xasprintf("give exactly one of %s; got %s", list.data,
		    given == 0 ? "neither" : "both");
		leaf_problem(place, names.data, text);
		free(text);
	}
	buf_clear(&names);
	buf_clear(&list);
}

static void
decode_members(const struct field *fields, struct json_object *object,
    void *out, struct place *place)
{
	const struct field *f;
	struct json_object *value;

	set_absent(fields, out);
	for (f = fields; f->type != FIELD_END; f++) {
		if (f->type == FIELD_EMBED) {
			decode_members(f->fields, object, at(f, out), place);
			continue;
		}
		if (f->type == FIELD_MAP) {
			decode_map(fields, f, object, at(f, out), place);
			continue;
		}
		/* null says "not given" to many a client */
		value = json_member(object, f->name);
		if (value != NULL)
			decode_value(f, value, at(f, out), place);
		else if (f->required)
			leaf_problem(place, f->name, "is required");
	}
	if (!place->lenient)
		check_alternatives(fields, object, place);
}

static bool
has_map(const struct field *fields)
{
	while (fields->type != FIELD_END && fields->type != FIELD_MAP)
		fields++;
	return fields->type == FIELD_MAP;
}

static void
refuse_unknown(const struct field *fields, struct json_object *object,
    struct place *place)
{
	if (has_map(fields)) /* which has seen them all */
		return;
	json_object_object_foreach(object, key, member) {
		(void)member;
		if (!named(fields, key))
			refuse(fields, key, "", place);
	}
}

static int
decode_object(const struct field *fields, struct json_object *object, char *out,
    struct place *place)
{
	struct json_object *meant = NULL;

	if (object != NULL && !json_object_is_type(object, json_type_object)) {
		fail_add(place->err, ERR_INVALID,
		    "%sexpected an object, got %s", place->where,
		    json_type_word(object));
		return ++place->problems;
	}
	if (object != NULL && place->call)
		object = meant = schema_meant(fields, object, place);
	decode_members(fields, object, out, place);
	if (object != NULL && !place->lenient)
		refuse_unknown(fields, object, place);
	json_object_put(meant);
	return place->problems;
}

int
schema_decode(const struct field *fields, struct json_object *object,
    const char *where, void *out, struct error *err)
{
	struct place place = { .where = where, .err = err };

	return decode_object(fields, object, out, &place);
}

int
schema_decode_call(const struct field *fields, struct json_object *object,
    void *out, struct error *err)
{
	struct place place = { .where = "", .err = err, .call = true };
	struct json_object *inner = inner_object(object, &place);
	int problems;

	problems = decode_object(fields, inner == NULL ? object : inner, out,
	    &place);
	json_object_put(inner);
	return problems;
}

int
schema_load(const struct field *fields, struct json_object *object, void *out,
    struct error *err)
{
	struct place place = { .where = "", .err = err, .lenient = true };

	error_clear(err);
	return decode_object(fields, object, out, &place);
}
