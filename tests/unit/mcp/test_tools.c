/*
 * tools/list and tools/call, and the life of a call.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "common/mem.h"
#include "json/json.h"
#include "mcp/mcp.h"
#include "tests/unit/mcppeer.h"
#include "tests/unit/unit.h"

#define HEAD "{\"jsonrpc\":\"2.0\","

static void
setup(void)
{
	mcppeer_open();
	mcppeer_initialize();
}

/* Sends a call with these params. */
static void
call(const char *params)
{
	char *line = xasprintf(HEAD
	    "\"id\":1,\"method\":\"tools/call\",\"params\":%s}",
	    params);

	mcppeer_line(line);
	free(line);
}

static void
expect_text(const char *text, bool is_error)
{
	char *line = xasprintf(HEAD "\"id\":1,\"result\":{\"content\":[{"
				    "\"type\":\"text\",\"text\":\"%s\"}]%s}}",
	    text, is_error ? ",\"isError\":true" : "");

	mcppeer_expect(line);
	free(line);
}

START_TEST(listed)
{
	static const char one[] = "\"inputSchema\":{\"type\":\"object\","
				  "\"properties\":{\"n\":{\"type\":"
				  "\"integer\"}}}";
	const char *line;
	char *later;

	mcppeer_line(HEAD "\"id\":1,\"method\":\"tools/list\"}");
	line = mcppeer_next();
	ck_assert_ptr_nonnull(strstr(line,
	    "{\"name\":\"say\",\"description\":\"Says what it was given.\","
	    "\"inputSchema\":{\"type\":\"object\",\"properties\":"));
	ck_assert_ptr_nonnull(strstr(line,
	    "\"annotations\":{\"readOnlyHint\":true},"
	    "\"_meta\":{\"anthropic/alwaysLoad\":true}}"));
	later = xasprintf("{\"name\":\"later\","
			  "\"description\":\"Answers later.\",%s,"
			  "\"annotations\":{\"destructiveHint\":true,"
			  "\"idempotentHint\":true}},{\"name\":\"picky\","
			  "\"description\":\"Checks.\",%s}]}}",
	    one, one);
	ck_assert_ptr_nonnull(strstr(line, later));
	ck_assert_ptr_null(strstr(line, "\"old\""));
	free(later);
}
END_TEST

START_TEST(one_page_only)
{
	/* the empty cursor is that of the first page */
	mcppeer_exchange_part(HEAD "\"id\":1,\"method\":\"tools/list\","
				   "\"params\":{\"cursor\":\"\"}}",
	    "\"result\":{\"tools\":[");
	mcppeer_exchange(HEAD "\"id\":1,\"method\":\"tools/list\","
			      "\"params\":{\"cursor\":\"x\"}}",
	    HEAD "\"id\":1,\"error\":{\"code\":-32602,\"message\":"
		 "\"cursor: unknown; use the nextCursor of the page before, "
		 "or none for the first page\"}}");
	mcppeer_exchange_part(HEAD "\"id\":1,\"method\":\"tools/list\","
				   "\"params\":{\"cursor\":7}}",
	    "-32602");
	mcppeer_exchange_part(HEAD "\"id\":1,\"method\":\"tools/list\","
				   "\"params\":{" MODERN_META "}}",
	    "\"ttlMs\":3600000,\"cacheScope\":\"public\"");
}
END_TEST

START_TEST(which_tool)
{
	call("{}");
	mcppeer_expect(HEAD "\"id\":1,\"error\":{\"code\":-32602,"
			    "\"message\":\"name: expected the name of a "
			    "tool\"}}");
	call("{\"name\":\"nix\"}");
	mcppeer_expect(HEAD "\"id\":1,\"error\":{\"code\":-32602,"
			    "\"message\":\"unknown tool 'nix'; tools/list "
			    "has them all\"}}");
	call("{\"name\":\"old\"}");
	expect_text("it \xef\xbf\xbd failed", true);
}
END_TEST

START_TEST(arguments_are_decoded)
{
	call("{\"name\":\"say\",\"arguments\":{\"text\":\"x\"}}");
	expect_text("{\\\"text\\\":\\\"x\\\",\\\"items\\\":[]}", false);
	call("{\"name\":\"say\",\"arguments\":null}");
	expect_text("{\\\"items\\\":[]}", false);
	call("{\"name\":\"say\"}");
	expect_text("{\\\"items\\\":[]}", false);
}
END_TEST

