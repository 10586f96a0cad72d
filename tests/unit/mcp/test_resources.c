/* Resources: listing in pages, reading now and later, notices of changes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "common/mem.h"
#include "mcp/content.h"
#include "mcp/resources.h"
#include "tests/unit/mcppeer.h"
#include "tests/unit/unit.h"

#define HEAD "{\"jsonrpc\":\"2.0\","
#define IO "io.modelcontextprotocol/"

static const char *watched; /* the last URI, while it is watched */
static int watches;
static void (*changed)(void *arg);
static void *changed_arg;
static struct mcp_call *open_call;
static int cancelled;

/* Three pages, of one resource each. */
static bool
list(void *user, const char *cursor, struct mcp_page *page)
{
	struct mcp_resource resource = { .uri = "x://1", .name = "one" };

	ck_assert_ptr_nonnull(user);
	if (cursor == NULL) {
		mcp_page_next(page, "2");
	} else if (strcmp(cursor, "2") == 0) {
		resource = (struct mcp_resource){ .uri = "x://2",
			.name = "two",
			.title = "Two",
			.description = "The second.",
			.mime = "text/plain",
			.bytes = 10,
			.modified_ms = 1 };
		mcp_page_next(page, "never");
		mcp_page_next(page, "3");
	} else if (strcmp(cursor, "3") != 0) {
		mcp_page_next(page, "never");
		return false;
	}
	mcp_page_add(page, &resource);
	return true;
}

static void
on_cancel(void *arg)
{
	ck_assert_ptr_eq(arg, &cancelled);
	cancelled++;
}

static struct mcp_reply
read_resource(struct mcp_call *call, const char *uri)
{
	struct mcp_content content = { .type = MCP_EMBEDDED,
		.uri = uri,
		.mime = "text/plain",
		.text = "t" };

	if (strcmp(uri, "x://none") == 0)
		return mcp_reply_no_resource(call);
	if (strcmp(uri, "x://broken") == 0)
		return mcp_reply_error(call, MCP_INTERNAL_ERROR, "broken");
	if (strcmp(uri, "x://needy") == 0)
		return mcp_reply_lacks(call, MCP_CAN_ROOTS);
	if (strcmp(uri, "x://later") == 0) {
		open_call = call;
		return mcp_reply_later(call, on_cancel, &cancelled);
	}
	return mcp_reply_contents(call, &content, 1);
}

static void *
watch(void *user, const char *uri, void (*fn)(void *), void *arg)
{
	ck_assert_ptr_nonnull(user);
	if (strncmp(uri, "x://", 4) != 0 || strcmp(uri, "x://none") == 0)
		return NULL;
	watched = uri;
	watches++;
	changed = fn;
	changed_arg = arg;
	return &watches;
}

static void
unwatch(void *arg)
{
	ck_assert_ptr_eq(arg, &watches);
	watches--;
}

static const struct mcp_template templates[] = {
	{ .uri = "x://{id}", .name = "any", .description = "Any of them." },
	{ .uri = "x://{id}/text",
	    .name = "text",
	    .title = "Text",
	    .description = "Its text.",
	    .mime = "text/plain" },
	{ .uri = NULL },
};

static const struct mcp_resources resources = {
	.list = list,
	.templates = templates,
	.read = read_resource,
	.watch = watch,
	.unwatch = unwatch,
};

static const struct mcp_info info = {
	.name = "test",
	.title = "A test",
	.version = "1.2",
	.resources = &resources,
	.changing = MCP_LIST_RESOURCES,
};

static void
setup(void)
{
	mcppeer_open_with(&info);
	mcppeer_initialize_as("2025-11-25", "{}");
}

static void
teardown(void)
{
	mcppeer_close();
	ck_assert_int_eq(watches, 0);
}

/* Sends a request with these params, which may have a _meta. */
static void
request(const char *method, const char *params)
{
	char *line = xasprintf(HEAD
	    "\"id\":1,\"method\":\"%s\",\"params\":{%s}}",
	    method, params);

	mcppeer_line(line);
	free(line);
}

