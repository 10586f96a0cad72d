/*
 * The secret of the state directory.
 */
#ifndef DAEMON_STORE_SECRET_H
#define DAEMON_STORE_SECRET_H

#include <stddef.h>

struct error;

/*
 * Fills in the secret in STATE/key, n bytes; a missing or damaged one is
 * made anew.  -1 with err: it could not be read now, and stays as it is, or
 * could not be kept; bytes are random all the same if there was any
 * randomness.  The caller has the lock.
 */
int store_secret(unsigned char *bytes, size_t n, struct error *err);

#endif
