/*
 * The signals that a person sends to a command that waits: taken one by one
 * between other things.
 */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

/*
 * From now on SIGHUP, SIGINT and SIGTERM do not end us; returns a descriptor
 * that can be read when one came.  The third SIGINT ends us whatever we do.
 */
int signals_catch(void);

/* The next one that came, or 0, also when none are caught. */
int signals_take(void);

#endif
