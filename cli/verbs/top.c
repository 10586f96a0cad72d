/*
 * ccproc top: the live view, a program of its own, so that no other verb loads
 * what it draws with.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/options.h"
#include "cli/say.h"
#include "cli/status.h"
#include "cli/verbs/verbs.h"
#include "common/error.h"
#include "common/mem.h"
#include "common/paths.h"

struct top_options {
	bool once;
};

static const struct option_row rows[] = {
	OPTION_FLAG(struct top_options, once, .name = "once",
	    .help = "print one frame as text, and end"),
	END_OF_OPTIONS,
};

static const struct top_options defaults = { .once = false };

static int run(struct rpc *rpc, const void *options, char *const *words);

const struct verb top_verb = {
	.name = "top",
	.synopsis = "[--once] [ID]",
	.summary = "Watch all tasks live, answer them, stop them",
	.details =
	    "\nWhat needs you comes first.  Enter opens a task, y allows what "
	    "an agent asks once\nall of it was on the screen; the last line "
	    "has the command behind the key, and\n? tells all keys.",
	.options = rows,
	.defaults = &defaults,
	.size = sizeof(struct top_options),
	.words = "ID",
	.max_words = 1,
	.alone = true,
	.run = run,
};

/* The program is there where it was built, which needs ncurses. */
static int
run(struct rpc *rpc, const void *options, char *const *words)
{
	char program[PATH_MAX], self[PATH_MAX];
	char *argv[5] = { NULL };
	struct error err;
	size_t n = 0;

	(void)rpc;
	if (paths_libexec("ccproc-top", program, sizeof(program), &err) != 0) {
		say("this ccproc was built without top; for it install "
		    "libncurses-dev (Debian, Ubuntu) or ncurses-devel, and "
		    "build ccproc again");
		return STATUS_OURS;
	}
	if (paths_program("ccproc", self, sizeof(self), &err) != 0)
		return say_failed(&err);
	argv[n++] = program;
	argv[n++] = self;
	if (((const struct top_options *)options)->once)
		argv[n++] = xstrdup("--once");
	if (words[0] != NULL)
		argv[n++] = xstrdup(words[0]);
	execv(program, argv);
	say("cannot run %s: %s", program, strerror(errno));
	return STATUS_OURS;
}
