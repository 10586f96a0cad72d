/*
 * Worktrees of tasks: their names, the command line that makes one, and what
 * is told of them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/error.h"
#include "common/mem.h"
#include "daemon/record/record.h"
#include "daemon/store/files.h"
#include "daemon/task/task.h"
#include "daemon/worktree/worktree.h"
#include "json/json.h"
#include "tests/unit/taskbox.h"
#include "tests/unit/unit.h"

#define SPEC(more) "{\"command\":\"x\",\"worktree\":true" more "}"
#define MADE "c0ffee\nccproc/t1\n/usr/bin/git\n/repo/.git\n"

/* The branch that a task of that label asks for, without "ccproc/tN". */
static void
expect_branch(const char *spec, const char *expected)
{
	char word[] = "prog", *program[] = { word, NULL };
	struct task *task = taskbox_task(spec);
	const struct record *rec = task_record(task);
	struct error err;
	char **argv = worktree_argv(rec, program, &err);
	char *branch = xasprintf("ccproc/t%" PRIu64 "%s", rec->number,
	    expected);
	char *path = xasprintf("%s/worktrees/%s", store_root(),
	    strchr(branch, '/') + 1);
	char *other = xasprintf("%s-%.8s", branch, rec->from.uuid);

	ck_assert_uint_eq(strv_len(argv), 7);
	ck_assert_str_eq(strrchr(argv[0], '/'), "/worktree.sh");
	ck_assert_str_eq(argv[1], "make");
	ck_assert_str_eq(argv[2], store_full_path(rec->path));
	ck_assert_str_eq(argv[3], path);
	ck_assert_str_eq(argv[4], branch);
	ck_assert_str_eq(argv[5], other);
	ck_assert_str_eq(argv[6], "prog");
	free(other);
	free(path);
	free(branch);
	strv_free(argv);
	task_unref(task);
}

START_TEST(names)
{
	expect_branch(SPEC(""), "");
	expect_branch(SPEC(",\"label\":\"fix-login\""), "-fix-login");
	expect_branch(SPEC(",\"label\":\"a..b.lock\""), "-a--b-lock");
	expect_branch(SPEC(",\"label\":\"v1.\""), "-v1-");
}
END_TEST

/* A task with these two files; NULL: without. */
static struct task *
ended(const char *made, const char *summary)
{
	struct exitrec exit = taskbox_exit(0);
	struct task *task = taskbox_ended(SPEC(""), &exit);

	taskbox_write(task, WORKTREE_FILE, made);
	taskbox_write(task, WORKTREE_SUMMARY, summary);
	return task;
}

/* Expects this text after the path. */
static void
expect_text(const char *made, const char *summary, const char *expected)
{
	struct task *task = ended(made, summary);
	char *path = worktree_path(task_record(task));
	struct buf out = { 0 };

	worktree_describe(task_record(task), &out);
	ck_assert_msg(strncmp(out.data, "worktree ", 9) == 0 &&
		strncmp(out.data + 9, path, strlen(path)) == 0,
	    "%s", out.data);
	ck_assert_str_eq(out.data + 9 + strlen(path), expected);
	buf_clear(&out);
	free(path);
	task_unref(task);
}

