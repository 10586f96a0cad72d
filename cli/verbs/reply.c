/*
 * ccproc reply: go on in an agent's conversation.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/options.h"
#include "cli/prompt.h"
#include "cli/rpc.h"
#include "cli/say.h"
#include "cli/signals.h"
#include "cli/start.h"
#include "cli/stay.h"
#include "cli/text.h"
#include "cli/verbs/verbs.h"
#include "common/error.h"
#include "json/json.h"

struct reply_options {
	bool detach;
	bool fork;
	const char *model;
	bool json;
};

static const struct option_row rows[] = {
	OPTION_FLAG(struct reply_options, detach, .letter = 'd',
	    .name = "detach", .help = "do not wait for what it comes to"),
	OPTION_FLAG(struct reply_options, fork, .letter = 'f', .name = "fork",
	    .help = "in a copy of the conversation"),
	OPTION_TEXT(struct reply_options, model, .letter = 'm', .name = "model",
	    .value = "MODEL", .help = "by another model"),
	OPTION_FLAG(struct reply_options, json, .letter = 'j', .name = "json",
	    .help = "print the task as JSON"),
	END_OF_OPTIONS,
};

static const struct reply_options defaults = { .fork = false };

static int run(struct rpc *rpc, const void *options, char *const *words);

const struct verb reply_verb = {
	.name = "reply",
	.synopsis = "[OPTION ...] ID [MESSAGE ...]",
	.summary = "Go on in an agent's conversation",
	.details = "\nThe words after ID are the message; none or - reads it "
		   "from stdin.  An agent that\nruns hears it at its end.",
	.options = rows,
	.defaults = &defaults,
	.size = sizeof(struct reply_options),
	.words = "ID",
	.min_words = 1,
	.run = run,
};

static struct json_object *
request(const struct reply_options *o, char *const *words, struct error *err)
{
	struct json_object *args;
	char *message = prompt_text(words + 1, false, err);

	if (message == NULL)
		return NULL;
	args = json_object_new_object();
	json_add_string(args, "id", words[0]);
	json_add_string(args, "message", message);
	if (o->fork)
		json_add_bool(args, "fork", true);
	json_add_string(args, "model", o->model);
	json_add_int(args, "wait_s", 0);
	free(message);
	return args;
}

static int
run(struct rpc *rpc, const void *options, char *const *words)
{
	const struct reply_options *o = options;
	struct stay_options how = { .json = o->json, .result = true };
	struct json_object *args;
	struct error err;
	char *id = NULL, *line = NULL;
	int status;

	args = request(o, words, &err);
	if (args == NULL)
		return say_failed(&err);
	how.signals = signals_catch();
	signal(SIGPIPE, SIG_IGN);
	status = start_call(rpc, "reply_task", args, &id, &line, &err);
	if (status != 0)
		say("%s", err.text);
	else if (o->detach)
		text_print(stdout, line);
	else
		status = stay(rpc, id, &how);
	free(id);
	free(line);
	return status;
}
