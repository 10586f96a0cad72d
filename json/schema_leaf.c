/*
 * Decoding strings, numbers, choices and what is made of them.  See
 * schema_leaf.h.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/mem.h"
#include "json/duration.h"
#include "json/json.h"
#include "json/schema_leaf.h"

void
leaf_problem(struct place *place, const char *name, const char *text)
{
	fail_add(place->err, ERR_INVALID, "%s%s: %s", place->where, name, text);
	place->problems++;
}

void
leaf_expected(struct place *place, const char *name, const char *what,
    struct json_object *value)
{
	char text[160];

	snprintf(text, sizeof(text), "expected %s, got %s", what,
	    json_type_word(value));
	leaf_problem(place, name, text);
}

/* Strings are checked here for a NUL, which would cut them silently. */
static char *
take_string(struct json_object *value, const char *name, int64_t min,
    int64_t max, struct place *place)
{
	const char *s;
	char text[160];
	int len;

	if (!json_object_is_type(value, json_type_string)) {
		leaf_expected(place, name, "a string", value);
		return NULL;
	}
	s = json_object_get_string(value);
	len = json_object_get_string_len(value);
	if (strlen(s) != (size_t)len)
		leaf_problem(place, name,
		    "has a NUL character inside, which no "
		    "program can be given; remove it");
	else if (len < min)
		leaf_problem(place, name, "is empty");
	else if (max != 0 && len > max) {
		snprintf(text, sizeof(text),
		    "is %d bytes long, the most allowed are %lld", len,
		    (long long)max);
		leaf_problem(place, name, text);
	} else
		return xstrdup(s);
	return NULL;
}

static char **
take_strings(const struct field *field, struct json_object *value,
    struct place *place)
{
	size_t i, n;
	char **v, *s, name[80], text[80];
	size_t used = 0;

	if (json_object_is_type(value, json_type_string)) {
		/* one string where an array is meant: no reason to fail */
		s = take_string(value, field->name, 0, 0, place);
		v = s == NULL ? NULL : strv_add(NULL, s);
		free(s);
		return v;
	}
	if (!json_object_is_type(value, json_type_array)) {
		leaf_expected(place, field->name, "an array of strings", value);
		return NULL;
	}
	n = json_object_array_length(value);
	if ((field->max != 0 && n > (size_t)field->max) ||
	    n < (size_t)field->min) {
		snprintf(text, sizeof(text),
		    "has %zu items, allowed are %lld to %lld", n,
		    (long long)field->min, (long long)field->max);
		leaf_problem(place, field->name, text);
		return NULL;
	}
	v = xcalloc(n + 1, sizeof(*v));
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%s[%zu]", field->name, i);
		s = take_string(json_object_array_get_idx(value, i), name, 0, 0,
		    place);
		if (s != NULL)
			v[used++] = s;
	}
	return v;
}

/*
 * A name that ends in _s is that of seconds, which people may write as any
 * duration.
 */
static bool
take_seconds(const struct field *field, struct json_object *value, int64_t *out)
{
	size_t len = strlen(field->name);
	int64_t ms;

	if (len < 2 || strcmp(field->name + len - 2, "_s") != 0 ||
	    !json_object_is_type(value, json_type_string) ||
	    !duration_parse(json_object_get_string(value), &ms))
		return false;
	*out = duration_s(ms);
	return true;
}

static void
decode_integer(const struct field *field, struct json_object *value,
    int64_t *out, struct place *place)
{
	bool ranged = field->min != 0 || field->max != 0;
	double d;
	int64_t n;
	char text[120];

	if (json_object_is_type(value, json_type_double)) {
		/* 5.0 and 1e2 are integers to many a client */
		d = json_object_get_double(value);
		if (!(d > -1e15 && d < 1e15) || d != (double)(int64_t)d) {
			leaf_problem(place, field->name,
			    "expected an integer, got a fraction");
			return;
		}
		n = (int64_t)d;
	} else if (json_object_is_type(value, json_type_int))
		n = json_object_get_int64(value);
	else if (!take_seconds(field, value, &n)) {
		leaf_expected(place, field->name, "an integer", value);
		return;
	}
	if (ranged && (n < field->min || n > field->max)) {
		snprintf(text, sizeof(text),
		    "%lld is out of range, allowed are %lld to %lld",
		    (long long)n, (long long)field->min, (long long)field->max);
		leaf_problem(place, field->name, text);
		return;
	}
	*out = n;
}

static void
decode_number(const struct field *field, struct json_object *value, double *out,
    struct place *place)
{
	bool bounded = field->max != 0;
	double d;
	char text[120];

