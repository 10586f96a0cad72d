/*
 * The folder of a task on disk.
 */
#ifndef CLI_FILES_H
#define CLI_FILES_H

struct error;
struct json_object;

/*
 * Returns [{"name":...,"bytes":...}], which the caller puts, of the files in a
 * folder and in those directly below it; NULL with err.
 */
struct json_object *files_in(const char *dir, struct error *err);

#endif
