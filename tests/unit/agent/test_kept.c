/*
 * What is kept of agents that failed: tokens, the last words, and whether
 * their output is whole.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/mem.h"
#include "daemon/agent/last_words.h"
#include "daemon/agent/result.h"
#include "daemon/agent/usage.h"
#include "tests/unit/unit.h"

#define SAID(id, more, usage, text) \
	"{\"type\":\"assistant\"," more "\"message\":{\"id\":\"" id \
	"\",\"usage\":{" usage "},\"content\":[{\"type\":\"text\"," \
	"\"text\":\"" text "\"}]}}\n"
#define SUBAGENT "\"parent_tool_use_id\":\"p\","
#define RESULT "{\"type\":\"result\",\"result\":\"ok\"}\n"
#define FAILED "\"is_api_error_message\":true,"

static void
expect_usage(const char *lines, const char *expected)
{
	char *text = usage_of_lines(lines, strlen(lines));

	ck_assert_pstr_eq(text, expected);
	free(text);
}

static void
expect_said(const char *lines, bool own, const char *expected)
{
	char *text = last_words(lines, strlen(lines), own);

	ck_assert_pstr_eq(text, expected);
	free(text);
}

/* Each message once, however many events it has; no subagent's. */
START_TEST(tokens_of_messages)
{
	expect_usage("", NULL);
	expect_usage("{\"type\":\"assistant\"}\n[\"assistant\"]\n"
		     "{\"assistant\"",
	    NULL);
	expect_usage(SAID("m1", "",
			 "\"input_tokens\":5,\"output_tokens\":1,"
			 "\"cache_read_input_tokens\":100",
			 "a") SAID("m1", "",
			 "\"input_tokens\":5,\"output_tokens\":1,"
			 "\"cache_read_input_tokens\":100",
			 "b") SAID("m2", SUBAGENT, "\"input_tokens\":70", "c")
			 SAID("m3", "",
			     "\"input_tokens\":7,\"output_tokens\":-2,"
			     "\"cache_creation_input_tokens\":\"x\"",
			     "d"),
	    "{\"input_tokens\":12,\"output_tokens\":1,"
	    "\"cache_creation_input_tokens\":0,"
	    "\"cache_read_input_tokens\":100,\"at_least\":true}");
}
END_TEST

/* A number of tokens that nobody can have used is not believed. */
START_TEST(too_many_tokens)
{
	expect_usage(SAID("m1", "", "\"input_tokens\":9223372036854775807", "a")
			 SAID("m2", "", "\"input_tokens\":3", "b"),
	    "{\"input_tokens\":3,\"output_tokens\":0,"
	    "\"cache_creation_input_tokens\":0,"
	    "\"cache_read_input_tokens\":0,\"at_least\":true}");
}
END_TEST

START_TEST(said_last_by_the_agent)
{
	expect_said("", false, NULL);
	expect_said("\n\nassistant\n", false, NULL);
	expect_said(SAID("1", "", "", "one") SAID("2", "", "", "two")
			SAID("3", "", "", "") "{\"type\":\"result\"}\n",
	    false, "two");
	expect_said(SAID("1", "", "", "one") SAID("2", SUBAGENT, "", "two"),
	    false, "one");
	expect_said(SAID("1", "", "", "one") SAID("2", FAILED, "", "two"),
	    false, "two");
	expect_said(SAID("1", "", "", "one") SAID("2", FAILED, "", "two"), true,
	    "one");
	expect_said(SAID("1", "", "", "one") "{\"type\":\"assistant\",", true,
	    "one");
}
END_TEST

