/*
 * What is done to tasks that end at the same time: it counts as done if it
 * came about, though they have ended when that is looked at.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"
#include "common/keeperctl.h"
#include "daemon/find/resolve.h"
#include "daemon/reply/change.h"
#include "daemon/task/lookup.h"
#include "daemon/task/task.h"
#include "json/schema.h"
#include "mcp/mcp.h"
#include "tests/unit/mcppeer.h"
#include "tests/unit/taskbox.h"
#include "tests/unit/unit.h"

struct end_args {
	int64_t about; /* it has come about */
};

static const struct field fields[] = {
	BOOLEAN(struct end_args, about),
	END_OF_FIELDS,
};

static struct mcp_reply end(struct mcp_call *call, const void *arguments);

static const struct mcp_tool end_tool = {
	.name = "end",
	.description = "Ends a task.",
	.fields = fields,
	.size = sizeof(struct end_args),
	.call = end,
};
static const struct mcp_tool *const tools[] = { &end_tool, NULL };
static const struct mcp_info info = {
	.name = "test",
	.title = "A test",
	.version = "1.2",
	.tools = tools,
};

static struct task *task;

static int
change(struct mcp_call *call, struct task *changed,
    const struct change_wish *wish, struct error *err)
{
	(void)call;
	(void)wish;
	return task_stop(changed, KEEPER_NOW, 0, err) == 0 ? 1 : -1;
}

static bool
is_so(const struct task *changed, const void *arguments)
{
	(void)changed;
	return ((const struct end_args *)arguments)->about != 0;
}

static struct mcp_reply
then(struct mcp_call *call, const void *arguments, const struct change *changes,
    size_t n)
{
	(void)arguments;
	ck_assert_uint_eq(n, 1);
	return mcp_reply_text(call,
	    changes[0].refused == NULL ? "done" : changes[0].refused);
}

static struct mcp_reply
end(struct mcp_call *call, const void *arguments)
{
	const struct change_wish wish = { .change = change,
		.is_so = is_so,
		.then = then,
		.args = arguments };
	struct task_list list = { 0 };
	struct mcp_reply reply;

	task_list_append(&list, task);
	reply = change_reply(call, &list, &wish);
	task_list_clear(&list);
	return reply;
}

static void
setup(void)
{
	taskbox_open();
	mcppeer_open_with(&info);
	mcppeer_initialize();
	task = taskbox_task("{\"command\":\"true\"}");
}

static void
teardown(void)
{
	mcppeer_close();
	task_unref(task);
	taskbox_close();
}

#define CALL(about) \
	"{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/call\",\"params\":{" \
	"\"name\":\"end\",\"arguments\":{\"about\":" about "}}}"

START_TEST(what_came_about_is_done)
{
	mcppeer_exchange_part(CALL("true"), "\"done\"");
}
END_TEST

START_TEST(what_did_not_is_refused)
{
	mcppeer_exchange_part(CALL("false"), "it has ended meanwhile");
}
END_TEST

UNIT_SUITE
{
	unit_suite("change", setup, teardown, what_came_about_is_done,
	    what_did_not_is_refused, NULL);
}
