/*
 * Removing tasks' worktrees, one after the other.  See worktree.h, and
 * worktree.sh, which removes them.
 */
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/paths.h"
#include "common/step.h"
#include "common/timefmt.h"
#include "daemon/os/helper.h"
#include "daemon/record/record.h"
#include "daemon/store/files.h"
#include "daemon/worktree/errand.h"
#include "daemon/worktree/worktree.h"

/* The time for all of them. */
#define LIMIT_MS 60000
/* Deleting files may take long; what is left goes after the next removal. */
#define SWEEP_MS 600000

struct worktree_removal {
	const struct record **recs;
	char **why;
	size_t n, at; /* the one that is being removed */
	enum worktree_removal_mode mode;
	int64_t deadline; /* CLOCK_MONOTONIC */
	struct helper *helper;
	void (*done)(char *const *why, void *arg);
	void *arg;
};

static const char *const modes[] = {
	[WORKTREE_CHECK] = "check",
	[WORKTREE_REMOVE] = "remove",
	[WORKTREE_FORCE] = "force",
};

/* Deletes the files of what was removed; nobody waits for it. */
static struct helper *sweeper;

static void
swept(const char *output, bool ended, void *arg)
{
	(void)output;
	(void)ended;
	(void)arg;
	sweeper = NULL; /* frees itself after this */
}

static void
sweep(void)
{
	char script[PATH_MAX], **argv, *root;
	struct error err;

	if (sweeper != NULL ||
	    paths_libexec("worktree.sh", script, sizeof(script), &err) != 0)
		return;
	root = xasprintf("%s/worktrees", store_root());
	argv = strv_add(strv_add(strv_add(NULL, script), "sweep"), root);
	sweeper = helper_start(argv, NULL, SWEEP_MS, swept, NULL, &err);
	if (sweeper == NULL)
		log_warnx("removed worktrees are not deleted yet: %s",
		    err.text);
	strv_free(argv);
	free(root);
}

/* Returns why it stays, which the caller frees; NULL: it is gone. */
static char *
verdict(const char *output)
{
	const char *end = strchr(output, '\n');

	if (end == NULL)
		return xstrdup("its worktree could not be examined in time; "
			       "try again");
	if (strncmp(output, "ok\n", 3) == 0)
		return NULL;
	return xstrndup(output, (size_t)(end - output));
}

static void
finish(struct worktree_removal *removal)
{
	STEP("worktrees-removed");
	if (removal->mode != WORKTREE_CHECK)
		sweep();
	removal->done(removal->why, removal->arg);
	worktree_removal_free(removal);
}

static void removed(const char *output, bool ended, void *arg);

static struct helper *
start(struct worktree_removal *removal, struct error *err)
{
	const struct record *rec = removal->recs[removal->at];
	int64_t left_ms = removal->deadline - time_mono_ms();
	struct worktree_summary summary;
	const char *more[] = { modes[removal->mode], "0", NULL };

	if (left_ms <= 0) {
		fail(err, ERR_SYSTEM,
		    "there was no time left for its "
		    "worktree; try again");
		return NULL;
	}
	worktree_read_summary(rec, &summary);
	if (worktree_is_clean(&summary))
		more[1] = "1";
	return errand_start(rec, "remove", more, left_ms / 1000 + 1, removed,
	    removal, err);
}

/* Goes on with the next one that can be begun; false: there is none. */
static bool
go_on(struct worktree_removal *removal)
{
	struct error err;

	for (; removal->at < removal->n; removal->at++) {
		removal->helper = start(removal, &err);
		if (removal->helper != NULL)
			return true;
		removal->why[removal->at] = xstrdup(err.text);
	}
	return false;
}

static void
removed(const char *output, bool ended, void *arg)
{
	struct worktree_removal *removal = arg;

	(void)ended;            /* what was printed in time counts */
	removal->helper = NULL; /* frees itself after this */
	removal->why[removal->at++] = verdict(output);
	if (!go_on(removal))
		finish(removal);
}

struct worktree_removal *
worktree_removal_new(const struct record *const *recs, size_t n,
    enum worktree_removal_mode mode, void (*done)(char *const *why, void *arg),
    void *arg, struct error *err)
{
	struct worktree_removal *removal;

	if (worktree_check(err) != 0)
		return NULL;
	removal = xcalloc(1, sizeof(*removal));
	removal->recs = xcalloc(n, sizeof(*removal->recs));
	memcpy(removal->recs, recs, n * sizeof(*recs));
	removal->why = xcalloc(n, sizeof(*removal->why));
	removal->n = n;
	removal->mode = mode;
	removal->deadline = time_mono_ms() + LIMIT_MS;
	removal->done = done;
	removal->arg = arg;
	if (go_on(removal))
		return removal;
	fail(err, ERR_SYSTEM, "%s", removal->why[0]);
	worktree_removal_free(removal);
	return NULL;
}

void
worktree_removal_free(struct worktree_removal *removal)
{
	size_t i;

	if (removal == NULL)
		return;
	helper_free(removal->helper);
	for (i = 0; i < removal->n; i++)
		free(removal->why[i]);
	free(removal->why);
	free(removal->recs);
	free(removal);
}
