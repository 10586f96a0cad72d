/*
 * The run after one that has ended.  See next_run.h.  Which one that is
 * follows from the disk; here is also the run that the daemon itself accepts,
 * because the API would not serve the last one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <uuid/uuid.h>

#include "common/error.h"
#include "common/id.h"
#include "common/limits.h"
#include "common/log.h"
#include "common/machine.h"
#include "common/mem.h"
#include "common/step.h"
#include "common/timefmt.h"
#include "daemon/agent/result.h"
#include "daemon/config.h"
#include "daemon/record/load.h"
#include "daemon/record/record.h"
#include "daemon/store/accept_run.h"
#include "daemon/store/task_dir.h"
#include "daemon/task/conversation.h"
#include "daemon/task/next_run.h"

/* What the clock that opens a window and ours may differ by. */
#define OPEN_LATE_MS 1000
/* What was accepted so much later than now was accepted by another clock. */
#define CLOCK_STEP_MS (60 * 1000)

/* The prompt of another try for an agent whose conversation had begun. */
static const char go_on[] =
    "The API refused the last request (a limit, or overload), and some time "
    "has passed. Go on where you were interrupted.";

int
next_run_load(struct record *rec, struct error *err)
{
	struct record fresh = { .number = rec->number };
	int dirfd, result = -1;

	record_place(&fresh, rec->path);
	dirfd = store_open_task(fresh.path, err);
	if (dirfd != -1) {
		result = record_load(&fresh, dirfd, NULL, err);
		close(dirfd);
	}
	if (result == 0 && record_ended(&fresh)) {
		fail(err, ERR_NOT_FOUND, "it is gone");
		result = -1;
	}
	if (result != 0) {
		record_clear(&fresh);
		return -1;
	}
	record_clear(rec);
	*rec = fresh;
	return 0;
}

void
next_run_fill(struct run *run, const struct record *rec, bool retry,
    const char *uuid)
{
	char created[TIMEFMT_SIZE];
	int64_t now = time_wall_ms();
	struct machine here;

	/* later than a stop before it, even if the clock was set back */
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
	run->asked.account = xstrdup(rec->run.asked.account);
}

static void
uuid_of_run(const struct record *rec, unsigned n, char text[37])
{
	uuid_t of_task, of_run;
	char name[32];
	int len = snprintf(name, sizeof(name), "run/%u", n);

	if (uuid_parse(rec->from.uuid, of_task) != 0)
		uuid_clear(of_task);
	uuid_generate_sha1(of_run, of_task, name, (size_t)len);
	uuid_unparse_lower(of_run, text);
}

/* How often the API was asked again in its turn. */
static int64_t
tries(const struct record *rec)
{
	return rec->run.number - rec->run.turn - rec->run.asked.waits;
}

/* The time before the next try doubles with each one. */
static int64_t
back_off_ms(const struct record *rec)
{
	int64_t ms = config_get()->agents.retry.first_s * 1000, i;

	for (i = tries(rec); i > 0 && ms < RETRY_BACK_OFF_MAX_MS; i--)
		ms *= 2;
	return ms;
}

/*
 * When the window of its account opens that it has used up; 0: that is not
 * known, or it has opened meanwhile.
 */
static int64_t
opens_at(const struct record *rec)
{
	int64_t at = rec->result->resets_at * 1000;

	return at <= time_wall_ms() ? 0 : at + OPEN_LATE_MS;
}

/*
 * Whether a run that ended like this one is tried once more; then that says
 * when, and whether it is for a window that opens.
 */
static bool
is_retried(const struct record *rec, struct run_spec *then)
{
	const struct config_agents *agents = &config_get()->agents;
	bool limited = rec->reason == REASON_USAGE_LIMIT;
	int64_t opens = limited ? opens_at(rec) : 0, now = time_wall_ms();

	if (rec->state != STATE_FAILED || rec->run.count >= RUNS_MAX ||
	    (!limited && rec->reason != REASON_RATE_LIMITED) ||
	    (limited && agents->usage_limit.then == USAGE_LIMIT_FAIL))
		return false;
	then->waits = rec->run.asked.waits;
	if (opens == 0) {
		then->not_before = now + back_off_ms(rec);
		return tries(rec) < agents->retry.times;
	}
	then->waits++;
	then->limit = rec->result->limit;
	then->not_before = opens;
	return opens - now <=
	    agents->usage_limit.max_wait_s * 1000 + OPEN_LATE_MS;
}

