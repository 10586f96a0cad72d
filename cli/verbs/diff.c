/*
 * ccproc diff: what a task with a worktree has changed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/changes.h"
#include "cli/options.h"
#include "cli/pager.h"
#include "cli/say.h"
#include "cli/tasks.h"
#include "cli/terminal.h"
#include "cli/text.h"
#include "cli/verbs/verbs.h"
#include "common/error.h"
#include "common/mem.h"

struct diff_options {
	bool stat;
	bool name_only;
	const char *color;
};

static const struct option_row rows[] = {
	OPTION_FLAG(struct diff_options, stat, .name = "stat",
	    .help = "only how much, of each file"),
	OPTION_FLAG(struct diff_options, name_only, .name = "name-only",
	    .help = "only the names of the files"),
	OPTION_TEXT(struct diff_options, color, .name = "color",
	    .value = "WHEN", .help = TERMINAL_COLOURS),
	END_OF_OPTIONS,
};

static const struct diff_options defaults = { .stat = false };

static int check(const void *options, char *const *words, struct error *err);
static int run(struct rpc *rpc, const void *options, char *const *words);

const struct verb diff_verb = {
	.name = "diff",
	.synopsis = "[OPTION ...] ID [PATH ...]",
	.summary = "Show what a task has changed in its git worktree",
	.details = "\nCommitted or not, and new files, also while it runs: "
		   "all since the commit that it\nbegan at, or of these paths. "
		   " Behind a pipe it is a patch, byte by byte.",
	.options = rows,
	.defaults = &defaults,
	.size = sizeof(struct diff_options),
	.words = "ID",
	.min_words = 1,
	.check = check,
	.run = run,
};

static bool coloured;

/* The colours of git; in_hunk tells lines of files from those about them. */
static const char *
colour_of(const char *line, bool *in_hunk)
{
	if (strncmp(line, "diff --git ", 11) == 0)
		*in_hunk = false;
	if (strncmp(line, "@@ ", 3) == 0) {
		*in_hunk = true;
		return "\x1b[36m";
	}
	if (!*in_hunk)
		return "\x1b[1m";
	return *line == '+' ? "\x1b[32m" : *line == '-' ? "\x1b[31m" : NULL;
}

static void
show_line(const char *line, size_t len, bool *in_hunk)
{
	const char *colour = coloured ? colour_of(line, in_hunk) : NULL;
	struct buf clean = { 0 };

	text_add_clean(&clean, line, len);
	if (colour != NULL)
		printf("%s%s\x1b[m\n", colour, clean.len > 0 ? clean.data : "");
	else
		puts(clean.len > 0 ? clean.data : "");
	buf_clear(&clean);
}

static void
show(FILE *printed)
{
	bool in_hunk = false;
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	while ((len = getline(&line, &size, printed)) > 0) {
		if (line[len - 1] == '\n')
			line[--len] = '\0';
		show_line(line, (size_t)len, &in_hunk);
	}
	free(line);
}

static char **
add_options(char **argv, const struct diff_options *o, char *const *paths)
{
	size_t width = terminal_width();
	char *stat = width == 0 ? xstrdup("--stat") :
				  xasprintf("--stat=%zu", width);

	if (o->stat)
		argv = strv_add(argv, stat);
	if (o->name_only)
		argv = strv_add(argv, "--name-only");
	free(stat);
	argv = strv_add(argv, "--");
	for (; *paths != NULL; paths++)
		argv = strv_add(argv, *paths);
	return argv;
}

static int
check(const void *options, char *const *words, struct error *err)
{
	const struct diff_options *o = options;

	(void)words;
	if (!o->stat || !o->name_only)
		return terminal_check_colours(o->color, err);
	fail(err, ERR_INVALID, "expected --stat or --name-only, got both");
	return -1;
}

static int
run(struct rpc *rpc, const void *options, char *const *words)
{
	const struct diff_options *o = options;
	bool terminal = isatty(STDOUT_FILENO);
	struct tasks tasks = { 0 };
	struct error err;
	char **argv = changes_argv(rpc, "diff", words[0], &tasks, &err);
	int status;

	if (argv != NULL) {
		coloured = !o->stat && !o->name_only &&
		    terminal_coloured(STDOUT_FILENO, o->color);
		argv = add_options(argv, o, words + 1);
		pager_begin();
		status = changes_run(argv, terminal || coloured ? show : NULL);
		pager_end();
	} else
		status = say_failed(&err);
	strv_free(argv);
	tasks_clear(&tasks);
	return status;
}
