/*
 * What the pane shows of a task: from its files, or as ccproc tells it.
 */
#ifndef CLI_TOP_CONTENTS_H
#define CLI_TOP_CONTENTS_H

#include "cli/top/pane.h"

struct feed;
struct row;

/* Returns clean text, which the caller frees; a text says what failed. */
char *contents_read(struct feed *feed, const char *ccproc,
    const struct row *row, enum pane_kind kind);

#endif
