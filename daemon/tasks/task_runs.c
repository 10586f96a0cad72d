/*
 * From one run of a task to the next: messages for an agent, and runs that
 * the daemon queues once more because the API would not serve them.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <event2/event.h>
#include <uuid/uuid.h>

#include "common/error.h"
#include "common/limits.h"
#include "common/log.h"
#include "common/machine.h"
#include "common/mem.h"
#include "common/step.h"
#include "common/timefmt.h"
#include "daemon/agent/profile.h"
#include "daemon/config.h"
#include "daemon/session.h"
#include "daemon/tasks/conversation.h"
#include "daemon/tasks/environment.h"
#include "daemon/tasks/recall.h"
#include "daemon/tasks/store.h"
#include "daemon/tasks/task_parts.h"

/* Messages that wait for the end of an agent: beyond that nobody listens. */
#define MESSAGES_MAX 20

/* What an agent is told whose conversation had begun. */
static const char go_on[] =
    "The API refused the last request (rate limit or overload), and some time "
    "has passed. Go on where you were interrupted.";

static int
read_next(struct record *fresh, struct error *err)
{
	int result, dirfd = store_open_task(fresh->path, err);

	if (dirfd == -1)
		return -1;
	result = record_load(fresh, dirfd, NULL, err);
	close(dirfd);
	return result;
}

/*
 * Takes from disk what the next run is; false: there is none.  When it cannot
 * be read now, the task ends once more in a second, which leads back here.
 */
static bool
advance(struct task *task)
{
	struct record fresh = { .number = task->rec.number };
	struct error err;
	int result;

	record_place(&fresh, task->rec.path);
	result = read_next(&fresh, &err);
	if (result != 0)
		log_warnx("t%" PRIu64 ": its next run: %s", fresh.number,
		    err.text);
	if (result != 0 || record_ended(&fresh)) {
		record_clear(&fresh);
		if (result == 0 || err.code != ERR_SYSTEM)
			return false;
		task->rec.state = STATE_RUNNING;
		task->rec.reason = REASON_NONE;
		task_look_later(task);
		return true;
	}
	record_clear(&task->rec);
	task->rec = fresh;
	task->tries = task->orphan_tries = 0;
	task->stopping = false;
	if (task->again != NULL)
		event_free(task->again);
	task->again = NULL;
	log_info("t%" PRIu64 ": %s queued", fresh.number, fresh.run.name);
	return true;
}

static void
fill(struct run *run, const struct record *rec, bool retry, const char *uuid)
{
	char created[TIMEFMT_SIZE];
	int64_t now = time_wall_ms();
	struct machine here;

	/* a stop before it did not mean it, even if the clock was set back */
	if (record_ended(rec) && rec->exit.ended_at >= now)
		now = rec->exit.ended_at + 1;
	memset(run, 0, sizeof(*run));
	run->number = rec->run.count + 1;
	snprintf(run->name, sizeof(run->name), "%s-%u", retry ? "retry" : "run",
	    run->number);
	machine_read(&here);
	run->asked.version = RUN_VERSION;
	run->asked.uuid = xstrdup(uuid);
	run->asked.created_at = xstrdup(timefmt_iso(now, created));
	run->asked.boot = here.boot[0] == '\0' ? NULL : xstrdup(here.boot);
	run->asked.model = xstrdup(rec->run.asked.model);
}

/* Its length was bounded when it was written. */
static char *
read_prompt(const struct record *rec)
{
	struct error err;
	struct stat st;
	char *text = NULL;
	int fd = -1, dirfd = store_open_task(rec->dir, &err);

	if (dirfd != -1)
		fd = openat(dirfd, "prompt",
		    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd != -1 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_size < LINE_MAX_BYTES) {
		text = xcalloc(1, (size_t)st.st_size + 1);
		if (read(fd, text, (size_t)st.st_size) != st.st_size) {
			free(text);
			text = NULL;
		}
	}
	if (fd != -1)
		close(fd);
	if (dirfd != -1)
		close(dirfd);
	return text;
}

static void
uuid_of_run(const struct record *rec, unsigned n, char text[37])
{
	uuid_t of_task, of_run;
	char name[32];
	int len = snprintf(name, sizeof(name), "run/%u", n);

	if (uuid_parse(rec->stored.from.uuid, of_task) != 0)
		uuid_clear(of_task);
	uuid_generate_sha1(of_run, of_task, name, (size_t)len);
	uuid_unparse_lower(of_run, text);
}

