/*
 * How a task ended.  See outcome.h.  Exit status 0 of claude alone says
 * nothing, and "success" is also what API errors call themselves.
 * Long because half of it is the table of what agents end with.
 */
#include <assert.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "common/id.h"
#include "common/mem.h"
#include "common/timefmt.h"
#include "daemon/agent/profile.h"
#include "daemon/agent/result.h"
#include "daemon/config.h"
#include "daemon/record/outcome.h"
#include "daemon/record/record.h"
#include "json/argument.h"

struct outcome {
	/* NULL: the row is here for its hint only */
	bool (*is)(const struct record *rec, const struct outcome *row);
	const char *word;
	int64_t number;
	enum task_reason reason;
	const char *hint; /* {...}: see words; NULL: none */
};

static bool
is_word(const char *s, const char *word)
{
	return s != NULL && strcmp(s, word) == 0;
}

/*
 * It had given its result and did not end, so that it was stopped: how it
 * ended then says nothing.
 */
static bool
lingered(const struct record *rec)
{
	return rec->exit.stop_reason == STOP_LINGER && rec->result != NULL &&
	    rec->result->found;
}

/* Its last result has no error, and its exit status is 0. */
static bool
is_fine(const struct record *rec)
{
	return rec->result != NULL && rec->result->found &&
	    !rec->result->is_error &&
	    (rec->exit.exit_code == 0 || lingered(rec));
}

static bool
denied(const struct record *rec, const struct outcome *row)
{
	(void)row;
	return is_fine(rec) && rec->result->denied != NULL &&
	    rec->result->denied[0] != NULL;
}

static bool
unstructured(const struct record *rec, const struct outcome *row)
{
	(void)row;
	return is_fine(rec) && rec->spec.options.json_schema != NULL &&
	    rec->result->structured_output == NULL;
}

/* An interrupted claude ends with a whole line, on a full disk it does not. */
static bool
cut(const struct record *rec, const struct outcome *row)
{
	(void)row;
	return rec->exit.exit_code == 0 && rec->result != NULL &&
	    rec->result->cut;
}

/* The last line counts, also behind a result that could be read. */
static bool
too_large(const struct record *rec, const struct outcome *row)
{
	(void)row;
	return rec->result != NULL && rec->result->too_large;
}

static bool
unreadable(const struct record *rec, const struct outcome *row)
{
	(void)row;
	return rec->result != NULL && rec->result->unreadable != NULL;
}

/* The word is who kept the prompt from the model; NULL stands for any. */
static bool
unasked(const struct record *rec, const struct outcome *row)
{
	return is_fine(rec) && rec->result->unasked != NULL &&
	    (row->word == NULL || is_word(rec->result->unasked, row->word));
}

/* It gave a result; whether it succeeded stands in its exit status. */
static bool
has_result(const struct record *rec, const struct outcome *row)
{
	(void)row;
	return rec->result != NULL && rec->result->found;
}

static bool
has_success(const struct record *rec, const struct outcome *row)
{
	return has_result(rec, row) && !rec->result->is_error &&
	    rec->result->turns > 0; /* mere words are none */
}

static bool
fine(const struct record *rec, const struct outcome *row)
{
	(void)row;
	return is_fine(rec);
}

static bool
subtype(const struct record *rec, const struct outcome *row)
{
	return rec->result != NULL && is_word(rec->result->subtype, row->word);
}

/* Number 0 in a row stands for any status. */
static bool
status(const struct record *rec, const struct outcome *row)
{
	const struct agent_result *result = rec->result;

	return result != NULL && result->is_error && result->api_status > 0 &&
	    (row->number == 0 || result->api_status == row->number);
}

static bool
server_failed(const struct record *rec, const struct outcome *row)
{
	(void)row;
	return rec->result != NULL && rec->result->is_error &&
	    rec->result->api_status >= 500;
}

/* A window of its account is used up. */
static bool
used_up(const struct record *rec, const struct outcome *row)
{
	const struct agent_result *result = rec->result;

	(void)row;
	return result != NULL && result->limit != NULL &&
	    (result->is_error || !result->found);
}

