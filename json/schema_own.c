/*
 * Freeing and copying what the members of a struct own, by its table.  See
 * schema.h.
 */
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "json/schema.h"

/* A struct in a map begins with its name. */
static void
clear_item(const struct field *field, void *item)
{
	if (field->type == FIELD_MAP)
		free(*(char **)item);
	schema_clear(field->fields, item);
}

static void
clear_objects(const struct field *field, struct field_array *array)
{
	size_t i;

	for (i = 0; i < array->n; i++)
		clear_item(field, (char *)array->items + i * field->size);
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
	case FIELD_MAP:
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
	const void *from;
	void *to;
	size_t i;

	out->n = in->n;
	out->items = xcalloc(in->n + 1, field->size);
	for (i = 0; i < in->n; i++) {
		from = (const char *)in->items + i * field->size;
		to = (char *)out->items + i * field->size;
		if (field->type == FIELD_MAP)
			*(char **)to = xstrdup(*(char *const *)from);
		schema_copy(field->fields, from, to);
	}
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
	case FIELD_MAP:
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