START_TEST(texts)
{
	expect_text(MADE, NULL, ", branch ccproc/t1");
	expect_text("", NULL, "");
	expect_text(MADE, "{}", ", branch ccproc/t1");
	expect_text(MADE, "damaged", ", branch ccproc/t1");
	expect_text(MADE, "{\"commits\":\"many\"}", ", branch ccproc/t1");
	expect_text(MADE,
	    "{\"commits\":0,\"files_changed\":0,\"insertions\":0,"
	    "\"deletions\":0,\"untracked\":0,\"dirty\":false}",
	    ", branch ccproc/t1: no changes");
	expect_text(MADE,
	    "{\"commits\":2,\"files_changed\":3,\"insertions\":40,"
	    "\"deletions\":2,\"untracked\":0,\"dirty\":false}",
	    ", branch ccproc/t1: 2 commits, 3 files +40 -2");
	expect_text(MADE,
	    "{\"commits\":1,\"files_changed\":1,\"insertions\":0,"
	    "\"deletions\":1,\"untracked\":4,\"dirty\":true}",
	    ", branch ccproc/t1: 1 commit, 1 file +0 -1, 4 untracked, not all "
	    "committed");
	expect_text(MADE,
	    "{\"commits\":0,\"files_changed\":0,\"insertions\":0,"
	    "\"deletions\":0,\"untracked\":0,\"dirty\":true}",
	    ", branch ccproc/t1: not all committed");
}
END_TEST

START_TEST(what_is_written_is_read)
{
	struct worktree_summary in = { 1, 0, 3, 0, 5, 0 }, out;
	struct worktree_summary none = { -1, -1, -1, -1, -1, -1 };
	struct task *task = ended(MADE, NULL);
	struct error err;

	worktree_read_summary(task_record(task), &out);
	ck_assert_mem_eq(&out, &none, sizeof(out));
	ck_assert(!worktree_is_clean(&out));
	ck_assert_int_eq(worktree_write_summary(task_record(task), &in, &err),
	    0);
	worktree_read_summary(task_record(task), &out);
	ck_assert_mem_eq(&out, &in, sizeof(out));
	ck_assert(!worktree_is_clean(&out));
	in.commits = 0;
	ck_assert(worktree_is_clean(&in));
	ck_assert_int_eq(worktree_write_summary(task_record(task), &none, &err),
	    0);
	worktree_read_summary(task_record(task), &out);
	ck_assert_mem_eq(&out, &none, sizeof(out));
	task_unref(task);
}
END_TEST

START_TEST(json)
{
	struct task *task = ended(MADE, "{\"commits\":1,\"dirty\":false}");
	struct json_object *object = worktree_json(task_record(task));
	int64_t n;
	bool dirty;

	ck_assert_str_eq(json_string_at(object, "branch"), "ccproc/t1");
	ck_assert_str_eq(json_string_at(object, "base"), "c0ffee");
	ck_assert(json_int_at(object, "commits", &n) && n == 1);
	ck_assert(!json_int_at(object, "insertions", &n));
	ck_assert(json_bool_at(object, "dirty", &dirty) && !dirty);
	json_object_put(object);
	task_unref(task);

	task = ended(NULL, NULL);
	ck_assert_ptr_null(worktree_json(task_record(task)));
	ck_assert(!worktree_made(task_record(task)));
	task_unref(task);
}
END_TEST

/* Runs a line in the test's folder. */
static void
shell(const char *line)
{
	char *all = xasprintf("cd '%s' && export HOME=\"$PWD\" && %s",
	    unit_dir(), line);

	ck_assert_msg(system(all) == 0, "%s", line);
	free(all);
}

static bool
have_git(void)
{
	return system("git --version >/dev/null 2>&1") == 0;
}

static void
make_repository(void)
{
	shell("git init -q repo && cd repo && git config user.name x && "
	      "git config user.email x@example.org && echo one >file && "
	      "git add file && git commit -q -m first");
}

