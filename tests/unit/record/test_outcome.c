/*
 * What agents come to: each way in which claude ends, and what to do then.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "daemon/agent/result.h"
#include "daemon/record/outcome.h"
#include "daemon/record/record.h"
#include "daemon/task/task.h"
#include "tests/unit/taskbox.h"
#include "tests/unit/unit.h"

#define AGENT "{\"prompt\":\"x\",\"timeout_s\":60}"
#define LIMITED \
	"{\"prompt\":\"x\",\"options\":{\"max_turns\":2," \
	"\"max_budget_usd\":0.001}}"
#define SCHEMA \
	"{\"prompt\":\"x\",\"options\":{\"json_schema\":" \
	"{\"type\":\"object\"}}}"
#define INIT "{\"type\":\"system\",\"subtype\":\"init\",\"session_id\":\"s\"}\n"
#define RESULT(more) "{\"type\":\"result\",\"session_id\":\"s\"," more "}\n"
#define GOES_ON "reply_task t1 goes on"

/* Returns what is recorded of claude; the caller frees. */
static char *
recording(const char *name)
{
	const char *srcdir = getenv("srcdir");
	char path[4096], *data = xcalloc(1, 65536);
	FILE *file;

	snprintf(path, sizeof(path), "%s/tests/recordings/%s",
	    srcdir == NULL ? "." : srcdir, name);
	file = fopen(path, "re");
	ck_assert_msg(file != NULL, "cannot open %s", path);
	ck_assert_uint_lt(fread(data, 1, 65535, file), 65535);
	fclose(file);
	return data;
}

/* Takes text; says t1 where it names the task. */
static char *
renamed(char *text, const struct task *task)
{
	char *name, *at, *result;

	name = xasprintf("reply_task t%llu ",
	    (unsigned long long)task_record(task)->number);
	at = text == NULL ? NULL : strstr(text, name);
	if (at == NULL) {
		free(name);
		return text;
	}
	result = xasprintf("%.*sreply_task t1 %s", (int)(at - text), text,
	    at + strlen(name));
	free(name);
	free(text);
	return result;
}

/* An agent that wrote that and ended so: its state and reason, the hint. */
static void
expect(const char *spec, const struct exitrec *exit, const char *out,
    const char *verdict, const char *hint)
{
	struct task *task = taskbox_ended_with(spec, exit, out, NULL);
	const struct record *rec = task_record(task);
	const char *reason = reason_name(rec->reason);
	char *text;

	text = xasprintf("%s/%s", state_name(rec->state),
	    reason == NULL ? "" : reason);
	ck_assert_str_eq(text, verdict);
	free(text);
	text = renamed(outcome_hint(rec), task);
	ck_assert_pstr_eq(text, hint);
	free(text);
	task_unref(task);
}

