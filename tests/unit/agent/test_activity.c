/*
 * What an agent does: recordings of claude, damaged and hostile bytes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/utf8.h"
#include "daemon/agent/activity.h"
#include "daemon/agent/activity_read.h"
#include "tests/unit/unit.h"

#define DOT " \xc2\xb7 "
#define DOTS "\xe2\x80\xa6"
#define CALL(id, name, input) \
	"{\"type\":\"assistant\",\"message\":{\"id\":\"m" id \
	"\",\"usage\":{\"input_tokens\":1000,\"output_tokens\":10}," \
	"\"content\":[{\"type\":\"tool_use\",\"id\":\"" id \
	"\",\"name\":\"" name "\",\"input\":" input "}]}}\n"
#define SAYS(id, text) \
	"{\"type\":\"assistant\",\"message\":{\"id\":\"m" id \
	"\",\"content\":[{\"type\":\"text\",\"text\":\"" text "\"}]}}\n"
#define FAILS(id) \
	"{\"type\":\"user\",\"message\":{\"content\":[{" \
	"\"type\":\"tool_result\",\"tool_use_id\":\"" id \
	"\",\"is_error\":true,\"content\":\"Exit code 1\"}]}}\n"
#define RETRY(n) \
	"{\"type\":\"system\",\"subtype\":\"api_retry\",\"attempt\":" n \
	",\"max_retries\":10,\"retry_delay_ms\":4000,\"error_status\":429," \
	"\"error\":\"rate_limit\"}\n"

static struct activity activity;

static void
setup(void)
{
	activity_init(&activity);
}

static void
teardown(void)
{
	activity_clear(&activity);
}

/* From memory of the exact size. */
static size_t
take_bytes(const char *bytes, size_t len, bool last)
{
	char *copy = xcalloc(1, len + (len == 0));
	size_t taken;

	memcpy(copy, bytes, len);
	taken = activity_take(&activity, copy, len, last);
	free(copy);
	return taken;
}

static size_t
take(const char *text)
{
	return take_bytes(text, strlen(text), false);
}

static void
expect_all(const char *expected)
{
	char *text = activity_all(&activity);

	ck_assert_str_eq(text, expected);
	free(text);
}

static void
expect_digest(size_t max, const char *expected)
{
	char *text = activity_digest(&activity, max);

	ck_assert_str_eq(text, expected);
	free(text);
}

static const struct {
	const char *name;
	const char *lines;
	const char *first; /* of the digest */
} recordings[] = {
	{ "stream-json.out",
	    "says: hi there\nresult: success" DOT "1 turn" DOT "$0.01",
	    "1 turn" DOT "2.5k tokens" DOT "$0.01" },
	{ "stream-json-partial.out",
	    "says: hello big wide world\n"
	    "result: success" DOT "1 turn" DOT "$0.01",
	    "1 turn" DOT "2.5k tokens" DOT "$0.01" },
	{ "stream-json-tool.out",
	    "says: running\nBash echo out; echo err >&2; exit 3" DOT
	    "failed\nsays: done\n"
	    "result: success" DOT "2 turns" DOT "$0.02",
	    "1 tool: Bash 1" DOT "2 turns" DOT "5.2k tokens" DOT "$0.02" },
	{ "stream-json-denied.out",
	    "Bash touch zz_denied" DOT "failed\ndenied Bash: "
	    "touch in '/home/user/proj/zz_denied' needs approval. The path is "
	    "inside the working directories f" DOTS "\nsays: done\n"
	    "result: success" DOT "2 turns" DOT "$0.02",
	    "1 tool: Bash 1" DOT "2 turns" DOT "5.3k tokens" DOT "$0.02" },
	{ "err429.out",
	    "retry 1 of 1 in 0.6 s: 429 rate_limit\n"
	    "failed: API Error: Request rejected (429)" DOT
	    "fake error 429\nresult: error" DOT "1 turn" DOT "$0.00",
	    "$0.00" },
	{ "err500-then-ok.out",
	    "retry 2 of 10 in 1.2 s: 500 server_error\nsays: recovered\n"
	    "result: success" DOT "1 turn" DOT "$0.01",
	    "1 turn" DOT "2.5k tokens" DOT "$0.01" },
	{ "subagent.out",
	    "ToolSearch select:Task\nTask count files" DOT
	    "1 tool, Bash ls\nsays: done\nresult: success" DOT "3 turns" DOT
	    "$0.00",
	    "2 tools: ToolSearch 1, Task 1" DOT "3 turns" DOT "330 tokens" DOT
	    "$0.00" },
	{ "tools.out",
	    "says: looking\nBash echo hi\nRead /etc/hostname\n"
	    "Bash false" DOT "failed\nsays: done\n"
	    "result: success" DOT "4 turns" DOT "$0.00",
	    "3 tools: Bash 2, Read 1" DOT "3 turns" DOT "330 tokens" DOT
	    "$0.00" },
	{ "late-err429.out",
	    "says: some words\nBash echo 1\n"
	    "retry 1 of 1 in 0.6 s: 429 rate_limit\n"
	    "failed: API Error: Request rejected (429)" DOT
	    "fake error 429\nresult: error" DOT "2 turns" DOT "$0.00",
	    "1 tool: Bash 1" DOT "1 turn" DOT "110 tokens" DOT "$0.00" },
	{ "badresume.out",
	    "result: error_during_execution" DOT "0 turns" DOT "$0.00",
	    "$0.00" },
	{ "text.out", "hi there", "hi there" },
};

