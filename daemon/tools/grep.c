/*
 * Search processes.  See grep.h and daemon/view/search.c, which searches.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "common/error.h"
#include "common/mem.h"
#include "daemon/os/helper.h"
#include "daemon/reply/tool.h"
#include "daemon/task/task.h"
#include "daemon/tools/grep.h"
#include "daemon/view/output.h"
#include "daemon/view/search.h"

#define DOT " \xc2\xb7 "

/* So many at once; the others wait. */
#define RUNNING_MAX 4
/* The processor time of a search is less; this is for disks that hang. */
#define DEADLINE_MS 20000

struct grep {
	TAILQ_ENTRY(grep) entry;
	struct buf question;
	struct helper *helper; /* NULL: it waits */
	struct mcp_call *call;
	struct grep_answer answer; /* with a reference to the task */
	bool text;                 /* it searches no file */
};

static TAILQ_HEAD(, grep) greps = TAILQ_HEAD_INITIALIZER(greps);
static size_t running;

static void
grep_free(struct grep *grep)
{
	TAILQ_REMOVE(&greps, grep, entry);
	if (grep->helper != NULL) {
		helper_free(grep->helper);
		running--;
	}
	task_unref(grep->answer.task);
	buf_clear(&grep->question);
	free(grep);
}

static void
fail_call(struct grep *grep, const struct error *err)
{
	struct mcp_call *call = grep->call;

	grep_free(grep);
	mcp_call_finish(call, tool_failure(call, err));
}

/* Adds what no match was looked for in, or shown of. */
static void
add_limits(const struct grep *grep, const struct output *at, size_t left_out,
    struct buf *text)
{
	if (at->to < at->size)
		buf_puts(text, DOT "the rest is not searched: go on there");
	if (grep->answer.late)
		buf_printf(text,
		    DOT "only the last %" PRId64 " bytes are searched: stream "
			"raw has all",
		    at->size - at->from);
	if (left_out > 0)
		buf_printf(text,
		    DOT "%zu %s not shown: give a larger max_chars", left_out,
		    grep->text ? "older lines that match are" :
				 "lines around the match are");
}

static void
answer_call(struct grep *grep, const struct output *out, size_t left_out)
{
	const struct grep_answer *answer = &grep->answer;
	const struct output *at = grep->text ? &answer->at : out;
	struct mcp_call *call = grep->call;
	struct mcp_reply reply;
	struct buf whole = { 0 };
	char *head;

	head = answer->head(task_record(answer->task), answer->stream, at);
	buf_puts(&whole, head);
	add_limits(grep, at, left_out, &whole);
	buf_printf(&whole, "\n%s",
	    out->text[0] != '\0' ? out->text : "no line matches");
	reply = mcp_reply_text(call, whole.data);
	buf_clear(&whole);
	free(head);
	grep_free(grep);
	mcp_call_finish(call, reply);
}

static void start_next(void);

static void
answered(const char *answer, bool ended, void *arg)
{
	struct grep *grep = arg;
	struct output out;
	struct error err;
	size_t left_out;

	grep->helper = NULL; /* frees itself after this */
	running--;
	if (!ended) {
		fail(&err, ERR_SYSTEM,
		    "grep: the output could not be read in %d s; try again",
		    DEADLINE_MS / 1000);
		fail_call(grep, &err);
	} else if (search_answer(answer, &out, &left_out, &err) != 0) {
		fail_call(grep, &err);
	} else {
		answer_call(grep, &out, left_out);
		free(out.text);
	}
	start_next();
}

/* The program is ours, whatever is installed by now. */
static int
start(struct grep *grep, struct error *err)
{
	char program[] = "/proc/self/exe", option[] = "--search";
	char *const argv[] = { program, option, NULL };

	grep->helper = helper_start(argv, &grep->question, DEADLINE_MS,
	    answered, grep, err);
	if (grep->helper == NULL)
		return -1;
	running++;
	buf_clear(&grep->question);
	return 0;
}

static struct grep *
first_waiting(void)
{
	struct grep *grep;

	TAILQ_FOREACH(grep, &greps, entry)
		if (grep->helper == NULL)
			return grep;
	return NULL;
}

/* One that cannot be started now is tried again when another has ended. */
static void
start_next(void)
{
	struct grep *grep;
	struct error err;

	while (running < RUNNING_MAX && (grep = first_waiting()) != NULL)
		if (start(grep, &err) != 0) {
			if (running > 0)
				return;
			fail_call(grep, &err);
		}
}

static void
cancelled(void *arg)
{
	grep_free(arg);
	start_next();
}

struct mcp_reply
grep_reply(struct mcp_call *call, const struct search *what,
    const struct grep_answer *answer)
{
	struct grep *grep = xcalloc(1, sizeof(*grep));
	struct error err;

	search_ask(what, &grep->question);
	grep->call = call;
	grep->answer = *answer;
	task_ref(answer->task);
	grep->text = what->path == NULL;
	TAILQ_INSERT_TAIL(&greps, grep, entry);
	if (running >= RUNNING_MAX || start(grep, &err) == 0 || running > 0)
		return mcp_reply_later(call, cancelled, grep);
	grep_free(grep);
	return tool_failure(call, &err);
}