static const struct {
	const char *recording;
	const char *spec;
	int code;
	const char *verdict;
	const char *hint;
} recordings[] = {
	{ "stream-json.out", AGENT, 0, "completed/", NULL },
	{ "text.out", AGENT, 0, "completed/", NULL },
	{ "err500-then-ok.out", AGENT, 0, "completed/", NULL },
	{ "subagent.out", AGENT, 0, "completed/", NULL },
	{ "json.out", AGENT, 0, "completed/", NULL },
	{ "stream-json-denied.out", AGENT, 0, "failed/denied",
	    "denied Bash: run it again with \"allowed_tools\":[\"Bash\"] or "
	    "another permission_mode" },
	{ "jsonschema.out", SCHEMA, 0, "completed/", NULL },
	{ "schema-none.out", AGENT, 0, "completed/", NULL },
	{ "schema-none.out", SCHEMA, 0, "failed/truncated",
	    "no structured_output: the model did not answer by the "
	    "json_schema; ask for less, or say in the prompt what goes where; " GOES_ON },
	{ "schema-retries.out", SCHEMA, 1, "failed/truncated",
	    "no structured_output: the model did not answer by the "
	    "json_schema; ask for less, or say in the prompt what goes where; " GOES_ON },
	{ "maxturns.out", LIMITED, 1, "failed/max_turns",
	    "stopped at max_turns 2; " GOES_ON " where it stopped" },
	{ "maxbudget.out", LIMITED, 1, "failed/budget",
	    "stopped at max_budget_usd 0.001; " GOES_ON " where it stopped" },
	{ "err400.out", AGENT, 1, "failed/api_error",
	    "the API refused the request (400): see what it said" },
	{ "err429.out", AGENT, 1, "failed/rate_limited",
	    "rate limited by the API (429) after 2 tries; wait, then " GOES_ON },
	{ "late-err429.out", AGENT, 1, "failed/rate_limited",
	    "rate limited by the API (429) after 2 tries; wait, then " GOES_ON },
	{ "usage-limit.out", AGENT, 1, "failed/usage_limit",
	    "the usage limit of the account (five_hour) is reached until "
	    "2023-11-14 22:13; then " GOES_ON },
	{ "interrupted-api.out", AGENT, 0, "failed/interrupted",
	    "it ended without a result, as by a SIGINT that ccproc did not "
	    "send; " GOES_ON },
	{ "interrupted-tool.out", AGENT, 0, "failed/interrupted",
	    "interrupted by a SIGINT that ccproc did not send; " GOES_ON },
	{ "interrupted-api.out", AGENT, 143, "failed/exit_code",
	    "143: a SIGTERM ended it that ccproc did not send; " GOES_ON },
	{ "interrupted-api.out", AGENT, 129, "failed/exit_code",
	    "129: a SIGHUP ended it that ccproc did not send; " GOES_ON },
	{ "interrupted-api.out", AGENT, 9, "failed/exit_code",
	    "it ended without a result; " GOES_ON },
	{ "local-command.out", AGENT, 0, "failed/unasked",
	    "claude took the prompt for a command of its own: start it again "
	    "with a prompt that does not begin with a slash" },
	{ "hook-blocks.out", AGENT, 0, "failed/unasked",
	    "a hook (UserPromptSubmit in claude's settings) did not let the "
	    "prompt through: see what it said" },
	{ "stream-json.out", AGENT, 1, "failed/exit_code",
	    "it gave a result, and ended with exit status 1 all the same: see "
	    "what it said; " GOES_ON },
	{ "badresume.out", AGENT, 1, "failed/exit_code",
	    "it ended before its conversation began: see what it said" },
};

START_TEST(recordings_of_claude)
{
	struct exitrec exit;
	size_t i;
	char *out;

	setenv("TZ", "UTC", 1); /* a hint has a time */
	for (i = 0; i < sizeof(recordings) / sizeof(recordings[0]); i++) {
		exit = taskbox_exit(recordings[i].code);
		out = recording(recordings[i].recording);
		expect(recordings[i].spec, &exit, out, recordings[i].verdict,
		    recordings[i].hint);
		free(out);
	}
}
END_TEST

/* Wherever a whole run is cut, it is not taken for one that succeeded. */
START_TEST(cut_anywhere)
{
	struct exitrec exit = taskbox_exit(0);
	char *out = recording("stream-json-tool.out"), *line;
	size_t len = strlen(out), cut;
	const struct record *rec;
	struct task *task;

	line = out + len - 1; /* the result's begin */
	while (line[-1] != '\n')
		line--;
	for (cut = len - 2; cut > 0; cut -= cut > 300 ? 251 : 1) {
		out[cut] = '\0';
		task = taskbox_ended_with(AGENT, &exit, out, NULL);
		rec = task_record(task);
		ck_assert_int_eq(rec->state, STATE_FAILED);
		ck_assert_int_eq(rec->reason,
		    out[cut - 1] == '\n' ? REASON_INTERRUPTED :
					   REASON_TRUNCATED);
		if (cut > (size_t)(line - out)) {
			ck_assert_str_eq(rec->result->text, "done");
			ck_assert(agent_result_begun(rec->result));
			ck_assert_ptr_nonnull(strstr(rec->result->usage,
			    "\"input_tokens\":5230,"));
		}
		task_unref(task);
	}
	free(out);
}
END_TEST

START_TEST(a_last_line_that_cannot_be_read)
{
	struct exitrec exit = taskbox_exit(0);

	expect(AGENT, &exit,
	    INIT "{\"type\":\"result\",\"result\":\"a\xff\"}\n",
	    "failed/truncated",
	    "its last line could not be read: byte 28: expected valid UTF-8, "
	    "got byte 0xff; " GOES_ON);
}
END_TEST

/* A whole result, and after it the beginning of another turn. */
START_TEST(cut_after_a_result)
{
	struct exitrec exit = taskbox_exit(0);

	expect(AGENT, &exit,
	    INIT RESULT("\"subtype\":\"success\",\"is_error\":false") "{\"ty",
	    "failed/truncated",
	    "its output ends in the middle of a line: is the disk full? " GOES_ON);
}
END_TEST