/* NULL in a row stands for any word. */
static bool
api_word(const struct record *rec, const struct outcome *row)
{
	const struct agent_result *result = rec->result;

	return result != NULL && result->api_error != NULL &&
	    (result->is_error || !result->found) &&
	    (row->word == NULL || is_word(result->api_error, row->word));
}

/* The word is how its terminal reason begins. */
static bool
terminal(const struct record *rec, const struct outcome *row)
{
	const struct agent_result *result = rec->result;

	return result != NULL && result->is_error &&
	    result->terminal_reason != NULL &&
	    strncmp(result->terminal_reason, row->word, strlen(row->word)) == 0;
}

static bool
exited(const struct record *rec, const struct outcome *row)
{
	return rec->exit.exit_code == row->number;
}

static bool
not_begun(const struct record *rec, const struct outcome *row)
{
	(void)row;
	return !agent_result_begun(rec->result);
}

static bool
otherwise(const struct record *rec, const struct outcome *row)
{
	(void)rec;
	(void)row;
	return true;
}

#define RATE_LIMITED \
	"rate limited by the API{status} after {tries}; wait, then {go on}"
#define API_FAILED \
	"the API failed{status} after {tries}, as a rule for a while only; " \
	"wait, then {go on}"
#define NOT_LOGGED_IN \
	"not logged in{status}: run claude and /login there, or set " \
	"ANTHROPIC_API_KEY for the session that starts tasks; then {go on}"
#define NOT_ALLOWED \
	"the account may not do this{status}: look at its login, plan and " \
	"access to the model; then {go on}"
#define NO_MODEL \
	"the API does not know the model{status}: start it again with another " \
	"\"model\""
#define NO_STRUCTURE \
	"no structured_output: the model did not answer by the json_schema; " \
	"ask for less, or say in the prompt what goes where; {go on}"

