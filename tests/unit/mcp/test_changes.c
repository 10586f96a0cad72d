/* Notices of changed lists: which clients get one, and when. */
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "mcp/mcp.h"
#include "mcp/prompts.h"
#include "tests/unit/mcppeer.h"
#include "tests/unit/unit.h"

#define HEAD "{\"jsonrpc\":\"2.0\","
#define IO "io.modelcontextprotocol/"

static const struct mcp_tool *const tools[] = { NULL };
static const struct mcp_prompt *const prompts[] = { NULL };

static const struct mcp_info info = {
	.name = "test",
	.title = "A test",
	.version = "1.2",
	.tools = tools,
	.prompts = prompts,
	.changing = MCP_LIST_TOOLS | MCP_LIST_PROMPTS,
};

static const struct mcp_info other_info = { .name = "other" };

static void
setup(void)
{
	mcppeer_open_with(&info);
}

#define CHANGED(list) HEAD "\"method\":\"notifications/" list "/list_changed\"}"
#define CHANGED_FOR(list, id) \
	HEAD "\"method\":\"notifications/" list "/list_changed\"," \
	     "\"params\":{\"_meta\":{\"" IO "subscriptionId\":" id "}}}"

static void
listen(const char *id, const char *filter, const char *honoured)
{
	char *line = xasprintf(HEAD
	    "\"id\":%s,\"method\":\"subscriptions/listen\",\"params\":{"
	    "\"notifications\":{%s}," MODERN_META "}}",
	    id, filter);
	char *answer = xasprintf(HEAD
	    "\"method\":\"notifications/subscriptions/acknowledged\","
	    "\"params\":{\"_meta\":{\"" IO "subscriptionId\":%s},"
	    "\"notifications\":{%s}}}",
	    id, honoured);

	mcppeer_exchange(line, answer);
	free(line);
	free(answer);
}

START_TEST(offered)
{
	mcppeer_exchange_part(HEAD "\"id\":1,\"method\":\"initialize\","
				   "\"params\":{\"protocolVersion\":"
				   "\"2025-11-25\"}}",
	    "\"capabilities\":{\"tools\":{\"listChanged\":true},"
	    "\"prompts\":{\"listChanged\":true}},");
	mcppeer_exchange_part(HEAD "\"id\":1,\"method\":\"tools/list\","
				   "\"params\":{" MODERN_META "}}",
	    "\"tools\":[],\"ttlMs\":0,\"cacheScope\":\"public\"");
	mcppeer_exchange_part(HEAD "\"id\":1,\"method\":\"prompts/list\","
				   "\"params\":{" MODERN_META "}}",
	    "\"prompts\":[],\"ttlMs\":0,\"cacheScope\":\"public\"");
}
END_TEST

START_TEST(unasked_once_initialized)
{
	mcp_list_changed(&info, MCP_LIST_TOOLS);
	mcppeer_line(HEAD "\"method\":\"notifications/initialized\"}");
	mcp_list_changed(&info, MCP_LIST_TOOLS);
	mcppeer_expect_nothing();
	mcppeer_initialize();
	mcp_list_changed(&info, MCP_LIST_TOOLS);
	mcppeer_expect_nothing(); /* nothing before notifications/initialized */
	mcppeer_line(HEAD "\"method\":\"notifications/initialized\"}");
	mcppeer_expect_nothing();
	mcp_list_changed(&info, MCP_LIST_TOOLS);
	mcppeer_expect(CHANGED("tools"));
	mcp_list_changed(&info, MCP_LIST_TOOLS | MCP_LIST_PROMPTS);
	ck_assert_str_eq(mcppeer_next(), CHANGED("tools"));
	mcppeer_expect(CHANGED("prompts"));
	/* a list that is not offered, and the lists of another server */
	mcp_list_changed(&info, MCP_LIST_RESOURCES);
	mcp_list_changed(&other_info, MCP_LIST_TOOLS);
	mcppeer_expect_nothing();
}
END_TEST

START_TEST(only_who_listens)
{
	listen("\"a\"", "\"toolsListChanged\":true",
	    "\"toolsListChanged\":true");
	listen("2",
	    "\"toolsListChanged\":false,\"promptsListChanged\":true,"
	    "\"resourcesListChanged\":true,\"other\":1",
	    "\"promptsListChanged\":true");
	listen("3", "\"toolsListChanged\":\"true\"", "");
	mcp_list_changed(&info, MCP_LIST_TOOLS);
	mcppeer_expect(CHANGED_FOR("tools", "\"a\""));
	mcp_list_changed(&info, MCP_LIST_PROMPTS);
	mcppeer_expect(CHANGED_FOR("prompts", "2"));
	mcppeer_line(HEAD "\"method\":\"notifications/cancelled\","
			  "\"params\":{\"requestId\":2}}");
	mcp_list_changed(&info, MCP_LIST_PROMPTS);
	mcppeer_expect_nothing();
}
END_TEST

START_TEST(once_for_the_slow)
{
	mcppeer_initialize_as("2025-11-25", "{}");
	listen("1", "\"toolsListChanged\":true", "\"toolsListChanged\":true");
	mcp_peer_slow(mcppeer(), true);
	mcp_list_changed(&info, MCP_LIST_TOOLS);
	mcp_list_changed(&info, MCP_LIST_TOOLS | MCP_LIST_PROMPTS);
	mcppeer_expect_nothing();
	mcp_peer_slow(mcppeer(), false);
	ck_assert_str_eq(mcppeer_next(), CHANGED("tools"));
	ck_assert_str_eq(mcppeer_next(), CHANGED("prompts"));
	mcppeer_expect(CHANGED_FOR("tools", "1"));
	mcp_peer_slow(mcppeer(), false);
	mcppeer_expect_nothing();
}
END_TEST

START_TEST(nobody_is_left)
{
	mcppeer_initialize_as("2025-11-25", "{}");
	mcppeer_free();
	mcp_list_changed(&info, MCP_LIST_TOOLS);
	mcppeer_expect_nothing();
}
END_TEST

UNIT_SUITE
{
	unit_suite("changes", setup, mcppeer_close, offered,
	    unasked_once_initialized, only_who_listens, once_for_the_slow,
	    nobody_is_left, NULL);
}
