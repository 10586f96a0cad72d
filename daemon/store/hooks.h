/*
 * Hooks of tasks: each is a folder in that of its task, accepted by rename like
 * a run, and a link in hooks/ until it is over.
 */
#ifndef DAEMON_STORE_HOOKS_H
#define DAEMON_STORE_HOOKS_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/store/name.h"

struct error;
struct record;

/* Room for "hook-end-1000-own". */
#define STORE_HOOK_NAME 40
/* The end of the name of one that the task has asked for. */
#define STORE_HOOK_OWN "-own"

struct store_hook {
	struct store_name task;
	char name[STORE_HOOK_NAME]; /* of its folder: hook-end-1 */
};

/* Whether the folder of a hook may be called so. */
bool store_is_hook(const char *name);
/* Whether the task has asked for it, so that it is inside of it. */
bool store_hook_is_own(const struct store_hook *hook);
/* Whether the task in path has one of that name. */
bool store_has_hook(const char *path, const char *name);

/*
 * Accepts one of that task: what it is (hook.json), what it is told on stdin,
 * and its environment.
 */
int store_create_hook(const struct record *rec, const struct store_hook *hook,
    const char *json, const char *told, const char *env, size_t env_len,
    struct error *err);

/*
 * Removes the hooks of a task of which a power cut has left a part only, so that
 * they are accepted again, and makes the links that it has taken.
 */
void store_mend_hooks(const struct store_name *task);

/*
 * Calls fn for each that is not over, in no order; links that lead to none are
 * removed.
 */
int store_each_hook(void (*fn)(const struct store_hook *hook),
    struct error *err);
/* It is over, or its task has been deleted. */
void store_end_hook(const struct store_hook *hook);

#endif
