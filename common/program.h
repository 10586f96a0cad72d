/*
 * Which daemon to start: STATE/program tells where the newest one that has
 * served was installed, and its version.  Needs libc only.
 */
#ifndef COMMON_PROGRAM_H
#define COMMON_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

struct error;

#define PROGRAM_FILE "program"
#define PROGRAM_PATH_SIZE 4096
#define PROGRAM_VERSION_SIZE 40

struct program {
	char version[PROGRAM_VERSION_SIZE];
	char path[PROGRAM_PATH_SIZE];
};

/* Reads what a daemon of that state directory has noted; false: nothing that
 * could be started now. */
bool program_noted(const char *state, struct program *program);

/*
 * The daemon to start: the one that was noted, or the one beside the running
 * program where that is newer and has not been replaced, or the other one has
 * gone.
 */
int program_daemon(const char *state, char *path, size_t size,
    struct error *err);

/* Where the running program was installed, as a link if it was one. */
int program_self(char *path, size_t size, struct error *err);

/*
 * A program of ours beside the running one: where that was started by a link,
 * the link beside it, which leads to the next version, too.
 */
int program_sibling(const char *name, char *path, size_t size,
    struct error *err);

#endif
