/*
 * What doctor looks at of ccproc itself: programs, daemon, files, systemd.
 */
#ifndef CLI_CHECKUP_SELF_H
#define CLI_CHECKUP_SELF_H

struct checkup;
struct daemon_state;
struct json_object;

/* The daemon as it was seen: nothing is started. */
void checkup_self(struct checkup *checkup, const struct daemon_state *daemon);
/* By what the living daemon says of itself: a check only if one has failed. */
void checkup_hooks(struct checkup *checkup, struct json_object *debug);

#endif
