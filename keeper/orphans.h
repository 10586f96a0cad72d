/*
 * What a keeper that was killed has left: finding the processes of its task,
 * ending them, and completing the record.
 */
#ifndef KEEPER_ORPHANS_H
#define KEEPER_ORPHANS_H

/*
 * Takes the task in dir over from a dead keeper and ends it; 0 also when
 * there is nothing to take over.  1: could not be claimed or written.
 */
int orphans_run(const char *dir);

#endif
