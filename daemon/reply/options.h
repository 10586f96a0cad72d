/*
 * The fields of a form for what an agent asks with options: for each question a
 * choice of its options, and other words.
 */
#ifndef DAEMON_REPLY_OPTIONS_H
#define DAEMON_REPLY_OPTIONS_H

struct json_object;

/* Returns the properties of a form; the caller puts. */
struct json_object *options_fields(struct json_object *input);

/*
 * Returns the answers in the content of such a form, which the caller frees;
 * NULL: one is missing.
 */
char **options_answers(struct json_object *input, struct json_object *content);

#endif
