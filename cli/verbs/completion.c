/*
 * ccproc completion: prints a script for a shell, which asks this verb for the
 * words that may come next: verbs and options by their tables, tasks by the
 * living daemon.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/daemon.h"
#include "cli/input.h"
#include "cli/options.h"
#include "cli/rpc.h"
#include "cli/say.h"
#include "cli/status.h"
#include "cli/tasks.h"
#include "cli/text.h"
#include "cli/verbs/verbs.h"
#include "common/error.h"
#include "common/mem.h"
#include "common/paths.h"

#define SCRIPT_MAX_BYTES (64u << 10)
/* More than that nobody looks through. */
#define LIVE_MAX 200
#define ENDED_MAX 50
#define SHOWN_CHARS 50

struct completion_options {
	bool none;
};

static const struct option_row rows[] = {
	END_OF_OPTIONS,
};

static const struct completion_options defaults = { .none = false };
static const char *const actions[] = { "bash", "zsh", "fish", "words", NULL };

static int run(struct rpc *rpc, const void *options, char *const *words);

const struct verb completion_verb = {
	.name = "completion",
	.synopsis = "bash | zsh | fish | words WORD ...",
	.summary = "Print a script by which a shell completes verbs and tasks",
	.details =
	    "\nFor bash: eval \"$(ccproc completion bash)\" in ~/.bashrc; for zsh "
	    "the same with zsh,\nbehind compinit; for fish: ccproc completion "
	    "fish | source.  The scripts ask by\n`words'; no daemon is started.",
	.options = rows,
	.defaults = &defaults,
	.size = sizeof(struct completion_options),
	.words = "a shell: bash, zsh or fish",
	.min_words = 1,
	.actions = actions,
	.alone = true,
	.command_follows = true,
	.run = run,
};

static const struct verb *const *all_verbs;

void
completion_verbs(const struct verb *const *verbs)
{
	all_verbs = verbs;
}

static int
print_script(const char *shell)
{
	char path[PATH_MAX], *name = xasprintf("completion.%s", shell);
	struct buf text = { 0 };
	struct error err;
	int status = 0;

	if (paths_libexec(name, path, sizeof(path), &err) != 0 ||
	    input_file(path, SCRIPT_MAX_BYTES, &text, &err) != 0)
		status = say_failed(&err);
	else
		fputs(text.data, stdout);
	buf_clear(&text);
	free(name);
	return status;
}

/*
 * Whether a shell takes it as it is: a task may have written into the file that
 * a label is read from.
 */
static bool
is_word(const char *text)
{
	return text[strspn(text,
		   "0123456789abcdefghijklmnopqrstuvwxyz"
		   "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_.")] == '\0';
}

/* Text that a terminal shows as it is, without what ends a candidate. */
static void
offer(const char *word, const char *prefix, const char *help)
{
	struct buf line = { 0 };
	char *clean, *cut;

	if (word == NULL || strncmp(word, prefix, strlen(prefix)) != 0 ||
	    !is_word(word))
		return;
	clean = text_clean(help == NULL ? "" : help, false);
	cut = text_cut(clean, SHOWN_CHARS, false);
	buf_printf(&line, "%s\t%s", word, cut);
	puts(line.data);
	free(cut);
	free(clean);
	buf_clear(&line);
}

static void
offer_verbs(const char *prefix, bool more)
{
	size_t i;

	for (i = 0; all_verbs[i] != NULL; i++)
		offer(all_verbs[i]->name, prefix, all_verbs[i]->summary);
	if (more) {
		offer("help", prefix, "Tell more of a verb");
		offer("--version", prefix, "Tell the version");
	}
}

static void
offer_options(const struct option_row *row, const char *prefix)
{
	char *word;

	for (; row->kind != OPTION_END; row++) {
		word = xasprintf("--%s", row->name);
		offer(word, prefix, row->help);
		free(word);
	}
	offer("--help", prefix, "this text");
}

/* Which tasks a verb can do something with. */
static bool
suits(const char *verb, const struct task_info *task)
{
	bool ended = status_ended(task);

	if (strcmp(verb, "stop") == 0 || strcmp(verb, "wait") == 0)
		return !ended;
	if (strcmp(verb, "pause") == 0 || strcmp(verb, "signal") == 0)
		return !ended && strcmp(task->state, "queued") != 0 &&
		    (task->paused_at == NULL || *verb == 's');
	if (strcmp(verb, "hold") == 0 || strcmp(verb, "move") == 0 ||
	    strcmp(verb, "edit") == 0)
		return strcmp(task->state, "queued") == 0;
	if (strcmp(verb, "release") == 0)
		return task->held;
	if (strcmp(verb, "unpause") == 0)
		return task->paused_at != NULL;
	if (strcmp(verb, "rm") == 0 || strcmp(verb, "restart") == 0)
		return ended;
	if (strcmp(verb, "diff") == 0 || strcmp(verb, "apply") == 0)
		return task->worktree.path != NULL;
	if (strcmp(verb, "reply") == 0)
		return tasks_is_agent(task);
	if (strcmp(verb, "asks") == 0 || strcmp(verb, "answer") == 0)
		return strcmp(task->state, "needs_input") == 0;
	return true;
}

enum offered { IDS = 1, LABELS = 2, GROUPS = 4 };

