/*
 * The folder of a task on disk.
 */
#ifndef CLI_FILES_H
#define CLI_FILES_H

#include <stdbool.h>

struct error;
struct json_object;
struct tasks;

/*
 * Returns [{"name":...,"bytes":...}], which the caller puts, of the files in a
 * folder and in those directly below it; NULL with err.
 */
struct json_object *files_in(const char *dir, struct error *err);

/* Prints those of tasks; returns the exit status. */
int files_show(const struct tasks *tasks, bool json);

#endif