START_TEST(wrong_arguments_are_told_to_the_model)
{
	call("{\"name\":\"say\",\"arguments\":{\"words\":[\"t7\",7],"
	     "\"count\":11}}");
	expect_text("say: words[1]: expected a string, got integer; "
		    "count: 11 is out of range, allowed are 1 to 10",
	    true);
	call("{\"name\":\"say\",\"arguments\":[]}");
	expect_text("say: expected an object, got array", true);
	call("{\"name\":\"picky\",\"arguments\":{\"n\":3}}");
	expect_text("picky: n: not 3", true);
	call("{\"name\":\"picky\",\"arguments\":{\"n\":3,\"m\":1}}");
	expect_text("picky: m: is not known here; known are n; n: not 3", true);
}
END_TEST

START_TEST(answered_later)
{
	call("{\"name\":\"later\"}");
	mcppeer_expect_nothing();
	mcppeer_answer("at last");
	expect_text("at last", false);
	ck_assert_int_eq(mcppeer_cancelled(), 0);
}
END_TEST

START_TEST(modern_answers_say_complete)
{
	call("{\"name\":\"later\"," MODERN_META "}");
	mcppeer_answer("x");
	mcppeer_expect(HEAD
	    "\"id\":1,\"result\":{\"content\":[{\"type\":\"text\","
	    "\"text\":\"x\"}],\"resultType\":\"complete\",\"_meta\":{"
	    "\"io.modelcontextprotocol/serverInfo\":{\"name\":\"test\","
	    "\"title\":\"A test\",\"version\":\"1.2\"}}}}");
}
END_TEST

START_TEST(progress)
{
	struct mcp_call *open;

	call("{\"name\":\"later\"}");
	open = mcppeer_open_call();
	ck_assert(!mcp_call_wants_progress(open));
	mcp_call_progress(open, "unheard");
	mcppeer_expect_nothing();
	mcppeer_answer("");
	mcppeer_next();
	call("{\"name\":\"later\",\"_meta\":{\"progressToken\":\"\\u00e9\"}}");
	open = mcppeer_open_call();
	ck_assert(mcp_call_wants_progress(open));
	mcp_call_progress(open, "one");
	mcppeer_expect(HEAD "\"method\":\"notifications/progress\","
			    "\"params\":{\"progressToken\":\"\xc3\xa9\","
			    "\"progress\":1,\"message\":\"one\"}}");
	mcp_call_progress(open, "two");
	ck_assert_ptr_nonnull(strstr(mcppeer_next(), "\"progress\":2"));
	mcppeer_answer("");
	mcppeer_next();
	call("{\"name\":\"later\",\"_meta\":{\"progressToken\":0}}");
	mcp_call_progress(mcppeer_open_call(), "three");
	ck_assert_ptr_nonnull(strstr(mcppeer_next(),
	    "\"progressToken\":0,\"progress\":1,\"message\":\"three\""));
}
END_TEST

START_TEST(calls_are_bounded)
{
	char line[200];
	int i;

	for (i = 0; i < CLIENT_MAX_CALLS; i++) {
		snprintf(line, sizeof(line),
		    HEAD "\"id\":%d,\"method\":\"tools/call\",\"params\":{"
			 "\"name\":\"later\"}}",
		    100 + i);
		mcppeer_line(line);
	}
	mcppeer_expect_nothing();
	call("{\"name\":\"say\"}");
	mcppeer_expect(HEAD
	    "\"id\":1,\"error\":{\"code\":-32600,"
	    "\"message\":\"64 requests of this session are "
	    "open, the most allowed; wait for one to be answered\"}}");
	mcppeer_answer("");
	mcppeer_next();
	call("{\"name\":\"say\"}");
	expect_text("{\\\"items\\\":[]}", false);
}
END_TEST

START_TEST(the_user_is_known)
{
	call("{\"name\":\"later\"}");
	ck_assert_ptr_nonnull(mcp_call_user(mcppeer_open_call()));
}
END_TEST

UNIT_SUITE
{
	unit_suite("tools", setup, mcppeer_close, listed, one_page_only,
	    which_tool, arguments_are_decoded,
	    wrong_arguments_are_told_to_the_model, answered_later,
	    modern_answers_say_complete, progress, calls_are_bounded,
	    the_user_is_known, NULL);
}
