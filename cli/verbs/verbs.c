/*
 * Choosing a verb, reading its options, helping.  See verbs.h.
 */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/options.h"
#include "cli/reader.h"
#include "cli/rpc.h"
#include "cli/say.h"
#include "cli/status.h"
#include "cli/verbs/verbs.h"
#include "common/error.h"
#include "common/mem.h"
#include "common/utf8.h"

static const struct verb *const verbs[] = {
	&run_verb,
	&start_verb,
	&ls_verb,
	&top_verb,
	&show_verb,
	&logs_verb,
	&wait_verb,
	&reply_verb,
	&asks_verb,
	&answer_verb,
	&diff_verb,
	&apply_verb,
	&stop_verb,
	&pause_verb,
	&unpause_verb,
	&hold_verb,
	&release_verb,
	&move_verb,
	&edit_verb,
	&signal_verb,
	&rm_verb,
	&prune_verb,
	&report_verb,
	&stats_verb,
	&restart_verb,
	&events_verb,
	&status_verb,
	&daemon_verb,
	&doctor_verb,
	&mcp_verb,
	&config_verb,
	&completion_verb,
	&install_verb,
	&uninstall_verb,
	&debug_verb,
	NULL,
};

/* A name further away than this is no slip of the finger. */
#define NEAR 2
#define NAME_MAX_CHARS 32

/* Pairs of what people type and a verb. */
struct other {
	const char *name, *verb;
};

/* These simply work. */
static const struct other aliases[] = {
	{ "kill", "stop" },
	{ "list", "ls" },
	{ "log", "logs" },
	{ "ps", "ls" },
	{ NULL, NULL },
};

/* These may be meant, by people who come from elsewhere. */
static const struct other synonyms[] = {
	{ "add", "start" },
	{ "allow", "answer" },
	{ "approve", "answer" },
	{ "attach", "logs" },
	{ "cancel", "stop" },
	{ "changes", "diff" },
	{ "cleanup", "rm" },
	{ "continue", "reply" },
	{ "delete", "rm" },
	{ "deny", "answer" },
	{ "exec", "run" },
	{ "follow", "logs" },
	{ "freeze", "pause" },
	{ "gc", "prune" },
	{ "info", "daemon" },
	{ "inspect", "show" },
	{ "merge", "apply" },
	{ "monitor", "events" },
	{ "output", "logs" },
	{ "prioritize", "move" },
	{ "questions", "asks" },
	{ "reload", "restart" },
	{ "remove", "rm" },
	{ "resume", "reply" },
	{ "retry", "restart" },
	{ "send", "reply" },
	{ "stash", "hold" },
	{ "submit", "start" },
	{ "suspend", "pause" },
	{ "switch", "move" },
	{ "tail", "logs" },
	{ "thaw", "unpause" },
	{ "update", "install" },
	{ "upgrade", "install" },
	{ "watch", "top" },
	{ NULL, NULL },
};

static const char *
other(const struct other *others, const char *name)
{
	for (; others->name != NULL; others++)
		if (strcmp(others->name, name) == 0)
			return others->verb;
	return NULL;
}

static const struct verb *
find(const char *name)
{
	const char *alias = other(aliases, name);
	size_t i;

	for (i = 0; verbs[i] != NULL; i++)
		if (strcmp(verbs[i]->name, alias != NULL ? alias : name) == 0)
			return verbs[i];
	return NULL;
}

