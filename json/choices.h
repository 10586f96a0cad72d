/*
 * What an agent asks for an answer, not for a permission: the questions of
 * Claude Code's tool AskUserQuestion, with the options that each offers.
 */
#ifndef JSON_CHOICES_H
#define JSON_CHOICES_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct error;
struct json_object;

/* Whether a call of a tool is one; input is its arguments. */
bool choices_are(const char *tool, struct json_object *input);
size_t choices_count(struct json_object *input);
/* One of them; borrows. */
struct json_object *choices_at(struct json_object *input, size_t i);

/* Members of a question; "" or NULL where there is none. */
const char *choices_text(struct json_object *question);
bool choices_has_many(struct json_object *question); /* answers at once */
size_t choices_options(struct json_object *question);
const char *choices_label(struct json_object *question, size_t i);
const char *choices_describe(struct json_object *question, size_t i);

/*
 * Returns the input with an answer to each question, as the tool expects it;
 * the caller puts.  An answer is the label of an option, in any case, or other
 * words.  NULL with err: there are more or fewer than questions.
 */
struct json_object *choices_answer(struct json_object *input,
    char *const *answers, struct error *err);

#endif
