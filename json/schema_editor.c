/*
 * Tables as JSON Schemas for editors of files: unlike what is published to
 * clients, which costs them tokens, with all that a row knows.  See schema.h.
 */
#include "json/json.h"
#include "json/schema.h"

static struct json_object *
typed(const char *type)
{
	struct json_object *p = json_object_new_object();

	if (type != NULL)
		json_add_string(p, "type", type);
	return p;
}

static struct json_object *
strings(void)
{
	struct json_object *p = typed("array");

	json_add(p, "items", typed("string"));
	return p;
}

static struct json_object *
choices(const struct field *field)
{
	struct json_object *p = typed(NULL), *names = json_object_new_array();
	const char *absent = choice_name(field->choices, field->absent);
	const struct choice *c;

	for (c = field->choices; c->name != NULL; c++)
		json_object_array_add(names, json_object_new_string(c->name));
	json_add(p, "enum", names);
	if (absent != NULL)
		json_add_string(p, "default", absent);
	return p;
}

static struct json_object *
line_or_words(void)
{
	struct json_object *p = typed(NULL), *forms = json_object_new_array();

	json_object_array_add(forms, typed("string"));
	json_object_array_add(forms, strings());
	json_add(p, "anyOf", forms);
	return p;
}

static struct json_object *
integer(const struct field *field)
{
	struct json_object *p = typed("integer");

	if (field->min != 0 || field->max != 0) {
		json_add_int(p, "minimum", field->min);
		json_add_int(p, "maximum", field->max);
	}
	/* an integer without a default has none of these */
	if (field->absent >= field->min)
		json_add_int(p, "default", field->absent);
	return p;
}

static struct json_object *
property(const struct field *field)
{
	struct json_object *p;

	switch (field->type) {
	case FIELD_STRING:
		return typed("string");
	case FIELD_STRINGS:
		return strings();
	case FIELD_INTEGER:
		return integer(field);
	case FIELD_NUMBER:
		return typed("number");
	case FIELD_BOOLEAN:
		p = typed("boolean");
		json_add_bool(p, "default", field->absent != 0);
		return p;
	case FIELD_CHOICE:
		return choices(field);
	case FIELD_COMMAND:
		return line_or_words();
	case FIELD_OBJECT:
		return schema_for_editor(field->fields);
	default:
		return typed("object");
	}
}

struct json_object *
schema_for_editor(const struct field *fields)
{
	struct json_object *schema = typed("object"), *p;
	struct json_object *properties = json_object_new_object();
	struct json_object *others = NULL;
	const struct field *f;

	for (f = fields; f->type != FIELD_END; f++) {
		if (f->type == FIELD_MAP) {
			others = schema_for_editor(f->fields);
			continue;
		}
		p = property(f);
		if (f->help != NULL)
			json_add_string(p, "description", f->help);
		json_add(properties, f->name, p);
	}
	json_add(schema, "properties", properties);
	json_add(schema, "additionalProperties",
	    others != NULL ? others : json_object_new_boolean(false));
	return schema;
}