	if (!json_object_is_type(value, json_type_double) &&
	    !json_object_is_type(value, json_type_int)) {
		leaf_expected(place, field->name, "a number", value);
		return;
	}
	d = json_object_get_double(value);
	if (!isfinite(d))
		leaf_problem(place, field->name, "is no finite number");
	else if (d >= (double)field->min &&
	    !(bounded && d > (double)field->max))
		*out = d;
	else {
		snprintf(text, sizeof(text),
		    bounded ? "%g is out of range, allowed are %lld to %lld" :
			      "%g is out of range, the least is %lld",
		    d, (long long)field->min, (long long)field->max);
		leaf_problem(place, field->name, text);
	}
}

static void
decode_choice(const struct field *field, struct json_object *value,
    int64_t *out, struct place *place)
{
	const struct choice *c;
	const char *s = json_object_is_type(value, json_type_string) ?
	    json_object_get_string(value) :
	    NULL;
	struct buf text = { 0 };

	for (c = field->choices; s != NULL && c->name != NULL; c++)
		if (strcmp(c->name, s) == 0) {
			*out = c->value;
			return;
		}
	buf_puts(&text, "expected one of");
	for (c = field->choices; c->name != NULL; c++)
		buf_printf(&text, "%s %s", c == field->choices ? "" : ",",
		    c->name);
	if (s != NULL)
		buf_printf(&text, "; got \"%.40s\"", s);
	else
		buf_printf(&text, "; got %s", json_type_word(value));
	leaf_problem(place, field->name, text.data);
	buf_clear(&text);
}

static void
decode_command(const struct field *field, struct json_object *value, char **out,
    struct place *place)
{
	int problems = place->problems;
	char **vector;

	if (json_object_is_type(value, json_type_string)) {
		out[0] = take_string(value, field->name, 1, 0, place);
		return;
	}
	if (!json_object_is_type(value, json_type_array)) {
		leaf_expected(place, field->name,
		    "a string or an array of strings", value);
		return;
	}
	vector = take_strings(field, value, place);
	if (vector != NULL && place->problems == problems &&
	    (vector[0] == NULL || vector[0][0] == '\0')) {
		leaf_problem(place, field->name,
		    "needs a program as its first item");
		strv_free(vector);
		return;
	}
	memcpy(&out[1], &vector, sizeof(vector));
}

static void
decode_env(const struct field *field, struct json_object *value, char ***out,
    struct place *place)
{
	char *s, *pair, name[120];
	size_t n = 0;

	if (place->lenient) /* the names only, of no use any more */
		return;
	if (!json_object_is_type(value, json_type_object)) {
		leaf_expected(place, field->name, "an object of strings",
		    value);
		return;
	}
	*out = xcalloc((size_t)json_object_object_length(value) + 1,
	    sizeof(**out));
	json_object_object_foreach(value, key, member) {
		snprintf(name, sizeof(name), "%s.%.60s", field->name, key);
		if (key[0] == '\0' || strchr(key, '=') != NULL) {
			leaf_problem(place, name,
			    "is no name of an environment variable");
			continue;
		}
		s = take_string(member, name, 0, 0, place);
		if (s == NULL)
			continue;
		pair = xasprintf("%s=%s", key, s);
		free(s);
		(*out)[n++] = pair;
	}
}

static void
decode_json(const struct field *field, struct json_object *value, char **out,
    struct place *place)
{
	if (!json_object_is_type(value, json_type_object))
		leaf_expected(place, field->name, "an object", value);
	else
		*out = xstrdup(json_text(value, NULL));
}

static void
decode_boolean(const struct field *field, struct json_object *value,
    int64_t *out, struct place *place)
{
	if (!json_object_is_type(value, json_type_boolean))
		leaf_expected(place, field->name, "true or false", value);
	else if (json_object_get_boolean(value))
		*out = field->max != 0 ? field->max : 1;
	else
		*out = 0;
}

bool
leaf_decode(const struct field *field, struct json_object *value, void *out,
    struct place *place)
{
	switch (field->type) {
	case FIELD_STRING:
		*(char **)out = take_string(value, field->name, field->min,
		    field->max, place);
		return true;
	case FIELD_STRINGS:
		*(char ***)out = take_strings(field, value, place);
		return true;
	case FIELD_INTEGER:
		decode_integer(field, value, out, place);
		return true;
	case FIELD_NUMBER:
		decode_number(field, value, out, place);
		return true;
	case FIELD_BOOLEAN:
		decode_boolean(field, value, out, place);
		return true;
	case FIELD_CHOICE:
		decode_choice(field, value, out, place);
		return true;
	case FIELD_COMMAND:
		decode_command(field, value, out, place);
		return true;
	case FIELD_ENV:
		decode_env(field, value, out, place);
		return true;
	case FIELD_JSON:
		decode_json(field, value, out, place);
		return true;
	case FIELD_OBJECT:
	case FIELD_OBJECTS:
	case FIELD_EMBED:
	case FIELD_MAP:
	case FIELD_END:
		break;
	}
	return false;
}
