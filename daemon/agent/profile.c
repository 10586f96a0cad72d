/*
 * Running other agents, by their profiles.  See profile.h.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/limits.h"
#include "common/mem.h"
#include "common/paths.h"
#include "daemon/agent/profile.h"
#include "json/schema.h"

static const struct choice prompt_choices[] = { { "stdin", PROFILE_STDIN },
	{ "argument", PROFILE_ARGUMENT }, { NULL, 0 } };
static const struct choice output_choices[] = { { "text", PROFILE_TEXT },
	{ "jsonl", PROFILE_JSONL }, { NULL, 0 } };
static const struct choice signal_choices[] = { { "TERM", PROFILE_TERM },
	{ "INT", PROFILE_INT }, { NULL, 0 } };

/* clang-format off */
const struct field agent_profile_fields[] = {
	STRINGS(struct agent_profile, command,
	    .help = "Program and arguments of another agent; in them "
		    "{prompt}, {model}, {session} and {cwd} are replaced."),
	STRINGS(struct agent_profile, resume,
	    .help = "The same, to go on in a conversation."),
	CHOICE(struct agent_profile, prompt, .choices = prompt_choices,
	    .help = "Where it reads its prompt."),
	CHOICE(struct agent_profile, output, .choices = output_choices,
	    .help = "What it writes to stdout: the answer, or a JSON object "
		    "a line."),
	STRING(struct agent_profile, text_key, .min = 1,
	    .help = "jsonl: the member with the answer, such as item.text; "
		    "the last one counts."),
	STRING(struct agent_profile, text_if, .min = 1,
	    .help = "jsonl: only of lines where this holds, such as "
		    "item.type=agent_message."),
	BOOLEAN(struct agent_profile, text_join,
	    .help = "jsonl: the answer comes in parts, in lines that follow "
		    "each other."),
	STRING(struct agent_profile, session_key, .min = 1,
	    .help = "jsonl: the member with the id of the conversation."),
	STRING(struct agent_profile, cost_key, .min = 1,
	    .help = "jsonl: the member with the cost in USD."),
	STRING(struct agent_profile, error_key, .min = 1,
	    .help = "jsonl: the member with an error; it counts unless an "
		    "answer follows."),
	CHOICE(struct agent_profile, stop_signal, .choices = signal_choices,
	    .help = "What asks it to end."),
	END_OF_FIELDS,
};
/* clang-format on */

static bool
has(char *const *words, const char *placeholder)
{
	for (; words != NULL && *words != NULL; words++)
		if (strstr(*words, placeholder) != NULL)
			return true;
	return false;
}

static void
check_words(const struct agent_profile *p, const char *key, char *const *words,
    struct error *err)
{
	bool argument = p->prompt == PROFILE_ARGUMENT;

	if (words != NULL && has(words, "{prompt}") != argument)
		fail_add(err, ERR_INVALID,
		    argument ?
			"agents.%s.%s: with prompt \"argument\" one of its "
			"words must have {prompt}" :
			"agents.%s.%s: has {prompt}, which goes with prompt "
			"\"argument\"",
		    p->name, key);
}

void
agent_profile_check(const struct agent_profile *p, struct error *err)
{
	if (p->command == NULL || p->command[0] == NULL)
		fail_add(err, ERR_INVALID,
		    "agents.%s.command: is required, the program and its "
		    "arguments",
		    p->name);
	if (p->resume != NULL && !has(p->resume, "{session}"))
		fail_add(err, ERR_INVALID,
		    "agents.%s.resume: one of its words must have {session}",
		    p->name);
	check_words(p, "command", p->command, err);
	check_words(p, "resume", p->resume, err);
	if (p->output == PROFILE_JSONL && p->text_key == NULL)
		fail_add(err, ERR_INVALID,
		    "agents.%s.text_key: is required with output \"jsonl\"",
		    p->name);
	if (p->output == PROFILE_TEXT &&
	    (p->text_key != NULL || p->text_if != NULL || p->text_join ||
		p->session_key != NULL || p->cost_key != NULL ||
		p->error_key != NULL))
		fail_add(err, ERR_INVALID,
		    "agents.%s: keys of its lines go with output \"jsonl\"",
		    p->name);
	if (p->text_if != NULL && strchr(p->text_if, '=') == NULL)
		fail_add(err, ERR_INVALID,
		    "agents.%s.text_if: expected a member and its value, such "
		    "as type=answer, got \"%.60s\"",
		    p->name, p->text_if);
}