START_TEST(offered)
{
	mcppeer_exchange_part(HEAD "\"id\":1,\"method\":\"initialize\","
				   "\"params\":{\"protocolVersion\":"
				   "\"2025-11-25\"}}",
	    "\"capabilities\":{\"resources\":{\"listChanged\":true,"
	    "\"subscribe\":true}},");
	request("tools/list", "");
	ck_assert_ptr_nonnull(strstr(mcppeer_next(), "-32601"));
	request("completion/complete", "");
	ck_assert_ptr_nonnull(strstr(mcppeer_next(), "-32601"));
}
END_TEST

START_TEST(listed_in_pages)
{
	request("resources/list", "");
	mcppeer_expect(HEAD "\"id\":1,\"result\":{\"resources\":[{\"uri\":"
			    "\"x://1\",\"name\":\"one\"}],"
			    "\"nextCursor\":\"2\"}}");
	request("resources/list", "\"cursor\":\"\"");
	ck_assert_ptr_nonnull(strstr(mcppeer_next(), "x://1"));
	request("resources/list", "\"cursor\":\"2\"");
	mcppeer_expect(HEAD
	    "\"id\":1,\"result\":{\"resources\":[{\"uri\":\"x://2\","
	    "\"name\":\"two\",\"title\":\"Two\","
	    "\"description\":\"The second.\",\"mimeType\":\"text/plain\","
	    "\"size\":10,\"annotations\":{\"lastModified\":"
	    "\"1970-01-01T00:00:00.001Z\"}}],\"nextCursor\":\"3\"}}");
	request("resources/list", "\"cursor\":\"3\"," MODERN_META);
	mcppeer_expect(HEAD "\"id\":1,\"result\":{\"resources\":[{\"uri\":"
			    "\"x://1\",\"name\":\"one\"}],\"ttlMs\":0,"
			    "\"cacheScope\":\"private\"," MODERN_END);
}
END_TEST

START_TEST(bad_cursors)
{
	static const char error[] = HEAD
	    "\"id\":1,\"error\":{\"code\":-32602,\"message\":"
	    "\"cursor: unknown; use the nextCursor of the page before, "
	    "or none for the first page\"}}";
	char *large = xcalloc(1, 3000);

	request("resources/list", "\"cursor\":\"4\"");
	mcppeer_expect(error);
	request("resources/list", "\"cursor\":4," MODERN_META);
	mcppeer_expect(error);
	snprintf(large, 3000, "\"cursor\":\"%02000d\"", 2);
	request("resources/list", large);
	mcppeer_expect(error);
	request("resources/templates/list", "\"cursor\":\"2\"");
	mcppeer_expect(error);
	free(large);
}
END_TEST

START_TEST(templates_are_listed)
{
	request("resources/templates/list", "\"cursor\":\"\"");
	mcppeer_expect(HEAD
	    "\"id\":1,\"result\":{\"resourceTemplates\":[{"
	    "\"uriTemplate\":\"x://{id}\",\"name\":\"any\","
	    "\"description\":\"Any of them.\"},{"
	    "\"uriTemplate\":\"x://{id}/text\",\"name\":\"text\","
	    "\"title\":\"Text\",\"description\":\"Its text.\","
	    "\"mimeType\":\"text/plain\"}]}}");
	request("resources/templates/list", MODERN_META);
	ck_assert_ptr_nonnull(strstr(mcppeer_next(),
	    "}],\"ttlMs\":3600000,\"cacheScope\":\"public\","));
}
END_TEST

#define CONTENTS \
	HEAD "\"id\":1,\"result\":{\"contents\":[{\"uri\":\"x://1\"," \
	     "\"mimeType\":\"text/plain\",\"text\":\"t\"}]"

START_TEST(read_now)
{
	request("resources/read", "\"uri\":\"x://1\"");
	mcppeer_expect(CONTENTS "}}");
	request("resources/read", "\"uri\":\"x://1\"," MODERN_META);
	mcppeer_expect(CONTENTS ",\"ttlMs\":0,\"cacheScope\":\"private\""
				"," MODERN_END);
	request("resources/read", "\"uri\":\"x://broken\"");
	ck_assert_ptr_nonnull(strstr(mcppeer_next(), "-32603"));
}
END_TEST

