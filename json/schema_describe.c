/*
 * Tables as text for people.  See schema.h.
 */
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/mem.h"
#include "json/json.h"
#include "json/schema.h"

/* Returns the value as JSON: schema_encode leaves out defaults. */
static void
add_value(const struct field *field, const void *in, struct buf *out)
{
	struct field one[2] = {
		*field,
		END_OF_FIELDS,
	};
	struct json_object *object = json_object_new_object(), *value;
	const char *name;

	schema_encode(one, in, object);
	value = json_member(object, field->name);
	if (value != NULL)
		buf_puts(out, json_text(value, NULL));
	else if (field->type == FIELD_CHOICE) {
		name = choice_name(field->choices, field->absent);
		buf_printf(out, "\"%s\"", name == NULL ? "" : name);
	} else if (field->type == FIELD_BOOLEAN)
		buf_puts(out, field->absent == 0 ? "false" : "true");
	else if (field->type == FIELD_INTEGER)
		buf_printf(out, "%lld", (long long)field->absent);
	else
		buf_puts(out, "(none)");
	json_object_put(object);
}

static const char *
type_word(const struct field *field)
{
	switch (field->type) {
	case FIELD_STRINGS:
		return "array of strings";
	case FIELD_INTEGER:
		return "integer";
	case FIELD_NUMBER:
		return "number";
	case FIELD_BOOLEAN:
		return "true or false";
	case FIELD_CHOICE:
		return "one of";
	case FIELD_COMMAND:
		return "string or array of strings";
	case FIELD_ENV:
	case FIELD_JSON:
		return "object";
	default:
		return "string";
	}
}

static void
add_facts(const struct field *field, struct buf *out)
{
	const struct choice *choice = field->choices;

	buf_printf(out, "    %s", type_word(field));
	for (; choice != NULL && choice->name != NULL; choice++)
		buf_printf(out, " %s", choice->name);
	if (field->type == FIELD_INTEGER)
		buf_printf(out, " %lld..%lld, default %lld",
		    (long long)field->min, (long long)field->max,
		    (long long)field->absent);
	buf_printf(out, ". %s\n", field->help == NULL ? "" : field->help);
}

/* An empty map shows its keys under the name `name`. */
static void
describe_map(const struct field *field, const struct field_array *map,
    const char *prefix, struct buf *out)
{
	void *none = xcalloc(1, field->size);
	const char *item;
	char *path;
	size_t i;

	schema_load(field->fields, NULL, none, &(struct error){ 0 });
	for (i = 0; i == 0 || i < map->n; i++) {
		item = map->n == 0 ? none :
				     (const char *)map->items + i * field->size;
		path = xasprintf("%s.%s", prefix,
		    map->n == 0 ? field->name : *(char *const *)item);
		schema_describe(field->fields, item, path, out);
		free(path);
	}
	schema_clear(field->fields, none);
	free(none);
}

void
schema_describe(const struct field *fields, const void *in, const char *prefix,
    struct buf *out)
{
	const struct field *f;
	const void *at;
	char *path;

	for (f = fields; f->type != FIELD_END; f++) {
		at = (const char *)in + f->offset;
		path = xasprintf("%s%s%s", prefix, prefix[0] == '\0' ? "" : ".",
		    f->name);
		if (f->type == FIELD_OBJECT)
			schema_describe(f->fields, at, path, out);
		else if (f->type == FIELD_MAP)
			describe_map(f, at, prefix, out);
		else {
			buf_printf(out, "%s = ", path);
			add_value(f, in, out);
			buf_puts(out, "\n");
			add_facts(f, out);
		}
		free(path);
	}
}
