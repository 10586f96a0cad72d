/*
 * The other directions of the field tables: encode, publish as a JSON
 * Schema, copy, free.  See schema.h.
 */
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "common/mem.h"
#include "common/schema.h"

static void publish_members(const struct field *, struct json_object *,
    struct json_object *, bool);

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
		json_object_array_add(names, json_object_new_string_len(*env,
		    (int)strcspn(*env, "=")));
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
			json_add_strv(object, field->name,
			    *(char **const *)in);
		break;
	case FIELD_INTEGER:
		if (*(const int64_t *)in != field->absent)
			json_add_int(object, field->name,
			    *(const int64_t *)in);
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
			json_add_string(object, field->name, choice_name(
			    field->choices, *(const int64_t *)in));
		break;
	case FIELD_OBJECT:
		encode_inside(field, in, object);
		break;
	case FIELD_OBJECTS:
		encode_objects(field, in, object);
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
			json_add_text(object, field->name,
			    *(char *const *)in);
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

/* The members that every type of property may have. */
static struct json_object *
property(const char *type)
{
	struct json_object *p = json_object_new_object();

	if (type != NULL)
		json_add_string(p, "type", type);
	return p;
}

static struct json_object *
strings_property(void)
{
	struct json_object *p = property("array");

	json_add(p, "items", property("string"));
	return p;
}

static struct json_object *
integer_property(const struct field *field, bool bare)
{
	struct json_object *p = property("integer");

	if (bare)
		return p;
	if (field->min != 0 || field->max != 0) {
		json_add_int(p, "minimum", field->min);
		json_add_int(p, "maximum", field->max);
	}
	if (field->absent != 0)
		json_add_int(p, "default", field->absent);
	return p;
}

static struct json_object *
choice_property(const struct field *field)
{
	struct json_object *p = property(NULL), *names;
	const struct choice *c;

	names = json_object_new_array();
	for (c = field->choices; c->name != NULL; c++)
		json_object_array_add(names, json_object_new_string(c->name));
	json_add(p, "enum", names);
	return p;
}

static struct json_object *
command_property(void)
{
	struct json_object *p = property(NULL), *forms;

	forms = json_object_new_array();
	json_object_array_add(forms, json_object_new_string("string"));
	json_object_array_add(forms, json_object_new_string("array"));
	json_add(p, "type", forms);
	json_add(p, "items", property("string"));
	return p;
}

static struct json_object *
publish_object(const struct field *fields, bool bare)
{
	struct json_object *schema = property("object");
	struct json_object *properties = json_object_new_object();
	struct json_object *required = json_object_new_array();

	publish_members(fields, properties, required, bare);
	json_add(schema, "properties", properties);
	if (json_object_array_length(required) > 0)
		json_add(schema, "required", required);
	else
		json_object_put(required);
	return schema;
}

static struct json_object *
objects_property(const struct field *field)
{
	struct json_object *p = property("array");

	json_add(p, "items", publish_object(field->fields, field->names_only));
	json_add_int(p, "minItems", field->min);
	json_add_int(p, "maxItems", field->max);
	return p;
}

static struct json_object *
publish_field(const struct field *field, bool bare)
{
	switch (field->type) {
	case FIELD_STRING:
		return property("string");
	case FIELD_STRINGS:
		return strings_property();
	case FIELD_INTEGER:
		return integer_property(field, bare);
	case FIELD_NUMBER:
		return property("number");
	case FIELD_BOOLEAN:
		return property("boolean");
	case FIELD_CHOICE:
		return choice_property(field);
	case FIELD_OBJECT:
		return bare ? property("object") :
		    publish_object(field->fields, field->names_only);
	case FIELD_OBJECTS:
		return objects_property(field);
	case FIELD_COMMAND:
		return command_property();
	case FIELD_ENV:
	case FIELD_JSON:
	case FIELD_EMBED:
	case FIELD_END:
		break;
	}
	return property("object");
}

static void
publish_members(const struct field *fields, struct json_object *properties,
    struct json_object *required, bool bare)
{
	const struct field *f;
	struct json_object *p;

