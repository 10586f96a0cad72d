/*
 * Records.  See record.h; the rules for agents come from how `claude -p`
 * ends: exit status 0 alone says nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/json.h"
#include "common/mem.h"
#include "daemon/agent/profile.h"
#include "daemon/agent/result.h"
#include "daemon/config.h"
#include "daemon/tasks/record.h"

const struct choice notify_choices[] = {
	{ "all", NOTIFY_ALL },
	{ "first", NOTIFY_FIRST },
	{ "failure", NOTIFY_FAILURE },
	{ "none", NOTIFY_NONE },
	{ NULL, 0 },
};

static const struct field origin_fields[] = { INTEGER(struct record_origin,
						  version, .required = true),
	STRING(struct record_origin, uuid, .required = true),
	STRING(struct record_origin, group),
	STRING(struct record_origin, group_name),
	INTEGER(struct record_origin, max_parallel),
	CHOICE(struct record_origin, notify, .choices = notify_choices),
	INTEGER(struct record_origin, result_chars),
	STRING(struct record_origin, owner, .required = true),
	STRING(struct record_origin, created_at, .required = true),
	STRING(struct record_origin, origin),
	INTEGER(struct record_origin, umask),
	STRING(struct record_origin, boot),
	STRING(struct record_origin, parent),
	INTEGER(struct record_origin, depth), END_OF_FIELDS };

const struct field record_spec_fields[] = { EMBED(struct record_spec, from,
						struct record_origin,
						.fields = origin_fields),
	EMBED(struct record_spec, spec, struct task_spec,
	    .fields = task_spec_fields),
	END_OF_FIELDS };

static const char *const states[] = {
	[STATE_QUEUED] = "queued",
	[STATE_RUNNING] = "running",
	[STATE_COMPLETED] = "completed",
	[STATE_FAILED] = "failed",
	[STATE_TIMEOUT] = "timeout",
	[STATE_CANCELLED] = "cancelled",
	[STATE_LOST] = "lost",
};

static const char *const reasons[] = {
	[REASON_NONE] = NULL,
	[REASON_EXIT_CODE] = "exit_code",
	[REASON_SIGNAL] = "signal",
	[REASON_OOM] = "oom",
	[REASON_SPAWN_ERROR] = "spawn_error",
	[REASON_API_ERROR] = "api_error",
	[REASON_RATE_LIMITED] = "rate_limited",
	[REASON_AUTH] = "auth",
	[REASON_BUDGET] = "budget",
	[REASON_MAX_TURNS] = "max_turns",
	[REASON_INTERRUPTED] = "interrupted",
	[REASON_TRUNCATED] = "truncated",
	[REASON_DENIED] = "denied",
	[REASON_OUTPUT_LIMIT] = "output_limit",
	[REASON_IDLE] = "idle",
	[REASON_WALL] = "wall",
	[REASON_DEPENDENCY] = "dependency",
	[REASON_USER] = "user",
	[REASON_KEEPER_LOST] = "keeper_lost",
	[REASON_REBOOT] = "reboot",
};

/* What a stop reason in an exit record makes of the task. */
static const struct stop {
	const char *word;
	enum task_state state;
	enum task_reason reason;
} stops[] = {
	{ "user", STATE_CANCELLED, REASON_USER },
	{ "dependency", STATE_CANCELLED, REASON_DEPENDENCY },
	{ "wall", STATE_TIMEOUT, REASON_WALL },
	{ "idle", STATE_TIMEOUT, REASON_IDLE },
	{ "output_limit", STATE_FAILED, REASON_OUTPUT_LIMIT },
	{ "keeper_lost", STATE_LOST, REASON_KEEPER_LOST },
	{ "reboot", STATE_LOST, REASON_REBOOT },
	{ NULL, STATE_LOST, REASON_KEEPER_LOST },
};

const char *
state_name(enum task_state state)
{
	return states[state];
}

const char *
reason_name(enum task_reason reason)
{
	return reasons[reason];
}

