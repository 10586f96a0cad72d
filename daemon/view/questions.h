/*
 * Questions as text for models, people and dialogs, and as JSON.
 */
#ifndef DAEMON_VIEW_QUESTIONS_H
#define DAEMON_VIEW_QUESTIONS_H

#include <stdbool.h>
#include <stddef.h>

struct question;
struct buf;
struct json_object;
struct record;
struct task;

/* `"Bash": rm -rf build', in one line; the caller frees. */
char *view_question(const struct question *question, size_t chars);
/* The lines of a dialog, as dialog_add() says. */
bool view_question_dialog(const struct question *question, struct buf *out,
    struct buf *notice);
/* Adds lines: the open questions of a task, and how they are answered. */
void view_questions(const struct task *task, struct buf *out);
/* Adds a line for each that was denied in the current run of a task. */
void view_denied_questions(const struct record *rec, struct buf *out);
/*
 * Returns what a request (SESSION-ORDINAL) has answered in the current run, such
 * as `allowed q1: "Bash": make', in one line; the caller frees.  NULL: nothing,
 * or it cannot be read.
 */
char *view_answered_question(const struct record *rec, const char *call);
/* The open ones as an array; inputs of more than chars are left out. */
struct json_object *view_questions_json(const struct task *task, size_t chars);

#endif