static void
take_recording(const char *name)
{
	const char *srcdir = getenv("srcdir");
	char path[4096], data[65536];
	size_t len;
	FILE *file;

	snprintf(path, sizeof(path), "%s/tests/recordings/%s",
	    srcdir == NULL ? "." : srcdir, name);
	file = fopen(path, "re");
	ck_assert_msg(file != NULL, "cannot open %s", path);
	len = fread(data, 1, sizeof(data), file);
	ck_assert(feof(file));
	fclose(file);
	ck_assert_uint_eq(take_bytes(data, len, true), len);
}

START_TEST(recordings_of_claude)
{
	char *text;
	size_t i;

	for (i = 0; i < sizeof(recordings) / sizeof(recordings[0]); i++) {
		take_recording(recordings[i].name);
		expect_all(recordings[i].lines);
		text = activity_digest(&activity, 4000);
		text[strcspn(text, "\n")] = '\0';
		ck_assert_str_eq(text, recordings[i].first);
		free(text);
		activity_clear(&activity);
	}
}
END_TEST

START_TEST(short_arguments)
{
	take(CALL("1", "Bash",
	    "{\"description\":\"d\",\"command\":\"npm\\n\\t test\"}"));
	take(CALL("2", "Edit",
	    "{\"file_path\":\"/a/very/long/path/that/goes/on/and/on/and/on/"
	    "until/main.c\"}"));
	take(CALL("3", "Grep", "{\"path\":\"/tmp\",\"pattern\":\"foo.*\"}"));
	take(CALL("4", "mcp__srv__tool", "{\"n\":1,\"what\":\"this\"}"));
	take(CALL("5", "Odd", "{\"command\":7}"));
	take(CALL("6", "None", "null"));
	take(CALL("7", "Bash",
	    "{\"command\":\"123456789 123456789 123456789 123456789 "
	    "123456789 123456789 123\"}"));
	expect_all("Bash npm test\n"
		   "Edit " DOTS "at/goes/on/and/on/and/on/until/main.c\n"
		   "Grep foo.*\nmcp__srv__tool this\nOdd\nNone\n"
		   "Bash 123456789 123456789 123456789 123456789 123456789 "
		   "1234567" DOTS);
}
END_TEST

START_TEST(control_characters_go)
{
	take(CALL("1", "Bash",
	    "{\"command\":\"a\\u001b[31m\\u0007\\u009bb\\u202ec\\u0000d\"}"));
	take(SAYS("2", "\\n\\n one \\r\\n two\\u2028three "));
	take("plain \033[1m text \377 here\n");
	expect_all("Bash a [31m b c\xef\xbf\xbd"
		   "d\nsays: one two three\n"
		   "plain [1m text \xef\xbf\xbd here");
}
END_TEST