bool
task_retries(const struct record *rec)
{
	return rec->state == STATE_FAILED &&
	    rec->reason == REASON_RATE_LIMITED &&
	    rec->run.number - rec->run.turn <
	    config_get()->agents.retry.times &&
	    rec->run.count < RUNS_MAX;
}

/* Twice as long each time. */
static int64_t
back_off_ms(const struct record *rec)
{
	return (config_get()->agents.retry.first_s * 1000)
	    << (rec->run.number - rec->run.turn);
}

/* What it was asked, unless it had taken that into its conversation. */
static int
retry(struct task *task, struct error *err)
{
	struct record *rec = &task->rec;
	struct run run;
	char *prompt = NULL, uuid[37];
	int result = 0;
	bool begun = conversation_begun(rec->result);

	uuid_of_run(rec, rec->run.count + 1, uuid);
	fill(&run, rec, true, uuid);
	run.asked.not_before = time_wall_ms() + back_off_ms(rec);
	run.asked.result_chars = rec->run.asked.result_chars;
	run.asked.fresh = !begun &&
	    (rec->run.number == 1 || rec->run.asked.fresh);
	if (!begun && (prompt = read_prompt(rec)) == NULL) {
		fail_errno(err, "cannot read its prompt");
		result = -1;
	}
	if (result == 0)
		result = store_create_run(rec, &run, begun ? go_on : prompt,
		    NULL, 0, err);
	free(prompt);
	run_clear(&run);
	return result;
}

/* One that cannot be queued again has failed, as it would without. */
static bool
queue_retry(struct task *task)
{
	struct error err;

	if (!task_retries(&task->rec) ||
	    task->rec.run.number <= task->stopped_to)
		return false;
	if (retry(task, &err) != 0) {
		log_warnx("t%" PRIu64 ": not tried again: %s", task->rec.number,
		    err.text);
		return false;
	}
	task->rec.run.count++;
	return true;
}

bool
task_next_run(struct task *task)
{
	bool more;

	if (!task_spec_is_agent(&task->rec.stored.spec))
		return false;
	more = task->rec.run.count > task->rec.run.number || queue_retry(task);
	store_drop_env(&task->rec);
	STEP("run-ended");
	return more && advance(task);
}

/* As the exit record of the run before it says. */
static bool
was_stopped_before(const struct record *rec)
{
	struct exitrec before;
	struct error err;
	struct run run;
	char *path;
	int taskfd, dirfd;
	bool is = false;

	taskfd = store_open_task(rec->path, &err);
	if (taskfd == -1 ||
	    run_find_number(taskfd, rec->run.number - 1, &run) != 0) {
		if (taskfd != -1)
			close(taskfd);
		return false;
	}
	close(taskfd);
	path = xasprintf("%s/%s", rec->path, run.name);
	dirfd = store_open_task(path, &err);
	if (dirfd != -1) {
		is = exitrec_read(dirfd, "exit.json", &before, &err) == 0 &&
		    strcmp(before.stop_reason, "user") == 0 &&
		    before.ended_at >=
			time_parse_iso(rec->run.asked.created_at);
		close(dirfd);
	}
	free(path);
	return is;
}

/*
 * A stop means also what had been said before it and was not heard yet, even
 * if it came too late for the run that it was for.
 */
bool
task_superseded(const struct task *task)
{
	const struct run *run = &task->rec.run;

	if (run->number <= 1 || run->number != run->turn)
		return false;
	return run->number <= task->stopped_to ||
	    was_stopped_before(&task->rec);
}

/* Claude can always; of others the configuration says how, if they can. */
static int
check_agent(const struct record *rec, const struct task_message *message,
    struct error *err)
{
	const char *name = rec->stored.spec.options.profile;
	const struct agent_profile *profile;

	if (task_spec_is_claude(&rec->stored.spec))
		return 0;
	profile = config_profile(name);
	if (profile == NULL || profile->resume == NULL)
		fail(err, ERR_INVALID,
		    "agents.%.60s of the configuration has no \"resume\", so "
		    "t%" PRIu64 " cannot go on; start a new task",
		    name, rec->number);
	else if (message->fork)
		fail(err, ERR_INVALID,
		    "fork: only claude goes on in a copy of its conversation; "
		    "t%" PRIu64 " is of agents.%.60s",
		    rec->number, name);
	else
		return 0;
	return -1;
}