static size_t
smallest(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

/* Levenshtein's: letters to insert, delete or replace. */
static size_t
distance(const char *a, const char *b)
{
	size_t row[NAME_MAX_CHARS + 1], i, j, above, corner;
	size_t len = strlen(b);

	for (j = 0; j <= len; j++)
		row[j] = j;
	for (i = 0; a[i] != '\0'; i++) {
		corner = row[0];
		row[0] = i + 1;
		for (j = 0; j < len; j++) {
			above = row[j + 1];
			row[j + 1] = smallest(above + 1, row[j] + 1,
			    corner + (a[i] != b[j]));
			corner = above;
		}
	}
	return row[len];
}

static const char *
nearest(const char *name)
{
	const char *best = other(synonyms, name);
	size_t i, d, least = NEAR + 1;

	if (best != NULL || strlen(name) > NAME_MAX_CHARS)
		return best;
	for (i = 0; verbs[i] != NULL; i++) {
		d = distance(name, verbs[i]->name);
		if (!verbs[i]->harmful && d < least &&
		    d < strlen(verbs[i]->name)) {
			least = d;
			best = verbs[i]->name;
		}
	}
	return best;
}

static int
unknown(const char *name)
{
	const char *near = nearest(name);

	if (near != NULL)
		say("unknown command '%.60s'; did you mean '%s'?", name, near);
	else
		say("unknown command '%.60s'; see ccproc help", name);
	return STATUS_USAGE;
}

static void
usage(FILE *file)
{
	size_t i;

	fputs("usage: ccproc COMMAND [OPTION ...] [WORD ...]\n\n"
	      "Runs shell commands and Claude agents as tasks that outlive "
	      "this terminal.\n\n",
	    file);
	for (i = 0; verbs[i] != NULL; i++)
		fprintf(file, "  %-11s %s\n", verbs[i]->name,
		    verbs[i]->summary);
	fputs("\n"
	      "  ccproc help COMMAND   tells more of one\n"
	      "  ccproc --version      tells the version\n\n"
	      "A task is named by its id (t7 or 7), its label, its group (g7) "
	      "or the beginning\n"
	      "of its UUID; - stands for ids on stdin.  On a terminal ccproc "
	      "alone lists them.\n",
	    file);
}

static int
help_verb(const struct verb *verb)
{
	printf("usage: ccproc %s %s\n\n%s.\n", verb->name, verb->synopsis,
	    verb->summary);
	if (verb->details != NULL)
		printf("%s\n", verb->details);
	puts("");
	options_help(verb->options, stdout);
	return 0;
}

static int
help(char **words)
{
	const struct verb *verb;

	if (words[0] == NULL) {
		usage(stdout);
		return 0;
	}
	verb = find(words[0]);
	return verb == NULL ? unknown(words[0]) : help_verb(verb);
}

static int
check_action(const struct verb *verb, const char *word, struct error *err)
{
	struct buf names = { 0 };
	size_t i;

	for (i = 0; verb->actions[i] != NULL; i++) {
		if (strcmp(verb->actions[i], word) == 0) {
			buf_clear(&names);
			return 0;
		}
		buf_printf(&names, "%s%s", i == 0 ? "" : ", ",
		    verb->actions[i]);
	}
	fail(err, ERR_INVALID, "expected one of %s; got '%.60s'", names.data,
	    word);
	buf_clear(&names);
	return -1;
}

static int
check_words(const struct verb *verb, int n, char **words, struct error *err)
{
	if (verb->words == NULL && n > 0)
		fail(err, ERR_INVALID, "expected nothing after it, got '%.60s'",
		    words[0]);
	else if (n < verb->min_words)
		fail(err, ERR_INVALID, "expected %s", verb->words);
	else if (verb->max_words != 0 && n > verb->max_words)
		fail(err, ERR_INVALID, "expected one %s, got %d", verb->words,
		    n);
	else
		return verb->actions == NULL || n == 0 ?
		    0 :
		    check_action(verb, words[0], err);
	return -1;
}

/* Everything goes into records, which are JSON. */
static int
check_utf8(int argc, char **argv, struct error *err)
{
	int i;

	for (i = 1; i < argc; i++)
		if (!utf8_valid(argv[i], strlen(argv[i]))) {
			fail(err, ERR_INVALID,
			    "argument %d is no UTF-8, which a task's record "
			    "needs; put it into a script and run that",
			    i);
			return -1;
		}
	return 0;
}

static int
connect_and_run(const struct verb *verb, const void *options,
    char *const *words)
{
	struct error err;
	struct rpc *rpc;
	int status;

	if (verb->alone)
		return verb->run(NULL, options, words);
	rpc = rpc_open(&err);
	if (rpc == NULL)
		return say_failed(&err);
	status = verb->run(rpc, options, words);
	rpc_free(rpc);
	return status;
}

static int
run(const struct verb *verb, int argc, char **argv)
{
	void *options = xcalloc(1, verb->size);
	struct error err;
	int words, status;

	memcpy(options, verb->defaults, verb->size);
	words = options_read(verb->options, argc, argv, verb->command_follows,
	    options, &err);
	if (words == 0)
		status = help_verb(verb);
	else if (words < 0 || check_utf8(argc, argv, &err) != 0 ||
	    check_words(verb, argc - words, argv + words, &err) != 0 ||
	    (verb->check != NULL &&
		verb->check(options, argv + words, &err) != 0))
		status = say_usage(verb->name, &err);
	else
		status = connect_and_run(verb, options, argv + words);
	options_clear(verb->options, options);
	free(options);
	return status;
}

/* A full disk must not look like success; that nobody reads on is no error. */
static int
flush(int status)
{
	struct pollfd pfd = reader_poll();

	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	if (poll(&pfd, 1, 0) == 1 && reader_is_gone(&pfd))
		return STATUS_SIGNAL + SIGPIPE;
	say("cannot write to stdout: %s", strerror(errno));
	return status == 0 ? STATUS_OURS : status;
}

static bool
is_one_of(const char *word, const char *a, const char *b, const char *c)
{
	return strcmp(word, a) == 0 || strcmp(word, b) == 0 ||
	    strcmp(word, c) == 0;
}

int
verbs_main(int argc, char **argv)
{
	char ls[] = "ls", *list[] = { argv[0], ls, NULL };
	const struct verb *verb;

	if (argc < 2 && !isatty(STDOUT_FILENO)) {
		usage(stderr);
		return STATUS_USAGE;
	}
	if (argc < 2 || (argc == 2 && strcmp(argv[1], "status") == 0)) {
		argc = 2;
		argv = list;
	}
	if (is_one_of(argv[1], "--version", "-V", "version")) {
		puts("ccproc " PACKAGE_VERSION);
		return flush(0);
	}
	if (is_one_of(argv[1], "--help", "-h", "help"))
		return flush(help(argv + 2));
	completion_verbs(verbs);
	verb = find(argv[1]);
	if (verb == NULL)
		return unknown(argv[1]);
	if (verb == &status_verb && argv[2] != NULL && argv[2][0] != '-')
		verb = &show_verb; /* of a task */
	return flush(run(verb, argc - 1, argv + 1));
}
