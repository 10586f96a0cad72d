/*
 * Records.  See record.h.
 */
#include <stdlib.h>
#include <string.h>

#include "common/id.h"
#include "common/mem.h"
#include "daemon/agent/result.h"
#include "daemon/record/record.h"
#include "json/json.h"

const struct choice notify_choices[] = {
	{ "all", NOTIFY_ALL },
	{ "first", NOTIFY_FIRST },
	{ "failure", NOTIFY_FAILURE },
	{ "none", NOTIFY_NONE },
	{ NULL, 0 },
};

static const struct field origin_fields[] = {
	INTEGER(struct record_origin, version, .required = true),
	STRING(struct record_origin, uuid, .required = true),
	STRING(struct record_origin, group),
	STRING(struct record_origin, group_name),
	STRING(struct record_origin, stdin_sum),
	INTEGER(struct record_origin, max_parallel),
	NUMBER(struct record_origin, max_budget_usd),
	CHOICE(struct record_origin, notify, .choices = notify_choices),
	INTEGER(struct record_origin, result_chars),
	STRING(struct record_origin, owner, .required = true),
	STRING(struct record_origin, created_at, .required = true),
	STRING(struct record_origin, origin),
	INTEGER(struct record_origin, umask),
	STRING(struct record_origin, attributes),
	STRING(struct record_origin, boot),
	INTEGER(struct record_origin, boot_ms),
	STRING(struct record_origin, parent),
	STRINGS(struct record_origin, ancestors),
	INTEGER(struct record_origin, depth),
	STRINGS(struct record_origin, homes),
	STRINGS(struct record_origin, stands_for),
	STRING(struct record_origin, account),
	INTEGER(struct record_origin, place),
	BOOLEAN(struct record_origin, unknown_origin),
	END_OF_FIELDS,
};

const struct field record_spec_fields[] = {
	EMBED(struct record, from, struct record_origin,
	    .fields = origin_fields),
	EMBED(struct record, spec, struct task_spec,
	    .fields = task_spec_fields),
	END_OF_FIELDS,
};

static const char *const states[] = {
	[STATE_QUEUED] = "queued",
	[STATE_RUNNING] = "running",
	[STATE_NEEDS_INPUT] = "needs_input",
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
	[REASON_USAGE_LIMIT] = "usage_limit",
	[REASON_AUTH] = "auth",
	[REASON_BUDGET] = "budget",
	[REASON_MAX_TURNS] = "max_turns",
	[REASON_INTERRUPTED] = "interrupted",
	[REASON_SHUTDOWN] = "shutdown",
	[REASON_LOGOUT] = "logout",
	[REASON_TRUNCATED] = "truncated",
	[REASON_RESULT_TOO_LARGE] = "result_too_large",
	[REASON_UNASKED] = "unasked",
	[REASON_DENIED] = "denied",
	[REASON_OUTPUT_LIMIT] = "output_limit",
	[REASON_IDLE] = "idle",
	[REASON_WALL] = "wall",
	[REASON_DEPENDENCY] = "dependency",
	[REASON_USER] = "user",
	[REASON_KEEPER_LOST] = "keeper_lost",
	[REASON_REBOOT] = "reboot",
	[REASON_UNKNOWN] = "unknown",
};

uint64_t
record_replaced_by(const struct record *rec)
{
	return rec->exit.replaced_by > 0 ? (uint64_t)rec->exit.replaced_by : 0;
}

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
record_is_agent(const struct record *rec)
{
	return task_spec_is_agent(&rec->spec);
}

bool
record_ended(const struct record *rec)
{
	return rec->state >= STATE_COMPLETED;
}

bool
record_running(const struct record *rec)
{
	return rec->state == STATE_RUNNING || rec->state == STATE_NEEDS_INPUT;
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

void
record_place(struct record *rec, const char *path)
{
	free(rec->path);
	free(rec->dir);
	rec->path = xstrdup(path);
	rec->dir = xstrdup(path);
	rec->run.number = rec->run.turn = rec->run.count = 1;
}

void
record_clear(struct record *rec)
{
	free(rec->path);
	free(rec->dir);
	run_clear(&rec->run);
	waiting_clear(&rec->waiting);
	schema_clear(record_spec_fields, rec);
	agent_result_free(rec->result);
	memset(rec, 0, sizeof(*rec));
}
