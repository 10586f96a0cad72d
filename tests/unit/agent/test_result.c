/*
 * Results of agent runs: recordings of claude, damaged output, large output.
 *
 * Long because each kind of output has its recording here.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <check.h>
#include <json-c/json.h>

#undef fail /* check.h has an old one */
#include "common/error.h"
#include "common/mem.h"
#include "daemon/agent/result.h"
#include "tests/unit/unit.h"

#define MIB (1u << 20)
#define INIT \
	"{\"type\":\"system\",\"subtype\":\"init\"," \
	"\"session_id\":\"s1\",\"model\":\"m1\"}\n"
#define SAID(text) \
	"{\"message\":{\"content\":[{\"text\":\"" text "\"," \
	"\"type\":\"text\"}]},\"type\":\"assistant\"}\n"
#define DENIED(tool) \
	"{\"subtype\":\"permission_denied\"," \
	"\"tool_name\":\"" tool "\",\"type\":\"system\"}\n"
#define RESULT \
	"{\"result\":\"ok\",\"type\":\"result\",\"is_error\":false," \
	"\"subtype\":\"success\",\"num_turns\":4,\"total_cost_usd\":0.5}\n"

/* The task's directory, with `stdout` in it. */
static char dir[] = "/tmp/test_agent_result.XXXXXX";
static int dirfd = -1;

static void
setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(dir));
	dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ne(dirfd, -1);
}

static void
teardown(void)
{
	unlinkat(dirfd, "stdout", 0);
	close(dirfd);
	rmdir(dir);
	memcpy(strrchr(dir, '.'), ".XXXXXX", 7);
}

static void
put(const char *data, size_t len)
{
	int fd = openat(dirfd, "stdout",
	    O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(write(fd, data, len), (ssize_t)len);
	close(fd);
}

/* A line of a tool's output, n bytes long with its newline. */
static void
put_noise(size_t n)
{
	static const char head[] = "{\"type\":\"user\",\"x\":\"",
			  foot[] = "\"}\n";
	char *line = xcalloc(1, n);

	memset(line, 'x', n);
	memcpy(line, head, strlen(head));
	memcpy(line + n - strlen(foot), foot, strlen(foot));
	put(line, n);
	free(line);
}

static struct agent_result *
read_text(const char *text)
{
	put(text, strlen(text));
	return agent_result_read(dirfd);
}

static struct agent_result *
read_recording(const char *name)
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
	put(data, len);
	return agent_result_read(dirfd);
}

static const struct recording {
	const char *name;
	const char *text;
	int64_t turns;
	double cost_usd;
	const char *error; /* terminal_reason when is_error */
	int64_t api_status;
	const char *denied; /* the only one */
	const char *structured_output;
} recordings[] = {
#define ROW(n, t, u, c, ...) \
	.name = n, .text = t, .turns = u, .cost_usd = c, __VA_ARGS__
	{ ROW("stream-json.out", "hi there", 1, 0.01034) },
	{ ROW("stream-json-partial.out", "hello big wide world", 1, 0.010424) },
	{ ROW("stream-json-tool.out", "done", 2, 0.02198) },
	{ ROW("stream-json-denied.out", "done", 2, 0.021824,
	    .denied = "Bash") },
	{ ROW("json.out", "hi there", 1, 0.01034) },
	{ ROW("jsonschema.out", "{\"name\":\"bob\"}", 2, 0.010772,
	    .structured_output = "{\"name\":\"bob\"}") },
	{ ROW("jsonschema-bad.out", "no tool", 2, 0.021192) },
	{ ROW("err400.out", "API Error: 400 fake error 400", 1, 0,
	    .error = "api_error", .api_status = 400) },
	{ ROW("err429.out",
	    "API Error: Request rejected (429) · fake error 429", 1, 0,
	    .error = "api_error", .api_status = 429) },
	{ ROW("err500-then-ok.out", "recovered", 1, 0.010368) },
	{ ROW("maxturns.out", "Reached maximum number of turns (2)", 3,
	    0.021792, .error = "max_turns") },
	{ ROW("maxbudget.out", "Reached maximum budget ($0.001)", 1, 0.010824,
	    .error = "budget_exhausted") },
	{ ROW("interrupted-tool.out", "I am going to wait.", 3, 0.0006,
	    .error = "aborted_tools") },
};

