/*
 * Requests of ours to the client, by which calls ask before 2026-07-28.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "common/mem.h"
#include "mcp/ask.h"
#include "tests/unit/mcpasks.h"
#include "tests/unit/mcppeer.h"
#include "tests/unit/unit.h"

#define HEAD "{\"jsonrpc\":\"2.0\","

/* The id of a request of ours, with its quotes; the caller frees. */
static char *
take_request(const char *part)
{
	const char *line = mcppeer_next(), *at = strstr(line, "\"id\":");

	ck_assert_msg(strstr(line, part) != NULL, "'%s' not in '%s'", part,
	    line);
	ck_assert_ptr_nonnull(at);
	return xstrndup(at + 5, strcspn(at + 6, "\"") + 2);
}

static void
answer(const char *id, const char *rest)
{
	char *line = xasprintf(HEAD "\"id\":%s,%s}", id, rest);

	mcppeer_line(line);
	free(line);
}

#define ACCEPT "\"result\":{\"action\":\"accept\",\"content\":{\"a\":1}}"
#define KILLING(id) "\"name\":\"kill\",\"arguments\":{\"id\":" id "}"

START_TEST(by_a_request)
{
	char *id;

	mcppeer_initialize_as("2025-06-18", "{\"elicitation\":{}}");
	mcpasks_request(1, "tools/call", KILLING("5"));
	id = take_request(
	    "\"method\":\"elicitation/create\",\"params\":{"
	    "\"message\":\"Sure?\",\"requestedSchema\":" MCPASKS_SCHEMA "}}");
	mcppeer_expect_nothing();
	answer("\"other\"", ACCEPT);
	mcppeer_expect_nothing();
	answer(id, ACCEPT);
	mcpasks_expect_part(
	    "\"id\":1,\"result\":{\"content\":[{\"type\":\"text\","
	    "\"text\":\"accept {\\\"a\\\":1} state 1\"}]}}");
	answer(id, ACCEPT); /* nobody waits for it any more */
	mcppeer_expect_nothing();
	free(id);
}
END_TEST

START_TEST(several_at_once)
{
	char *page, *model, *roots;

	mcppeer_initialize_as("2025-11-25",
	    "{\"elicitation\":{\"url\":{}},\"sampling\":{},\"roots\":{}}");
	mcpasks_request(1, "tools/call", "\"name\":\"curious\"");
	page = take_request("\"params\":{\"mode\":\"url\",\"message\":"
			    "\"Look.\",\"url\":\"https://x\","
			    "\"elicitationId\":\"");
	model = take_request("\"method\":\"sampling/createMessage\"");
	roots = take_request("\"method\":\"roots/list\",\"params\":{}}");
	answer(roots, "\"result\":{\"roots\":[]}");
	answer(page, "\"result\":{\"action\":\"accept\"}");
	mcppeer_expect_nothing();
	answer(model, "\"result\":{\"role\":\"assistant\"}");
	mcpasks_expect_part("{\\\"roots\\\":{\\\"roots\\\":[]},\\\"page\\\":{"
			    "\\\"action\\\":\\\"accept\\\"},\\\"model\\\":{"
			    "\\\"role\\\":\\\"assistant\\\"}}");
	free(page);
	free(model);
	free(roots);
}
END_TEST

START_TEST(cannot_be_asked)
{
	mcppeer_initialize_as("2025-11-25", "{}");
	mcpasks_request(1, "tools/call", KILLING("0"));
	mcpasks_expect_part("kill needs a client with the capabilities "
			    "{\\\"elicitation\\\":{}}\"}],\"isError\":true");
	mcpasks_request(1, "prompts/get", "\"name\":\"asking\"");
	mcpasks_expect_part(
	    "\"code\":-32602,\"message\":\"Missing required client "
	    "capability\"");
}
END_TEST

START_TEST(the_client_refuses)
{
	char *id, *other;

	mcppeer_initialize_as("2025-11-25",
	    "{\"elicitation\":{\"form\":{},\"url\":{}},\"sampling\":{},"
	    "\"roots\":{}}");
	mcpasks_request(1, "tools/call", KILLING("0"));
	id = take_request("elicitation/create");
	answer(id, "\"error\":{\"code\":-1,\"message\":\"no form\"}");
	mcpasks_expect_part(
	    "the client did not put the question to its user: no form"
	    "\"}],\"isError\":true");
	free(id);
	mcpasks_request(1, "prompts/get", "\"name\":\"asking\"");
	id = take_request("elicitation/create");
	answer(id, "\"result\":7");
	mcpasks_expect_part(
	    "\"code\":-32603,\"message\":\"the client did not put the "
	    "question to its user: its answer cannot be used\"");
	free(id);
	/* an error beside a result is an error */
	mcpasks_request(1, "tools/call", KILLING("0"));
	id = take_request("elicitation/create");
	answer(id, ACCEPT ",\"error\":{\"code\":-1,\"message\":\"both\"}");
	mcpasks_expect_part("to its user: both");
	free(id);
	/* what else was asked is taken back */
	mcpasks_request(1, "tools/call", "\"name\":\"curious\"");
	free(take_request("url"));
	id = take_request("sampling");
	other = take_request("roots");
	answer(other, "\"error\":{}");
	ck_assert_ptr_nonnull(strstr(mcppeer_next(), "\"isError\":true"));
	ck_assert_ptr_nonnull(strstr(mcppeer_next(),
	    "\"method\":\"notifications/cancelled\",\"params\":{"
	    "\"requestId\":\""));
	ck_assert_ptr_nonnull(strstr(mcppeer_next(),
	    "notifications/cancelled"));
	mcppeer_expect_nothing();
	free(id);
	free(other);
}
END_TEST

