/*
 * What a command says of itself, on stderr.
 */
#ifndef CLI_SAY_H
#define CLI_SAY_H

struct error;

/* Says what failed; returns STATUS_OURS. */
int say_failed(const struct error *err);
/* Says what is wrong with the command line; returns STATUS_USAGE. */
int say_usage(const char *verb, const struct error *err);

#endif
