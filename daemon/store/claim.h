/*
 * The claim on a task or a later run: who holds CLAIM_FILE, with a POSIX
 * record lock as in lock.h.
 */
#ifndef DAEMON_STORE_CLAIM_H
#define DAEMON_STORE_CLAIM_H

#include <sys/types.h>

struct error;

/* Returns the holder's pid, 0 when the claim is free; -1 with err. */
pid_t store_claim_holder(int dirfd, struct error *err);
/*
 * Takes the claim for the daemon.  Returns a descriptor to close when done;
 * ERR_BUSY: a keeper holds it.
 */
int store_claim(int dirfd, struct error *err);

#endif
