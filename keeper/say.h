/*
 * Text out, without stdio: a keeper stays small.
 */
#ifndef KEEPER_SAY_H
#define KEEPER_SAY_H

/* Writes the strings, whose end is a NULL, to fd. */
void say(int fd, ...) __attribute__((sentinel));

#endif
