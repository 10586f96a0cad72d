/*
 * The provider of resources:
 *
 *	ccproc://tasks/ID          the record, as JSON
 *	ccproc://tasks/ID/result   what check_tasks says, in whole
 *	ccproc://tasks/ID/stdout   what it wrote, the last MiB of it
 *	ccproc://tasks/ID/stderr
 *
 * ID is whatever the tools take.  The first two also stand for groups.
 */
#ifndef DAEMON_PROVIDE_RESOURCES_H
#define DAEMON_PROVIDE_RESOURCES_H

#include <stdbool.h>

#include "daemon/find/resolve.h"
#include "mcp/resources.h"

extern const struct mcp_resources resources;

enum resource_part {
	PART_RECORD,
	PART_RESULT,
	PART_STDOUT,
	PART_STDERR,
};

/* "stdout": the file in the task's directory; NULL: none. */
const char *resource_file(enum resource_part part);

/* What a URI means; false: nothing.  The caller clears the list. */
bool resource_find(const char *uri, struct task_list *list,
    enum resource_part *part);

/* resource_watch.c: as in struct mcp_resources. */
void *resource_watch(void *user, const char *uri, void (*changed)(void *arg),
    void *arg);
void resource_unwatch(void *watch);

#endif
