/*
 * The result of an agent: its last words, whole.
 */
#ifndef CLI_RESULT_H
#define CLI_RESULT_H

struct error;
struct task_info;

/* Returns that of the run in dir alone, which the caller frees; or NULL. */
char *result_in(const char *dir);

/* Returns the text, which the caller frees; NULL with err: there is none. */
char *result_text(const struct task_info *task, struct error *err);

#endif
