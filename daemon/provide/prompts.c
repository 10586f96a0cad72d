/*
 * Prompts: telling of tasks, starting many of them, taking up the results of an
 * earlier session.  Their texts are for a model, which has the tools.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/limits.h"
#include "common/mem.h"
#include "daemon/find/resolve.h"
#include "daemon/provide/prompts.h"
#include "daemon/provide/recent.h"
#include "daemon/record/record.h"
#include "daemon/reply/sliced.h"
#include "daemon/reply/tool.h"
#include "daemon/session.h"
#include "daemon/task/task.h"
#include "daemon/view/several.h"
#include "json/schema.h"
#include "mcp/prompts.h"

static struct mcp_reply status(struct mcp_call *call, const void *args);

const struct mcp_prompt status_prompt = {
	.name = "status",
	.title = "My tasks",
	.description = "What runs, what waits, what ended unseen.",
	.get = status,
};

static struct mcp_reply
say(struct mcp_call *call, const char *text)
{
	const struct mcp_message message = {
		.content = { .type = MCP_TEXT, .text = text },
	};

	return mcp_reply_messages(call, NULL, &message, 1);
}

static bool
is_mine(const struct task *task, const struct session *session)
{
	return strcmp(task_record(task)->from.owner, session->owner) == 0;
}

static bool
is_here(const struct task *task, const struct session *session)
{
	return session->cwd != NULL &&
	    strcmp(task_record(task)->spec.cwd, session->cwd) == 0;
}

/* Whether it has not ended, or nobody had seen its end before this call. */
static bool
is_open(const struct task *task, const struct mcp_call *call)
{
	return !record_seen_before(task_record(task), tool_since(call));
}

static bool
mine_and_open(const struct task *task, void *arg)
{
	return is_mine(task, tool_session(arg)) && is_open(task, arg);
}

static bool
known_and_open(const struct task *task, void *arg)
{
	const struct session *session = tool_session(arg);

	return (is_mine(task, session) || is_here(task, session)) &&
	    is_open(task, arg);
}

static bool
known_and_ended(const struct task *task, void *arg)
{
	const struct session *session = tool_session(arg);

	return (is_mine(task, session) || is_here(task, session)) &&
	    record_ended(task_record(task));
}

static struct mcp_reply
find(struct mcp_call *call, bool (*match)(const struct task *, void *),
    size_t max,
    struct mcp_reply (*then)(struct mcp_call *call,
	const struct task_walk *walk, const struct task_list *list,
	const void *args))
{
	const struct task_walk walk = { .max = max,
		.scan = HISTORY_MAX_SCAN,
		.live_first = true,
		.match = match,
		.arg = call };

	return sliced_find(call, &walk, then, NULL);
}

static void
add_rendered(struct buf *out, const struct task_list *list, bool brief)
{
	char *text = view_tasks(list->tasks, list->n, brief, RESULT_CHARS,
	    CALL_WAIT_S);

	buf_puts(out, text);
	free(text);
}

static struct mcp_reply
tell_status(struct mcp_call *call, const struct task_walk *walk,
    const struct task_list *list, const void *args)
{
	struct buf out = { 0 };
	struct mcp_reply reply;

	(void)walk;
	(void)args;
	if (list->n == 0)
		buf_puts(&out,
		    "ccproc has no unfinished or unseen tasks of this "
		    "session. Say so; list_tasks shows those of other sessions "
		    "and older ones, if I ask.");
	else {
		buf_puts(&out,
		    "The ccproc tasks of this session that run, wait or ended "
		    "unseen:\n\n");
		add_rendered(&out, list, true);
		buf_puts(&out,
		    "\n\nTell me in a few lines what runs, what ended and how, "
		    "and what needs me. Look at a failed one with check_tasks "
		    "before you say why. Do not wait for the others.");
	}
	reply = say(call, out.data);
	buf_clear(&out);
	return reply;
}

static struct mcp_reply
status(struct mcp_call *call, const void *args)
{
	(void)args;
	return find(call, mine_and_open, TASKS_MAX_PER_CALL, tell_status);
}

struct fan_out_args {
	char *jobs;
	char *group;
};

static const struct field fan_out_fields[] = {
	STRING(struct fan_out_args, jobs,
	    .help = "One job a line: shell commands or what an agent should "
		    "do. Default: what we have just talked of."),
	STRING(struct fan_out_args, group,
	    .help = "A name for all of them, usable as id."),
	END_OF_FIELDS,
};

static struct mcp_reply fan_out(struct mcp_call *call, const void *arguments);

const struct mcp_prompt fan_out_prompt = {
	.name = "fan_out",
	.title = "Start many jobs",
	.description = "Start a list of jobs as tasks and go on meanwhile.",
	.fields = fan_out_fields,
	.size = sizeof(struct fan_out_args),
	.get = fan_out,
};

/* Numbers the lines that say something; returns how many. */
static size_t
add_jobs(struct buf *out, const char *jobs)
{
	size_t n = 0, len, blank;

	for (; *jobs != '\0'; jobs += jobs[0] == '\n') {
		blank = strspn(jobs, " \t\r");
		jobs += blank;
		len = strcspn(jobs, "\r\n");
		while (len > 0 && jobs[len - 1] == ' ')
			len--;
		if (len > 0)
			buf_printf(out, "%zu. %.*s\n", ++n, (int)len, jobs);
		jobs += strcspn(jobs, "\n");
	}
	return n;
}

/* Claude Code makes each word of what is typed an argument of its own. */
static const char one_word[] =
    "\n\nIf that is only the first word of what I typed, then what I typed "
    "is the list of jobs, and they have no group.";

