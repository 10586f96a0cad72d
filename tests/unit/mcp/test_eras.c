/*
 * The beginnings of both eras: initialize, server/discover, the _meta of
 * 2026-07-28, listening.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "common/mem.h"
#include "mcp/mcp.h"
#include "tests/unit/mcppeer.h"
#include "tests/unit/unit.h"

#define HEAD "{\"jsonrpc\":\"2.0\","
#define IO "io.modelcontextprotocol/"
#define LEGACY_VERSIONS \
	"\"2025-11-25\",\"2025-06-18\",\"2025-03-26\",\"2024-11-05\""

static void
initialize(const char *asked, const char *answered)
{
	char *line = xasprintf(HEAD "\"id\":0,\"method\":\"initialize\","
				    "\"params\":{\"protocolVersion\":\"%s\"}}",
	    asked);
	char *answer = xasprintf(HEAD
	    "\"id\":0,\"result\":{\"protocolVersion\":\"%s\","
	    "\"capabilities\":{\"tools\":{}},"
	    "\"serverInfo\":{\"name\":\"test\",\"title\":\"A test\","
	    "\"version\":\"1.2\"},\"instructions\":\"Do it.\"}}",
	    answered);

	mcppeer_exchange(line, answer);
	free(line);
	free(answer);
}

START_TEST(versions_are_negotiated)
{
	initialize("2025-11-25", "2025-11-25");
	initialize("2025-06-18", "2025-06-18");
	initialize("2025-03-26", "2025-03-26");
	initialize("2024-11-05", "2024-11-05");
	initialize("2026-07-28", "2025-11-25");
	initialize("1999-01-01", "2025-11-25");
}
END_TEST

START_TEST(initialize_needs_a_version)
{
	mcppeer_exchange(HEAD "\"id\":0,\"method\":\"initialize\"}",
	    HEAD "\"id\":0,\"error\":{\"code\":-32602,\"message\":"
		 "\"protocolVersion: expected a string such as "
		 "\\\"2025-11-25\\\"\"}}");
	mcppeer_exchange_part(HEAD "\"id\":0,\"method\":\"tools/list\"}",
	    "-32602");
}
END_TEST

START_TEST(discover)
{
	mcppeer_exchange(HEAD
	    "\"id\":\"p\",\"method\":\"server/discover\",\"params\":{" MODERN_META
	    "}}",
	    HEAD "\"id\":\"p\",\"result\":{\"supportedVersions\":["
		 "\"2026-07-28\"," LEGACY_VERSIONS "],"
		 "\"capabilities\":{\"tools\":{}},\"instructions\":\"Do it.\","
		 "\"ttlMs\":3600000,\"cacheScope\":\"public\","
		 "\"resultType\":\"complete\",\"_meta\":{\"" IO
		 "serverInfo\":{\"name\":\"test\",\"title\":\"A test\","
		 "\"version\":\"1.2\"}}}}");
}
END_TEST

/* Sends server/discover with that in its _meta. */
static void
envelope(const char *meta, int code, const char *message)
{
	char *line = xasprintf(HEAD "\"id\":1,\"method\":\"server/discover\","
				    "\"params\":{\"_meta\":{%s}}}",
	    meta);
	char *part = xasprintf("\"error\":{\"code\":%d,\"message\":\"%s\"",
	    code, message);

	mcppeer_exchange_part(line, part);
	free(line);
	free(part);
}

#define PV "\"" IO "protocolVersion\":\"2026-07-28\""
#define CC ",\"" IO "clientCapabilities\":{}"

START_TEST(envelopes)
{
	static const char no_version[] =
	    "_meta: " IO "protocolVersion must be a string such as "
	    "\\\"2026-07-28\\\"";
	static const char no_capabilities[] =
	    "_meta: " IO "clientCapabilities must be an object";
	static const char no_level[] =
	    "_meta: " IO "logLevel must be one of debug ... emergency";
	static const char no_info[] =
	    "_meta: " IO "clientInfo needs the strings name and version";

	envelope("", -32602, no_version);
	envelope("\"" IO "protocolVersion\":null", -32602, no_version);
	envelope("\"" IO "protocolVersion\":7", -32602, no_version);
	envelope(PV, -32602, no_capabilities);
	envelope(PV ",\"" IO "clientCapabilities\":[]", -32602,
	    no_capabilities);
	envelope(PV CC ",\"" IO "logLevel\":\"loud\"", -32602, no_level);
	envelope(PV CC ",\"" IO "logLevel\":null", -32602, no_level);
	envelope(PV CC ",\"" IO "clientInfo\":{}", -32602, no_info);
	envelope(PV CC ",\"" IO "clientInfo\":{\"name\":\"n\"}", -32602,
	    no_info);
	mcppeer_exchange_part(HEAD
	    "\"id\":1,\"method\":\"server/discover\",\"params\":{"
	    "\"_meta\":{" PV CC ",\"" IO "logLevel\":\"debug\",\"" IO
	    "clientInfo\":{\"name\":\"n\",\"version\":\"1\"}}}}",
	    "\"result\":");
}
END_TEST

