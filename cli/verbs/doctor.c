/*
 * ccproc doctor: what is as it should be, and what is to be done.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/checkup.h"
#include "cli/checkup_claude.h"
#include "cli/checkup_self.h"
#include "cli/daemon.h"
#include "cli/options.h"
#include "cli/rpc.h"
#include "cli/tasks.h"
#include "cli/verbs/verbs.h"
#include "common/error.h"
#include "json/json.h"

struct doctor_options {
	bool json;
};

static const struct option_row rows[] = {
	OPTION_FLAG(struct doctor_options, json, .letter = 'j', .name = "json",
	    .help = "as JSON"),
	END_OF_OPTIONS,
};

static const struct doctor_options defaults = { .json = false };

static int run(struct rpc *rpc, const void *options, char *const *words);

const struct verb doctor_verb = {
	.name = "doctor",
	.synopsis = "[-j]",
	.summary = "Check programs, daemon, disk, systemd and Claude Code",
	.details =
	    "\nA line for each check: ok; a note, if it could be better; or "
	    "BAD.  Behind an arrow\nit tells what to do.  Nothing is "
	    "started.  Exits with 1 if anything is bad.",
	.options = rows,
	.defaults = &defaults,
	.size = sizeof(struct doctor_options),
	.alone = true,
	.run = run,
};

/* What the living daemon says of itself; NULL: none does. */
static struct json_object *
debug_of(const struct daemon_state *daemon)
{
	struct json_object *debug = NULL;
	struct rpc *rpc;
	struct error ignored;
	char *text;

	rpc = daemon->runs ? rpc_open(&ignored) : NULL;
	text = rpc == NULL ? NULL : tasks_debug(rpc, &ignored);
	if (text != NULL)
		debug = json_parse(text, strlen(text), &ignored);
	free(text);
	rpc_free(rpc);
	return debug;
}

static int
run(struct rpc *rpc, const void *options, char *const *words)
{
	const struct doctor_options *o = options;
	struct checkup *checkup = checkup_new();
	struct json_object *debug;
	struct daemon_state daemon;
	struct error err;
	bool good;

	(void)rpc;
	(void)words;
	if (daemon_look(&daemon, &err) != 0)
		checkup_add(checkup, "daemon", CHECKUP_BAD,
		    "mend that, or ccproc daemon restart", "%s", err.text);
	else
		checkup_self(checkup, &daemon);
	debug = debug_of(&daemon);
	checkup_hooks(checkup, debug);
	checkup_claude(checkup, debug);
	json_object_put(debug);
	good = checkup_print(checkup, o->json);
	checkup_free(checkup);
	return good ? 0 : 1;
}
