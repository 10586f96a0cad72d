/*
 * The columns of lists of tasks, and what they have of a task.
 */
#ifndef CLI_COLUMNS_H
#define CLI_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/table.h"

struct error;
struct task_info;

#define COLUMNS_MAX 11

/* Those that were chosen, for table_new() and a row of each task. */
struct columns {
	struct table_column titles[COLUMNS_MAX + 1];
	void (*add[COLUMNS_MAX])(struct table *table,
	    const struct task_info *task);
	size_t n;
};

/*
 * Fills the zeroed columns from names such as "id,state"; NULL: the usual
 * ones, for people or (plain) for scripts.  -1 with err.
 */
int columns_choose(const char *names, bool plain, struct columns *columns,
    struct error *err);
/* Adds the row of a task. */
void columns_add(const struct columns *columns, const struct task_info *task,
    struct table *table);

#endif