START_TEST(other_versions)
{
	mcppeer_exchange(HEAD
	    "\"id\":1,\"method\":\"tools/list\",\"params\":{\"_meta\":{"
	    "\"" IO "protocolVersion\":\"2025-11-25\"}}}",
	    HEAD "\"id\":1,\"error\":{\"code\":-32022,"
		 "\"message\":\"Unsupported protocol version\",\"data\":{"
		 "\"supported\":[\"2026-07-28\"," LEGACY_VERSIONS "],"
		 "\"requested\":\"2025-11-25\"}}}");
}
END_TEST

#define LISTEN(id) \
	HEAD \
	    "\"id\":" id ",\"method\":\"subscriptions/listen\"," \
	    "\"params\":{\"notifications\":{\"toolsListChanged\":true}," MODERN_META \
	    "}}"

START_TEST(listening)
{
	mcppeer_exchange(LISTEN("\"listen:0\""),
	    HEAD "\"method\":\"notifications/subscriptions/acknowledged\","
		 "\"params\":{\"_meta\":{\"" IO
		 "subscriptionId\":\"listen:0\"},\"notifications\":{}}}");
	mcppeer_exchange_part(LISTEN("\"listen:0\""), "is still open");
	mcppeer_line(HEAD "\"method\":\"notifications/cancelled\","
			  "\"params\":{\"requestId\":\"listen:0\"}}");
	mcppeer_expect_nothing();
	mcppeer_exchange_part(LISTEN("\"listen:0\""), "acknowledged");
	mcppeer_exchange_part(HEAD
	    "\"id\":2,\"method\":"
	    "\"subscriptions/listen\",\"params\":{" MODERN_META "}}",
	    "\"code\":-32602,\"message\":\"notifications: expected an object "
	    "that names what to listen to\"");
}
END_TEST

/* Clients refuse members that are null. */
START_TEST(what_a_server_does_not_say)
{
	static const struct mcp_info bare = { .name = "bare", .version = "1" };

	mcppeer_free();
	mcppeer_open_with(&bare);
	mcppeer_exchange(HEAD "\"id\":0,\"method\":\"initialize\",\"params\":{"
			      "\"protocolVersion\":\"2025-11-25\"}}",
	    HEAD "\"id\":0,\"result\":{\"protocolVersion\":\"2025-11-25\","
		 "\"capabilities\":{},"
		 "\"serverInfo\":{\"name\":\"bare\",\"version\":\"1\"}}}");
	mcppeer_exchange(HEAD
	    "\"id\":1,\"method\":\"server/discover\",\"params\":{" MODERN_META
	    "}}",
	    HEAD "\"id\":1,\"result\":{\"supportedVersions\":["
		 "\"2026-07-28\"," LEGACY_VERSIONS "],"
		 "\"capabilities\":{},\"ttlMs\":3600000,"
		 "\"cacheScope\":\"public\",\"resultType\":\"complete\","
		 "\"_meta\":{\"" IO "serverInfo\":{\"name\":\"bare\","
		 "\"version\":\"1\"}}}}");
}
END_TEST

START_TEST(listens_are_bounded)
{
	char line[512];
	int i, refused = 0;

	for (i = 0; i < 4 * CLIENT_MAX_CALLS; i++) {
		snprintf(line, sizeof(line),
		    HEAD "\"id\":%d,\"method\":\"subscriptions/listen\","
			 "\"params\":{\"notifications\":{}," MODERN_META "}}",
		    i);
		mcppeer_line(line);
		refused += strstr(mcppeer_next(), "\"error\"") != NULL;
	}
	ck_assert_int_ge(refused, 3 * CLIENT_MAX_CALLS);
}
END_TEST

UNIT_SUITE
{
	unit_suite("eras", mcppeer_open, mcppeer_close, versions_are_negotiated,
	    initialize_needs_a_version, discover, what_a_server_does_not_say,
	    envelopes, other_versions, listening, listens_are_bounded, NULL);
}