START_TEST(answers_are_bounded)
{
	char *id, *large = xcalloc(1, CALL_MAX_ANSWER_BYTES + 100);

	mcppeer_initialize_as("2025-11-25", "{\"elicitation\":{}}");
	mcpasks_request(1, "tools/call", KILLING("0"));
	id = take_request("elicitation/create");
	strcpy(large, "\"result\":{\"action\":\"accept\",\"x\":\"");
	memset(large + strlen(large), 'x', CALL_MAX_ANSWER_BYTES);
	strcat(large, "\"}");
	answer(id, large);
	mcpasks_expect_part("its answer cannot be used");
	free(id);
	free(large);
}
END_TEST

START_TEST(rounds_are_bounded)
{
	char *id;
	int i;

	mcppeer_initialize_as("2025-11-25", "{\"elicitation\":{}}");
	mcpasks_request(1, "tools/call", KILLING("0"));
	for (i = 0; i < CALL_MAX_ROUNDS; i++) {
		id = take_request("elicitation/create");
		mcppeer_expect_nothing();
		answer(id, "\"result\":{}");
		free(id);
	}
	mcpasks_expect_part(
	    "\"id\":1,\"error\":{\"code\":-32603,\"message\":\"asked 8 "
	    "times");
}
END_TEST

START_TEST(a_cancelled_call_takes_its_requests_back)
{
	char *id, *line;

	mcppeer_initialize_as("2025-11-25", "{\"elicitation\":{}}");
	mcpasks_request(1, "tools/call", KILLING("0"));
	id = take_request("elicitation/create");
	mcppeer_line(HEAD "\"method\":\"notifications/cancelled\","
			  "\"params\":{\"requestId\":1}}");
	line = xasprintf(HEAD "\"method\":\"notifications/cancelled\","
			      "\"params\":{\"requestId\":%s,"
			      "\"reason\":\"the call has ended\"}}",
	    id);
	mcppeer_expect(line);
	answer(id, ACCEPT);
	mcppeer_expect_nothing();
	free(line);
	free(id);
}
END_TEST

static void
ask_late(void)
{
	struct mcp_call *call = mcpasks_late();

	mcp_call_finish(call, mcp_reply_ask(call, &mcpasks_ok, 1, NULL));
}

START_TEST(asked_late)
{
	char *id;

	mcppeer_initialize_as("2025-11-25", "{\"elicitation\":{}}");
	mcpasks_request(1, "tools/call", "\"name\":\"late\"");
	mcppeer_expect_nothing();
	ask_late();
	id = take_request("elicitation/create");
	answer(id, ACCEPT);
	mcpasks_expect_part("\"text\":\"answered\"");
	free(id);
	/* a handler that has asked does not wait any more */
	mcpasks_request(1, "tools/call", "\"name\":\"late\"");
	ask_late();
	mcppeer_free();
	ck_assert_int_eq(mcpasks_cancelled(), 0);
}
END_TEST

/* Another connection, as after a restart, does not use the same ids. */
START_TEST(ids_differ_from_server_to_server)
{
	char *first, *second;

	mcppeer_initialize_as("2025-11-25", "{\"elicitation\":{}}");
	mcpasks_request(1, "tools/call", KILLING("0"));
	first = take_request("elicitation/create");
	mcppeer_free();
	mcpasks_open();
	mcppeer_initialize_as("2025-11-25", "{\"elicitation\":{}}");
	mcpasks_request(1, "tools/call", KILLING("0"));
	second = take_request("elicitation/create");
	ck_assert_str_ne(first, second);
	answer(first, ACCEPT);
	mcppeer_expect_nothing();
	free(first);
	free(second);
}
END_TEST

UNIT_SUITE
{
	unit_suite("client_request", mcpasks_open, mcppeer_close, by_a_request,
	    several_at_once, cannot_be_asked, the_client_refuses,
	    answers_are_bounded, rounds_are_bounded,
	    a_cancelled_call_takes_its_requests_back, asked_late,
	    ids_differ_from_server_to_server, NULL);
}
