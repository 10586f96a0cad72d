/*
 * What doctor looks at of Claude Code: program, login, this folder, our server.
 */
#ifndef CLI_CHECKUP_CLAUDE_H
#define CLI_CHECKUP_CLAUDE_H

struct checkup;
struct json_object;

/* Debug is what the living daemon says of its clients; NULL: none runs. */
void checkup_claude(struct checkup *checkup, struct json_object *debug);

#endif