/* The first row that holds counts.  clang-format off */
static const struct outcome outcomes[] = {
	{ denied, NULL, 0, REASON_DENIED,
	    "denied {denied}: run it again with \"allowed_tools\":[{tools}] "
	    "or another permission_mode" },
	{ too_large, NULL, 0, REASON_RESULT_TOO_LARGE,
	    "its last line has more than the 10 MiB that are read of one: ask "
	    "for a shorter answer, or see read_output \"stream\":\"raw\"; "
	    "{go on}" },
	{ unreadable, NULL, 0, REASON_TRUNCATED,
	    "its last line could not be read: {unreadable}; {go on}" },
	{ unstructured, NULL, 0, REASON_TRUNCATED, NO_STRUCTURE },
	{ cut, NULL, 0, REASON_TRUNCATED,
	    "its output ends in the middle of a line: is the disk full? "
	    "{go on}" },
	{ unasked, "command", 0, REASON_UNASKED,
	    "claude took the prompt for a command of its own: start it again "
	    "with a prompt that does not begin with a slash" },
	{ unasked, "hook", 0, REASON_UNASKED,
	    "a hook (UserPromptSubmit in claude's settings) did not let the "
	    "prompt through: see what it said" },
	{ unasked, NULL, 0, REASON_UNASKED,
	    "claude succeeded without a turn: see what it said" },
	{ fine, NULL, 0, REASON_NONE, NULL },

	{ subtype, "error_max_turns", 0, REASON_MAX_TURNS,
	    "stopped at max_turns{max_turns}; {go on there}" },
	{ subtype, "error_max_budget_usd", 0, REASON_BUDGET,
	    "stopped at max_budget_usd{max_budget}; {go on there}" },
	{ subtype, "error_max_structured_output_retries", 0, REASON_TRUNCATED,
	    NO_STRUCTURE },

	{ used_up, NULL, 0, REASON_USAGE_LIMIT,
	    "the usage limit of the account ({limit}) is reached{until}; "
	    "then {go on}" },
	{ status, NULL, 429, REASON_RATE_LIMITED, RATE_LIMITED },
	{ status, NULL, 529, REASON_RATE_LIMITED, RATE_LIMITED },
	{ status, NULL, 401, REASON_AUTH, NOT_LOGGED_IN },
	{ status, NULL, 403, REASON_AUTH, NOT_ALLOWED },
	{ api_word, "rate_limit", 0, REASON_RATE_LIMITED, RATE_LIMITED },
	{ api_word, "overloaded", 0, REASON_RATE_LIMITED, RATE_LIMITED },
	{ api_word, "authentication_failed", 0, REASON_AUTH, NOT_LOGGED_IN },
	{ api_word, "cloud_credential_error", 0, REASON_AUTH, NOT_ALLOWED },
	{ api_word, "oauth_org_not_allowed", 0, REASON_AUTH, NOT_ALLOWED },
	{ api_word, "account_on_hold", 0, REASON_AUTH, NOT_ALLOWED },
	{ api_word, "verification_required", 0, REASON_AUTH, NOT_ALLOWED },
	{ api_word, "model_not_found", 0, REASON_API_ERROR, NO_MODEL },
	{ server_failed, NULL, 0, REASON_API_ERROR, API_FAILED },
	{ api_word, "server_error", 0, REASON_API_ERROR, API_FAILED },
	{ status, NULL, 0, REASON_API_ERROR,
	    "the API refused the request{status}: see what it said" },
	{ api_word, NULL, 0, REASON_API_ERROR,
	    "the API refused the request{status}: see what it said" },
	{ terminal, "api_error", 0, REASON_API_ERROR,
	    "the API could not be used; {go on}" },
	{ terminal, "aborted", 0, REASON_INTERRUPTED,
	    "interrupted by a SIGINT that ccproc did not send; {go on}" },
	{ has_success, NULL, 0, REASON_EXIT_CODE,
	    "it gave a result, and ended with exit status {code} all the same: "
	    "see what it said; {go on}" },
	{ exited, NULL, 0, REASON_INTERRUPTED,
	    "it ended without a result, as by a SIGINT that ccproc did not "
	    "send; {go on}" },

	{ exited, NULL, 143, REASON_EXIT_CODE,
	    "143: a SIGTERM ended it that ccproc did not send; {go on}" },
	{ exited, NULL, 129, REASON_EXIT_CODE,
	    "129: a SIGHUP ended it that ccproc did not send; {go on}" },
	{ not_begun, NULL, 0, REASON_EXIT_CODE,
	    "it ended before its conversation began: see what it said" },
	{ has_result, NULL, 0, REASON_EXIT_CODE,
	    "it ended with an error: see what it said; {go on}" },
	{ otherwise, NULL, 0, REASON_EXIT_CODE,
	    "it ended without a result; {go on}" },

	{ NULL, NULL, 0, REASON_SIGNAL,
	    "somebody else, or the kernel, killed it; {go on}" },
	{ NULL, NULL, 0, REASON_OOM,
	    "there was too little memory: run fewer at once; {go on}" },
	{ NULL, NULL, 0, REASON_WALL,
	    "stopped at timeout_s{timeout}; {go on there}" },
	{ NULL, NULL, 0, REASON_IDLE,
	    "stopped after idle_timeout_s without output; {go on there}" },
	{ NULL, NULL, 0, REASON_OUTPUT_LIMIT, "{go on}" },
	{ NULL, NULL, 0, REASON_USER, "{go on there}" },
	{ NULL, NULL, 0, REASON_KEEPER_LOST, "{go on there}" },
	{ NULL, NULL, 0, REASON_REBOOT, "{go on there}" },
	{ NULL, NULL, 0, REASON_UNKNOWN, "{go on there}" },
};
/* clang-format on */

#define OUTCOMES (sizeof(outcomes) / sizeof(outcomes[0]))

/*
 * Why an agent that exited by itself failed; REASON_NONE: it did what it was
 * asked to.
 */
static enum task_reason
reason_of(const struct record *rec)
{
	size_t i = 0;

	while (outcomes[i].is == NULL || !outcomes[i].is(rec, &outcomes[i]))
		i++; /* otherwise */
	return outcomes[i].reason;
}

/*
 * It has done all that it was asked to, even if it was stopped meanwhile; a
 * denied permission does not count here.
 */
static bool
is_success(const struct record *rec)
{
	enum task_reason reason = reason_of(rec);

	return reason == REASON_NONE || reason == REASON_DENIED;
}

