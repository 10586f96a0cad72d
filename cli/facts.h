/*
 * What is known of a task, told twice: as rows for people, and as members of
 * its JSON.  Each row has a key, so that neither tells what the other does not.
 */
#ifndef CLI_FACTS_H
#define CLI_FACTS_H

#include <stddef.h>
#include <stdint.h>

struct json_object;

struct facts {
	struct fact *items;
	size_t n;
};

/*
 * Adds one; name and key must be there until the facts are cleared.  Without
 * text it is no row.  Takes value, which is not used where the daemon's JSON has
 * that key; NULL: it always has.
 */
void facts_add(struct facts *facts, const char *key, const char *name,
    struct json_object *value, const char *text);
void facts_addf(struct facts *facts, const char *key, const char *name,
    struct json_object *value, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/* The same of a text, which is both; NULL or empty: it is not known. */
void facts_add_text(struct facts *facts, const char *key, const char *name,
    const char *text);
void facts_add_list(struct facts *facts, const char *key, const char *name,
    char *const *list);
/* Of seconds, 0: there is none. */
void facts_add_seconds(struct facts *facts, const char *key, const char *name,
    int64_t s);

/* Prints the rows. */
void facts_print(const struct facts *facts);
/* Adds to the object what it does not have. */
void facts_tell(const struct facts *facts, struct json_object *object);
void facts_clear(struct facts *facts);

#endif
