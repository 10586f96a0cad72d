/*
 * Tables as JSON Schemas.  See schema.h.
 */
#include "common/mem.h"
#include "json/json.h"
#include "json/schema.h"

static void publish_members(const struct field *, struct json_object *,
    struct json_object *, bool);

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
strings_property(bool never_empty)
{
	struct json_object *p = property("array");

	json_add(p, "items", property("string"));
	if (never_empty)
		json_add_int(p, "minItems", 1);
	return p;
}

/* A bound that nobody would exceed is not worth its room. */
#define PUBLISHED_MAX 1000

static struct json_object *
integer_property(const struct field *field, bool bare)
{
	struct json_object *p = property("integer");

	if (bare)
		return p;
	if (field->max != 0 && field->max <= PUBLISHED_MAX)
		json_add_int(p, "maximum", field->max);
	if (field->absent > 0)
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

/* Two forms by anyOf: not every client takes a type that is an array. */
static struct json_object *
command_property(void)
{
	struct json_object *p = json_object_new_object();
	struct json_object *forms = json_object_new_array();

	json_object_array_add(forms, property("string"));
	json_object_array_add(forms, strings_property(false));
	json_add(p, "anyOf", forms);
	return p;
}

static struct json_object *
publish_object(const struct field *fields, bool bare, bool outermost)
{
	struct json_object *schema = property("object");
	struct json_object *properties = json_object_new_object();
	struct json_object *required = json_object_new_array();

	publish_members(fields, properties, required, bare);
	if (outermost || json_object_object_length(properties) > 0)
		json_add(schema, "properties", properties);
	else
		json_object_put(properties);
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

	json_add(p, "items",
	    publish_object(field->fields, field->names_only, false));
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
		return strings_property(field->never_empty);
	case FIELD_INTEGER:
		return integer_property(field, bare);
	case FIELD_NUMBER:
		return property("number");
	case FIELD_BOOLEAN:
		return property("boolean");
	case FIELD_CHOICE:
		return choice_property(field);
	case FIELD_OBJECT:
		return publish_object(field->fields, bare || field->names_only,
		    false);
	case FIELD_OBJECTS:
		return objects_property(field);
	case FIELD_COMMAND:
		return command_property();
	case FIELD_ENV:
	case FIELD_JSON:
	case FIELD_EMBED:
	case FIELD_MAP:
	case FIELD_END:
		break;
	}
	return property("object");
}

/* Adds the names of what is inside and seldom needed, and the row's help. */
static void
add_help(const struct field *field, struct json_object *property)
{
	const struct field *f = field->fields;
	struct buf text = { 0 };

	if (field->type == FIELD_OBJECT)
		for (; f->type != FIELD_END; f++)
			if (f->named)
				buf_printf(&text, "%s%s",
				    text.len == 0 ? "" : ", ", f->name);
	if (field->help != NULL)
		buf_printf(&text, "%s%s", text.len == 0 ? "" : ". ",
		    field->help);
	if (text.len > 0)
		json_add_string(property, "description", text.data);
	buf_clear(&text);
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
		if (f->type == FIELD_EMBED || f->type == FIELD_MAP ||
		    f->hidden || f->named || (bare && f->once))
			continue;
		p = publish_field(f, bare);
		if (!bare)
			add_help(f, p);
		json_add(properties, f->name, p);
		if (f->required)
			json_object_array_add(required,
			    json_object_new_string(f->name));
	}
}

struct json_object *
schema_publish(const struct field *fields)
{
	return publish_object(fields, false, true);
}
