/*
 * Calls as text.  See call.h.
 */
#include <inttypes.h>

#include "common/id.h"
#include "common/mem.h"
#include "daemon/question/question.h"
#include "daemon/record/record.h"
#include "daemon/task/task.h"
#include "daemon/view/call.h"

void
call_check(const struct record *rec, int wait_s, struct buf *out)
{
	buf_printf(out, "check_tasks {\"ids\":[\"" TASK_ID "\"],\"wait_s\":%d}",
	    rec->number, wait_s);
}

void
call_check_all(struct task *const *tasks, size_t n, const char *group,
    int wait_s, struct buf *out)
{
	size_t i;

	buf_puts(out, "check_tasks {\"ids\":[");
	if (group != NULL)
		buf_printf(out, "\"%s\"", group);
	for (i = 0; i < n && group == NULL; i++)
		buf_printf(out, "%s\"" TASK_ID "\"", i == 0 ? "" : ",",
		    task_record(tasks[i])->number);
	buf_printf(out, "],\"wait_s\":%d}", wait_s);
}

void
call_read(const struct record *rec, const char *stream, struct buf *out)
{
	buf_printf(out,
	    "read_output {\"id\":\"" TASK_ID
	    "\",\"stream\":\"%s\",\"cursor\":0}",
	    rec->number, stream);
}

void
call_read_all(const struct record *rec, struct buf *out)
{
	buf_printf(out, "read_output {\"id\":\"" TASK_ID "\",\"cursor\":0}",
	    rec->number);
}

void
call_reply(const struct question *question, const char *members,
    struct buf *out)
{
	buf_printf(out,
	    "reply_task {\"id\":\"" TASK_ID
	    "\",\"answer\":{\"request_id\":\"q%" PRIu64 "\",%s}}",
	    task_record(question->task)->number, question->number, members);
}
