/*
 * Replies to agents: one more run of their task.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "common/id.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/step.h"
#include "daemon/agent/profile.h"
#include "daemon/config.h"
#include "daemon/session.h"
#include "daemon/store/accept_run.h"
#include "daemon/store/task_dir.h"
#include "daemon/task/account.h"
#include "daemon/task/control.h"
#include "daemon/task/conversation.h"
#include "daemon/task/environment.h"
#include "daemon/task/inside.h"
#include "daemon/task/keeper.h"
#include "daemon/task/life.h"
#include "daemon/task/lineage.h"
#include "daemon/task/next_run.h"
#include "daemon/task/peer.h"
#include "daemon/task/seen_before.h"

/* The most messages that wait for the end of an agent. */
#define MESSAGES_MAX 20

/* Claude can always go on; for others the configuration says how, if at all. */
static int
check_agent(const struct record *rec, const struct task_message *message,
    struct error *err)
{
	const char *name = rec->spec.options.profile;
	const struct agent_profile *profile;

	if (task_spec_is_claude(&rec->spec))
		return 0;
	profile = config_profile(name);
	if (profile == NULL || profile->resume == NULL)
		fail(err, ERR_INVALID,
		    "agents.%.60s of the configuration has no \"resume\", so " TASK_ID
		    " cannot go on; start a new task",
		    name, rec->number);
	else if (message->fork)
		fail(err, ERR_INVALID,
		    "fork: only claude goes on in a copy of its conversation; " TASK_ID
		    " is of agents.%.60s",
		    rec->number, name);
	else {
		error_clear(err);
		agent_profile_check_message(profile, message->text,
		    message->model, err);
	}
	return err->code == ERR_NONE ? 0 : -1;
}

static int
check_reply(const struct task *task, const struct task_message *message,
    const struct session *session, struct error *err)
{
	const struct record *rec = &task->rec;
	unsigned waiting = rec->run.count - rec->run.number;

	if (!record_is_agent(rec))
		fail(err, ERR_INVALID,
		    "no reply to " TASK_ID ": it is a command; only an agent "
		    "has a conversation to go on in",
		    rec->number);
	else if (lineage_includes(session, rec->number))
		fail(err, ERR_INVALID,
		    "no reply to " TASK_ID " from inside of it: it would "
		    "never end; put into its answer what is to be done next, "
		    "or do it here",
		    rec->number);
	else if (peer_where(session) == WHERE_UNKNOWN &&
	    !rec->from.unknown_origin)
		fail(err, ERR_INVALID,
		    "no reply to " TASK_ID ": a client whose process cannot "
		    "be looked at gives no agent orders that another one has "
		    "started; start a new task",
		    rec->number);
	else if (!task_is_live(task) && !record_ended(rec))
		fail(err, ERR_BUSY,
		    "no reply to " TASK_ID ": it belongs to another machine "
		    "or container; reply there",
		    rec->number);
	else if (task_is_live(task) && record_ended(rec))
		fail(err, ERR_BUSY,
		    "the end of " TASK_ID " cannot be recorded yet; try "
		    "again when its disk can be written",
		    rec->number);
	else if (task->stopping)
		fail(err, ERR_BUSY,
		    "no reply to " TASK_ID ": it is being stopped; reply when "
		    "it has ended",
		    rec->number);
	else if (waiting >= MESSAGES_MAX || rec->run.count >= RUNS_MAX)
		fail(err, ERR_LIMIT,
		    "no reply to " TASK_ID ": it has %u messages that wait "
		    "and %u runs, and at most %d and %d are kept; wait for it, "
		    "or start a new task",
		    rec->number, waiting, rec->run.count, MESSAGES_MAX,
		    RUNS_MAX);
	else if (!task_is_live(task) && !conversation_can_go_on(rec))
		fail(err, ERR_INVALID,
		    "no reply to " TASK_ID ": it has no conversation to go "
		    "on in, since its agent never began one; start a new task",
		    rec->number);
	else if (lineage_check_reply(session, rec, err) == 0 &&
	    config_check(err) == 0)
		return check_agent(rec, message, err);
	return -1;
}

static int
accept_reply(struct record *rec, const struct task_message *message,
    const struct session *session, const char *uuid, struct error *err)
{
	char *name = xasprintf(TASK_NAME, rec->number, rec->from.uuid);
	const struct environment_task self = { .name = name,
		.parent = rec->from.parent,
		.depth = rec->from.depth,
		.bridge = keeper_bridge(),
		.homes = rec->from.homes };
	struct buf env = { 0 };
	struct run run;
	int result;

	next_run_fill(&run, rec, false, uuid);
	if (message->model != NULL) {
		free(run.asked.model);
		run.asked.model = xstrdup(message->model);
	}
	run.asked.fork = message->fork;
	run.asked.result_chars = message->result_chars;
	environment_build(session->env, session->env_len, NULL, &self, &env);
	if (task_spec_is_claude(&rec->spec)) {
		free(run.asked.account);
		run.asked.account = account_of(&env);
	}
	result = store_create_run(rec, &run, message->text, env.data, env.len,
	    err);
	buf_clear(&env);
	run_clear(&run);
	free(name);
	return result;
}

struct task *
task_reply(struct task *task, const struct task_message *message,
    const struct session *session, uint64_t ordinal, struct error *err)
{
	char uuid[37];

	if (check_reply(task, message, session, err) != 0)
		return NULL;
	seen_before_uuid(session, ordinal, 0, uuid);
	if (accept_reply(&task->rec, message, session, uuid, err) != 0)
		return NULL;
	log_info(TASK_ID ": run-%u accepted", task->rec.number,
	    ++task->rec.run.count);
	if (task->held && task_is_live(task)) /* somebody wants it */
		task_release(task);
	if (life_go_on(task, err) != 0)
		return NULL;
	STEP("reply-accepted");
	return task_ref(task);
}

/*
 * Whether the request with that UUID asked for run n; -1 with err: it cannot
 * be read now.  A damaged run is nobody's.
 */
static int
is_of(int taskfd, unsigned n, const char *uuid, struct error *err)
{
	struct run run = { .number = n };
	int dirfd, is;

	if (!run_find_name(taskfd, n, run.name))
		return 0;
	dirfd = openat(taskfd, run.name,
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (dirfd == -1) {
		fail_errno(err, "cannot open %s", run.name);
		return error_passes(err) ? -1 : 0;
	}
	if (run_load(&run, dirfd, err) == 0)
		is = strcmp(run.asked.uuid, uuid) == 0;
	else
		is = error_passes(err) ? -1 : 0;
	close(dirfd);
	run_clear(&run);
	return is;
}

int
task_was_replied(const struct task *task, const struct session *session,
    uint64_t ordinal, struct error *err)
{
	unsigned n = task->rec.run.count;
	char uuid[37];
	int taskfd = store_open_task(task->rec.path, err), is = 0;

	if (taskfd == -1)
		return -1;
	seen_before_uuid(session, ordinal, 0, uuid);
	while (n > 1 && (is = is_of(taskfd, n, uuid, err)) == 0)
		n--;
	close(taskfd);
	return is == 1 ? (int)n : is;
}
