/*
 * What tasks have changed.  See changes.h.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/changes.h"
#include "cli/child.h"
#include "cli/rpc.h"
#include "cli/say.h"
#include "cli/status.h"
#include "cli/tasks.h"
#include "cli/text.h"
#include "common/error.h"
#include "common/mem.h"
#include "common/paths.h"

static int
check_task(const struct tasks *tasks, const char *name, struct error *err)
{
	const struct task_info *task = &tasks->info[0];

	if (tasks->n != 1)
		fail(err, ERR_INVALID,
		    "%s is %zu tasks; name one of them, %s or another", name,
		    tasks->n, task->id);
	else if (task->worktree.path != NULL && task->uuid != NULL)
		return 0;
	else if (strcmp(task->state, "queued") == 0)
		fail(err, ERR_NOT_FOUND,
		    "%s is queued, and has changed nothing yet", task->id);
	else
		fail(err, ERR_NOT_FOUND,
		    "%s has no git worktree of its own (--worktree gives one); "
		    "what it changes is in %s",
		    task->id, task->cwd == NULL ? "its folder" : task->cwd);
	return -1;
}

/* The daemon names branches after worktrees. */
static char **
new_argv(const char *verb, const struct task_info *task, struct error *err)
{
	char script[PATH_MAX], *folder, *branch, *other, **argv;
	const char *name = strrchr(task->worktree.path, '/');

	if (paths_libexec("worktree.sh", script, sizeof(script), err) != 0)
		return NULL;
	folder = tasks_folder(task);
	branch = xasprintf("ccproc/%s", name == NULL ? "" : name + 1);
	other = xasprintf("%s-%.8s", branch, task->uuid);
	argv = strv_add(strv_add(NULL, script), verb);
	argv = strv_add(strv_add(argv, folder), task->worktree.path);
	argv = strv_add(strv_add(argv, branch), other);
	argv = strv_add(argv, task->id);
	free(folder);
	free(branch);
	free(other);
	return argv;
}

char **
changes_argv(struct rpc *rpc, const char *verb, const char *name,
    struct tasks *tasks, struct error *err)
{
	const struct tasks_query query = { .wait_s = 0 };
	char **names = strv_add(NULL, name), **argv = NULL;

	if (tasks_check(rpc, names, &query, tasks, err) == 0 &&
	    check_task(tasks, name, err) == 0)
		argv = new_argv(verb, &tasks->info[0], err);
	strv_free(names);
	return argv;
}

/* What it has to say has words of the task's. */
static void
pass_on(int fd)
{
	struct buf said = { 0 };

	child_read(fd, &said);
	if (said.len > 0)
		text_print(stderr, said.data);
	buf_clear(&said);
}

int
changes_run(char *const *argv, void (*show)(FILE *printed))
{
	int out[2] = { -1, -1 }, said[2];
	FILE *printed;
	pid_t pid;

	if (pipe2(said, O_CLOEXEC) != 0 ||
	    (show != NULL && pipe2(out, O_CLOEXEC) != 0))
		return STATUS_OURS;
	pid = child_start(argv, (int[]){ -1, out[1], said[1] });
	close(said[1]);
	if (show != NULL) {
		close(out[1]);
		printed = fdopen(out[0], "r");
		show(printed);
		fclose(printed);
	}
	pass_on(said[0]);
	close(said[0]);
	return pid == -1 ? STATUS_OURS : child_wait(pid);
}