START_TEST(read_later)
{
	struct mcp_content content = { .type = MCP_EMBEDDED,
		.uri = "x://1",
		.mime = "text/plain",
		.text = "t" };

	request("resources/read", "\"uri\":\"x://later\"," MODERN_META);
	mcppeer_expect_nothing();
	mcp_call_finish(open_call, mcp_reply_contents(open_call, &content, 1));
	mcppeer_expect(CONTENTS ",\"ttlMs\":0,\"cacheScope\":\"private\""
				"," MODERN_END);
	request("resources/read", "\"uri\":\"x://later\"");
	mcppeer_line(HEAD "\"method\":\"notifications/cancelled\","
			  "\"params\":{\"requestId\":1}}");
	mcppeer_expect_nothing();
	ck_assert_int_eq(cancelled, 1);
}
END_TEST

START_TEST(not_found)
{
	char *large = xcalloc(1, 5000);

	request("resources/read", "\"uri\":\"x://none\"");
	mcppeer_expect(HEAD "\"id\":1,\"error\":{\"code\":-32002,\"message\":"
			    "\"Resource not found: x://none\",\"data\":{"
			    "\"uri\":\"x://none\"}}}");
	request("resources/read", "\"uri\":\"x://none\"," MODERN_META);
	mcppeer_expect(HEAD "\"id\":1,\"error\":{\"code\":-32602,\"message\":"
			    "\"Resource not found: x://none\",\"data\":{"
			    "\"uri\":\"x://none\"}}}");
	request("resources/read", "");
	ck_assert_ptr_nonnull(strstr(mcppeer_next(), "-32602"));
	snprintf(large, 5000, "\"uri\":\"x://%02100d\"", 1);
	request("resources/read", large);
	ck_assert_ptr_nonnull(strstr(mcppeer_next(), "-32002"));
	free(large);
}
END_TEST

START_TEST(lacking)
{
	request("resources/read", "\"uri\":\"x://needy\"," MODERN_META);
	ck_assert_ptr_nonnull(strstr(mcppeer_next(),
	    "\"code\":-32021,\"message\":\"Missing required client "
	    "capability\",\"data\":{\"requiredCapabilities\":{\"roots\":{}}}"));
	request("resources/read", "\"uri\":\"x://needy\"");
	ck_assert_ptr_nonnull(strstr(mcppeer_next(), "\"code\":-32602"));
}
END_TEST

#define UPDATED \
	HEAD "\"method\":\"notifications/resources/updated\",\"params\":"

START_TEST(subscribed)
{
	request("resources/subscribe", "\"uri\":\"x://1\"");
	mcppeer_expect(HEAD "\"id\":1,\"result\":{}}");
	request("resources/subscribe", "\"uri\":\"x://1\"");
	mcppeer_expect(HEAD "\"id\":1,\"result\":{}}");
	ck_assert_int_eq(watches, 1);
	ck_assert_str_eq(watched, "x://1");
	changed(changed_arg);
	mcppeer_expect(UPDATED "{\"uri\":\"x://1\"}}");
	request("resources/unsubscribe", "\"uri\":\"x://2\"");
	mcppeer_expect(HEAD "\"id\":1,\"result\":{}}");
	ck_assert_int_eq(watches, 1);
	request("resources/unsubscribe", "\"uri\":\"x://1\"");
	mcppeer_expect(HEAD "\"id\":1,\"result\":{}}");
	ck_assert_int_eq(watches, 0);
	request("resources/subscribe", "\"uri\":\"x://none\"");
	ck_assert_ptr_nonnull(strstr(mcppeer_next(), "-32002"));
	request("resources/subscribe", "");
	ck_assert_ptr_nonnull(strstr(mcppeer_next(), "-32602"));
	request("resources/unsubscribe", "\"uri\":7");
	ck_assert_ptr_nonnull(strstr(mcppeer_next(), "-32602"));
	request("resources/subscribe", "\"uri\":\"x://1\"," MODERN_META);
	ck_assert_ptr_nonnull(strstr(mcppeer_next(), "-32601"));
}
END_TEST

