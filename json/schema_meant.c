/*
 * What clients mean.  See schema_meant.h.  Models and the libraries under
 * them encode a value once more than they should, and fill every member that
 * they could leave out.
 */
#include <string.h>

#include "common/error.h"
#include "json/json.h"
#include "json/schema.h"
#include "json/schema_leaf.h"
#include "json/schema_meant.h"

static const struct field *
row(const struct field *fields, const char *key)
{
	const struct field *f, *inside;

	for (f = fields; f->type != FIELD_END; f++) {
		if (f->type == FIELD_EMBED) {
			if ((inside = row(f->fields, key)) != NULL)
				return inside;
		} else if (strcmp(f->name, key) == 0)
			return f;
	}
	return NULL;
}

struct json_object *
schema_unwrap(struct json_object *string, enum json_type type)
{
	struct json_object *value;
	struct error err;

	value = json_parse(json_object_get_string(string),
	    (size_t)json_object_get_string_len(string), &err);
	if (json_object_is_type(value, type) ||
	    (type == json_type_double &&
		json_object_is_type(value, json_type_int)))
		return value;
	json_object_put(value);
	return NULL;
}

/* Whether an array could be a vector of arguments. */
static bool
is_argv(struct json_object *array)
{
	size_t i, n = array == NULL ? 0 : json_object_array_length(array);

	for (i = 0; i < n; i++)
		if (!json_object_is_type(json_object_array_get_idx(array, i),
			json_type_string))
			return false;
	return n > 0;
}

/* Returns what a string holds for a row of another type, or NULL. */
static struct json_object *
unwrap_for(const struct field *field, struct json_object *string)
{
	struct json_object *value;

	switch (field->type) {
	case FIELD_INTEGER:
	case FIELD_NUMBER:
		return schema_unwrap(string, json_type_double);
	case FIELD_BOOLEAN:
		return schema_unwrap(string, json_type_boolean);
	case FIELD_STRINGS:
	case FIELD_OBJECTS:
		return schema_unwrap(string, json_type_array);
	case FIELD_OBJECT:
	case FIELD_ENV:
	case FIELD_JSON:
		return schema_unwrap(string, json_type_object);
	case FIELD_COMMAND:
		value = schema_unwrap(string, json_type_array);
		if (is_argv(value))
			return value;
		json_object_put(value);
		return NULL;
	case FIELD_STRING:
	case FIELD_CHOICE:
	case FIELD_EMBED:
	case FIELD_MAP:
	case FIELD_END:
		break;
	}
	return NULL;
}

static bool
is_empty(struct json_object *value)
{
	switch (json_object_get_type(value)) {
	case json_type_string:
		return json_object_get_string_len(value) == 0;
	case json_type_array:
		return json_object_array_length(value) == 0;
	case json_type_object:
		return json_object_object_length(value) == 0;
	default:
		return false;
	}
}

/* Blanks where one of several must be given give nothing. */
static bool
says_nothing(const struct field *field, struct json_object *value)
{
	const char *s = json_object_is_type(value, json_type_string) ?
	    json_object_get_string(value) :
	    NULL;

	if (is_empty(value))
		return true;
	return field->alternative != NULL && s != NULL &&
	    s[strspn(s, " \t\r\n")] == '\0' &&
	    strlen(s) == (size_t)json_object_get_string_len(value);
}

static void
add_meant(const struct field *field, const char *key, struct json_object *value,
    struct json_object *meant, struct place *place)
{
	struct json_object *inner = NULL;

	if (field != NULL && json_object_is_type(value, json_type_string))
		inner = unwrap_for(field, value);
	if (inner != NULL)
		value = inner;
	if (field == NULL || field->required || !says_nothing(field, value))
		json_add(meant, key, json_object_get(value));
	else if (field->never_empty)
		leaf_problem(place, key,
		    "is empty; say what is meant, or leave it out");
	json_object_put(inner);
}

struct json_object *
schema_meant(const struct field *fields, struct json_object *object,
    struct place *place)
{
	struct json_object *meant = json_object_new_object();

	json_object_object_foreach(object, key, value)
		add_meant(row(fields, key), key, value, meant, place);
	return meant;
}
