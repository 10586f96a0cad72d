/*
 * What doctor looks at of ccproc itself: programs, daemon, files, systemd.
 */
#ifndef CLI_CHECKUP_SELF_H
#define CLI_CHECKUP_SELF_H

struct checkup;
struct daemon_state;

/* The daemon as it was seen: nothing is started. */
void checkup_self(struct checkup *checkup, const struct daemon_state *daemon);

#endif
