/*
 * Accepting a task: its folder is written, then renamed into place.
 */
#ifndef DAEMON_STORE_ACCEPT_H
#define DAEMON_STORE_ACCEPT_H

#include <stddef.h>

struct error;
struct record;

/*
 * Accepts a task: writes its directory and its live link, then renames the
 * directory into place.  Rec has number, from and spec; path is filled in.
 * The caller adds it to the index.
 */
int store_create(struct record *rec, const char *env, size_t env_len,
    struct error *err);

/*
 * Writes the prompt (unless it is NULL), the environment and the claim of a
 * run that is to start into its directory.
 */
int store_fill_run(int dirfd, const char *prompt, const char *env,
    size_t env_len, struct error *err);

#endif
