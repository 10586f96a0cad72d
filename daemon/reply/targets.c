/*
 * The tasks that a call means.  See targets.h.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/log.h"
#include "common/mem.h"
#include "daemon/record/record.h"
#include "daemon/reply/targets.h"
#include "daemon/reply/tool.h"
#include "daemon/session.h"
#include "daemon/store/notes.h"
#include "daemon/store/survey.h"
#include "daemon/task/lookup.h"
#include "daemon/task/task.h"

/* Returns the note of a call that comes again; the caller frees. */
static char *
read_note(const struct mcp_call *call)
{
	return mcp_call_replayed(call) ?
	    store_read_note(tool_session(call)->uuid, mcp_call_ordinal(call)) :
	    NULL;
}

/*
 * The next line of a note: number and bytes of a task.  Returns a reference
 * to it in task, NULL when it is gone; false at the end.
 */
static bool
next_noted(char **text, struct task **task, int64_t *bytes)
{
	struct error err;
	char *end;
	uint64_t number;

	do {
		if (**text == '\0')
			return false;
		number = strtoull(*text, &end, 10);
		*bytes = strtoll(end, &end, 10);
		*text = end + strspn(end, "\n");
		*task = lookup_number(number, &err);
		if (*task == NULL && err.code != ERR_NOT_FOUND)
			log_warnx("passed over: %s", err.text);
	} while (*task == NULL && err.code != ERR_NOT_FOUND);
	return true;
}

static void
take_note(char *text, struct task_list *list)
{
	struct task *task;
	int64_t bytes;

	while (next_noted(&text, &task, &bytes)) {
		if (task != NULL)
			task_list_add(list, task);
		task_unref(task);
	}
}

void
targets_gone(const struct mcp_call *call, size_t *n, int64_t *bytes)
{
	char *text = read_note(call), *at = text;
	struct task *task;
	int64_t of_one;

	*n = 0;
	*bytes = 0;
	while (text != NULL && next_noted(&at, &task, &of_one)) {
		if (task == NULL) {
			(*n)++;
			*bytes += of_one;
		}
		task_unref(task);
	}
	free(text);
}

static int
write_note(struct mcp_call *call, const struct task_list *list,
    struct error *err)
{
	struct session *session = mcp_call_user(call);
	const struct record *rec;
	struct buf text = { 0 };
	int result;
	size_t i;

	for (i = 0; i < list->n; i++) {
		rec = task_record(list->tasks[i]);
		buf_printf(&text, "%" PRIu64 " %" PRId64 "\n", rec->number,
		    store_task_bytes(rec->path));
	}
	result = store_write_note(session->uuid, mcp_call_ordinal(call),
	    text.data, err);
	session->noted = true;
	buf_clear(&text);
	return result;
}

/*
 * A call that names ids can do without a note, and must work on a full disk: it
 * may be the way to make room.
 */
static int
note(struct mcp_call *call, char *const *ids, const struct task_list *list,
    struct error *err)
{
	struct error why;

	if (write_note(call, list, &why) == 0)
		return 0;
	if (ids != NULL && resolve_are_exact(ids)) {
		log_warnx("%s", why.text);
		return 0;
	}
	fail(err, why.code,
	    "nothing was done: %s; name the tasks by their "
	    "ids (t7), which needs no note on disk",
	    why.text);
	return -1;
}

int
targets_choose(struct mcp_call *call, char *const *ids,
    int (*choose)(struct mcp_call *call, const void *args,
	struct task_list *list, struct error *err),
    const void *args, struct task_list *list, struct error *err)
{
	struct session *session = mcp_call_user(call);
	char *text = read_note(call);

	if (text != NULL) {
		session->noted = true;
		take_note(text, list);
		free(text);
		return 0;
	}
	if (choose(call, args, list, err) != 0)
		return -1;
	if (list->n == 0 || note(call, ids, list, err) == 0)
		return 0;
	task_list_clear(list);
	return -1;
}
