/*
 * The log: lines on stderr, which is the journal under systemd and
 * STATE/ccprocd.log when the daemon was started on demand.  Lower case,
 * "t7: exited with status 1", never a secret.
 */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include <stdbool.h>

/* Says what lines begin with; stamped: put the time before them. */
void log_init(const char *name, bool debug, bool stamped);

/* Whether log_debug writes; others are always written. */
void log_set_debug(bool debug);
bool log_debugging(void);

void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* log_warn and fatal add ": " and what errno says; the x forms do not. */
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warnx(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void fatal(const char *fmt, ...)
    __attribute__((format(printf, 1, 2), noreturn));
void fatalx(const char *fmt, ...)
    __attribute__((format(printf, 1, 2), noreturn));

#endif
