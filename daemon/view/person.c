/*
 * The words of the command.  See person.h.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "daemon/view/person.h"

/* What ends a word that is looked for. */
#define WORD_CHARS \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"

struct word {
	const char *ours, *theirs;
};

static const struct word tools[] = {
	{ "check_tasks", "ccproc show" },
	{ "cleanup_tasks", "ccproc rm" },
	{ "list_tasks", "ccproc ls" },
	{ "read_output", "ccproc logs" },
	{ "reply_task", "ccproc reply" },
	{ "run_task", "ccproc run" },
	{ "start_tasks", "ccproc start" },
	{ "stop_tasks", "ccproc stop" },
	{ NULL, NULL },
};

/* Arguments that have a name of their own, wherever they are mentioned. */
static const struct word options[] = {
	{ "must match [A-Za-z0-9][A-Za-z0-9._-]{0,39}",
	    "is none: expected up to 40 letters, digits, '.', '_' and '-', a "
	    "letter or digit first" },
	{ "kill_running true", "--force" },
	{ "older_than_s", "--since" },
	{ "permission_mode", "--permission-mode" },
	{ "allowed_tools", "--allow" },
	{ "timeout_s", "--timeout" },
	{ "idle_timeout_s", "--idle-timeout" },
	{ "memory_max", "--memory-max" },
	{ "cpu_max", "--cpu-max" },
	{ "tasks_max", "--tasks-max" },
	{ "max_parallel", "--parallel" },
	{ "max_budget_usd", "--budget" },
	{ "max_turns", "--max-turns" },
	{ "json_schema", "--json-schema" },
	{ "append_system_prompt", "--append-system-prompt" },
	{ "disallowed_tools", "--disallow" },
	{ "add_dirs", "--add-dir" },
	{ "force_worktree", "--force-worktree" },
	{ "on_finish", "--on-finish" },
	{ "on_needs_input", "--on-needs-input" },
	{ "request_id", "--question" },
	{ "grace_s", "--grace" },
	{ "stdin_base64", "--input" },
	{ NULL, NULL },
};

/* Those that are common words, too: only where a problem begins with one. */
static const struct word plain_options[] = {
	{ "after", "--after" },
	{ "agent", "--use-agent" },
	{ "cwd", "--cwd" },
	{ "effort", "--effort" },
	{ "env", "--env" },
	{ "group", "--group" },
	{ "id", "ID" },
	{ "ids", "ID" },
	{ "key", "--key" },
	{ "label", "--label" },
	{ "model", "--model" },
	{ "priority", "--priority" },
	{ "profile", "--profile" },
	{ "tree", "--tree" },
	{ "worktree", "--worktree" },
	{ NULL, NULL },
};

/* The row whose word stands at text, as a whole; NULL: none. */
static const struct word *
find(const struct word *words, const char *text)
{
	size_t len;

	for (; words->ours != NULL; words++) {
		len = strlen(words->ours);
		if (strncmp(text, words->ours, len) == 0 &&
		    (text[len] == '\0' ||
			strchr(WORD_CHARS, text[len]) == NULL))
			return words;
	}
	return NULL;
}

/* Bytes of the objects in which an argument is: "tasks[3].options.limits." */
static size_t
path_len(const char *text)
{
	static const char *const parts[] = { "options.", "limits.", "answer." };
	const char *at = text, *end;
	size_t i;

	if (strncmp(at, "tasks[", 6) == 0) {
		end = strstr(at, "].");
		at = end != NULL ? end + 2 : at;
	}
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (strncmp(at, parts[i], strlen(parts[i])) == 0)
			at += strlen(parts[i]);
	return (size_t)(at - text);
}

/*
 * Adds the argument at text, with its path, if it is one; returns how many
 * bytes it has.  A common word is one if a colon follows.
 */
static size_t
add_option(const char *text, bool begins, struct buf *out)
{
	size_t path = path_len(text);
	const struct word *word = find(options, text + path);

	if (word == NULL && (begins || path > 0))
		word = find(plain_options, text + path);
	if (word == NULL ||
	    (begins && path == 0 && find(options, text) == NULL &&
		text[strlen(word->ours)] != ':'))
		return 0;
	buf_puts(out, word->theirs);
	return path + strlen(word->ours);
}

/* Adds the ids in the arguments of a call, and returns their bytes. */
static size_t
add_call_ids(const char *text, struct buf *out)
{
	const char *end = strchr(text, '}');
	const char *at;
	bool more = true;
	size_t len;

	if (strncmp(text, " {\"id", 5) != 0 || end == NULL)
		return 0;
	at = strchr(text, ':');
	while (more && at != NULL && (at = strchr(at, '"')) != NULL &&
	    at < end) {
		len = strcspn(++at, "\"");
		buf_printf(out, " %.*s", (int)len, at);
		at += len + (at[len] == '"');
		more = strncmp(at, ",\"", 2) == 0 && strchr(at, ']') != NULL &&
		    strchr(at, ']') < end;
	}
	return (size_t)(end + 1 - text);
}

static size_t
add_tool(const char *text, struct buf *out)
{
	const struct word *tool = find(tools, text);
	size_t len;

	if (tool == NULL)
		return 0;
	len = strlen(tool->ours);
	buf_puts(out, tool->theirs);
	return len + add_call_ids(text + len, out);
}

char *
person_words(const char *text)
{
	const struct word *tool = find(tools, text);
	struct buf out = { 0 };
	bool begins = true, inside = false; /* of a problem; of a word */
	size_t n;

	/* the verb that was typed is known */
	if (tool != NULL && strncmp(text + strlen(tool->ours), ": ", 2) == 0)
		text += strlen(tool->ours) + 2;
	buf_puts(&out, "");
	while (*text != '\0') {
		n = inside ? 0 : add_tool(text, &out);
		if (n == 0 && !inside)
			n = add_option(text, begins, &out);
		if (n == 0) {
			n = 1;
			buf_add(&out, text, 1);
		}
		/* what is in quotes, or a path, is somebody else's word */
		inside = strchr(WORD_CHARS "\"'/.", text[n - 1]) != NULL;
		begins = text[n - 1] == ' ' && out.len >= 2 &&
		    out.data[out.len - 2] == ';';
		text += n;
	}
	return buf_steal(&out);
}