/* Returns the result of an agent that wrote that text. */
static struct agent_result *
result_of(const char *text)
{
	struct agent_result *result;
	int dirfd;

	unit_write("stdout", text);
	dirfd = open(unit_dir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ne(dirfd, -1);
	result = agent_result_read(dirfd);
	close(dirfd);
	return result;
}

static struct agent_result *
result_of_recording(const char *name)
{
	const char *srcdir = getenv("srcdir");
	char path[4096], data[65536] = "";
	FILE *file;

	snprintf(path, sizeof(path), "%s/tests/recordings/%s",
	    srcdir == NULL ? "." : srcdir, name);
	file = fopen(path, "re");
	ck_assert_msg(file != NULL, "cannot open %s", path);
	ck_assert_uint_lt(fread(data, 1, sizeof(data) - 1, file),
	    sizeof(data) - 1);
	fclose(file);
	return result_of(data);
}

/* What it said before the API failed it is kept beside the error. */
START_TEST(last_words_beside_an_error)
{
	struct agent_result *result = result_of_recording("late-err429.out");

	ck_assert_str_eq(result->text,
	    "API Error: Request rejected (429) · fake error 429");
	ck_assert_str_eq(result->partial, "some words");
	ck_assert_str_eq(result->api_error, "rate_limit");
	ck_assert_int_eq(result->retries, 1);
	ck_assert(agent_result_begun(result));
	agent_result_free(result);
	result = result_of_recording("stream-json.out");
	ck_assert_ptr_null(result->partial);
	ck_assert_ptr_null(result->api_error);
	agent_result_free(result);
}
END_TEST

START_TEST(conversations_that_have_begun)
{
	struct agent_result *result = result_of_recording("badresume.out");

	ck_assert(!agent_result_begun(result));
	agent_result_free(result);
	ck_assert(!agent_result_begun(NULL));
	result = result_of_recording("interrupted-api.out");
	ck_assert(agent_result_begun(result));
	ck_assert_ptr_nonnull(result->usage);
	agent_result_free(result);
	result = result_of("words");
	ck_assert(!agent_result_begun(result));
	agent_result_free(result);
}
END_TEST

#define OK \
	"{\"type\":\"result\",\"subtype\":\"success\"," \
	"\"result\":\"ok\"}\n"

static void
expect_unasked(struct agent_result *result, const char *unasked)
{
	ck_assert(result->found && !result->is_error);
	ck_assert_pstr_eq(result->unasked, unasked);
	agent_result_free(result);
}

START_TEST(nobody_was_asked)
{
	expect_unasked(result_of_recording("local-command.out"), "command");
	expect_unasked(result_of_recording("hook-blocks.out"), "hook");
	expect_unasked(result_of("{\"type\":\"result\",\"num_turns\":0,"
				 "\"is_error\":false,\"modelUsage\":{}}\n"),
	    "unknown");
	/* a command may ask a model, and count no turn */
	expect_unasked(result_of("{\"type\":\"result\",\"num_turns\":0,"
				 "\"is_error\":false,\"modelUsage\":{\"m\":{}}}"
				 "\n"),
	    NULL);
	expect_unasked(result_of_recording("stream-json.out"), NULL);
}
END_TEST

/* What comes after a result, and says less, takes nothing from it. */
START_TEST(a_fuller_result_stays)
{
	static const char *const later[] = {
		"\"subtype\":\"success\",\"is_error\":false,\"result\":\"\"",
		"\"subtype\":\"error_during_execution\",\"is_error\":true,"
		"\"errors\":[\"it broke\"]",
	};
	struct agent_result *result;
	char *text;
	size_t i;

	for (i = 0; i < 2; i++) {
		text = xasprintf(
		    "{\"type\":\"result\",\"subtype\":\"success\","
		    "\"is_error\":false,\"result\":\"all\",\"num_turns\":3,"
		    "\"total_cost_usd\":0.5,\"usage\":{\"input_tokens\":7},"
		    "\"structured_output\":{\"a\":1}}\n"
		    "{\"type\":\"result\",%s,\"num_turns\":0,"
		    "\"total_cost_usd\":0,\"usage\":{\"input_tokens\":0},"
		    "\"modelUsage\":{}}\n",
		    later[i]);
		result = result_of(text);
		ck_assert_int_eq(result->is_error, i == 1);
		ck_assert_str_eq(result->text, i == 0 ? "all" : "it broke");
		ck_assert_pstr_eq(result->partial, i == 0 ? NULL : "all");
		ck_assert_int_eq(result->turns, 3);
		ck_assert_double_eq(result->cost_usd, 0.5);
		ck_assert_str_eq(result->usage, "{\"input_tokens\":7}");
		ck_assert_str_eq(result->structured_output, "{\"a\":1}");
		ck_assert_ptr_null(result->unasked);
		agent_result_free(result);
		free(text);
	}
}
END_TEST

/* A NUL ends no text, and what is wrong with a last line is named. */
START_TEST(last_lines)
{
	static const struct {
		const char *line, *text, *unreadable;
	} lines[] = {
		{ "{\"type\":\"result\",\"subtype\":\"success\","
		  "\"result\":\"a\\u0000b\"}\n",
		    "a\xef\xbf\xbd"
		    "b",
		    NULL },
		{ "{\"type\":\"result\",\"result\":\"a\xff\"}\n", "ok",
		    "byte 28: expected valid UTF-8, got byte 0xff" },
		{ "{\"type\":\"result\",\"total_cost_usd\":NaN}\n", "ok",
		    "byte 34: expected a value, got 'N'" },
		{ "{of a wrapper}\n", "ok", NULL },
	};
	struct agent_result *result;
	size_t i;
	char *text;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		text = xasprintf(OK "%s", lines[i].line);
		result = result_of(text);
		ck_assert_str_eq(result->text, lines[i].text);
		ck_assert_pstr_eq(result->unreadable, lines[i].unreadable);
		ck_assert(!result->cut && !result->too_large);
		agent_result_free(result);
		free(text);
	}
	result = result_of("{\"type\":\"assistant\",x}\n");
	ck_assert_ptr_nonnull(strstr(result->unreadable, "byte 20: "));
	agent_result_free(result);
}
END_TEST