bool
agent_profile_takes_model(const struct agent_profile *p, bool resume)
{
	return has(resume ? p->resume : p->command, "{model}");
}

void
agent_profile_check_length(const struct agent_profile *p, const char *text,
    const char *where, const char *what, struct error *err)
{
	if (p->prompt == PROFILE_ARGUMENT &&
	    strlen(text) >= EXEC_MAX_ARG_BYTES / 2)
		fail_add(err, ERR_INVALID,
		    "%s%s: is %zu bytes long and goes on the command line of "
		    "%s, which takes less than %u; put it into a file",
		    where, what, strlen(text), p->name, EXEC_MAX_ARG_BYTES / 2);
}

void
agent_profile_check_model(const char *model, const char *where,
    struct error *err)
{
	if (model == NULL ||
	    (*model != '\0' && *model != '-' &&
		strstr(model, "{prompt}") == NULL))
		return;
	fail_add(err, ERR_INVALID,
	    "%smodel: expected the name of a model, got \"%.60s\"; one that "
	    "begins with a dash would be an option of the program, and options "
	    "belong into its command in the configuration",
	    where, model);
}

void
agent_profile_check_message(const struct agent_profile *p, const char *message,
    const char *model, struct error *err)
{
	if (model != NULL && !agent_profile_takes_model(p, true))
		fail_add(err, ERR_INVALID,
		    "model: agents.%s.resume in the configuration has no "
		    "{model}; leave it out",
		    p->name);
	agent_profile_check_model(model, "", err);
	agent_profile_check_length(p, message, "", "message", err);
}

bool
agent_profile_names(const struct agent_profile *p)
{
	return p->session_key == NULL && has(p->command, "{session}");
}

/* Finds the value of a placeholder, and its length; false: it is none. */
static bool
value_of(const char *at, const struct agent_values *v, const char **value,
    size_t *len)
{
	const struct {
		const char *name, *value;
	} all[] = {
		{ "{model}", v->model },
		{ "{session}", v->session },
		{ "{cwd}", v->cwd },
	};
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		*len = strlen(all[i].name);
		*value = all[i].value;
		if (strncmp(at, all[i].name, *len) == 0)
			return true;
	}
	return false;
}

/* Returns the word with its values; NULL: a placeholder has none. */
static char *
fill_in(const char *word, const struct agent_values *values)
{
	struct buf out = { 0 };
	const char *value;
	size_t len;

	for (; *word != '\0'; word += len) {
		if (!value_of(word, values, &value, &len)) {
			len = 1;
			buf_add(&out, word, 1);
		} else if (value == NULL) {
			buf_clear(&out);
			return NULL;
		} else
			buf_puts(&out, value);
	}
	return buf_steal(&out);
}

static void
drop_last(char **argv)
{
	size_t n = strv_len(argv);

	free(argv[n - 1]);
	argv[n - 1] = NULL;
}

/*
 * A word whose placeholder has no value is left out; and when it is nothing
 * but that, also the option before it.
 */
static char **
add_words(char **argv, char *const *words, const struct agent_values *values)
{
	bool option = false; /* the last one of argv is */
	char *word;

	for (; *words != NULL; words++) {
		word = fill_in(*words, values);
		if (word != NULL)
			argv = strv_add(argv, word);
		else if (option && (*words)[0] == '{' &&
		    strchr(*words, '}') == *words + strlen(*words) - 1)
			drop_last(argv);
		option = word != NULL && word[0] == '-';
		free(word);
	}
	return argv;
}

char **
agent_profile_argv(const struct agent_profile *p,
    const struct agent_values *values, bool resume, struct error *err)
{
	char **argv = NULL, script[PATH_MAX];

	if (resume && p->resume == NULL) {
		fail(err, ERR_INVALID,
		    "agents.%s in the configuration has no resume, so its "
		    "conversations cannot go on",
		    p->name);
		return NULL;
	}
	error_clear(err);
	agent_profile_check_model(values->model, "", err);
	if (err->code != ERR_NONE)
		return NULL;
	if (p->prompt == PROFILE_ARGUMENT) {
		if (paths_libexec("prompt-argument.sh", script, sizeof(script),
			err) != 0)
			return NULL;
		argv = strv_add(argv, script);
	}
	return add_words(argv, resume ? p->resume : p->command, values);
}
