/*
 * A field table with a row of every type, for the tests of the tables.
 */
#ifndef TESTS_UNIT_FIELDTABLE_H
#define TESTS_UNIT_FIELDTABLE_H

#include "json/schema.h"

enum colour { NONE, RED, BLUE };

struct inner {
	int64_t depth;
	char *name;
};

struct embedded {
	char *inside;
};

struct sample {
	char *text;
	char **words;
	int64_t count;
	double ratio;
	int64_t flag;
	int64_t mode; /* a boolean that becomes 5 */
	int64_t colour;
	struct inner inner;
	struct field_array items;
	char *line;
	char **argv;
	char **env;
	char *schema;
	struct embedded embedded;
	int64_t secret;
	char **chosen;
	int64_t only;
};

static const struct choice colours[] = {
	{ "red", RED },
	{ "blue", BLUE },
	{ NULL, 0 },
};

static const struct field inner_fields[] = {
	INTEGER(struct inner, depth, .min = -3, .max = 3, .absent = 1),
	STRING(struct inner, name, .required = true),
	END_OF_FIELDS,
};

static const struct field embedded_fields[] = {
	STRING(struct embedded, inside, .help = "embedded"),
	END_OF_FIELDS,
};

static const struct field sample_fields[] = {
	STRING(struct sample, text, .min = 1, .max = 8, .help = "a text"),
	STRINGS(struct sample, words, .max = 3),
	INTEGER(struct sample, count, .min = 1, .max = 10, .absent = 4),
	NUMBER(struct sample, ratio, .max = 100),
	BOOLEAN(struct sample, flag, .absent = -1),
	BOOLEAN(struct sample, mode, .max = 5),
	CHOICE(struct sample, colour, .choices = colours, .absent = RED),
	OBJECT(struct sample, inner, struct inner, .fields = inner_fields),
	OBJECTS(struct sample, items, struct inner, .fields = inner_fields,
	    .min = 1, .max = 2, .names_only = true),
	COMMAND(struct sample, "command", line, argv, .min = 1, .max = 4),
	ENV(struct sample, env),
	JSON(struct sample, schema),
	EMBED(struct sample, embedded, struct embedded,
	    .fields = embedded_fields),
	INTEGER(struct sample, secret, .hidden = true, .unstored = true),
	STRINGS(struct sample, chosen, .hidden = true, .unstored = true,
	    .never_empty = true),
	BOOLEAN(struct sample, only, .hidden = true, .unstored = true,
	    .never_empty = true),
	END_OF_FIELDS,
};

#endif
