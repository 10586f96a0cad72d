/*
 * The pager of the person, between us and the terminal.
 */
#ifndef CLI_PAGER_H
#define CLI_PAGER_H

/*
 * Has stdout go through $GIT_PAGER, else $PAGER, else less, if it is a terminal
 * that can be told anything; else does nothing.
 */
void pager_begin(void);
/* Waits until the person has seen enough. */
void pager_end(void);

#endif
