/*
 * What a task's worktree came to.  See worktree.h.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/step.h"
#include "daemon/os/helper.h"
#include "daemon/record/record.h"
#include "daemon/store/store.h"
#include "daemon/worktree/worktree.h"

/* The end of a task is told without it then. */
#define DEADLINE_MS 10000

struct worktree_look {
	uint64_t number;
	const struct record *rec; /* borrowed: its task is live */
	struct helper *helper;
	void (*done)(void *arg);
	void *arg;
};

/* Arguments: the task's directory, its worktree. */
static const char look_script[] =
    "exec 2>/dev/null\n"
    "LC_ALL=C GIT_OPTIONAL_LOCKS=0\n"
    "export LC_ALL GIT_OPTIONAL_LOCKS\n"
    "{ IFS= read -r base; IFS= read -r branch; IFS= read -r git; "
    "} <\"$1/worktree\" || exit 1\n"
    "cd \"$2\" && [ -e .git ] || exit 1\n"
    "g() { \"$git\" -c core.fsmonitor=false \"$@\"; }\n"
    "status=$(g status --porcelain --untracked-files=all) || exit 1\n"
    "commits=$(g rev-list --count \"$base..HEAD\") || exit 1\n"
    "diff=$(g diff --shortstat --no-ext-diff --no-textconv \"$base\") ||\n"
    "	exit 1\n"
    "printf 'commits %s\\nstatus %s\\nuntracked %s\\n%s\\nend\\n' \\\n"
    "	\"$commits\" \"$(printf %s \"$status\" | grep -c '')\" \\\n"
    "	\"$(printf %s \"$status\" | grep -c '^[?]')\" \"$diff\"\n";

/* The number behind a word, or before one; 0: there is none. */
static int64_t
number_behind(const char *text, const char *word)
{
	const char *at = strstr(text, word);

	return at == NULL ? 0 : strtoll(at + strlen(word), NULL, 10);
}

static int64_t
number_before(const char *text, const char *word)
{
	const char *at = strstr(text, word);

	while (at != NULL && at > text && at[-1] >= '0' && at[-1] <= '9')
		at--;
	return at == NULL ? 0 : strtoll(at, NULL, 10);
}

static void
parse(const char *text, struct worktree_summary *s)
{
	s->commits = number_behind(text, "commits ");
	s->dirty = number_behind(text, "status ") > 0;
	s->untracked = number_behind(text, "untracked ");
	s->files_changed = number_before(text, " file");
	s->insertions = number_before(text, " insertion");
	s->deletions = number_before(text, " deletion");
}

static void
looked(const char *output, void *arg)
{
	struct worktree_look *look = arg;
	struct worktree_summary summary = { -1, -1, -1, -1, -1, -1 };
	struct error err;

	STEP("summary-unwritten");
	if (strstr(output, "\nend\n") != NULL)
		parse(output, &summary);
	else
		log_warnx("t%" PRIu64 ": its worktree could not be examined",
		    look->number);
	if (worktree_write_summary(look->rec, &summary, &err) != 0)
		log_warnx("t%" PRIu64 ": %s", look->number, err.text);
	STEP("summary-written");
	look->helper = NULL; /* frees itself behind this */
	look->done(look->arg);
	worktree_look_free(look);
}

struct worktree_look *
worktree_look_new(const struct record *rec, void (*done)(void *arg), void *arg)
{
	struct worktree_look *look = xcalloc(1, sizeof(*look));
	char *dir = xstrdup(store_full_path(rec->path));
	char *path = worktree_path(rec);
	char *args[] = { dir, path, NULL };
	struct error err;

	look->number = rec->number;
	look->rec = rec;
	look->done = done;
	look->arg = arg;
	look->helper = helper_start(look_script, args, DEADLINE_MS, looked,
	    look, &err);
	free(dir);
	free(path);
	if (look->helper != NULL)
		return look;
	log_warnx("t%" PRIu64 ": its worktree is not examined: %s", rec->number,
	    err.text);
	worktree_look_free(look);
	return NULL;
}

void
worktree_look_free(struct worktree_look *look)
{
	if (look == NULL)
		return;
	helper_free(look->helper);
	free(look);
}