START_TEST(subscriptions_are_bounded)
{
	char params[40];
	int i;

	for (i = 0; i < CLIENT_MAX_WATCHES; i++) {
		snprintf(params, sizeof(params), "\"uri\":\"x://%d\"", i);
		request("resources/subscribe", params);
		ck_assert_ptr_nonnull(strstr(mcppeer_next(), "result"));
	}
	request("resources/subscribe", "\"uri\":\"x://more\"");
	ck_assert_ptr_nonnull(strstr(mcppeer_next(),
	    "\"code\":-32600,\"message\":\"256 resources are subscribed to"));
	request("resources/subscribe", "\"uri\":\"x://0\"");
	ck_assert_ptr_nonnull(strstr(mcppeer_next(), "result"));
	/* a new handshake begins without subscriptions */
	mcppeer_initialize_as("2025-11-25", "{}");
	ck_assert_int_eq(watches, 0);
}
END_TEST

#define META_LISTEN "\"_meta\":{\"" IO "subscriptionId\":1}"
#define ACK HEAD "\"method\":\"notifications/subscriptions/acknowledged\","
#define CANCEL \
	HEAD "\"method\":\"notifications/cancelled\",\"params\":" \
	     "{\"requestId\":1}}"

START_TEST(listened_to)
{
	/* resources that do not exist are left out of the acknowledgement */
	request("subscriptions/listen",
	    "\"notifications\":{\"resourceSubscriptions\":[\"x://1\","
	    "\"x://none\",7,\"y://1\"],\"resourcesListChanged\":true,"
	    "\"toolsListChanged\":true,\"promptsListChanged\":false,"
	    "\"taskIds\":[\"t\"]}," MODERN_META);
	mcppeer_expect(ACK "\"params\":{" META_LISTEN ",\"notifications\":{"
			   "\"resourcesListChanged\":true,"
			   "\"resourceSubscriptions\":[\"x://1\"]}}}");
	ck_assert_int_eq(watches, 1);
	changed(changed_arg);
	mcppeer_expect(UPDATED "{" META_LISTEN ",\"uri\":\"x://1\"}}");
	mcppeer_line(CANCEL);
	ck_assert_int_eq(watches, 0);
	mcppeer_expect_nothing();
}
END_TEST

START_TEST(slow_clients_are_told_once)
{
	request("resources/subscribe", "\"uri\":\"x://1\"");
	mcppeer_next();
	mcp_peer_slow(mcppeer(), true);
	changed(changed_arg);
	changed(changed_arg);
	mcppeer_expect_nothing();
	mcp_peer_slow(mcppeer(), false);
	mcppeer_expect(UPDATED "{\"uri\":\"x://1\"}}");
	mcp_peer_slow(mcppeer(), false);
	mcppeer_expect_nothing();
}
END_TEST

START_TEST(the_end_stops_all)
{
	request("resources/subscribe", "\"uri\":\"x://1\"");
	mcppeer_next();
	request("subscriptions/listen",
	    "\"notifications\":{\"resourceSubscriptions\":[\"x://1\","
	    "\"x://1\"]}," MODERN_META);
	mcppeer_next();
	ck_assert_int_eq(watches, 2);
	mcp_peer_goodbye(mcppeer());
	ck_assert_int_eq(watches, 1);
	mcppeer_next();
	mcppeer_free();
	mcppeer_expect_nothing();
}
END_TEST

UNIT_SUITE
{
	unit_suite("resources", setup, teardown, offered, listed_in_pages,
	    bad_cursors, templates_are_listed, read_now, read_later, not_found,
	    lacking, subscribed, subscriptions_are_bounded, listened_to,
	    slow_clients_are_told_once, the_end_stops_all, NULL);
}
