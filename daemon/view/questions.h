/*
 * Questions as text for models, people and dialogs, and as JSON.  What an
 * agent wrote is shown with its control characters made visible.
 */
#ifndef DAEMON_VIEW_QUESTIONS_H
#define DAEMON_VIEW_QUESTIONS_H

#include <stddef.h>

struct ask;
struct buf;
struct json_object;
struct record;
struct task;

/* "Bash: rm -rf build", one line of about chars; the caller frees. */
char *render_ask(const struct ask *ask, size_t chars);
/* For a dialog: who asks, what for, all of the input that fits; the same. */
char *render_ask_form(const struct ask *ask);
/* Adds lines: the open questions of a task, and who answers them how. */
void render_asks(const struct task *task, struct buf *out);
/* Adds a line for each that was denied in the current run of a task. */
void render_asks_denied(const struct record *rec, struct buf *out);
/* The open ones as an array; inputs of more than chars are left out. */
struct json_object *render_asks_json(const struct task *task, size_t chars);

#endif
