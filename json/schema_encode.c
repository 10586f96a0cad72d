/*
 * Writing structs as JSON by their tables.  See schema.h.
 */
#include <string.h>

#include "json/json.h"
#include "json/schema.h"

const char *
choice_name(const struct choice *choices, int64_t value)
{
	for (; choices->name != NULL; choices++)
		if (choices->value == value)
			return choices->name;
	return NULL;
}

static void
encode_env_names(const struct field *field, char *const *env,
    struct json_object *object)
{
	struct json_object *names = json_object_new_array();

	for (; *env != NULL; env++)
		json_object_array_add(names,
		    json_object_new_string_len(*env, (int)strcspn(*env, "=")));
	json_add(object, field->name, names);
}

static void
encode_command(const struct field *field, const void *in,
    struct json_object *object)
{
	char *const *line = in;
	char **vector;

	memcpy(&vector, line + 1, sizeof(vector));
	if (*line != NULL)
		json_add_string(object, field->name, *line);
	else if (vector != NULL)
		json_add_strv(object, field->name, vector);
}

static void
encode_inside(const struct field *field, const void *in,
    struct json_object *object)
{
	struct json_object *inside = json_object_new_object();

	schema_encode(field->fields, in, inside);
	if (json_object_object_length(inside) == 0)
		json_object_put(inside);
	else
		json_add(object, field->name, inside);
}

static void
encode_objects(const struct field *field, const struct field_array *in,
    struct json_object *object)
{
	struct json_object *array = json_object_new_array(), *item;
	size_t i;

	for (i = 0; i < in->n; i++) {
		item = json_object_new_object();
		schema_encode(field->fields,
		    (const char *)in->items + i * field->size, item);
		json_object_array_add(array, item);
	}
	json_add(object, field->name, array);
}

static void
encode_map(const struct field *field, const struct field_array *in,
    struct json_object *object)
{
	struct json_object *inside;
	const void *item;
	size_t i;

	for (i = 0; i < in->n; i++) {
		item = (const char *)in->items + i * field->size;
		inside = json_object_new_object();
		schema_encode(field->fields, item, inside);
		json_add(object, *(char *const *)item, inside);
	}
}

static void
encode_value(const struct field *field, const void *in,
    struct json_object *object)
{
	switch (field->type) {
	case FIELD_STRING:
		if (*(char *const *)in != NULL)
			json_add_string(object, field->name,
			    *(char *const *)in);
		break;
	case FIELD_STRINGS:
		if (*(char **const *)in != NULL)
			json_add_strv(object, field->name, *(char **const *)in);
		break;
	case FIELD_INTEGER:
		if (*(const int64_t *)in != field->absent)
			json_add_int(object, field->name, *(const int64_t *)in);
		break;
	case FIELD_NUMBER:
		if (*(const double *)in != 0)
			json_add_number(object, field->name,
			    *(const double *)in);
		break;
	case FIELD_BOOLEAN:
		if (*(const int64_t *)in != field->absent)
			json_add_bool(object, field->name,
			    *(const int64_t *)in != 0);
		break;
	case FIELD_CHOICE:
		if (*(const int64_t *)in != field->absent)
			json_add_string(object, field->name,
			    choice_name(field->choices, *(const int64_t *)in));
		break;
	case FIELD_OBJECT:
		encode_inside(field, in, object);
		break;
	case FIELD_OBJECTS:
		encode_objects(field, in, object);
		break;
	case FIELD_MAP:
		encode_map(field, in, object);
		break;
	case FIELD_COMMAND:
		encode_command(field, in, object);
		break;
	case FIELD_ENV:
		if (*(char **const *)in != NULL)
			encode_env_names(field, *(char **const *)in, object);
		break;
	case FIELD_JSON:
		if (*(char *const *)in != NULL)
			json_add_text(object, field->name, *(char *const *)in);
		break;
	case FIELD_EMBED:
		schema_encode(field->fields, in, object);
		break;
	case FIELD_END:
		break;
	}
}

void
schema_encode(const struct field *fields, const void *in,
    struct json_object *object)
{
	const struct field *f;

	for (f = fields; f->type != FIELD_END; f++)
		if (!f->unstored)
			encode_value(f, (const char *)in + f->offset, object);
}