bool
record_ended(const struct record *rec)
{
	return rec->state >= STATE_COMPLETED;
}

bool
record_failed(const struct record *rec)
{
	return rec->state == STATE_FAILED || rec->state == STATE_TIMEOUT ||
	    rec->state == STATE_LOST;
}

bool
record_seen_before(const struct record *rec, int64_t time)
{
	return record_ended(rec) && rec->seen_at != 0 && rec->seen_at < time;
}

static void
judge(struct record *rec, enum task_state state, enum task_reason reason)
{
	rec->state = state;
	rec->reason = reason;
}

/* Why an agent's result is an error, by its subtype, then the API's status. */
static enum task_reason
agent_error(const struct agent_result *result)
{
	const char *subtype = result->subtype == NULL ? "" : result->subtype;
	const char *end = result->terminal_reason == NULL ?
	    "" :
	    result->terminal_reason;

	if (strcmp(subtype, "error_max_turns") == 0)
		return REASON_MAX_TURNS;
	if (strcmp(subtype, "error_max_budget_usd") == 0)
		return REASON_BUDGET;
	if (result->api_status == 429 || result->api_status == 529)
		return REASON_RATE_LIMITED;
	if (result->api_status == 401 || result->api_status == 403)
		return REASON_AUTH;
	if (result->api_status > 0 || strcmp(end, "api_error") == 0)
		return REASON_API_ERROR;
	if (strncmp(end, "aborted", 7) == 0)
		return REASON_INTERRUPTED;
	return REASON_EXIT_CODE;
}

/* A last result without an error, and exit status 0. */
static bool
agent_succeeded(const struct record *rec)
{
	return rec->result != NULL && rec->result->found &&
	    !rec->result->is_error && rec->exit.exit_code == 0;
}

static void
judge_agent(struct record *rec)
{
	const struct agent_result *result = rec->result;

	if (agent_succeeded(rec)) {
		if (result->denied != NULL && result->denied[0] != NULL)
			judge(rec, STATE_FAILED, REASON_DENIED);
		else
			judge(rec, STATE_COMPLETED, REASON_NONE);
	} else if (result != NULL && result->found && result->is_error)
		judge(rec, STATE_FAILED, agent_error(result));
	else if (rec->exit.exit_code == 0)
		judge(rec, STATE_FAILED, REASON_INTERRUPTED);
	else
		judge(rec, STATE_FAILED, REASON_EXIT_CODE);
}

static void
judge_stopped(struct record *rec)
{
	const struct stop *stop = stops;

	while (stop->word != NULL &&
	    strcmp(stop->word, rec->exit.stop_reason) != 0)
		stop++;
	judge(rec, stop->state, stop->reason);
}

void
record_judge(struct record *rec)
{
	const struct exitrec *exit = &rec->exit;
	bool agent = task_spec_is_agent(&rec->stored.spec);

	if (exit->spawn_stage[0] != '\0')
		judge(rec, STATE_FAILED, REASON_SPAWN_ERROR);
	else if (exit->stop_reason[0] != '\0' &&
	    !(agent && agent_succeeded(rec)))
		judge_stopped(rec);
	else if (exit->exit_signal == SIGKILL && exit->oom_kills > 0)
		judge(rec, STATE_FAILED, REASON_OOM);
	else if (exit->exit_signal != 0)
		judge(rec, STATE_FAILED, REASON_SIGNAL);
	else if (agent)
		judge_agent(rec);
	else if (exit->exit_code == 0)
		judge(rec, STATE_COMPLETED, REASON_NONE);
	else
		judge(rec, STATE_FAILED, REASON_EXIT_CODE);
}

/* What is always written together must be there together. */
static bool
consistent(const struct record_spec *stored)
{
	const struct record_origin *from = &stored->from;

	return stored->spec.cwd != NULL &&
	    (from->group != NULL ||
		(from->group_name == NULL && from->max_parallel == 0));
}