START_TEST(a_recording)
{
	const struct recording *expected = &recordings[_i];
	struct agent_result *result = read_recording(expected->name);

	ck_assert(result->found);
	ck_assert_str_eq(result->text, expected->text);
	ck_assert_int_eq(result->turns, expected->turns);
	ck_assert_double_eq_tol(result->cost_usd, expected->cost_usd, 1e-9);
	ck_assert_int_eq(result->is_error, expected->error != NULL);
	ck_assert_str_eq(result->terminal_reason,
	    expected->error != NULL ? expected->error : "completed");
	ck_assert_int_eq(result->api_status,
	    expected->api_status != 0 ? expected->api_status : -1);
	ck_assert_uint_eq(strv_len(result->denied), expected->denied != NULL);
	if (expected->denied != NULL)
		ck_assert_str_eq(result->denied[0], expected->denied);
	ck_assert_pstr_eq(result->structured_output,
	    expected->structured_output);
	/* only that error came without an init event */
	ck_assert_pstr_eq(result->model,
	    expected->api_status == 400 ? NULL : "claude-opus-5-5");
	ck_assert_uint_eq(strlen(result->session_id), 36);
	ck_assert_ptr_nonnull(strstr(result->usage, "\"input_tokens\":"));
	agent_result_free(result);
}
END_TEST

/* Two results: each lists its own denials, the cost is of the whole run. */
START_TEST(the_last_of_two_results)
{
	struct agent_result *result = read_recording("background.out");

	ck_assert(result->found);
	ck_assert_str_eq(result->text, "second done");
	ck_assert_int_eq(result->turns, 3 + 2);
	ck_assert_str_eq(result->usage,
	    "{\"input_tokens\":400,\"output_tokens\":40,"
	    "\"cache_creation_input_tokens\":0,"
	    "\"cache_read_input_tokens\":0}");
	ck_assert_double_eq_tol(result->cost_usd, 0.0024, 1e-9);
	ck_assert_uint_eq(strv_len(result->denied), 2);
	ck_assert_str_eq(result->denied[0], "Write");
	ck_assert_str_eq(result->denied[1], "Bash");
	agent_result_free(result);
}
END_TEST

START_TEST(interrupted_without_a_result)
{
	struct agent_result *result = read_recording("interrupted-api.out");

	ck_assert(!result->found);
	ck_assert_str_eq(result->text, "Looking around.");
	ck_assert_str_eq(result->session_id,
	    "bed89ef2-04a2-4627-aeb8-5f751891f88c");
	ck_assert_str_eq(result->model, "claude-opus-5-5");
	ck_assert_int_eq(result->turns, -1);
	agent_result_free(result);
}
END_TEST

START_TEST(a_cut_last_line)
{
	struct agent_result *result;

	put(RESULT, strlen(RESULT) - 1);
	result = agent_result_read(dirfd);
	ck_assert(result->found);
	agent_result_free(result);
	result = read_text("\n{\"type\":\"result\",\"result\":\"hal");
	ck_assert(result->found);
	ck_assert_str_eq(result->text, "ok");
	agent_result_free(result);
}
END_TEST

START_TEST(json_on_many_lines)
{
	struct agent_result *result;

	result =
	    read_text("{\n  \"type\": \"result\",\n"
		      "  \"subtype\": \"success\",\n  \"result\": \"ok\"\n}\n");
	ck_assert(result->found);
	ck_assert(!result->is_error);
	ck_assert_str_eq(result->text, "ok");
	agent_result_free(result);
}
END_TEST

START_TEST(json_as_an_array_of_events)
{
	struct agent_result *result;

	result = read_text(
	    "[{\"type\":\"system\",\"subtype\":\"init\","
	    "\"model\":\"m1\"},{\"type\":\"result\",\"is_error\":true,"
	    "\"errors\":[\"a\",7,\"b\"]}]");
	ck_assert(result->found);
	ck_assert(result->is_error);
	ck_assert_str_eq(result->model, "m1");
	ck_assert_str_eq(result->text, "a; b");
	agent_result_free(result);
}
END_TEST