/* What a stop reason in an exit record makes of the task. */
static const struct stop {
	enum task_state state;
	enum task_reason reason;
	const char *hint; /* for commands, too; NULL: agents have theirs */
} stops[] = {
	[STOP_USER] = { STATE_CANCELLED, REASON_USER, NULL },
	[STOP_DEPENDENCY] = { STATE_CANCELLED, REASON_DEPENDENCY, NULL },
	[STOP_WALL] = { STATE_TIMEOUT, REASON_WALL, NULL },
	[STOP_IDLE] = { STATE_TIMEOUT, REASON_IDLE, NULL },
	[STOP_LINGER] = { STATE_FAILED, REASON_INTERRUPTED,
	    NULL }, /* no result */
	[STOP_INTERRUPTED] = { STATE_FAILED, REASON_INTERRUPTED,
	    "its keeper got a SIGTERM that ccproc did not send, as from pkill, "
	    "at a shutdown or at the end of a session; {go on}" },
	[STOP_SHUTDOWN] = { STATE_FAILED, REASON_SHUTDOWN,
	    "the machine was shut down while it ran; {go on}" },
	[STOP_LOGOUT] = { STATE_FAILED, REASON_LOGOUT,
	    "the user logged out while it ran, which ends all that systemd "
	    "runs for a user unless `loginctl enable-linger` was given; "
	    "{go on}" },
	[STOP_OUTPUT_LIMIT] = { STATE_FAILED, REASON_OUTPUT_LIMIT, NULL },
	[STOP_BUDGET] = { STATE_FAILED, REASON_BUDGET, NULL },
	[STOP_KEEPER_LOST] = { STATE_LOST, REASON_KEEPER_LOST, NULL },
	[STOP_REBOOT] = { STATE_LOST, REASON_REBOOT, NULL },
	[STOP_UNKNOWN] = { STATE_FAILED, REASON_UNKNOWN, NULL },
};

static void
judge(struct record *rec, enum task_state state, enum task_reason reason)
{
	rec->state = state;
	rec->reason = reason;
}

void
outcome_stands(struct record *rec, enum task_state state)
{
	assert(state < STATE_COMPLETED);
	judge(rec, state, REASON_NONE);
}

static void
judge_agent(struct record *rec)
{
	enum task_reason reason = reason_of(rec);

	judge(rec, reason == REASON_NONE ? STATE_COMPLETED : STATE_FAILED,
	    reason);
}