static int
load_spec(struct record *rec, int dirfd, struct error *err)
{
	struct json_object *object = json_read(dirfd, "spec.json", err);
	int problems;

	if (object == NULL)
		return -1;
	problems = schema_load(record_spec_fields, object, &rec->stored, err);
	json_object_put(object);
	if (problems == 0 && !consistent(&rec->stored)) {
		fail(err, ERR_INVALID, "cwd or group is missing");
		problems = 1;
	}
	if (problems == 0 && rec->stored.from.version > RECORD_VERSION) {
		fail(err, ERR_NEWER,
		    "version %lld is newer than this program's %d",
		    (long long)rec->stored.from.version, RECORD_VERSION);
		problems = 1;
	}
	if (problems != 0)
		fail_prefix(err, "spec.json");
	return problems == 0 ? 0 : -1;
}

static bool
there(int dirfd, const char *name)
{
	return faccessat(dirfd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* When a file was written, ms; 0: there is none. */
static int64_t
made_at(int dirfd, const char *name)
{
	struct stat st;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return 0;
	return (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;
}

int
record_read_exit(struct record *rec, int dirfd, struct error *err)
{
	int result = exitrec_read(dirfd, "exit.json", &rec->exit, err);

	if (result != 0 && err->code == ERR_NOT_FOUND &&
	    there(dirfd, "exit.json"))
		fail(err, ERR_INVALID, "exit.json is empty");
	if (result == 0 && !rec->exit.complete) {
		fail(err, ERR_INVALID, "exit.json ends in the middle");
		result = -1;
	}
	if (result == 0 && rec->exit.version > EXITREC_VERSION) {
		fail(err, ERR_NEWER,
		    "exit.json: version %lld is newer than this program's %d",
		    (long long)rec->exit.version, EXITREC_VERSION);
		result = -1;
	}
	if (result != 0)
		memset(&rec->exit, 0, sizeof(rec->exit));
	return result;
}

void
record_read_result(struct record *rec, int dirfd)
{
	const struct task_spec *spec = &rec->stored.spec;

	agent_result_free(rec->result);
	rec->result = task_spec_is_claude(spec) ?
	    agent_result_read(dirfd) :
	    agent_profile_result(config_profile(spec->options.profile), dirfd);
}

static void
load_result(struct record *rec, int dirfd, struct error *err)
{
	struct json_object *object;

	if (!task_spec_is_agent(&rec->stored.spec))
		return;
	object = json_read(dirfd, "result.json", err);
	if (object != NULL) {
		rec->result = agent_result_decode(object, err);
		json_object_put(object);
	}
	if (rec->result == NULL) /* it can be had from the output again */
		record_read_result(rec, dirfd);
}

int
record_load(struct record *rec, int dirfd, struct error *err)
{
	if (load_spec(rec, dirfd, err) != 0)
		return -1;
	if (record_read_exit(rec, dirfd, err) != 0) {
		if (err->code != ERR_NOT_FOUND)
			return -1;
		if (there(dirfd, "run")) {
			rec->state = STATE_QUEUED;
			return 0;
		}
		if (errno != ENOENT) {
			fail_errno(err, "cannot look for run");
			return -1;
		}
		/* the one became the other meanwhile, or both are gone */
		if (record_read_exit(rec, dirfd, err) != 0) {
			if (err->code == ERR_NOT_FOUND)
				fail(err, ERR_INVALID,
				    "neither run nor exit.json is there");
			return -1;
		}
	}
	load_result(rec, dirfd, err);
	rec->seen_at = made_at(dirfd, "seen");
	record_judge(rec);
	return 0;
}

void
record_place(struct record *rec, const char *path)
{
	free(rec->path);
	free(rec->dir);
	rec->path = xstrdup(path);
	rec->dir = xstrdup(path);
}

void
record_clear(struct record *rec)
{
	free(rec->path);
	free(rec->dir);
	schema_clear(record_spec_fields, &rec->stored);
	agent_result_free(rec->result);
	memset(rec, 0, sizeof(*rec));
}
