/*
 * Telling of changes of a resource.
 */
#ifndef DAEMON_PROVIDE_RESOURCE_WATCH_H
#define DAEMON_PROVIDE_RESOURCE_WATCH_H

/*
 * Calls changed(arg) after each change of the resource; NULL: no such resource.
 * resource_unwatch frees it.  As in struct mcp_resources.
 */
void *resource_watch(void *user, const char *uri, void (*changed)(void *arg),
    void *arg);
void resource_unwatch(void *watch);

#endif