/* Lines that look like the result of the run and are not. */
START_TEST(results_of_others)
{
	struct agent_result *result;

	result = read_text(INIT
	    "{\"type\":\"user\",\"tool_use_result\":{\"result\":\"no\"}}\n"
	    "{\"type\":\"user\",\"x\":\"{\\\"type\\\":\\\"result\\\"}\"}\n"
	    "result \"result\"\n"
	    "[\"result\"]\n"
	    "{\"type\":[\"result\"],\"result\":\"no\"}\n" SAID(
		"mine") "{\"type\":\"assistant\",\"parent_tool_use_id\":\"toolu_1\","
			"\"message\":{\"content\":[{\"text\":\"a subagent's\"}]}}\n"
			"{\"type\":\"assistant\",\"message\":{\"content\":[{\"type\":"
			"\"tool_use\"}]}}\n");
	ck_assert(!result->found);
	ck_assert_str_eq(result->text, "mine");
	agent_result_free(result);
}
END_TEST

START_TEST(members_of_wrong_types)
{
	struct agent_result *result;

	result = read_text(
	    "{\"type\":\"result\",\"subtype\":7,"
	    "\"is_error\":\"false\",\"result\":{\"a\":1},\"errors\":\"x\","
	    "\"num_turns\":\"4\",\"total_cost_usd\":\"1\","
	    "\"permission_denials\":[7,{\"tool_name\":7},null],"
	    "\"modelUsage\":{},\"structured_output\":null}\n");
	ck_assert(result->found);
	ck_assert(result->is_error); /* nobody said that it succeeded */
	ck_assert_ptr_null(result->subtype);
	ck_assert_ptr_null(result->text);
	ck_assert_int_eq(result->turns, -1);
	ck_assert(result->cost_usd < 0);
	ck_assert_uint_eq(strv_len(result->denied), 0);
	ck_assert_ptr_null(result->structured_output);
	agent_result_free(result);
}
END_TEST

/* It is shown, typed and given to an agent: what is no id is none. */
START_TEST(ids_that_are_none)
{
	static const char *const ids[] = { "", "-p", "a b", "\\u001b[31m",
		"a;rm",
		("01234567890123456789012345678901234567890123456789012345678901"
		 "234") };
	struct agent_result *result;
	char line[300];
	size_t i;

	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		unlinkat(dirfd, "stdout", 0);
		put(INIT, strlen(INIT));
		snprintf(line, sizeof(line),
		    "{\"type\":\"result\",\"result\":\"ok\",\"session_id\":"
		    "\"%s\"}\n",
		    ids[i]);
		result = read_text(line);
		ck_assert_str_eq(result->session_id, "s1");
		agent_result_free(result);
	}
}
END_TEST

START_TEST(denials_once_and_not_too_many)
{
	struct agent_result *result;
	char line[200];
	int i;

	for (i = 0; i < 2; i++)
		put(DENIED("Bash") DENIED("Write"),
		    strlen(DENIED("Bash") DENIED("Write")));
	result = agent_result_read(dirfd);
	ck_assert_uint_eq(strv_len(result->denied), 2);
	agent_result_free(result);
	for (i = 0; i < 1000; i++) {
		snprintf(line, sizeof(line),
		    "{\"type\":\"system\",\"subtype\""
		    ":\"permission_denied\",\"tool_name\":\"tool%d\"}\n",
		    i);
		put(line, strlen(line));
	}
	result = agent_result_read(dirfd);
	ck_assert_uint_eq(strv_len(result->denied), 100);
	agent_result_free(result);
}
END_TEST

