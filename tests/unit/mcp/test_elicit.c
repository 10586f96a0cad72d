/* Elicitation outside of a call, before 2026-07-28. */
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "json/json.h"
#include "mcp/elicit.h"
#include "tests/unit/mcpasks.h"
#include "tests/unit/mcppeer.h"
#include "tests/unit/unit.h"

#define HEAD "{\"jsonrpc\":\"2.0\","

static const struct mcp_ask ask = { .key = "t7-q1",
	.message = "Sure?",
	.schema = MCPASKS_SCHEMA };

static int answers;
static enum mcp_action action;
static char *content;
static struct mcp_elicit *elicit;

static void
answered(void *arg, enum mcp_action given, struct json_object *object)
{
	ck_assert_ptr_eq(arg, &answers);
	answers++;
	action = given;
	free(content);
	content = object == NULL ? NULL : xstrdup(json_text(object, NULL));
}

static void
setup(void)
{
	mcppeer_open();
	answers = 0;
	elicit = NULL;
}

static void
teardown(void)
{
	mcp_elicit_free(elicit);
	free(content);
	content = NULL;
	mcppeer_close();
}

static void
put(bool again)
{
	elicit = mcp_elicit_new(mcppeer(), &ask, again, answered, &answers);
}

static void
open_client(void)
{
	mcppeer_initialize_as("2025-11-25", "{\"elicitation\":{}}");
}

#define REQUEST \
	HEAD "\"id\":\"t7-q1\",\"method\":\"elicitation/create\"," \
	     "\"params\":{\"mode\":\"form\",\"message\":\"Sure?\"," \
	     "\"requestedSchema\":" MCPASKS_SCHEMA "}}"
#define WITHDRAWN \
	HEAD "\"method\":\"notifications/cancelled\",\"params\":{" \
	     "\"requestId\":\"t7-q1\"," \
	     "\"reason\":\"it needs no answer any more\"}}"

START_TEST(without_a_call)
{
	open_client();
	put(false);
	mcppeer_expect(REQUEST);
	mcppeer_line(HEAD "\"id\":\"other\",\"result\":{\"action\":"
			  "\"accept\"}}");
	ck_assert_int_eq(answers, 0);
	mcppeer_line(HEAD "\"id\":\"t7-q1\",\"result\":{\"action\":\"accept\","
			  "\"content\":{\"a\":1}}}");
	ck_assert_int_eq(answers, 1);
	ck_assert_int_eq(action, MCP_ACCEPT);
	ck_assert_str_eq(content, "{\"a\":1}");
	mcppeer_line(HEAD "\"id\":\"t7-q1\",\"result\":{\"action\":"
			  "\"decline\"}}");
	ck_assert_int_eq(answers, 1);
	mcp_elicit_free(elicit); /* there is nothing to take back */
	elicit = NULL;
	mcppeer_expect_nothing();
}
END_TEST

START_TEST(no_answer)
{
	static const struct {
		const char *line;
		enum mcp_action action;
	} cases[] = {
		{ "\"result\":{\"action\":\"decline\"}", MCP_DECLINE },
		{ "\"result\":{\"action\":\"cancel\"}", MCP_CANCEL },
		{ "\"result\":{\"action\":\"allow\"}", MCP_UNANSWERED },
		{ "\"result\":{}", MCP_UNANSWERED },
		{ "\"result\":7", MCP_CANCEL },
		{ "\"error\":{\"code\":-32601,\"message\":\"no\"}",
		    MCP_CANCEL },
		{ "\"error\":{\"code\":-32603,\"message\":\"no\"},"
		  "\"result\":{\"action\":\"accept\"}",
		    MCP_CANCEL },
		{ "\"result\":[{\"action\":\"accept\"}]", MCP_CANCEL },
		{ "\"result\":{\"action\":[\"accept\"]}", MCP_UNANSWERED },
	};
	char *line;
	size_t i;

	open_client();
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		put(false);
		mcppeer_expect(REQUEST);
		line = xasprintf(HEAD "\"id\":\"t7-q1\",%s}", cases[i].line);
		mcppeer_line(line);
		free(line);
		ck_assert_int_eq(action, cases[i].action);
		ck_assert_ptr_null(content);
		mcp_elicit_free(elicit);
		elicit = NULL;
	}
	ck_assert_int_eq(answers, (int)i);
}
END_TEST

START_TEST(taken_back)
{
	open_client();
	put(false);
	mcppeer_expect(REQUEST);
	mcp_elicit_free(elicit);
	elicit = NULL;
	mcppeer_expect(WITHDRAWN);
	mcppeer_line(HEAD "\"id\":\"t7-q1\",\"result\":{\"action\":"
			  "\"accept\"}}");
	ck_assert_int_eq(answers, 0);
}
END_TEST

START_TEST(again_for_another_server)
{
	open_client();
	put(true);
	ck_assert_str_eq(mcppeer_next(), WITHDRAWN);
	mcppeer_expect(REQUEST);
}
END_TEST

START_TEST(who_cannot_be_asked)
{
	put(false); /* before initialize */
	ck_assert_ptr_null(elicit);
	mcppeer_initialize_as("2025-11-25", "{}");
	put(false);
	ck_assert_ptr_null(elicit);
	ck_assert(!mcp_peer_can(mcppeer(), MCP_CAN_FORM));
	mcppeer_expect_nothing();
}
END_TEST

START_TEST(the_client_goes)
{
	open_client();
	put(false);
	mcppeer_expect(REQUEST);
	mcppeer_free();
	ck_assert_int_eq(answers, 0);
}
END_TEST

UNIT_SUITE
{
	unit_suite("mcp/elicit", setup, teardown, without_a_call, no_answer,
	    taken_back, again_for_another_server, who_cannot_be_asked,
	    the_client_goes, NULL);
}
