/*
 * Why execve(2) has refused a program, in words.
 */
#ifndef KEEPER_EXPLAIN_H
#define KEEPER_EXPLAIN_H

#include <stddef.h>

/*
 * Fills text with what the file tells beside errnum: program is looked for
 * in cwd (NULL: the current one) or in path, as execve was.  "": nothing.
 */
void explain_exec(const char *program, const char *cwd, const char *path,
    int errnum, char *text, size_t size);

#endif
