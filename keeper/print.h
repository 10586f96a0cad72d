/*
 * Text out, without stdio: a keeper stays small.
 */
#ifndef KEEPER_PRINT_H
#define KEEPER_PRINT_H

/* Writes the strings, whose end is a NULL, to fd. */
void print_strings(int fd, ...) __attribute__((sentinel));

#endif