/* Runs program in the worktree, as the keeper would; its exit status. */
static int
run_in_worktree(const struct task *task, const char *program)
{
	char sh[] = "/bin/sh", c[] = "-c", *line = xstrdup(program);
	char *words[] = { sh, c, line, NULL };
	struct error err;
	char **argv = worktree_argv(task_record(task), words, &err);
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		if (chdir(unit_path("repo")) == 0)
			execv(argv[0], argv);
		_exit(127);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	strv_free(argv);
	free(line);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

#define COMMIT "echo two >>file && git commit -q -a -m second"

/* A second run finds what the first one left. */
START_TEST(is_used_again)
{
	struct task *task;

	if (!have_git())
		return;
	make_repository();
	task = taskbox_task(SPEC(",\"label\":\"x\""));
	ck_assert_int_eq(run_in_worktree(task, COMMIT "; echo here >own"), 0);
	ck_assert(worktree_made(task_record(task)));
	ck_assert_int_eq(run_in_worktree(task,
			     "test -f own && grep -q two file && exit 7"),
	    7);
	task_unref(task);
}
END_TEST

START_TEST(that_was_removed_comes_from_its_branch)
{
	struct task *task;
	char *path, *line;

	if (!have_git())
		return;
	make_repository();
	task = taskbox_task(SPEC(""));
	ck_assert_int_eq(run_in_worktree(task, COMMIT "; echo here >own"), 0);
	path = worktree_path(task_record(task));
	line = xasprintf("rm -rf '%s'", path);
	shell(line);
	ck_assert_int_eq(run_in_worktree(task,
			     "test ! -e own && grep -q two file && exit 7"),
	    7);
	shell(line);
	shell("cd repo && git worktree prune && git branch -q -D "
	      "$(git for-each-ref --format='%(refname:short)' "
	      "refs/heads/ccproc)");
	ck_assert_int_eq(run_in_worktree(task, "grep -q two file || exit 7"),
	    7);
	free(line);
	free(path);
	task_unref(task);
}
END_TEST

/* A worktree whose git was killed half way is not trusted. */
START_TEST(half_made_is_made_again)
{
	struct task *task;
	char *path, *line, *file;

	if (!have_git())
		return;
	make_repository();
	task = taskbox_task(SPEC(""));
	ck_assert_int_eq(run_in_worktree(task, "true"), 0);
	path = worktree_path(task_record(task));
	file = xstrdup(store_full_path(task_record(task)->path));
	line = xasprintf("sed -i '/^made$/d' '%s/worktree' && cd '%s' && "
			 "rm file .git && echo half >half",
	    file, path);
	shell(line);
	ck_assert_int_eq(run_in_worktree(task,
			     "test ! -e half && grep -q one file && "
			     "git status >/dev/null && exit 7"),
	    7);
	free(line);
	free(file);
	free(path);
	task_unref(task);
}
END_TEST

/* Stdin is the program's, and what git needs to know of the session is not. */
START_TEST(nothing_comes_between)
{
	struct task *task;

	if (!have_git())
		return;
	make_repository();
	task = taskbox_task(SPEC(""));
	unit_write("in", "prompt\n");
	ck_assert_ptr_nonnull(freopen(unit_path("in"), "r", stdin));
	setenv("GIT_DIR", "/nowhere", 1);
	setenv("task", "mine", 1); /* as a variable of the script is called */
	ck_assert_int_eq(run_in_worktree(task,
			     "test -z \"$GIT_DIR\" && "
			     "test \"$task${GIT_TERMINAL_PROMPT-}\" = mine && "
			     "test \"$(cat)\" = prompt && exit 7"),
	    7);
	unsetenv("GIT_DIR");
	unsetenv("task");
	task_unref(task);
}
END_TEST

START_TEST(no_script)
{
	char word[] = "prog", *program[] = { word, NULL };
	struct task *task = taskbox_task(SPEC(""));
	struct error err;

	setenv("CCPROC_LIBEXEC", unit_dir(), 1);
	ck_assert_ptr_null(worktree_argv(task_record(task), program, &err));
	ck_assert_ptr_nonnull(strstr(err.text,
	    "/worktree.sh; install ccproc whole"));
	task_unref(task);
}
END_TEST

UNIT_SUITE
{
	unit_suite("worktree", taskbox_open, taskbox_close, names, texts,
	    what_is_written_is_read, json, is_used_again,
	    that_was_removed_comes_from_its_branch, half_made_is_made_again,
	    nothing_comes_between, no_script, NULL);
}
