/*
 * The URIs of resources:
 *
 *	ccproc://tasks/ID          the record, as JSON
 *	ccproc://tasks/ID/result   what check_tasks says, in whole
 *	ccproc://tasks/ID/stdout   what it wrote, the last MiB of it
 *	ccproc://tasks/ID/stderr
 *
 * ID is whatever the tools take.  The first two also stand for groups.
 */
#ifndef DAEMON_PROVIDE_RESOURCE_URI_H
#define DAEMON_PROVIDE_RESOURCE_URI_H

#include <stdbool.h>

#include "daemon/task/lookup.h"

#define RESOURCE_PREFIX "ccproc://tasks/"

enum resource_part {
	PART_RECORD,
	PART_RESULT,
	PART_STDOUT,
	PART_STDERR,
};

/* "/stdout", the end of its URI; "" for the record. */
const char *resource_suffix(enum resource_part part);
/* "stdout": the file in the task's directory; NULL: none. */
const char *resource_file(enum resource_part part);

/* What a URI means; false: nothing.  The caller clears the list. */
bool resource_find(const char *uri, struct task_list *list,
    enum resource_part *part);

#endif
