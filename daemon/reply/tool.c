/*
 * What tools need of their calls.  See tool.h.
 */
#include "common/error.h"
#include "common/limits.h"
#include "common/timefmt.h"
#include "daemon/question/question.h"
#include "daemon/reply/tool.h"
#include "daemon/session.h"

/*
 * The wait_s that answers name to a client that hears progress, in place of
 * CALL_WAIT_S.  It is longer, so that ten minutes cost few turns of a model,
 * but Claude Code moves a call of 120 s to the background.
 */
#define NEXT_WAIT_HEARD_S 115

const struct session *
tool_session(const struct mcp_call *call)
{
	return mcp_call_user(call);
}

int64_t
tool_since(const struct mcp_call *call)
{
	return mcp_call_replayed(call) ?
	    time_wall_ms() - mcp_call_age_ms(call) :
	    INT64_MAX;
}

int
tool_next_wait_s(const struct mcp_call *call)
{
	return mcp_call_wants_progress(call) ? NEXT_WAIT_HEARD_S : CALL_WAIT_S;
}

void
tool_told(const struct mcp_call *call, struct task *const *tasks, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		question_note_told(tasks[i], tool_session(call)->owner);
}

struct mcp_reply
tool_failure(struct mcp_call *call, const struct error *err)
{
	return mcp_reply_failure(call, err->text);
}
