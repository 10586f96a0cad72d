/*
 * ccproc answer: allow or deny what an agent asks for, or answer it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/options.h"
#include "cli/rpc.h"
#include "cli/say.h"
#include "cli/tasks.h"
#include "cli/text.h"
#include "cli/verbs/verbs.h"
#include "common/error.h"
#include "common/mem.h"

struct answer_options {
	bool always;
	const char *reason;
	const char *question;
	bool json;
};

static const struct option_row rows[] = {
	OPTION_FLAG(struct answer_options, always, .letter = 'a',
	    .name = "always",
	    .help = "allow this tool in this task from now on"),
	OPTION_TEXT(struct answer_options, reason, .letter = 'r',
	    .name = "reason", .value = "TEXT",
	    .help = "tell the agent why it is denied"),
	OPTION_TEXT(struct answer_options, question, .letter = 'q',
	    .name = "question", .value = "q1",
	    .help = "which one; needed only where there are several"),
	OPTION_FLAG(struct answer_options, json, .letter = 'j', .name = "json",
	    .help = "print the task as JSON"),
	END_OF_OPTIONS,
};

static const struct answer_options defaults = { .always = false };

static int check(const void *options, char *const *words, struct error *err);
static int run(struct rpc *rpc, const void *options, char *const *words);

const struct verb answer_verb = {
	.name = "answer",
	.synopsis = "[OPTION ...] ID allow|deny|TEXT ...",
	.summary = "Answer what an agent asks",
	.details =
	    "\nccproc asks lists the questions.  One that asks for an answer "
	    "takes the label of\nan option or other words: a TEXT for each of "
	    "what it asks.  Inside of a Claude Code "
	    "session or of a task only\ndeny works, unless the "
	    "configuration says agents.model_may_allow.",
	.options = rows,
	.defaults = &defaults,
	.size = sizeof(struct answer_options),
	.words = "ID and allow, deny or an answer",
	.min_words = 2,
	.check = check,
	.run = run,
};

/* Else they are answers. */
static bool
is_decision(char *const *words)
{
	return words[2] == NULL &&
	    (strcmp(words[1], "allow") == 0 || strcmp(words[1], "deny") == 0);
}

static int
check(const void *options, char *const *words, struct error *err)
{
	const struct answer_options *o = options;
	bool decides = is_decision(words);

	if (!decides && (o->always || o->reason != NULL))
		fail(err, ERR_INVALID,
		    "--always and --reason go with allow and deny, got '%.60s'",
		    words[1]);
	else if (o->always && strcmp(words[1], "deny") == 0)
		fail(err, ERR_INVALID, "--always goes with allow only");
	else if (o->reason != NULL && strcmp(words[1], "allow") == 0)
		fail(err, ERR_INVALID, "--reason goes with deny only");
	else
		return 0;
	return -1;
}

/* Leaves how the task is, and what was answered, if the daemon says that. */
static void
cut(char *text)
{
	static const char *const said[] = { "allowed q", "denied q",
		"answered q" };
	char *end = strchr(text, '\n'), *second = end;
	size_t i;

	for (i = 0; second != NULL && i < sizeof(said) / sizeof(*said); i++)
		if (strncmp(second + 1, said[i], strlen(said[i])) == 0)
			end = strchr(second + 1, '\n');
	if (end != NULL)
		*end = '\0';
}

static int
run(struct rpc *rpc, const void *options, char *const *words)
{
	const struct answer_options *o = options;
	const struct tasks_answer answer = { .request_id = o->question,
		.decision = words[1],
		.answers = is_decision(words) ? NULL : words + 1,
		.reason = o->reason,
		.always = o->always };
	const struct tasks_query look = { .wait_s = 0 };
	char *ids[] = { words[0], NULL };
	struct tasks tasks = { 0 };
	struct error err;
	int status = 0;
	char *text;

	text = tasks_answer(rpc, words[0], &answer, &err);
	if (text == NULL)
		return say_failed(&err);
	if (!o->json) {
		cut(text);
		text_print(stdout, text);
	} else if (tasks_check(rpc, ids, &look, &tasks, &err) == 0)
		tasks_print_json(&tasks);
	else
		status = say_failed(&err);
	tasks_clear(&tasks);
	free(text);
	return status;
}