/* The head tells the session, the tail the outcome; between is a hole. */
START_TEST(a_large_file)
{
	struct agent_result *result;
	char path[64];

	put(INIT DENIED("Early"), strlen(INIT DENIED("Early")));
	snprintf(path, sizeof(path), "%s/stdout", dir);
	ck_assert_int_eq(truncate(path, 100 * MIB), 0);
	put("\n" SAID("words") DENIED("Late"),
	    strlen("\n" SAID("words") DENIED("Late")));
	put_noise(3 * MIB);
	result = agent_result_read(dirfd);
	ck_assert(!result->found);
	ck_assert_str_eq(result->session_id, "s1");
	ck_assert_str_eq(result->model, "m1");
	ck_assert_str_eq(result->text, "words");
	ck_assert_uint_eq(strv_len(result->denied), 2);
	agent_result_free(result);
	put(RESULT, strlen(RESULT));
	result = agent_result_read(dirfd);
	ck_assert(result->found);
	ck_assert_int_eq(result->turns, 4);
	agent_result_free(result);
}
END_TEST

/* A line longer than any that we take is passed over. */
START_TEST(a_huge_line)
{
	struct agent_result *result;

	put(INIT RESULT, strlen(INIT RESULT));
	put("{\"type\":\"result\",\"result\":\"",
	    strlen("{\"type\":\"result\",\"result\":\""));
	put_noise(12 * MIB);
	result = agent_result_read(dirfd);
	ck_assert(result->found);
	ck_assert_str_eq(result->text, "ok");
	ck_assert(result->too_large && !result->cut);
	agent_result_free(result);
	/* its beginning is not even in the part that is read */
	put_noise(20 * MIB);
	result = agent_result_read(dirfd);
	ck_assert(result->too_large);
	agent_result_free(result);
}
END_TEST

START_TEST(no_regular_file)
{
	struct agent_result *result;
	int i;

	for (i = 0; i < 4; i++) {
		if (i == 1)
			ck_assert_int_eq(mkfifoat(dirfd, "stdout", 0600), 0);
		else if (i == 2)
			ck_assert_int_eq(symlinkat("/dev/zero", dirfd,
					     "stdout"),
			    0);
		else if (i == 3)
			put("", 0);
		result = agent_result_read(dirfd);
		ck_assert(!result->found);
		ck_assert_ptr_null(result->text);
		ck_assert_ptr_null(result->session_id);
		agent_result_free(result);
		unlinkat(dirfd, "stdout", 0);
	}
}
END_TEST

START_TEST(encoded_and_back)
{
	static const char *const names[] = { "background.out",
		"late-err429.out", "jsonschema.out", "interrupted-api.out",
		"text.out", "usage-limit.out" };
	struct agent_result *result = read_recording(names[_i]), *again;
	struct json_object *object = agent_result_encode(result), *same;
	struct error err;

	ck_assert_int_eq(result->found, _i != 3);
	again = agent_result_decode(object, &err);
	ck_assert_ptr_nonnull(again);
	same = agent_result_encode(again);
	ck_assert(json_object_equal(object, same));
	ck_assert_int_eq(json_object_object_length(object), 23);
	json_object_put(same);
	json_object_put(object);
	agent_result_free(again);
	agent_result_free(result);
}
END_TEST

START_TEST(decoding_what_is_none)
{
	struct json_object *object = json_object_new_array();
	struct error err;

	ck_assert_ptr_null(agent_result_decode(NULL, &err));
	ck_assert_ptr_null(agent_result_decode(object, &err));
	ck_assert_ptr_nonnull(strstr(err.text, "got array"));
	json_object_put(object);
	agent_result_free(NULL);
}
END_TEST

UNIT_SUITE
{
	TCase *tcase = unit_suite("result", setup, teardown,
	    the_last_of_two_results, interrupted_without_a_result,
	    a_cut_last_line, json_on_many_lines, json_as_an_array_of_events,
	    results_of_others, members_of_wrong_types, ids_that_are_none,
	    denials_once_and_not_too_many, a_large_file, a_huge_line,
	    no_regular_file, decoding_what_is_none, NULL);

	tcase_add_loop_test(tcase, a_recording, 0,
	    sizeof(recordings) / sizeof(*recordings));
	tcase_add_loop_test(tcase, encoded_and_back, 0, 6);
}