void
outcome_judge(struct record *rec)
{
	const struct exitrec *exit = &rec->exit;
	const struct stop *stop = &stops[exit->stop_reason];
	bool agent = record_is_agent(rec);

	if (exit->spawn_stage[0] != '\0')
		judge(rec, STATE_FAILED, REASON_SPAWN_ERROR);
	else if (agent && lingered(rec))
		judge_agent(rec);
	else if (exit->stop_reason != STOP_NONE && !(agent && is_success(rec)))
		judge(rec, stop->state, stop->reason);
	else if (exit->oom_kills > 0 &&
	    (exit->exit_signal == SIGKILL || exit->exit_code > 0))
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

static void
put_status(const struct record *rec, struct buf *out)
{
	if (rec->result != NULL && rec->result->api_status > 0)
		buf_printf(out, " (%" PRId64 ")", rec->result->api_status);
}

static void
put_tries(const struct record *rec, struct buf *out)
{
	int64_t tries = rec->result == NULL ? 1 : rec->result->retries + 1;

	buf_printf(out, "%" PRId64 " %s", tries, tries == 1 ? "try" : "tries");
}

static void
put_limit(const struct record *rec, struct buf *out)
{
	buf_puts(out, rec->result->limit);
}

static void
put_until(const struct record *rec, struct buf *out)
{
	char at[TIMEFMT_SIZE];

	if (rec->result->resets_at > 0)
		buf_printf(out, " until %s",
		    timefmt_local(rec->result->resets_at * 1000, at));
}

static void
put_denied(const struct record *rec, struct buf *out)
{
	size_t i;

	for (i = 0; i < strv_len(rec->result->denied); i++) {
		buf_puts(out, i == 0 ? "" : ", ");
		argument_key(rec->result->denied[i], out);
	}
}

static void
put_tools(const struct record *rec, struct buf *out)
{
	size_t i;

	for (i = 0; i < strv_len(rec->result->denied); i++) {
		buf_puts(out, i == 0 ? "\"" : "\",\"");
		argument_seen(out, rec->result->denied[i],
		    strlen(rec->result->denied[i]));
	}
	buf_puts(out, "\"");
}

static void
put_turns(const struct record *rec, struct buf *out)
{
	if (rec->spec.options.max_turns > 0)
		buf_printf(out, " %" PRId64, rec->spec.options.max_turns);
}

static void
put_budget(const struct record *rec, struct buf *out)
{
	if (rec->spec.options.max_budget_usd > 0)
		buf_printf(out, " %.10g", rec->spec.options.max_budget_usd);
}

static void
put_timeout(const struct record *rec, struct buf *out)
{
	if (rec->spec.timeout_s > 0)
		buf_printf(out, " %" PRId64, rec->spec.timeout_s);
}

/* Whether reply_task is possible, as far as is known here. */
static bool
can_go_on(const struct record *rec)
{
	const struct task_spec *spec = &rec->spec;
	const struct agent_profile *profile;

	if (!agent_result_begun(rec->result) || task_spec_is_claude(spec))
		return agent_result_begun(rec->result);
	profile = config_profile(spec->options.profile);
	return profile != NULL && profile->resume != NULL;
}

static void
put_go_on(const struct record *rec, struct buf *out)
{
	if (can_go_on(rec))
		buf_printf(out, "reply_task " TASK_ID " goes on", rec->number);
	else
		buf_puts(out, "start it again");
}

static void
put_go_on_there(const struct record *rec, struct buf *out)
{
	put_go_on(rec, out);
	if (can_go_on(rec))
		buf_puts(out, " where it stopped");
}

static void
put_unreadable(const struct record *rec, struct buf *out)
{
	buf_puts(out, rec->result->unreadable);
}

static void
put_code(const struct record *rec, struct buf *out)
{
	buf_printf(out, "%" PRId64, rec->exit.exit_code);
}

static const struct word {
	const char *name;
	void (*put)(const struct record *rec, struct buf *out);
} words[] = {
	{ "{status}", put_status },
	{ "{tries}", put_tries },
	{ "{limit}", put_limit },
	{ "{until}", put_until },
	{ "{denied}", put_denied },
	{ "{tools}", put_tools },
	{ "{max_turns}", put_turns },
	{ "{max_budget}", put_budget },
	{ "{timeout}", put_timeout },
	{ "{unreadable}", put_unreadable },
	{ "{code}", put_code },
	{ "{go on}", put_go_on },
	{ "{go on there}", put_go_on_there },
};

static void
expand(const struct record *rec, const char *text, struct buf *out)
{
	size_t i, n;

	while (*text != '\0') {
		for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
			n = strlen(words[i].name);
			if (strncmp(text, words[i].name, n) == 0)
				break;
		}
		if (i < sizeof(words) / sizeof(words[0])) {
			words[i].put(rec, out);
			text += n;
		} else
			buf_add(out, text++, 1);
	}
}

char *
outcome_hint(const struct record *rec)
{
	const struct stop *stop = &stops[rec->exit.stop_reason];
	const struct outcome *row;
	struct buf out = { 0 };

	if (!record_ended(rec) || rec->exit.started_at == 0)
		return NULL; /* the first line tells all */
	if (stop->hint != NULL && stop->reason == rec->reason) {
		expand(rec, stop->hint, &out);
		return buf_steal(&out);
	}
	if (!record_is_agent(rec))
		return NULL;
	for (row = outcomes; row < outcomes + OUTCOMES; row++)
		if (row->reason == rec->reason &&
		    (row->is == NULL || row->is(rec, row)))
			break;
	if (row == outcomes + OUTCOMES || row->hint == NULL)
		return NULL;
	expand(rec, row->hint, &out);
	return buf_steal(&out);
}