START_TEST(only_whole_lines)
{
	static const char whole[] = SAYS("1", "one");

	ck_assert_uint_eq(take(""), 0);
	ck_assert_uint_eq(take("{\"type\":"), 0);
	ck_assert_uint_eq(take(SAYS("1", "one") "{\"type\":"), strlen(whole));
	expect_all("says: one");
	ck_assert_uint_eq(take_bytes(whole, strlen(whole) - 1, true),
	    strlen(whole) - 1);
	expect_all("says: one\nsays: one");
}
END_TEST

START_TEST(what_is_damaged_is_passed_over)
{
	take("{\"type\":\"assistant\",\"message\":\n"
	     "\n[1,2]\n7\n\"x\"\n{\"type\":7}\n{}\n"
	     "{\"type\":\"assistant\"}\n"
	     "{\"type\":\"assistant\",\"message\":[]}\n"
	     "{\"type\":\"assistant\",\"message\":{\"content\":7}}\n"
	     "{\"type\":\"assistant\",\"message\":{\"content\":[7,null,{}]}}\n"
	     "{\"type\":\"user\",\"message\":{\"content\":\"text\"}}\n"
	     "{\"type\":\"system\"}\n"
	     "{\"type\":\"rate_limit_event\"}\n"
	     "{\"type\":\"tool_progress\"}\n");
	expect_all("");
	expect_digest(900, "");
}
END_TEST

START_TEST(a_long_line_is_passed_over)
{
	size_t len = ACTIVITY_LINE_BYTES + 1;
	char *line = xcalloc(1, len + 2);

	memset(line, 'x', len);
	line[len] = '\n';
	take_bytes(line, len + 1, false);
	take(SAYS("1", "one"));
	expect_digest(900, "1 turn" DOT "1 long line passed over\nsays: one");
	free(line);
}
END_TEST

START_TEST(failures_and_heartbeats)
{
	take(CALL("1", "Bash", "{\"command\":\"one\"}"));
	take(CALL("2", "Bash", "{\"command\":\"two\"}"));
	take("{\"type\":\"tool_progress\",\"tool_use_id\":\"2\","
	     "\"elapsed_time_seconds\":60}\n");
	take(FAILS("1"));
	take(FAILS("gone"));
	expect_all("Bash one" DOT "failed\nBash two" DOT
		   "60 s\ntool failed: Exit code 1");
}
END_TEST

START_TEST(retries_and_limits)
{
	take(RETRY("1") RETRY("2") RETRY("3"));
	take(SAYS("1", "on"));
	take(RETRY("1"));
	take("{\"type\":\"rate_limit_event\",\"rate_limit_info\":{"
	     "\"status\":\"allowed\"}}\n"
	     "{\"type\":\"rate_limit_event\",\"rate_limit_info\":{"
	     "\"status\":\"rejected\",\"rateLimitType\":\"five_hour\","
	     "\"resetsAt\":1795643794}}\n");
	expect_all("retry 3 of 10 in 4 s: 429 rate_limit\nsays: on\n"
		   "retry 1 of 10 in 4 s: 429 rate_limit\n"
		   "rate limit: rejected five_hour, resets "
		   "2026-11-25T21:56:34");
}
END_TEST

START_TEST(the_background)
{
	char *text;

	take_recording("background.out");
	text = activity_all(&activity);
	ck_assert_ptr_nonnull(strstr(text, DOT "in background"));
	ck_assert_ptr_nonnull(strstr(text, "\nBackground command "));
	ck_assert_ptr_null(strstr(text, "background completed"));
	ck_assert_ptr_nonnull(strstr(text, "\nsays: second done"));
	free(text);
	activity_clear(&activity);
	take("{\"type\":\"system\",\"subtype\":\"task_notification\","
	     "\"status\":\"killed\",\"summary\":\"by user\"}\n"
	     "{\"type\":\"system\",\"subtype\":\"task_started\","
	     "\"is_backgrounded\":true,\"description\":\"server\"}\n");
	expect_all("background killed: by user\nin background: server");
}
END_TEST

START_TEST(interrupted)
{
	char *text;

	take_recording("interrupted-api.out");
	text = activity_newest(&activity, 100);
	ck_assert_str_eq(text, "interrupted");
	free(text);
	ck_assert_double_eq(activity.cost_usd, -1);
}
END_TEST

