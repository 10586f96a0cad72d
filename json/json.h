/*
 * json-c with its traps closed: parsing goes through jsonscan first, the
 * getters test the type (json-c coerces silently), printing is compact.
 * "Borrows" means: lives as long as the object it is in.
 */
#ifndef JSON_JSON_H
#define JSON_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

struct error;

/* Returns the value of a checked text, not null; the caller puts it. */
struct json_object *json_parse(const char *text, size_t len, struct error *err);

/*
 * Returns the value in a regular file, which is not followed when it is a
 * symlink; the caller puts it.  No such file is ERR_NOT_FOUND; larger than
 * LINE_MAX_BYTES or no JSON is ERR_INVALID.
 */
struct json_object *json_read(int dirfd, const char *name, struct error *err);

/* Returns the compact text of a value; borrows, until the value changes. */
const char *json_text(struct json_object *value, size_t *len);

/* Returns the same on one line, for all readers of lines; the caller frees. */
char *json_line(struct json_object *value);

/* Get members of an object; absent or of another type: NULL or false. */
struct json_object *json_member(struct json_object *object, const char *key);
struct json_object *json_object_at(struct json_object *object, const char *key);
struct json_object *json_array_at(struct json_object *object, const char *key);
const char *json_string_at(struct json_object *object, const char *key);
bool json_int_at(struct json_object *object, const char *key, int64_t *out);
bool json_number_at(struct json_object *object, const char *key, double *out);
bool json_bool_at(struct json_object *object, const char *key, bool *out);

/* Add a member; NULL gives null, as does a negative number to add_known. */
void json_add(struct json_object *object, const char *key,
    struct json_object *value); /* takes value */
void json_add_string(struct json_object *object, const char *key,
    const char *s);
void json_add_int(struct json_object *object, const char *key, int64_t n);
void json_add_known(struct json_object *object, const char *key, int64_t n);
void json_add_number(struct json_object *object, const char *key, double n);
void json_add_bool(struct json_object *object, const char *key, bool b);
void json_add_strv(struct json_object *object, const char *key, char *const *v);
/* Adds the value of a JSON text; NULL or damaged gives null. */
void json_add_text(struct json_object *object, const char *key,
    const char *text);

/* "2026-11-22T08:24:18.118Z", or null for 0. */
void json_add_time(struct json_object *object, const char *key, int64_t ms);

/* "object", "array", "string", "integer", "number", "boolean", "null" */
const char *json_type_word(struct json_object *value);

#endif
