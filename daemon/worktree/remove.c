/*
 * Removing tasks' worktrees.  See worktree.h.  A worktree is first renamed,
 * so that one that is gone is gone whole, however this is interrupted.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/mem.h"
#include "common/step.h"
#include "daemon/os/helper.h"
#include "daemon/record/record.h"
#include "daemon/store/store.h"
#include "daemon/worktree/worktree.h"

#define DEADLINE_MS 60000

struct worktree_removal {
	size_t n;
	struct helper *helper;
	void (*done)(char *const *why, void *arg);
	void *arg;
};

/*
 * Arguments: the folder of all worktrees, the mode, then for each its task's
 * directory, its place, and whether it was clean at the end.  Prints for
 * each "INDEX<TAB>" and "ok" or why not.
 *
 * What must not be lost: what is not committed, and commits that no branch,
 * tag or remote has but the task's own.
 *
 * Git is tried several times, as for making a worktree.
 */
static const char remove_script[] =
    "exec 2>/dev/null\n"
    "LC_ALL=C\n"
    "export LC_ALL\n"
    "root=$1 mode=$2 i=0\n"
    "shift 2\n"
    "g() { \"$git\" -c core.fsmonitor=false \"$@\"; }\n"
    "bare() { g --git-dir=\"$common\" \"$@\"; }\n"
    "registered() { grep -qxF \"$dir/.git\" "
    "\"$common\"/worktrees/*/gitdir; }\n"
    "branched() { bare show-ref --verify --quiet \"refs/heads/$branch\"; "
    "}\n"
    "persist() {\n"
    "	is_needed=$1\n"
    "	shift\n"
    "	for pause in 0.1 0.2 0.3; do\n"
    "		\"$@\" && return\n"
    "		\"$is_needed\" || return\n"
    "		sleep $pause\n"
    "	done\n"
    "	\"$@\"\n"
    "}\n"
    "say() { printf '%s\\t%s\\n' \"$i\" \"$1\"; }\n"
    "s() { if [ \"$1\" = 1 ]; then echo \"$1 $2\"; else echo \"$1 $2s\"; "
    "fi; }\n"
    /* both print what would be lost, and fail when that cannot be told */
    "uncommitted() {\n"
    "	[ -d \"$dir\" ] || return 0\n"
    "	status=$(cd \"$dir\" && [ -e .git ] &&\n"
    "		g status --porcelain --untracked-files=all) || return 1\n"
    "	[ -z \"$status\" ] ||\n"
    "		s \"$(printf '%s\\n' \"$status\" | grep -c '')\" "
    "'uncommitted file'\n"
    "}\n"
    "unmerged() {\n"
    "	head=\n"
    "	if [ -d \"$dir\" ]; then\n"
    "		head=$(cd \"$dir\" && g rev-parse --verify HEAD) || return "
    "1\n"
    "	fi\n"
    "	ref=\n"
    "	if branched; then ref=refs/heads/$branch; fi\n"
    "	[ -n \"$head$ref\" ] || return 0\n"
    "	n=$(bare rev-list --count $head ${ref:+\"$ref\"} "
    "--not \"$base\" --exclude=\"$branch\" --branches --tags --remotes) ||\n"
    "		return 1\n"
    "	[ \"$n\" = 0 ] || s \"$n\" commit\n"
    "}\n"
    "kept() {\n"
    "	[ -n \"$made\" ] && [ \"$mode\" != force ] || return 1\n"
    "	if [ ! -d \"$common\" ]; then\n"
    "		[ -d \"$dir\" ] && [ \"$clean\" != 1 ] || return 1\n"
    "		say \"the repository of its worktree, $common, is gone: see "
    "what is in $dir, or force_worktree\"\n"
    "		return 0\n"
    "	fi\n"
    "	files=$(uncommitted) && commits=$(unmerged) || {\n"
    "		say \"git cannot tell what is in its worktree $dir: look, or "
    "force_worktree\"\n"
    "		return 0; }\n"
    "	[ -n \"$files$commits\" ] || return 1\n"
    "	say \"its worktree has changes ($files${files:+${commits:+, "
    "}}$commits): merge branch $branch, or force_worktree\"\n"
    "}\n"
    "take_away() {\n"
    "	name=${dir##*/}\n"
    "	if [ -e \"$dir\" ] && ! mv \"$dir\" \"$root/.gone-$name.$$\"; then\n"
    "		say \"its worktree $dir cannot be renamed\"\n"
    "		return\n"
    "	fi\n"
    "	[ -d \"$common\" ] || { say ok; return; }\n"
    "	persist registered bare worktree remove -f -f \"$dir\"\n"
    "	persist branched bare branch -q -D \"$branch\"\n"
    "	say ok\n"
    "}\n"
    "while [ $# -gt 2 ]; do\n"
    "	task=$1 dir=$2 clean=$3 made=\n"
    "	if { IFS= read -r base; IFS= read -r branch; IFS= read -r git; "
    "IFS= read -r common; } <\"$task/worktree\"; then\n"
    "		made=$(sed -n 5p \"$task/worktree\")\n"
    "		if kept; then :; elif [ \"$mode\" = check ]; then say ok;\n"
    "		else take_away; fi\n"
    "	else say ok; fi\n"
    "	i=$((i + 1))\n"
    "	shift 3\n"
    "done\n"
    "exec >/dev/null\n"
    "[ \"$mode\" = check ] || {\n"
    "	rm -rf \"$root\"/.gone-* ||\n"
    "		{ chmod -R u+rwX \"$root\"/.gone-*; rm -rf \"$root\"/.gone-*; "
    "}; } &\n";

static const char *const modes[] = {
	[WORKTREE_CHECK] = "check",
	[WORKTREE_REMOVE] = "remove",
	[WORKTREE_FORCE] = "force",
};

/* What it says of the i-th; the caller frees.  NULL: it is gone. */
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
removed(const char *output, void *arg)
{
	struct worktree_removal *removal = arg;
	char **why = xcalloc(removal->n + 1, sizeof(*why));
	char *text = xasprintf("\n%s", output);
	size_t i;

	STEP("worktrees-removed");
	for (i = 0; i < removal->n; i++)
		why[i] = verdict(text, i);
	removal->helper = NULL; /* frees itself behind this */
	removal->done(why, removal->arg);
	for (i = 0; i < removal->n; i++)
		free(why[i]);
	free(why);
	free(text);
	worktree_removal_free(removal);
}

static char **
add_one(char **args, const struct record *rec)
{
	char *path = worktree_path(rec);
	struct worktree_summary summary;

	worktree_read_summary(rec, &summary);
	args = strv_add(args, store_full_path(rec->path));
	args = strv_add(args, path);
	args = strv_add(args, worktree_is_clean(&summary) ? "1" : "0");
	free(path);
	return args;
}

struct worktree_removal *
worktree_removal_new(const struct record *const *recs, size_t n,
    enum worktree_removal_mode mode, void (*done)(char *const *why, void *arg),
    void *arg, struct error *err)
{
	struct worktree_removal *removal = xcalloc(1, sizeof(*removal));
	char **args = strv_add(NULL, store_full_path("worktrees"));
	size_t i;

	args = strv_add(args, modes[mode]);
	for (i = 0; i < n; i++)
		args = add_one(args, recs[i]);
	removal->n = n;
	removal->done = done;
	removal->arg = arg;
	removal->helper = helper_start(remove_script, args, DEADLINE_MS,
	    removed, removal, err);
	strv_free(args);
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