START_TEST(numbers_that_no_run_has)
{
	take("{\"type\":\"result\",\"subtype\":\"success\",\"num_turns\":-7,"
	     "\"total_cost_usd\":1e308}\n");
	expect_all("result: success");
	ck_assert_double_eq(activity.cost_usd, -1);
	activity_clear(&activity);
	take("{\"type\":\"system\",\"subtype\":\"api_retry\",\"attempt\":-3,"
	     "\"max_retries\":10,\"retry_delay_ms\":9223372036854775807,"
	     "\"error_status\":-1,\"error\":\"x\"}\n");
	expect_all("retry 0 of 10 in 0 s: x");
}
END_TEST

/* Its call was told before. */
START_TEST(a_subagent_that_goes_on)
{
	take("{\"type\":\"assistant\",\"parent_tool_use_id\":\"p\","
	     "\"task_description\":\"count files\",\"message\":{\"id\":\"m\","
	     "\"usage\":{\"input_tokens\":5},\"content\":[{\"type\":\"text\","
	     "\"text\":\"not the agent's words\"},{\"type\":\"tool_use\","
	     "\"name\":\"Read\",\"input\":{\"file_path\":\"a\"}},"
	     "{\"type\":\"tool_use\",\"name\":\"Bash\",\"input\":{"
	     "\"command\":\"b\"}}]}}\n");
	expect_all("subagent count files" DOT "2 tools, Bash b");
	expect_digest(900, "subagent count files" DOT "2 tools, Bash b");
}
END_TEST

static void
take_calls(size_t n)
{
	char *line;
	size_t i;

	for (i = 0; i < n; i++) {
		line = xasprintf(CALL("%zu", "%s",
				     "{\"command\":\"make test-%zu\"}"),
		    i, i, i % 3 == 0 ? "Read" : "Bash", i);
		take(line);
		free(line);
	}
}

START_TEST(a_digest_keeps_to_its_room)
{
	char *text;
	size_t max;

	take_calls(30);
	take(SAYS("99", "It works now."));
	expect_digest(200,
	    "30 tools: Bash 20, Read 10" DOT "31 turns" DOT "30.3k tokens\n"
	    "says: It works now.\n" DOTS " 25 earlier\n"
	    "Bash make test-25\nBash make test-26\nRead make test-27\n"
	    "Bash make test-28\nBash make test-29");
	for (max = 0; max < 2000; max++) {
		text = activity_digest(&activity, max);
		ck_assert_uint_le(strlen(text), max);
		ck_assert(utf8_valid(text, strlen(text)));
		free(text);
		text = activity_newest(&activity, max);
		ck_assert_uint_le(strlen(text), max);
		free(text);
	}
}
END_TEST

START_TEST(many_lines)
{
	char *text;

	take_calls(5000);
	ck_assert_uint_le(activity.n, ACTIVITY_LINES);
	ck_assert_uint_eq(activity.n + activity.dropped, 5000);
	ck_assert_uint_eq(activity.tools, 5000);
	text = activity_digest(&activity, 300);
	ck_assert_ptr_nonnull(strstr(text, "5000 tools: Bash 3333, Read 1667"));
	ck_assert_ptr_nonnull(strstr(text, "earlier\n"));
	free(text);
	text = activity_newest(&activity, 100);
	ck_assert_str_eq(text, "Bash make test-4999");
	free(text);
}
END_TEST

START_TEST(many_tools)
{
	char *line, *text;
	size_t i;

	for (i = 0; i < 100; i++) {
		line = xasprintf(CALL("%zu", "tool%zu", "{}"), i, i, i);
		take(line);
		free(line);
	}
	text = activity_digest(&activity, 100);
	ck_assert_ptr_nonnull(strstr(text,
	    "100 tools: tool0 1, tool1 1, "
	    "tool2 1, tool3 1, tool4 1, "
	    "others 95"));
	free(text);
}
END_TEST

UNIT_SUITE
{
	unit_suite("activity", setup, teardown, recordings_of_claude,
	    short_arguments, control_characters_go, only_whole_lines,
	    what_is_damaged_is_passed_over, a_long_line_is_passed_over,
	    failures_and_heartbeats, retries_and_limits, the_background,
	    interrupted, numbers_that_no_run_has, a_subagent_that_goes_on,
	    a_digest_keeps_to_its_room, many_lines, many_tools, NULL);
}
