/*
 * Asking in the middle of a call since 2026-07-28, by the result of the call.
 */
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "mcp/ask.h"
#include "tests/unit/mcpasks.h"
#include "tests/unit/mcppeer.h"
#include "tests/unit/unit.h"

#define HEAD "{\"jsonrpc\":\"2.0\","
#define FORM MODERN_META_OF("\"elicitation\":{}")

/* The requestState of the line that comes next; the caller frees. */
static char *
take_state(void)
{
	const char *at = strstr(mcppeer_next(), "\"requestState\":\"");

	ck_assert_ptr_nonnull(at);
	at += strlen("\"requestState\":\"");
	return xstrndup(at, strcspn(at, "\""));
}

#define KILL(id) "\"name\":\"kill\",\"arguments\":{\"id\":" id "},"
#define YES \
	"\"inputResponses\":{\"ok\":{\"action\":\"accept\",\"content\":{" \
	"\"a\":1}}},"

/* Sends the request again with an answer and that state. */
static void
retry(const char *method, const char *params, const char *state)
{
	char *all = xasprintf("%s" YES "\"requestState\":\"%s\"," FORM, params,
	    state);

	mcpasks_request(2, method, all);
	free(all);
}

START_TEST(by_the_result)
{
	mcpasks_request(1, "tools/call", KILL("0") FORM);
	mcppeer_expect(HEAD
	    "\"id\":1,\"result\":{\"resultType\":\"input_required\","
	    "\"inputRequests\":{\"ok\":{\"method\":\"elicitation/create\","
	    "\"params\":{\"mode\":\"form\",\"message\":\"Sure?\","
	    "\"requestedSchema\":" MCPASKS_SCHEMA "}}},\"_meta\":{"
	    "\"io.modelcontextprotocol/serverInfo\":{\"name\":\"test\","
	    "\"title\":\"A test\",\"version\":\"1.2\"}}}}");
	mcpasks_request(2, "tools/call", KILL("0") YES FORM);
	mcpasks_expect_part("\"text\":\"accept {\\\"a\\\":1} state -\"");
	mcpasks_request(2, "tools/call",
	    KILL("0") "\"inputResponses\":{\"ok\":{\"action\":\"decline\","
		      "\"content\":{}}}," FORM);
	mcpasks_expect_part("\"text\":\"decline - state -\"");
	mcpasks_request(2, "tools/call",
	    KILL(
		"0") "\"inputResponses\":{\"ok\":{\"action\":\"cancel\"}}," FORM);
	mcpasks_expect_part("\"text\":\"cancel - state -\"");
}
END_TEST

START_TEST(unusable_answers_are_asked_for_again)
{
	static const char *const answers[] = { "{}", "[]", "7", "null",
		"{\"ok\":7}", "{\"ok\":{}}", "{\"ok\":{\"action\":7}}",
		"{\"ok\":{\"action\":\"yes\"}}",
		"{\"other\":{\"action\":\"accept\"}}", NULL };
	char *params;
	size_t i;

	for (i = 0; answers[i] != NULL; i++) {
		params = xasprintf(KILL("0") "\"inputResponses\":%s," FORM,
		    answers[i]);
		mcpasks_request(1, "tools/call", params);
		mcpasks_expect_part("\"resultType\":\"input_required\"");
		free(params);
	}
}
END_TEST

START_TEST(with_a_state)
{
	char *state;

	mcpasks_request(1, "tools/call", KILL("5") FORM);
	state = take_state();
	retry("tools/call", KILL("5"), state);
	mcpasks_expect_part("\"text\":\"accept {\\\"a\\\":1} state 1\"");
	/* it counts for the same request only */
	retry("tools/call", KILL("6"), state);
	mcpasks_expect_part(
	    "\"code\":-32602,\"message\":\"requestState: not one of "
	    "ours for this request");
	retry("prompts/get", "\"name\":\"asking\",", state);
	mcpasks_expect_part("\"code\":-32602,\"message\":\"requestState: ");
	state[0] = state[0] == 'A' ? 'B' : 'A';
	retry("tools/call", KILL("5"), state);
	mcpasks_expect_part("\"code\":-32602,\"message\":\"requestState: ");
	mcpasks_request(2, "tools/call", KILL("5") "\"requestState\":7," FORM);
	mcpasks_expect_part("\"code\":-32602,\"message\":\"requestState: ");
	free(state);
}
END_TEST

START_TEST(in_prompts_and_resources)
{
	char *state;

	mcpasks_request(1, "prompts/get", "\"name\":\"asking\"," FORM);
	state = take_state();
	retry("prompts/get", "\"name\":\"asking\",", state);
	mcpasks_expect_part("\"description\":\"p\",\"messages\":[]");
	free(state);
	mcpasks_request(1, "resources/read", "\"uri\":\"x://1\"," FORM);
	state = take_state();
	retry("resources/read", "\"uri\":\"x://1\",", state);
	mcpasks_expect_part("{\"uri\":\"x://1\",\"text\":\"r\"}");
	retry("resources/read", "\"uri\":\"x://2\",", state);
	mcpasks_expect_part("\"code\":-32602,\"message\":\"requestState: ");
	free(state);
}
END_TEST

#define LACKS \
	"\"code\":-32021,\"message\":\"Missing required client " \
	"capability\",\"data\":{\"requiredCapabilities\":{"

START_TEST(only_what_the_client_can)
{
	mcpasks_request(1, "tools/call", KILL("0") MODERN_META);
	mcpasks_expect_part(LACKS "\"elicitation\":{}}}");
	mcpasks_request(1, "tools/call",
	    KILL("0") MODERN_META_OF("\"elicitation\":{\"url\":{}}"));
	mcpasks_expect_part(LACKS "\"elicitation\":{}}}");
	mcpasks_request(1, "tools/call",
	    KILL("0") MODERN_META_OF("\"elicitation\":{\"form\":{}}"));
	mcpasks_expect_part("input_required");
	mcpasks_request(1, "tools/call", "\"name\":\"curious\"," FORM);
	mcpasks_expect_part(LACKS
	    "\"elicitation\":{\"url\":{}},\"sampling\":{},"
	    "\"roots\":{}}}");
	mcpasks_request(1, "tools/call",
	    "\"name\":\"curious\"," MODERN_META_OF(
		"\"elicitation\":{\"url\":{},\"form\":{}},\"sampling\":{},"
		"\"roots\":{}"));
	mcpasks_expect_part(
	    "\"inputRequests\":{\"page\":{\"method\":"
	    "\"elicitation/create\",\"params\":{\"mode\":\"url\","
	    "\"message\":\"Look.\",\"url\":\"https://x\"}},"
	    "\"model\":{\"method\":\"sampling/createMessage\","
	    "\"params\":{\"maxTokens\":1,\"messages\":[]}},"
	    "\"roots\":{\"method\":\"roots/list\",\"params\":{}}}");
}
END_TEST

UNIT_SUITE
{
	unit_suite("ask", mcpasks_open, mcppeer_close, by_the_result,
	    unusable_answers_are_asked_for_again, with_a_state,
	    in_prompts_and_resources, only_what_the_client_can, NULL);
}
