/*
 * Removing tasks' worktrees.  See worktree.h, and worktree.sh, which removes
 * them.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/mem.h"
#include "common/step.h"
#include "daemon/os/helper.h"
#include "daemon/record/record.h"
#include "daemon/store/files.h"
#include "daemon/worktree/worktree.h"

#define DEADLINE_MS 60000

struct worktree_removal {
	size_t n;
	struct helper *helper;
	void (*done)(char *const *why, void *arg);
	void *arg;
};

static const char *const modes[] = {
	[WORKTREE_CHECK] = "check",
	[WORKTREE_REMOVE] = "remove",
	[WORKTREE_FORCE] = "force",
};

/* Returns why the i-th stays, which the caller frees; NULL: it is gone. */
static char *
verdict(const char *output, size_t i)
{
	char *begin = xasprintf("\n%zu\t", i);
	const char *at = strstr(output, begin);

	at = at == NULL ? NULL : at + strlen(begin);
	free(begin);
	if (at == NULL)
		return xstrdup("its worktree could not be examined in time; "
			       "try again");
	if (strncmp(at, "ok\n", 3) == 0)
		return NULL;
	return xstrndup(at, strcspn(at, "\n"));
}

static void
removed(const char *output, bool ended, void *arg)
{
	struct worktree_removal *removal = arg;
	char **why = xcalloc(removal->n + 1, sizeof(*why));
	char *text = xasprintf("\n%s", output);
	size_t i;

	(void)ended; /* lines that were printed in time count */
	STEP("worktrees-removed");
	for (i = 0; i < removal->n; i++)
		why[i] = verdict(text, i);
	removal->helper = NULL; /* frees itself after this */
	removal->done(why, removal->arg);
	for (i = 0; i < removal->n; i++)
		free(why[i]);
	free(why);
	free(text);
	worktree_removal_free(removal);
}

static char **
add_one(char **argv, const struct record *rec)
{
	char *path = worktree_path(rec);
	struct worktree_summary summary;

	worktree_read_summary(rec, &summary);
	argv = strv_add(argv, store_full_path(rec->path));
	argv = strv_add(argv, path);
	argv = strv_add(argv, worktree_is_clean(&summary) ? "1" : "0");
	free(path);
	return argv;
}

struct worktree_removal *
worktree_removal_new(const struct record *const *recs, size_t n,
    enum worktree_removal_mode mode, void (*done)(char *const *why, void *arg),
    void *arg, struct error *err)
{
	struct worktree_removal *removal;
	char **argv = worktree_script("remove", err);
	size_t i;

	if (argv == NULL)
		return NULL;
	argv = strv_add(argv, modes[mode]);
	argv = strv_add(argv, store_full_path("worktrees"));
	for (i = 0; i < n; i++)
		argv = add_one(argv, recs[i]);
	removal = xcalloc(1, sizeof(*removal));
	removal->n = n;
	removal->done = done;
	removal->arg = arg;
	removal->helper = helper_start(argv, NULL, DEADLINE_MS, removed,
	    removal, err);
	strv_free(argv);
	if (removal->helper != NULL)
		return removal;
	worktree_removal_free(removal);
	return NULL;
}

void
worktree_removal_free(struct worktree_removal *removal)
{
	if (removal == NULL)
		return;
	helper_free(removal->helper);
	free(removal);
}
