/*
 * Where things are: socket, state, configuration, programs.  Needs libc only.
 */
#ifndef COMMON_PATHS_H
#define COMMON_PATHS_H

#include <stddef.h>

struct error;

/*
 * The state directory: $CCPROC_STATE_DIR, else $XDG_STATE_HOME/ccproc, else
 * ~/.local/state/ccproc.  Absolute paths only; HOME from the environment,
 * else from the password file.
 */
int paths_state(char *buf, size_t size, struct error *err);

/*
 * The socket: $CCPROC_SOCKET, else $XDG_RUNTIME_DIR/ccproc/sock if that
 * directory is there, else /run/user/UID/ccproc/sock if that one is ours,
 * else STATE/sock.  A runtime directory of somebody else's is an error.
 * Longer than sun_path allows is an error that says so.
 */
int paths_socket(char *buf, size_t size, struct error *err);

/* $CCPROC_CONFIG, else $XDG_CONFIG_HOME/ccproc/config.json, else ~/.config. */
int paths_config(char *buf, size_t size, struct error *err);

/* A program of ours, in the folder of the running one. */
int paths_program(const char *name, char *buf, size_t size, struct error *err);
/*
 * The keeper, or a script of the daemon: in $CCPROC_LIBEXEC, else in the
 * folder of the running program, else in ../libexec/ccproc beside it.
 * Exists and is executable, as what paths_program finds.
 */
int paths_libexec(const char *name, char *buf, size_t size, struct error *err);

/*
 * Makes path and what is missing above it, but in a place of our own, or in
 * one for all, only.  The last folder is made 0700;
 * when it exists it must be a folder, not a symlink, and ours; one with
 * rights for others is refused.
 */
int paths_make_private(const char *path, struct error *err);

#endif