static int
check_reply(const struct task *task, const struct task_message *message,
    struct error *err)
{
	const struct record *rec = &task->rec;
	unsigned waiting = rec->run.count - rec->run.number;

	if (!task_spec_is_agent(&rec->stored.spec))
		fail(err, ERR_INVALID,
		    "no reply to t%" PRIu64 ": it is a command; only an agent "
		    "has a conversation to go on in",
		    rec->number);
	else if (!task->live && !record_ended(rec))
		fail(err, ERR_BUSY,
		    "no reply to t%" PRIu64 ": it belongs to another machine "
		    "or container; reply there",
		    rec->number);
	else if (task->live && record_ended(rec))
		fail(err, ERR_BUSY,
		    "the end of t%" PRIu64 " cannot be recorded yet; try "
		    "again when its disk can be written",
		    rec->number);
	else if (waiting >= MESSAGES_MAX || rec->run.count >= RUNS_MAX)
		fail(err, ERR_LIMIT,
		    "no reply to t%" PRIu64 ": it has %u messages that wait "
		    "and %u runs, and at most %d and %d are kept; wait for it, "
		    "or start a new task",
		    rec->number, waiting, rec->run.count, MESSAGES_MAX,
		    RUNS_MAX);
	else if (!task->live && !conversation_can_go_on(rec))
		fail(err, ERR_INVALID,
		    "no reply to t%" PRIu64 ": it has no conversation to go "
		    "on in, since its agent never began one; start a new task",
		    rec->number);
	else
		return check_agent(rec, message, err);
	return -1;
}

static int
accept_reply(struct record *rec, const struct task_message *message,
    const struct session *session, const char *uuid, struct error *err)
{
	char *name = xasprintf("t%" PRIu64 "-%s", rec->number,
	    rec->stored.from.uuid);
	const struct environment_task self = { .name = name,
		.parent = rec->stored.from.parent,
		.depth = rec->stored.from.depth };
	struct buf env = { 0 };
	struct run run;
	int result;

	fill(&run, rec, false, uuid);
	if (message->model != NULL) {
		free(run.asked.model);
		run.asked.model = xstrdup(message->model);
	}
	run.asked.fork = message->fork;
	run.asked.result_chars = message->result_chars;
	environment_build(session->env, session->env_len, NULL, &self, &env);
	result = store_create_run(rec, &run, message->text, env.data, env.len,
	    err);
	buf_clear(&env);
	run_clear(&run);
	free(name);
	return result;
}

/* One that had ended is live again, and what its next run is. */
static int
revive(struct task *task, struct error *err)
{
	task_enlist(task_ref(task));
	if (advance(task))
		return 0;
	task_delist(task);
	fail(err, ERR_INVALID,
	    "what was queued cannot be read; ccprocd's log says why");
	return -1;
}

struct task *
task_reply(struct task *task, const struct task_message *message,
    const struct session *session, uint64_t ordinal, struct error *err)
{
	char uuid[37];

	if (check_reply(task, message, err) != 0)
		return NULL;
	recall_uuid(session, ordinal, 0, uuid);
	if (accept_reply(&task->rec, message, session, uuid, err) != 0)
		return NULL;
	task->rec.run.count++;
	log_info("t%" PRIu64 ": run-%u accepted", task->rec.number,
	    task->rec.run.count);
	if (!task->live && revive(task, err) != 0)
		return NULL;
	task_tell(task);
	task_slot_free();
	STEP("reply-accepted");
	return task_ref(task);
}

/* Run n was asked for by the request with that UUID. */
static bool
is_of(int taskfd, unsigned n, const char *uuid)
{
	struct error err;
	struct run run;
	bool is = false;
	int dirfd;

	if (run_find_number(taskfd, n, &run) != 0)
		return false;
	dirfd = openat(taskfd, run.name,
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (dirfd != -1) {
		is = run_load(&run, dirfd, &err) == 0 &&
		    strcmp(run.asked.uuid, uuid) == 0;
		close(dirfd);
	}
	run_clear(&run);
	return is;
}

unsigned
task_was_replied(const struct task *task, const struct session *session,
    uint64_t ordinal)
{
	unsigned n = task->rec.run.count;
	struct error err;
	char uuid[37];
	int taskfd = store_open_task(task->rec.path, &err);

	if (taskfd == -1)
		return 0;
	recall_uuid(session, ordinal, 0, uuid);
	while (n > 1 && !is_of(taskfd, n, uuid))
		n--;
	close(taskfd);
	return n > 1 ? n : 0;
}