	for (f = fields; f->type != FIELD_END; f++) {
		if (f->type == FIELD_EMBED)
			publish_members(f->fields, properties, required, bare);
		if (f->type == FIELD_EMBED || f->hidden)
			continue;
		p = publish_field(f, bare);
		if (!bare && f->help != NULL)
			json_add_string(p, "description", f->help);
		json_add(properties, f->name, p);
		if (f->required)
			json_object_array_add(required,
			    json_object_new_string(f->name));
	}
}

struct json_object *
schema_publish(const struct field *fields)
{
	return publish_object(fields, false);
}

static void
clear_objects(const struct field *field, struct field_array *array)
{
	size_t i;

	for (i = 0; i < array->n; i++)
		schema_clear(field->fields,
		    (char *)array->items + i * field->size);
	free(array->items);
	memset(array, 0, sizeof(*array));
}

static void
clear_value(const struct field *field, void *out)
{
	char **line = out;
	char **vector;

	switch (field->type) {
	case FIELD_STRING:
	case FIELD_JSON:
		free(*line);
		*line = NULL;
		break;
	case FIELD_COMMAND:
		free(*line);
		memcpy(&vector, line + 1, sizeof(vector));
		strv_free(vector);
		memset(line, 0, 2 * sizeof(*line));
		break;
	case FIELD_STRINGS:
	case FIELD_ENV:
		strv_free(*(char ***)out);
		*(char ***)out = NULL;
		break;
	case FIELD_OBJECT:
	case FIELD_EMBED:
		schema_clear(field->fields, out);
		break;
	case FIELD_OBJECTS:
		clear_objects(field, out);
		break;
	case FIELD_INTEGER:
	case FIELD_BOOLEAN:
	case FIELD_CHOICE:
		*(int64_t *)out = 0;
		break;
	case FIELD_NUMBER:
		*(double *)out = 0;
		break;
	case FIELD_END:
		break;
	}
}

void
schema_clear(const struct field *fields, void *out)
{
	const struct field *f;

	for (f = fields; f->type != FIELD_END; f++)
		clear_value(f, (char *)out + f->offset);
}

static void
copy_objects(const struct field *field, const struct field_array *in,
    struct field_array *out)
{
	size_t i;

	out->n = in->n;
	out->items = xcalloc(in->n + 1, field->size);
	for (i = 0; i < in->n; i++)
		schema_copy(field->fields,
		    (const char *)in->items + i * field->size,
		    (char *)out->items + i * field->size);
}

static void
copy_command(char *const *in, char **out)
{
	char **vector;

	out[0] = xstrdup(in[0]);
	memcpy(&vector, in + 1, sizeof(vector));
	vector = strv_dup(vector);
	memcpy(out + 1, &vector, sizeof(vector));
}

static void
copy_value(const struct field *field, const void *in, void *out)
{
	switch (field->type) {
	case FIELD_STRING:
	case FIELD_JSON:
		*(char **)out = xstrdup(*(char *const *)in);
		break;
	case FIELD_COMMAND:
		copy_command(in, out);
		break;
	case FIELD_STRINGS:
	case FIELD_ENV:
		*(char ***)out = strv_dup(*(char **const *)in);
		break;
	case FIELD_OBJECT:
	case FIELD_EMBED:
		schema_copy(field->fields, in, out);
		break;
	case FIELD_OBJECTS:
		copy_objects(field, in, out);
		break;
	case FIELD_INTEGER:
	case FIELD_BOOLEAN:
	case FIELD_CHOICE:
		memcpy(out, in, sizeof(int64_t));
		break;
	case FIELD_NUMBER:
		memcpy(out, in, sizeof(double));
		break;
	case FIELD_END:
		break;
	}
}

void
schema_copy(const struct field *fields, const void *in, void *out)
{
	const struct field *f;

	for (f = fields; f->type != FIELD_END; f++)
		copy_value(f, (const char *)in + f->offset,
		    (char *)out + f->offset);
}
