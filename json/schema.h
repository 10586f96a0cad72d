/*
 * Field tables: one row per member of a struct says how it is called in
 * JSON, what it may be and what it is for.  The same rows decode and
 * validate (tool arguments, the configuration, spec.json), encode, publish
 * a JSON Schema and document.
 */
#ifndef JSON_SCHEMA_H
#define JSON_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct error;
struct json_object;

enum field_type {
	FIELD_STRING,  /* char * */
	FIELD_STRINGS, /* char **, NULL-terminated */
	FIELD_INTEGER, /* int64_t */
	FIELD_NUMBER,  /* double */
	FIELD_BOOLEAN, /* int64_t: 0, 1 or what absent says */
	FIELD_CHOICE,  /* int64_t, the value of a struct choice */
	FIELD_OBJECT,  /* a struct, inside the outer one, with its table */
	FIELD_OBJECTS, /* struct field_array of such structs */
	FIELD_COMMAND, /* char * (a line) and char ** (a vector) after it */
	FIELD_ENV,     /* char ** of "NAME=value", from an object */
	FIELD_JSON,    /* char *, the text of an object */
	FIELD_EMBED,   /* a struct whose members stand at this level */
	FIELD_MAP,     /* struct field_array: the members that no other row
			  names, each an object.  Its struct begins with
			  a char *, the member's name; the table has no
			  row for that.  Not published. */
	FIELD_END,
};

/* Choices end with name NULL.  An absent choice decodes to 0. */
struct choice {
	const char *name;
	int64_t value;
};

/* Array of the table's struct, to which FIELD_OBJECTS and FIELD_MAP decode. */
struct field_array {
	void *items;
	size_t n;
};

struct field {
	const char *name;
	enum field_type type;
	size_t offset;
	const char *help;
	int64_t min, max; /* value, length of a string, number of items;
				 of a boolean max is what true becomes, if
				 not 1 */
	int64_t absent;   /* what an absent integer or boolean becomes; an
				 integer's is published as its default */
	bool required;
	/* An empty value is a mistake: without this, it means "not given". */
	bool never_empty;
	/* What it is, of members of which exactly one must be given. */
	const char *alternative;
	bool hidden;     /* works, but is not published */
	bool named;      /* published by its name, with its object's help */
	bool unstored;   /* left out by schema_encode */
	bool names_only; /* publish these objects' members without help, */
	bool once;       /* and of them not those that have this */
	const struct choice *choices;
	const struct field *fields; /* of an object or of objects */
	size_t size;                /* of the struct that fields describes */
};

/* A row's offset, checked: the member must have the type it decodes to. */
#define FIELD_AT(s, m, t) (offsetof(s, m) + 0 * sizeof(&((s *)0)->m == (t *)0))

/* clang-format off */
#define STRING(s, m, ...) \
	{ .name = #m, .type = FIELD_STRING, \
	    .offset = FIELD_AT(s, m, char *), __VA_ARGS__ }
#define STRINGS(s, m, ...) \
	{ .name = #m, .type = FIELD_STRINGS, \
	    .offset = FIELD_AT(s, m, char **), __VA_ARGS__ }
#define INTEGER(s, m, ...) \
	{ .name = #m, .type = FIELD_INTEGER, \
	    .offset = FIELD_AT(s, m, int64_t), __VA_ARGS__ }
#define NUMBER(s, m, ...) \
	{ .name = #m, .type = FIELD_NUMBER, \
	    .offset = FIELD_AT(s, m, double), __VA_ARGS__ }
#define BOOLEAN(s, m, ...) \
	{ .name = #m, .type = FIELD_BOOLEAN, \
	    .offset = FIELD_AT(s, m, int64_t), __VA_ARGS__ }
#define CHOICE(s, m, ...) \
	{ .name = #m, .type = FIELD_CHOICE, \
	    .offset = FIELD_AT(s, m, int64_t), __VA_ARGS__ }
#define OBJECT(s, m, t, ...) \
	{ .name = #m, .type = FIELD_OBJECT, .offset = FIELD_AT(s, m, t), \
	    .size = sizeof(t), __VA_ARGS__ }
#define OBJECTS(s, m, t, ...) \
	{ .name = #m, .type = FIELD_OBJECTS, \
	    .offset = FIELD_AT(s, m, struct field_array), \
	    .size = sizeof(t), __VA_ARGS__ }
/* line and vector are the members for the two forms; line comes first. */
#define COMMAND(s, n, line, vector, ...) \
	{ .name = n, .type = FIELD_COMMAND, \
	    .offset = FIELD_AT(s, line, char *) + \
	    0 * sizeof(char[offsetof(s, vector) == \
	    offsetof(s, line) + sizeof(char *) ? 1 : -1]), __VA_ARGS__ }
#define ENV(s, m, ...) \
	{ .name = #m, .type = FIELD_ENV, \
	    .offset = FIELD_AT(s, m, char **), __VA_ARGS__ }
#define JSON(s, m, ...) \
	{ .name = #m, .type = FIELD_JSON, \
	    .offset = FIELD_AT(s, m, char *), __VA_ARGS__ }
#define EMBED(s, m, t, ...) \
	{ .name = "", .type = FIELD_EMBED, .offset = FIELD_AT(s, m, t), \
	    .size = sizeof(t), __VA_ARGS__ }
/* n is what people are shown in place of the names. */
#define MAP(s, n, m, t, ...) \
	{ .name = n, .type = FIELD_MAP, \
	    .offset = FIELD_AT(s, m, struct field_array), \
	    .size = sizeof(t), __VA_ARGS__ }
#define END_OF_FIELDS { .type = FIELD_END }
/* clang-format on */

/*
 * Decodes object (NULL: an empty one) into the struct at out, which must be
 * zeroed.  Adds every problem to err, each beginning with where (such as
 * "tasks[3]."); returns how many.  Whatever the outcome, schema_clear frees
 * what was decoded.
 */
int schema_decode(const struct field *fields, struct json_object *object,
    const char *where, void *out, struct error *err);

/*
 * The same of what a client sent.  A string that is the JSON of a value of
 * the member's type counts as that, and "", [] or {} in a member that is not
 * required as not given, as do blanks in an alternative.
 */
int schema_decode_call(const struct field *fields, struct json_object *object,
    void *out, struct error *err);

/* Decodes what schema_encode wrote: unknown keys pass. */
int schema_load(const struct field *fields, struct json_object *object,
    void *out, struct error *err);

/* Adds the present members of the struct to object, of env the names only. */
void schema_encode(const struct field *fields, const void *in,
    struct json_object *object);

/* Returns a JSON Schema of the table; the caller puts it. */
struct json_object *schema_publish(const struct field *fields);

/* Returns one with all ranges, defaults and words, for who edits a file. */
struct json_object *schema_for_editor(const struct field *fields);

/*
 * Adds to out a file with every member and its default, where those that are
 * no objects are comments.
 */
void schema_template(const struct field *fields, struct buf *out);

/*
 * Adds to out, for every member, also of objects inside, its path, its value
 * in the struct, type, range, default and help, as text for people.
 */
void schema_describe(const struct field *fields, const void *in,
    const char *prefix, struct buf *out);

/* Frees what the members own and zeroes them. */
void schema_clear(const struct field *fields, void *out);

/* Copies the members deeply into the zeroed struct at out. */
void schema_copy(const struct field *fields, const void *in, void *out);

/* Returns the name of a value, or NULL. */
const char *choice_name(const struct choice *choices, int64_t value);

#endif
