/*
 * ccproc install, ccproc uninstall: puts the programs of a release into a
 * user's home, and takes them away.  A script does that; it is only where
 * there is something to install from.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/options.h"
#include "cli/path.h"
#include "cli/say.h"
#include "cli/status.h"
#include "cli/verbs/verbs.h"
#include "common/error.h"
#include "common/paths.h"

struct install_options {
	const char *prefix;
	bool no_mcp;
	bool no_units;
};

#define PREFIX_ROW \
	OPTION_TEXT(struct install_options, prefix, .name = "prefix", \
	    .value = "DIR", .help = "where to (~/.local, or where it is)")

static const struct option_row install_rows[] = {
	PREFIX_ROW,
	OPTION_FLAG(struct install_options, no_mcp, .name = "no-mcp",
	    .help = "do not make it known to Claude Code"),
	OPTION_FLAG(struct install_options, no_units, .name = "no-units",
	    .help = "no units of systemd"),
	END_OF_OPTIONS,
};

static const struct option_row uninstall_rows[] = {
	PREFIX_ROW,
	END_OF_OPTIONS,
};

static const struct install_options defaults = { .prefix = NULL };

static int install(struct rpc *rpc, const void *options, char *const *words);
static int uninstall(struct rpc *rpc, const void *options, char *const *words);

const struct verb install_verb = {
	.name = "install",
	.synopsis = "[--prefix DIR] [--no-mcp] [--no-units]",
	.summary = "Install the programs of this release for you",
	.details =
	    "\nInto ~/.local, without root and network: programs, manuals, "
	    "completions, units of\nsystemd, and for Claude Code.  Of another "
	    "version it takes the place, and tasks go\non.  A second time "
	    "nothing changes.",
	.harmful = true,
	.options = install_rows,
	.defaults = &defaults,
	.size = sizeof(struct install_options),
	.alone = true,
	.run = install,
};

const struct verb uninstall_verb = {
	.name = "uninstall",
	.synopsis = "[--prefix DIR]",
	.summary = "Take away all that `install' has put there",
	.details = "\nTasks stay: those that run go on, and their output and "
		   "results are kept.",
	.harmful = true,
	.options = uninstall_rows,
	.defaults = &defaults,
	.size = sizeof(struct install_options),
	.alone = true,
	.run = uninstall,
};

/* What came otherwise goes otherwise, too. */
static int
tell_other_way(const char *action)
{
	char own[PATH_MAX] = "this place";
	struct error ignored;

	if (paths_program("ccproc", own, sizeof(own), &ignored) == 0)
		*strrchr(own, '/') = '\0';
	say("there is nothing to %s from here: a package of the system or make "
	    "has put ccproc into %s, and brings it up to date and takes it "
	    "away, too (apt, dnf, make uninstall)",
	    action, own);
	return STATUS_OURS;
}

static int
become(char *action, const struct install_options *o)
{
	char script[PATH_MAX], flag[] = "--prefix", mcp[] = "--no-mcp",
			       units[] = "--no-units";
	char *argv[7] = { NULL };
	struct error ignored;
	size_t n = 0;

	if (paths_libexec("install.sh", script, sizeof(script), &ignored) != 0)
		return tell_other_way(action);
	argv[n++] = script;
	argv[n++] = action;
	if (o->prefix != NULL) {
		argv[n++] = flag;
		argv[n++] = path_absolute(o->prefix);
	}
	if (o->no_mcp)
		argv[n++] = mcp;
	if (o->no_units)
		argv[n++] = units;
	execv(script, argv);
	say("cannot run %s: %s", script, strerror(errno));
	return STATUS_OURS;
}

static int
install(struct rpc *rpc, const void *options, char *const *words)
{
	char action[] = "install";

	(void)rpc;
	(void)words;
	return become(action, options);
}

static int
uninstall(struct rpc *rpc, const void *options, char *const *words)
{
	char action[] = "uninstall";

	(void)rpc;
	(void)words;
	return become(action, options);
}