/*
 * Accepts the same run once more: with its prompt, or with a word to go on
 * when that is in the conversation already.
 */
static int
accept_retry(const struct record *rec, const struct run_spec *then,
    struct error *err)
{
	struct run run;
	char *prompt = NULL, uuid[37];
	int result = 0;
	bool begun = agent_result_begun(rec->result);

	uuid_of_run(rec, rec->run.count + 1, uuid);
	next_run_fill(&run, rec, true, uuid);
	run.asked.not_before = then->not_before;
	run.asked.limit = xstrdup(then->limit);
	run.asked.waits = then->waits;
	run.asked.result_chars = rec->run.asked.result_chars;
	run.asked.fresh = !begun &&
	    (rec->run.number == 1 || rec->run.asked.fresh);
	run.asked.fork = !begun && rec->run.asked.fork;
	if (!begun && (prompt = store_read_prompt(rec->dir, err)) == NULL)
		result = -1;
	if (result == 0)
		result = store_create_run(rec, &run, begun ? go_on : prompt,
		    NULL, 0, err);
	free(prompt);
	run_clear(&run);
	return result;
}

/* A run that cannot be accepted again has failed, as it would without. */
static bool
retried(struct record *rec)
{
	struct error err;
	struct run_spec then = { .version = RUN_VERSION };

	if (!is_retried(rec, &then))
		return false;
	if (accept_retry(rec, &then, &err) != 0) {
		log_warnx(TASK_ID ": not tried again: %s", rec->number,
		    err.text);
		return false;
	}
	rec->run.count++;
	return true;
}

bool
next_run_accepted(struct record *rec, bool retry)
{
	bool more;

	if (!record_is_agent(rec))
		return false;
	more = rec->run.count > rec->run.number || (retry && retried(rec));
	store_drop_env(rec);
	STEP("run-ended");
	return more;
}

/* Reads the exit record of run n; -1: there is none that can be read. */
static int
read_exit_of(const struct record *rec, unsigned n, struct exitrec *exit)
{
	struct error err;
	char name[RUN_NAME_SIZE], *path;
	int taskfd = store_open_task(rec->path, &err), dirfd, result = -1;
	bool found = taskfd != -1 && run_find_name(taskfd, n, name);

	if (taskfd != -1)
		close(taskfd);
	if (!found)
		return -1;
	path = xasprintf("%s/%s", rec->path, name);
	dirfd = store_open_task(path, &err);
	if (dirfd != -1) {
		result = exitrec_read(dirfd, "exit.json", exit, &err);
		close(dirfd);
	}
	free(path);
	return result;
}

bool
next_run_was_stopped(const struct record *rec)
{
	const struct run *run = &rec->run;
	struct exitrec before;

	return run->number > 1 && run->number == run->turn &&
	    read_exit_of(rec, run->number - 1, &before) == 0 &&
	    before.stop_reason == STOP_USER &&
	    before.ended_at >= time_parse_iso(run->asked.created_at);
}

int64_t
next_run_wait_ms(const struct record *rec)
{
	int64_t left = rec->run.asked.not_before == 0 ?
	    0 :
	    rec->run.asked.not_before - time_wall_ms();
	int64_t most = rec->run.asked.limit == NULL ?
	    RETRY_BACK_OFF_MAX_MS :
	    USAGE_LIMIT_MAX_S * 1000 + OPEN_LATE_MS;

	/* it does not wait for ever if the clock was set back since */
	if (left > most ||
	    time_parse_iso(rec->run.asked.created_at) >
		time_wall_ms() + CLOCK_STEP_MS)
		return 0;
	return left > 0 ? left : 0;
}
