/*
 * ccproc move: queued tasks to another place.
 */
#include "cli/control.h"
#include "cli/options.h"
#include "cli/select.h"
#include "cli/verbs/verbs.h"
#include "common/error.h"
#include "json/json.h"

#define NO_PRIORITY INT64_MIN

struct move_options {
	struct select select;
	int64_t priority;
	bool first;
	bool last;
	bool yes;
	bool json;
};

static const struct option_row rows[] = {
	OPTION_NUMBER(struct move_options, priority, .letter = 'P',
	    .name = "priority", .value = "N", .min = -1000000, .max = 1000000,
	    .help = "higher ones start first; 0 is usual"),
	OPTION_FLAG(struct move_options, first, .name = "first",
	    .help = "before all others in the queue"),
	OPTION_FLAG(struct move_options, last, .name = "last",
	    .help = "behind all others in the queue"),
	SELECT_OPTIONS(struct move_options, select),
	OPTION_FLAG(struct move_options, yes, .letter = 'y', .name = "yes",
	    .help = "do not ask before those that are selected"),
	OPTION_FLAG(struct move_options, json, .letter = 'j', .name = "json",
	    .help = "print the tasks as JSON"),
	END_OF_OPTIONS,
};

static const struct move_options defaults = { .priority = NO_PRIORITY };

static int check(const void *options, char *const *words, struct error *err);
static int run(struct rpc *rpc, const void *options, char *const *words);

const struct verb move_verb = {
	.name = "move",
	.synopsis = "-P N | --first | --last [OPTION ...] [ID ...]",
	.summary = "Change the place of queued tasks",
	.harmful = true,
	.options = rows,
	.defaults = &defaults,
	.size = sizeof(struct move_options),
	.words = "ID",
	.check = check,
	.run = run,
};

static int
check(const void *options, char *const *words, struct error *err)
{
	const struct move_options *o = options;

	if ((o->priority != NO_PRIORITY) + o->first + o->last == 1)
		return select_check_some(&o->select, words, err);
	fail(err, ERR_INVALID,
	    "expected one of --priority N, --first and --last");
	return -1;
}

static int
run(struct rpc *rpc, const void *options, char *const *words)
{
	const struct move_options *o = options;
	const struct control control = { .action = "move",
		.deed = "move",
		.select = &o->select,
		.yes = o->yes,
		.json = o->json,
		.order = o->first ? -1 : 1,
		.queued = true };
	struct json_object *args = json_object_new_object();

	if (o->priority != NO_PRIORITY)
		json_add_int(args, "priority", o->priority);
	else
		json_add_string(args, "place", o->first ? "first" : "last");
	return control_run(rpc, &control, args, words);
}
