/*
 * Commands of ccproc that keys run: beside the view, which waits for none.
 */
#ifndef CLI_TOP_JOB_H
#define CLI_TOP_JOB_H

#include <stdbool.h>

struct job;

/* Runs the program with the words behind its name; the caller frees.  NULL:
 * there is no room for a process. */
struct job *job_start(const char *program, char *const *words);
/* It goes on by itself, if it has not ended. */
void job_free(struct job *job);
/* What it writes can be read there. */
int job_fd(const struct job *job);
/* Reads what there is; true: it has ended. */
bool job_read(struct job *job);
/* Returns the last line that it wrote, clean; the caller frees. */
char *job_said(const struct job *job);
bool job_failed(const struct job *job);

#endif