START_TEST(cut_or_whole)
{
	static const struct {
		const char *text;
		bool cut;
	} cases[] = { { RESULT, false }, { RESULT "{\"type\":", true },
		{ RESULT "[", true }, { RESULT "{}", false },
		{ RESULT "words", false },
		{ "{\n\"type\":\"result\"\n}", false }, { "{\"a\":", true },
		{ "words", false }, { "", false } };
	struct agent_result *result;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		result = result_of(cases[i].text);
		ck_assert_msg(result->cut == cases[i].cut, "case %zu", i);
		agent_result_free(result);
	}
}
END_TEST

/* A number that no run has is as if nobody had told it. */
START_TEST(numbers_that_no_run_has)
{
	static const char *const lines[] = {
		"{\"type\":\"result\",\"total_cost_usd\":1e400}\n",
		"{\"type\":\"result\",\"total_cost_usd\":-1e400}\n",
		"{\"type\":\"result\",\"total_cost_usd\":1e308}\n",
		"{\"type\":\"result\",\"total_cost_usd\":-0.5}\n",
		"{\"type\":\"result\",\"total_cost_usd\":1000001}\n",
		"{\"type\":\"result\",\"num_turns\":-1,"
		"\"api_error_status\":-1}\n",
		"{\"type\":\"result\",\"num_turns\":9223372036854775807,"
		"\"api_error_status\":1000000001}\n",
		"{\"type\":\"system\",\"subtype\":\"api_retry\","
		"\"attempt\":9223372036854775807}\n",
	};
	struct agent_result *result;
	char *text;
	size_t i, k;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		for (k = 0; k < 2; k++) {
			text = xasprintf("%s%s",
			    k == 0 ? "" :
				     "{\"type\":\"result\","
				     "\"total_cost_usd\":5}\n",
			    lines[i]);
			result = result_of(text);
			ck_assert_double_eq(result->cost_usd, k == 0 ? -1 : 5);
			ck_assert_int_eq(result->turns, -1);
			ck_assert_int_eq(result->retries, 0);
			ck_assert_int_eq(result->api_status, -1);
			agent_result_free(result);
			free(text);
		}
}
END_TEST

UNIT_SUITE
{
	unit_suite("kept", NULL, unit_cleanup, tokens_of_messages,
	    too_many_tokens, said_last_by_the_agent, last_words_beside_an_error,
	    conversations_that_have_begun, nobody_was_asked,
	    a_fuller_result_stays, last_lines, cut_or_whole,
	    numbers_that_no_run_has, NULL);
}
