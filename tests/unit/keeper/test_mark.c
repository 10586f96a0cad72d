/*
 * Tests of keeper/mark.c, on real processes.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "keeper/mark.h"
#include "tests/unit/unit.h"

static const char name[] = "t7-0b5c";

/* The mark of a process with this environment, read once it has that. */
static enum mark
mark_of(char *const *env)
{
	char program[] = "cat", c = 'x';
	char *const argv[] = { program, NULL };
	enum mark mark;
	int to[2], from[2];
	pid_t pid;

	ck_assert(pipe2(to, O_CLOEXEC) == 0 && pipe2(from, O_CLOEXEC) == 0);
	pid = vfork();
	if (pid == 0) {
		dup2(to[0], 0);
		dup2(from[1], 1);
		execve("/bin/cat", argv, env);
		_exit(127);
	}
	ck_assert(pid > 0 && close(from[1]) == 0);
	ck_assert(write(to[1], &c, 1) == 1 && read(from[0], &c, 1) == 1);
	mark = mark_read(pid, name);
	close(to[0]);
	close(to[1]);
	close(from[0]);
	waitpid(pid, NULL, 0);
	return mark;
}

static enum mark
mark_of_pair(const char *pair)
{
	char *copy = strdup(pair);
	char *const env[] = { copy, NULL };
	enum mark mark = mark_of(env);

	free(copy);
	return mark;
}

START_TEST(whose_it_is)
{
	static const struct {
		const char *pair;
		enum mark mark;
	} cases[] = {
		{ "CCPROC_TASK=t7-0b5c", MARK_OURS },
		{ "CCPROC_TASK=t7-0b5", MARK_OTHER },
		{ "CCPROC_TASK=t7-0b5cd", MARK_OTHER },
		{ "CCPROC_TASK=t8-0b5c", MARK_OTHER },
		{ "CCPROC_TASK=", MARK_OTHER },
		{ "CCPROC_TASK", MARK_NONE },
		{ "CCPROC_TASKS=t7-0b5c", MARK_NONE },
		{ "XCCPROC_TASK=t7-0b5c", MARK_NONE },
		{ "A=CCPROC_TASK=t7-0b5c", MARK_NONE },
		{ "", MARK_NONE },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_msg(mark_of_pair(cases[i].pair) == cases[i].mark,
		    "%s", cases[i].pair);
}
END_TEST

/* The variable at every place around the end of a piece that is read. */
START_TEST(among_others)
{
	char first[4096 + 16], second[] = "CCPROC_TASK=t7-0b5c",
			       third[] = "CCPROC_TASK=t8-0b5c";
	char *const env[] = { first, second, third, NULL };
	size_t len;

	for (len = 4096 - 24; len < 4096 + 2; len++) {
		memset(first, 'x', len);
		first[1] = '=';
		first[len] = '\0';
		ck_assert_msg(mark_of(env) == MARK_OURS, "%zu", len);
	}
}
END_TEST

START_TEST(nobody)
{
	char *const none[] = { NULL };
	pid_t pid = fork();

	ck_assert_int_eq(mark_of(none), MARK_NONE);
	if (pid == 0)
		_exit(0);
	waitpid(pid, NULL, 0);
	ck_assert_int_eq(mark_read(pid, name), MARK_NONE);
}
END_TEST

START_TEST(names)
{
	char text[16], of_hook[MARK_NAME_SIZE];

	mark_name("/state/tasks/2026-11-25/7-0b5c", text, sizeof(text));
	ck_assert_str_eq(text, name);
	mark_name("/state/tasks/2026-11-25/7-0b5c/run-2", text, sizeof(text));
	ck_assert_str_eq(text, name);
	mark_name("/state/tasks/2026-11-25/7-0b5c/retry-13", text,
	    sizeof(text));
	ck_assert_str_eq(text, name);
	mark_name("/state/tasks/2026-11-25/7-0b5c/hook-end-1-own", of_hook,
	    sizeof(of_hook));
	ck_assert_str_eq(of_hook, "hook-end-1-own-t7-0b5c");
	mark_name("run-2", text, sizeof(text));
	ck_assert_str_eq(text, "");
	mark_name("/run-2", text, sizeof(text));
	ck_assert_str_eq(text, "");
	mark_name("/state/7-0123456789abc", text, sizeof(text));
	ck_assert_str_eq(text, ""); /* too long */
	mark_name("/", text, sizeof(text));
	ck_assert_str_eq(text, "");
	mark_name("7-0b5c", text, sizeof(text));
	ck_assert_str_eq(text, "");
}
END_TEST

UNIT_SUITE
{
	unit_suite("mark", NULL, NULL, whose_it_is, among_others, nobody, names,
	    NULL);
}
