/*
 * Errands.  See errand.h and keeper/errand.c.
 */
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>

#include "common/error.h"
#include "common/mem.h"
#include "common/paths.h"
#include "daemon/os/cgroup.h"
#include "daemon/os/helper.h"
#include "daemon/record/record.h"
#include "daemon/store/files.h"
#include "daemon/worktree/errand.h"
#include "daemon/worktree/worktree.h"

/* The keeper of an errand gets so long to end what it has started. */
#define END_MS 5000

/* Returns the command line up to the script; NULL with err. */
static char **
keeper_argv(const struct record *rec, int64_t limit_s, struct error *err)
{
	char path[PATH_MAX], *text;
	char **argv;

	if (paths_libexec("ccproc-keeper", path, sizeof(path), err) != 0)
		return NULL;
	argv = strv_add(strv_add(NULL, path), "--errand");
	argv = cgroup_options(argv);
	text = xasprintf("%" PRId64, limit_s);
	argv = strv_add(strv_add(argv, "-t"), text);
	free(text);
	argv = strv_add(strv_add(argv, "-d"), store_full_path(rec->path));
	return strv_add(argv, "--");
}

static char **
command_line(const struct record *rec, const char *verb,
    const char *const *more, int64_t limit_s, struct error *err)
{
	char **script = worktree_script(rec, verb, err), **argv;
	size_t i;

	if (script == NULL)
		return NULL;
	argv = keeper_argv(rec, limit_s, err);
	for (i = 0; argv != NULL && script[i] != NULL; i++)
		argv = strv_add(argv, script[i]);
	for (i = 0; argv != NULL && more[i] != NULL; i++)
		argv = strv_add(argv, more[i]);
	strv_free(script);
	return argv;
}

struct helper *
errand_start(const struct record *rec, const char *verb,
    const char *const *more, int64_t limit_s,
    void (*done)(const char *output, bool ended, void *arg), void *arg,
    struct error *err)
{
	char **argv = command_line(rec, verb, more, limit_s, err);
	struct helper *helper = NULL;

	if (argv != NULL)
		helper = helper_start(argv, NULL, limit_s * 1000 + END_MS, done,
		    arg, err);
	if (helper != NULL)
		helper_set_task(helper, rec->number);
	strv_free(argv);
	return helper;
}