static struct mcp_reply
fan_out(struct mcp_call *call, const void *arguments)
{
	const struct fan_out_args *args = arguments;
	struct buf jobs = { 0 }, out = { 0 };
	struct mcp_reply reply;
	size_t n;

	n = args->jobs == NULL ? 0 : add_jobs(&jobs, args->jobs);
	buf_puts(&out, "Start these jobs with ccproc, in one start_tasks call");
	if (n > TASKS_MAX_PER_CALL)
		buf_printf(&out, " for each %d", TASKS_MAX_PER_CALL);
	if (args->group != NULL && args->group[0] != '\0')
		buf_printf(&out, " with group \"%s\"", args->group);
	buf_puts(&out,
	    ", one task for each: a shell command as command, anything else "
	    "as the prompt of an agent. An agent sees nothing of this "
	    "conversation, so put paths, goal and limits into its prompt; "
	    "give each a short label, and those that need another's outcome "
	    "`after`. Then go on with what we were doing: do not wait for "
	    "them. When you are told of their end, or when I ask, sum up "
	    "what each came to.\n\n");
	if (n == 0)
		buf_puts(&out,
		    "The jobs: those we have just talked of. Ask me if there "
		    "are none.");
	else
		buf_add(&out, jobs.data, jobs.len - 1);
	if (n == 1 && strpbrk(args->jobs, " \n") == NULL)
		buf_puts(&out, one_word);
	reply = say(call, out.data);
	buf_clear(&jobs);
	buf_clear(&out);
	return reply;
}

struct pick_up_args {
	char *ids;
};

static const struct field pick_up_fields[] = {
	STRING(struct pick_up_args, ids,
	    .help =
		"Tasks, groups or labels, with commas. Default: what nobody "
		"has seen of this session or directory, else the newest there."),
	END_OF_FIELDS,
};

static struct mcp_reply pick_up(struct mcp_call *call, const void *arguments);
static void complete_ids(void *user, const struct mcp_completion *completion,
    struct mcp_values *values);

const struct mcp_prompt pick_up_prompt = {
	.name = "pick_up",
	.title = "Pick up results",
	.description = "The results of tasks that an earlier session started.",
	.fields = pick_up_fields,
	.size = sizeof(struct pick_up_args),
	.get = pick_up,
	.complete = complete_ids,
};

#define SEPARATORS " ,\t\n"
/* The most tasks that are told when everything has been seen. */
#define NEWEST 5

static int
find_named(const char *text, struct task_list *list, struct error *err)
{
	char **ids = NULL, *id;
	size_t len;
	int result;

	for (; *(text += strspn(text, SEPARATORS)) != '\0'; text += len) {
		if (strv_len(ids) == TASKS_MAX_PER_CALL) {
			fail(err, ERR_LIMIT, "at most %d ids, got more",
			    TASKS_MAX_PER_CALL);
			strv_free(ids);
			return -1;
		}
		len = strcspn(text, SEPARATORS);
		id = xstrndup(text, len);
		ids = strv_add(ids, id);
		free(id);
	}
	result = ids == NULL ? 0 : resolve_ids(ids, list, err);
	strv_free(ids);
	return result;
}

static struct mcp_reply
pick_up_all(struct mcp_call *call, const struct task_walk *walk,
    const struct task_list *list, const void *args)
{
	struct buf out = { 0 };
	struct mcp_reply reply;
	size_t i;

	(void)walk;
	(void)args;
	if (list->n == 0)
		buf_puts(&out,
		    "ccproc has no tasks of this session or directory. Say so; "
		    "list_tasks shows all others.");
	else {
		buf_puts(&out,
		    "These ccproc tasks were started earlier, maybe in another "
		    "session. What they came to:\n\n");
		add_rendered(&out, list, false);
		buf_puts(&out,
		    "\n\nSum up what each came to, and go on from there: say "
		    "what you would do next with the results, and what failed "
		    "and why. Unfinished ones run on without us.");
	}
	for (i = 0; i < list->n; i++)
		task_mark_seen(list->tasks[i]);
	reply = say(call, out.data);
	buf_clear(&out);
	return reply;
}

static struct mcp_reply
pick_up_open(struct mcp_call *call, const struct task_walk *walk,
    const struct task_list *list, const void *args)
{
	return list->n > 0 ? pick_up_all(call, walk, list, args) :
			     find(call, known_and_ended, NEWEST, pick_up_all);
}

static struct mcp_reply
pick_up(struct mcp_call *call, const void *arguments)
{
	const struct pick_up_args *args = arguments;
	struct task_list list = { 0 };
	struct mcp_reply reply;
	struct error err;

	if (args->ids != NULL && find_named(args->ids, &list, &err) != 0)
		return mcp_reply_error(call, MCP_INVALID_PARAMS, "%s",
		    err.text);
	if (list.n == 0)
		return find(call, known_and_open, TASKS_MAX_PER_CALL,
		    pick_up_open);
	reply = pick_up_all(call, NULL, &list, NULL);
	task_list_clear(&list);
	return reply;
}

/* Completes the last of the ids that are being typed. */
static void
complete_ids(void *user, const struct mcp_completion *completion,
    struct mcp_values *values)
{
	const char *typed = completion->typed, *last = typed, *at;
	char *before;

	(void)user;
	for (at = typed; (at = strpbrk(at, SEPARATORS)) != NULL; last = ++at)
		;
	before = xstrndup(typed, (size_t)(last - typed));
	recent_complete(before, last, values);
	free(before);
}