/* What an agent calls a tool is no line of ours. */
START_TEST(odd_names_of_tools)
{
	struct exitrec exit = taskbox_exit(0);

	expect(AGENT, &exit,
	    INIT RESULT("\"subtype\":\"success\",\"is_error\":false,"
			"\"num_turns\":1,\"permission_denials\":["
			"{\"tool_name\":\"B\\nt9 completed\"}]"),
	    "failed/denied",
	    "denied \"B\\nt9 completed\": run it again with "
	    "\"allowed_tools\":[\"B\\nt9 completed\"] or another "
	    "permission_mode");
}
END_TEST

START_TEST(words_of_the_api)
{
	static const struct {
		const char *word;
		const char *verdict;
	} cases[] = {
		{ "rate_limit", "failed/rate_limited" },
		{ "overloaded", "failed/rate_limited" },
		{ "authentication_failed", "failed/auth" },
		{ "oauth_org_not_allowed", "failed/auth" },
		{ "billing_error", "failed/api_error" },
		{ "server_error", "failed/api_error" },
		{ "of tomorrow", "failed/api_error" },
	};
	struct exitrec exit = taskbox_exit(1);
	struct task *task;
	char *out;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		out = xasprintf(INIT "{\"type\":\"assistant\",\"error\":\"%s\","
				     "\"is_api_error_message\":true,"
				     "\"message\":{\"id\":\"m\"}}\n%s",
		    cases[i].word,
		    i % 2 == 0 ? "" :
				 RESULT("\"subtype\":\"success\","
					"\"is_error\":true"));
		task = taskbox_ended_with(AGENT, &exit, out, NULL);
		free(out);
		out = xasprintf("%s/%s", state_name(task_record(task)->state),
		    reason_name(task_record(task)->reason));
		ck_assert_str_eq(out, cases[i].verdict);
		free(out);
		out = outcome_hint(task_record(task));
		ck_assert_ptr_nonnull(out);
		ck_assert_ptr_null(strchr(out, '{'));
		free(out);
		task_unref(task);
	}
}
END_TEST

START_TEST(statuses)
{
	static const struct {
		int status;
		const char *reason;
	} cases[] = { { 400, "api_error" }, { 401, "auth" }, { 403, "auth" },
		{ 404, "api_error" }, { 413, "api_error" },
		{ 429, "rate_limited" }, { 500, "api_error" },
		{ 529, "rate_limited" } };
	struct exitrec exit = taskbox_exit(1);
	struct task *task;
	char *out;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		out = xasprintf(RESULT("\"subtype\":\"success\","
				       "\"is_error\":true,"
				       "\"api_error_status\":%d"),
		    cases[i].status);
		task = taskbox_ended_with(AGENT, &exit, out, NULL);
		free(out);
		ck_assert_str_eq(reason_name(task_record(task)->reason),
		    cases[i].reason);
		task_unref(task);
	}
}
END_TEST

START_TEST(judged_by_others)
{
	static const char said[] = INIT
	    "{\"type\":\"assistant\",\"message\":{\"id\":\"m\",\"content\":["
	    "{\"type\":\"text\",\"text\":\"so far\"}]}}\n";
	struct exitrec exit = taskbox_exit(-1);

	exit.exit_signal = 9;
	expect(AGENT, &exit, said, "failed/signal",
	    "somebody else, or the kernel, killed it; " GOES_ON);
	exit.oom_kills = 1;
	expect(AGENT, &exit, said, "failed/oom",
	    "there was too little memory: run fewer at once; " GOES_ON);
	exit.stop_reason = STOP_INTERRUPTED;
	expect(AGENT, &exit, said, "failed/interrupted",
	    "its keeper got a SIGTERM that ccproc did not send, as from pkill, "
	    "at a shutdown or at the end of a session; " GOES_ON);
	exit.stop_reason = STOP_WALL;
	expect(AGENT, &exit, said, "timeout/wall",
	    "stopped at timeout_s 60; " GOES_ON " where it stopped");
	exit.stop_reason = STOP_USER;
	expect(AGENT, &exit, said, "cancelled/user",
	    GOES_ON " where it stopped");
	expect(AGENT, &exit, NULL, "cancelled/user", "start it again");
	exit.started_at = 0;
	expect(AGENT, &exit, NULL, "cancelled/user", NULL);
}
END_TEST

UNIT_SUITE
{
	unit_suite("outcome", taskbox_open, taskbox_close, recordings_of_claude,
	    cut_anywhere, cut_after_a_result, a_last_line_that_cannot_be_read,
	    odd_names_of_tools, words_of_the_api, statuses, judged_by_others,
	    NULL);
}
