/*
 * ccproc config: the configuration, which is the daemon's: its program tells
 * it, also when no daemon is there.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/link.h"
#include "cli/options.h"
#include "cli/say.h"
#include "cli/status.h"
#include "cli/verbs/verbs.h"
#include "common/error.h"
#include "common/launch.h"
#include "common/paths.h"

/* How long a daemon may take to say what it reads. */
#define ANSWER_MS 2000

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

/*
 * Makes the file of the daemon that runs ours, whatever the variables here
 * say; where they name another, that is said.
 */
static int
follow_daemon(struct error *err)
{
	char session[37], path[PATH_MAX];
	struct link link;

	launch_session(session);
	link_init(&link);
	if (link_try(&link, session, ANSWER_MS, err) != 0)
		return err->code == ERR_INVALID ? -1 : 0; /* there is none */
	if (link.daemon.config[0] != '\0') {
		if (paths_config(path, sizeof(path), err) == 0 &&
		    strcmp(path, link.daemon.config) != 0)
			say("the daemon reads %s; %s, which is meant here, is "
			    "not in force",
			    link.daemon.config, path);
		setenv("CCPROC_CONFIG", link.daemon.config, 1);
	}
	link_close(&link);
	return 0;
}

static int
run(struct rpc *rpc, const void *options, char *const *words)
{
	char program[PATH_MAX];
	struct error err;

	(void)rpc;
	(void)options;
	(void)words;
	if (follow_daemon(&err) != 0 ||
	    paths_program("ccprocd", program, sizeof(program), &err) != 0)
		return say_failed(&err);
	execl(program, "ccprocd", "--print-config", (char *)NULL);
	say("cannot run %s: %s", program, strerror(errno));
	return STATUS_OURS;
}
