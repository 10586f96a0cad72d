/*
 * ccproc signal: a signal of choice to the program of a running task.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/control.h"
#include "cli/options.h"
#include "cli/say.h"
#include "cli/select.h"
#include "cli/verbs/verbs.h"
#include "common/error.h"
#include "json/json.h"

struct signal_options {
	struct select select;
	const char *signal;
	bool tree;
	bool yes;
	bool json;
};

static const struct option_row rows[] = {
	OPTION_TEXT(struct signal_options, signal, .letter = 's',
	    .name = "signal", .value = "SIGNAL",
	    .help = "its name or number, such as HUP or USR1"),
	OPTION_FLAG(struct signal_options, tree, .name = "tree",
	    .help = "to all processes of the task, not only its program"),
	SELECT_OPTIONS(struct signal_options, select),
	OPTION_FLAG(struct signal_options, yes, .letter = 'y', .name = "yes",
	    .help = "do not ask before those that are selected"),
	OPTION_FLAG(struct signal_options, json, .letter = 'j', .name = "json",
	    .help = "print the tasks as JSON"),
	END_OF_OPTIONS,
};

static const struct signal_options defaults = { .yes = false };

static int check(const void *options, char *const *words, struct error *err);
static int run(struct rpc *rpc, const void *options, char *const *words);

const struct verb signal_verb = {
	.name = "signal",
	.synopsis = "-s SIGNAL [OPTION ...] [ID ...]",
	.summary = "Send a signal to the programs of running tasks",
	.details =
	    "\nTo end a task use stop, which leaves no process of it; to "
	    "stop it for a while,\npause.",
	.harmful = true,
	.options = rows,
	.defaults = &defaults,
	.size = sizeof(struct signal_options),
	.words = "ID",
	.check = check,
	.run = run,
};

/* HUP, SIGHUP, 1, RTMIN+2; 0: there is none. */
static int
number_of(const char *name)
{
	const char *abbreviation;
	char *end;
	long n = strtol(name, &end, 10);
	int signo;

	if (*name != '\0' && *end == '\0')
		return n >= 1 && n <= SIGRTMAX ? (int)n : 0;
	if (strncasecmp(name, "SIG", 3) == 0)
		name += 3;
	if (strncasecmp(name, "RTMIN", 5) == 0) {
		n = name[5] == '\0' ? 0 : strtol(name + 5, &end, 10);
		return n >= 0 && n <= SIGRTMAX - SIGRTMIN &&
			(name[5] == '\0' || *end == '\0') ?
		    SIGRTMIN + (int)n :
		    0;
	}
	for (signo = 1; signo < SIGRTMIN; signo++) {
		abbreviation = sigabbrev_np(signo);
		if (abbreviation != NULL && strcasecmp(abbreviation, name) == 0)
			return signo;
	}
	return 0;
}

static int
check(const void *options, char *const *words, struct error *err)
{
	const struct signal_options *o = options;
	int signo = o->signal == NULL ? 0 : number_of(o->signal);

	if (o->signal == NULL)
		fail(err, ERR_INVALID, "expected -s SIGNAL, such as -s HUP");
	else if (signo == 0)
		fail(err, ERR_INVALID,
		    "-s: expected a signal, such as HUP, USR1 or 10, got "
		    "'%.40s'",
		    o->signal);
	else if (signo == SIGSTOP || signo == SIGTSTP || signo == SIGCONT)
		fail(err, ERR_INVALID,
		    "-s %.40s: ccproc pause stops a task for a while, with its "
		    "timeouts, and unpause lets it go on",
		    o->signal);
	else
		return select_check_some(&o->select, words, err);
	return -1;
}

static int
run(struct rpc *rpc, const void *options, char *const *words)
{
	const struct signal_options *o = options;
	const struct control control = { .action = "signal",
		.deed = "signal",
		.select = &o->select,
		.yes = o->yes,
		.json = o->json };
	struct json_object *args = json_object_new_object();
	int signo = number_of(o->signal);

	json_add_int(args, "signal", signo);
	if (o->tree)
		json_add_bool(args, "tree", true);
	if (signo == SIGKILL || signo == SIGTERM)
		say("ccproc stop ends a task with every process that it has "
		    "started; this goes to %s",
		    o->tree ? "those that there are now" : "its program only");
	return control_run(rpc, &control, args, words);
}
