/*
 * Inside of the field tables: decoding one value that holds no objects.
 */
#ifndef JSON_SCHEMA_LEAF_H
#define JSON_SCHEMA_LEAF_H

#include <stdbool.h>

#include "json/schema.h"

/* The place that is decoded: the path before a problem, and their number. */
struct place {
	const char *where; /* of the object: "", "tasks[3]." */
	struct error *err;
	int problems;
	bool call;    /* what a client sent: more is understood */
	bool lenient; /* what schema_encode wrote: unknown keys pass */
};

/* Adds a problem with the member called name. */
void leaf_problem(struct place *place, const char *name, const char *text);
/* Adds the problem that value is of the wrong type. */
void leaf_expected(struct place *place, const char *name, const char *what,
    struct json_object *value);

/* Decodes into the member at out; false for a type that is no leaf. */
bool leaf_decode(const struct field *field, struct json_object *value,
    void *out, struct place *place);

#endif
