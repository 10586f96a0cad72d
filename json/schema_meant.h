/*
 * What a client means by what it sends.
 */
#ifndef JSON_SCHEMA_MEANT_H
#define JSON_SCHEMA_MEANT_H

#include "json/json.h"

struct field;
struct place;

/*
 * Returns the object without what is encoded twice or stands for "not given",
 * each member by its row; the caller puts it.  Problems go to place.
 */
struct json_object *schema_meant(const struct field *fields,
    struct json_object *object, struct place *place);

/* Returns the value of the text that a string holds, if that has the type;
 * else NULL.  The caller puts it. */
struct json_object *schema_unwrap(struct json_object *string,
    enum json_type type);

#endif
