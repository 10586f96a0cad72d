/*
 * What the pane shows of a task: from its files, or as ccproc tells it.
 */
#ifndef CLI_TOP_CONTENTS_H
#define CLI_TOP_CONTENTS_H

#include "cli/top/pane.h"

struct feed;
struct item;

/*
 * Returns clean text, which the caller frees; a text says what failed.  The item
 * is a task, but for help any line, or NULL.
 */
char *contents_read(struct feed *feed, const char *ccproc,
    const struct item *item, enum pane_kind kind);

#endif