static void
offer_task(const struct task_info *task, const char *prefix, unsigned what)
{
	char *help = xasprintf("%s%s%s", task->state,
	    task->name == NULL ? "" : ": ",
	    task->name == NULL ? "" : task->name);

	if ((what & IDS) != 0)
		offer(task->id, prefix, help);
	if ((what & LABELS) != 0)
		offer(task->label, prefix, help);
	if ((what & GROUPS) != 0)
		offer(task->group_name != NULL ? task->group_name : task->group,
		    prefix, "a group");
	free(help);
}

/* Of the daemon that is there; nothing where none is. */
static void
offer_tasks(const char *verb, const char *prefix, unsigned what)
{
	struct tasks_filter filter = { .active = true, .limit = LIVE_MAX };
	struct tasks tasks = { 0 };
	struct daemon_state daemon;
	struct error ignored;
	struct rpc *rpc;
	size_t i;

	if (daemon_look(&daemon, &ignored) != 0 || !daemon.runs ||
	    (rpc = rpc_open(&ignored)) == NULL)
		return;
	if (tasks_list(rpc, &filter, &tasks, &ignored) == 0) {
		filter.active = false;
		filter.limit = ENDED_MAX;
		if (tasks_list(rpc, &filter, &tasks, &ignored) == 0)
			for (i = 0; i < tasks.n; i++)
				if (suits(verb, &tasks.info[i]))
					offer_task(&tasks.info[i], prefix,
					    what);
	}
	tasks_clear(&tasks);
	rpc_free(rpc);
}

/* The option that the word is and that takes the next one; or NULL. */
static const struct option_row *
takes_value(const struct option_row *row, const char *word)
{
	size_t len = strlen(word);

	for (; row->kind != OPTION_END; row++)
		if (row->value != NULL &&
		    ((len > 2 && word[0] == '-' && word[1] == '-' &&
			 strcmp(word + 2, row->name) == 0) ||
			(len > 1 && word[0] == '-' && word[1] != '-' &&
			    word[len - 1] == row->letter)))
			return row;
	return NULL;
}

static void
offer_values(const struct option_row *row, const char *verb, const char *prefix)
{
	static const struct {
		const char *value, *words[8];
	} known[] = {
		{ "MODE",
		    { "ask", "plan", "acceptEdits", "auto", "dontAsk",
			"bypassPermissions" } },
		{ "EVENT", { "queued", "started", "needs_input", "ended" } },
		{ "SCOPE", { "user", "project", "local" } },
		{ "WHEN", { "auto", "always", "never" } },
	};
	size_t i, j;

	if (strcmp(row->value, "ID") == 0)
		offer_tasks(verb, prefix, IDS | LABELS);
	else if (strcmp(row->value, "LABEL") == 0 ||
	    strcmp(row->value, "GLOB") == 0)
		offer_tasks("", prefix, LABELS);
	else if (strcmp(row->value, "GROUP") == 0)
		offer_tasks("", prefix, GROUPS);
	else if (strcmp(row->value, "DIR") == 0)
		puts(":dir");
	else if (strcmp(row->value, "FILE") == 0)
		puts(":file");
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		for (j = 0; strcmp(known[i].value, row->value) == 0 &&
		     known[i].words[j] != NULL;
		     j++)
			offer(known[i].words[j], prefix, row->help);
}

static void
offer_words(const struct verb *verb, size_t before, const char *prefix)
{
	size_t i;

	if (verb->command_follows && verb->actions == NULL)
		puts(before == 0 ? ":command" : ":file");
	else if (verb->actions != NULL && before == 0)
		for (i = 0; verb->actions[i] != NULL; i++)
			offer(verb->actions[i], prefix, verb->summary);
	else if (strcmp(verb->name, "answer") == 0 && before > 0) {
		offer("allow", prefix, "it may do that");
		offer("deny", prefix, "it may not");
	} else if (verb->words != NULL && strncmp(verb->words, "ID", 2) == 0)
		offer_tasks(verb->name, prefix, IDS | LABELS | GROUPS);
	else if (verb->actions != NULL)
		puts(":file");
}

/* What may stand for the last of the words, behind the others. */
static void
complete(const struct verb *verb, char *const *words)
{
	const struct option_row *row = NULL;
	size_t before = 0;

	for (; words[1] != NULL; words++)
		if (row != NULL)
			row = NULL; /* this was its value */
		else if (words[0][0] != '-' || words[0][1] == '\0')
			before++;
		else if (before == 0 || !verb->command_follows)
			row = takes_value(verb->options, words[0]);
	if (row != NULL)
		offer_values(row, verb->name, words[0]);
	else if (words[0][0] == '-' && (before == 0 || !verb->command_follows))
		offer_options(verb->options, words[0]);
	else
		offer_words(verb, before, words[0]);
}

static int
print_words(char *const *words)
{
	size_t i;

	if (words[0] == NULL || words[1] == NULL) {
		offer_verbs(words[0] == NULL ? "" : words[0], true);
		return 0;
	}
	if (strcmp(words[0], "help") == 0) {
		offer_verbs(words[1], false);
		return 0;
	}
	for (i = 0; all_verbs[i] != NULL; i++)
		if (strcmp(all_verbs[i]->name, words[0]) == 0)
			complete(all_verbs[i], words + 1);
	return 0;
}

static int
run(struct rpc *rpc, const void *options, char *const *words)
{
	(void)rpc;
	(void)options;
	return strcmp(words[0], "words") == 0 ? print_words(words + 1) :
						print_script(words[0]);
}
