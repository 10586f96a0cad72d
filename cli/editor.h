/*
 * A file in the editor of the person.
 */
#ifndef CLI_EDITOR_H
#define CLI_EDITOR_H

struct error;

/*
 * Runs $VISUAL, else $EDITOR, else vi on the file, as git(1) does: the variable
 * is a line for the shell.  -1 with err: it could not be run, or has failed.
 */
int editor_run(const char *path, struct error *err);

/*
 * Has the text edited in a file of its own, with a name that ends in suffix.
 * Returns what it has become, which the caller frees; NULL with err.
 */
char *editor_edit(const char *text, const char *suffix, struct error *err);

#endif
