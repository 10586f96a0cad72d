/*
 * Options of a verb: one table names them, reads them into the verb's struct
 * and writes its help.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "json/schema.h" /* FIELD_AT */

struct error;

enum option_kind {
	OPTION_END,
	OPTION_FLAG,     /* bool */
	OPTION_TEXT,     /* const char *, of argv */
	OPTION_LIST,     /* char **, everything that was given, in order */
	OPTION_NUMBER,   /* int64_t */
	OPTION_DURATION, /* int64_t, of unit_ms milliseconds each */
};

struct option_row {
	enum option_kind kind;
	char letter;       /* 0: it has none */
	const char *name;  /* long, without its dashes */
	const char *value; /* what the help calls it; NULL for a flag */
	size_t offset;
	int64_t min, max; /* of a number; of a duration seconds */
	int64_t unit_ms;
	const char *help;
};

#define OPTION_FLAG(s, m, ...) \
	{ \
		.kind = OPTION_FLAG, .offset = FIELD_AT(s, m, bool), \
		__VA_ARGS__ \
	}
#define OPTION_TEXT(s, m, ...) \
	{ \
		.kind = OPTION_TEXT, .offset = FIELD_AT(s, m, const char *), \
		__VA_ARGS__ \
	}
#define OPTION_LIST(s, m, ...) \
	{ \
		.kind = OPTION_LIST, .offset = FIELD_AT(s, m, char **), \
		__VA_ARGS__ \
	}
#define OPTION_NUMBER(s, m, ...) \
	{ \
		.kind = OPTION_NUMBER, .offset = FIELD_AT(s, m, int64_t), \
		__VA_ARGS__ \
	}
/* Its member has whole seconds, or, where they must be exact, milliseconds. */
#define OPTION_SECONDS(s, m, ...) \
	{ \
		.kind = OPTION_DURATION, .unit_ms = 1000, \
		.offset = FIELD_AT(s, m, int64_t), __VA_ARGS__ \
	}
#define OPTION_MS(s, m, ...) \
	{ \
		.kind = OPTION_DURATION, .unit_ms = 1, \
		.offset = FIELD_AT(s, m, int64_t), __VA_ARGS__ \
	}
#define END_OF_OPTIONS \
	{ \
		.kind = OPTION_END \
	}

/*
 * Reads the options in argv, from argv[1] on, into the struct at out and
 * returns where the words begin; argv is sorted so that they stand last,
 * unless words_end_options, when the first one ends the options.  -1 with
 * err; 0: --help was asked for.
 */
int options_read(const struct option_row *rows, int argc, char **argv,
    bool words_end_options, void *out, struct error *err);

/* Frees the lists. */
void options_clear(const struct option_row *rows, void *out);

/* One line or more for each option. */
void options_help(const struct option_row *rows, FILE *file);

#endif
