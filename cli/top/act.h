/*
 * What a key does: moves, folds, asks for words, runs a command.
 */
#ifndef CLI_TOP_ACT_H
#define CLI_TOP_ACT_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/top/pane.h"

struct act;
struct model;

enum act_wish { ACT_NOTHING, ACT_QUIT, ACT_ANEW };

/* The program is ccproc; the caller frees. */
struct act *act_new(const char *ccproc, struct model *model);
void act_free(struct act *act);

enum act_wish act_key(struct act *act, int key);

/* What the pane is to show of the row at the cursor. */
enum pane_kind act_pane(const struct act *act);
/* Fills in what the last lines say. */
void act_tell(struct act *act);

/* Descriptors of the commands that run, at most ACT_JOBS; how many. */
#define ACT_JOBS 8
size_t act_fds(const struct act *act, int *fds);
/* Reads what they say; true: one has ended. */
bool act_read(struct act *act);

#endif
