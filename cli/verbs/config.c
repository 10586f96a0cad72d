/*
 * ccproc config: the configuration, which is the daemon's: its program tells
 * it, also when the file is broken and no daemon can start.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "cli/options.h"
#include "cli/say.h"
#include "cli/status.h"
#include "cli/verbs/verbs.h"
#include "common/error.h"
#include "common/paths.h"

struct config_options {
	bool none;
};

static const struct option_row rows[] = {
	END_OF_OPTIONS,
};

static const struct config_options defaults = { .none = false };

static int run(struct rpc *rpc, const void *options, char *const *words);

const struct verb config_verb = {
	.name = "config",
	.synopsis = "",
	.summary = "Show every key of the configuration, its value and range",
	.options = rows,
	.defaults = &defaults,
	.size = sizeof(struct config_options),
	.alone = true,
	.run = run,
};

static int
run(struct rpc *rpc, const void *options, char *const *words)
{
	char program[PATH_MAX];
	struct error err;

	(void)rpc;
	(void)options;
	(void)words;
	if (paths_program("ccprocd", program, sizeof(program), &err) != 0)
		return say_failed(&err);
	execl(program, "ccprocd", "--print-config", (char *)NULL);
	say("cannot run %s: %s", program, strerror(errno));
	return STATUS_OURS;
}
