/*
 * A peer for tests.  See mcppeer.h.
 *
 * Its tools: "say" answers with what it decoded, "later" leaves its call
 * open, "picky" has a check of its own, "fails" fails, "old" is not listed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/mem.h"
#include "json/json.h"
#include "mcp/mcp.h"
#include "tests/unit/fieldtable.h"
#include "tests/unit/mcppeer.h"
#include "tests/unit/unit.h"

static struct mcp_peer *peer;
static char **sent;
static size_t looked_at;
static struct mcp_call *open_call;
static int cancelled;

static struct mcp_reply
say(struct mcp_call *call, const void *args)
{
	struct json_object *object = json_object_new_object();
	struct mcp_reply reply;

	schema_encode(sample_fields, args, object);
	reply = mcp_reply_text(call, json_text(object, NULL));
	json_object_put(object);
	return reply;
}

static const struct mcp_tool say_tool = {
	.name = "say",
	.description = "Says what it was given.",
	.fields = sample_fields,
	.size = sizeof(struct sample),
	.flags = MCP_READ_ONLY | MCP_ALWAYS_LOAD,
	.call = say,
};

struct one {
	int64_t n;
};

static const struct field one_fields[] = {
	INTEGER(struct one, n),
	END_OF_FIELDS,
};

static void
on_cancel(void *arg)
{
	ck_assert_ptr_eq(arg, &cancelled);
	cancelled++;
	open_call = NULL;
}

static struct mcp_reply
later(struct mcp_call *call, const void *args)
{
	(void)args;
	open_call = call;
	return mcp_reply_later(call, on_cancel, &cancelled);
}

static const struct mcp_tool later_tool = {
	.name = "later",
	.description = "Answers later.",
	.fields = one_fields,
	.size = sizeof(struct one),
	.flags = MCP_DESTRUCTIVE | MCP_IDEMPOTENT,
	.call = later,
};

static void
check(const void *args, struct error *problems)
{
	const struct one *one = args;

	if (one->n == 3)
		fail_add(problems, ERR_INVALID, "n: not 3");
}

static struct mcp_reply
fails(struct mcp_call *call, const void *args)
{
	(void)args;
	return mcp_reply_failure(call, "it \xff failed");
}

static const struct mcp_tool picky_tool = {
	.name = "picky",
	.description = "Checks.",
	.fields = one_fields,
	.size = sizeof(struct one),
	.check = check,
	.call = fails,
};

static const struct mcp_tool old_tool = {
	.name = "old",
	.description = "Is not listed.",
	.fields = one_fields,
	.size = sizeof(struct one),
	.flags = MCP_UNLISTED,
	.call = fails,
};

static const struct mcp_tool *const tools[] = { &say_tool, &later_tool,
	&picky_tool, &old_tool, NULL };

static const struct mcp_info info = {
	.name = "test",
	.title = "A test",
	.version = "1.2",
	.instructions = "Do it.",
	.tools = tools,
};

static void
on_send(void *user, char *line, size_t len)
{
	ck_assert_ptr_eq(user, &sent);
	ck_assert_uint_gt(len, 1);
	ck_assert_uint_eq(strlen(line), len);
	ck_assert_ptr_eq(strchr(line, '\n'), line + len - 1);
	line[len - 1] = '\0';
	sent = strv_add(sent, line);
	free(line);
}

void
mcppeer_open_with(const struct mcp_info *of)
{
	peer = mcp_peer_new(of, on_send, &sent);
	open_call = NULL;
	cancelled = 0;
}

void
mcppeer_open(void)
{
	mcppeer_open_with(&info);
}

void
mcppeer_free(void)
{
	mcp_peer_free(peer);
	peer = NULL;
}

void
mcppeer_close(void)
{
	mcppeer_free();
	strv_free(sent);
	sent = NULL;
	looked_at = 0;
}

struct mcp_peer *
mcppeer(void)
{
	return peer;
}

void
mcppeer_line(const char *line)
{
	mcp_peer_line(peer, line, strlen(line));
}

void
mcppeer_initialize(void)
{
	mcppeer_line("{\"jsonrpc\":\"2.0\",\"id\":\"i\","
		     "\"method\":\"initialize\",\"params\":{"
		     "\"protocolVersion\":\"2025-11-25\"}}");
	ck_assert_ptr_nonnull(strstr(mcppeer_next(), "\"result\""));
}

void
mcppeer_initialize_as(const char *version, const char *capabilities)
{
	char *line = xasprintf("{\"jsonrpc\":\"2.0\",\"id\":\"i\","
			       "\"method\":\"initialize\",\"params\":{"
			       "\"protocolVersion\":\"%s\","
			       "\"capabilities\":%s}}",
	    version, capabilities);

	mcppeer_line(line);
	free(line);
	ck_assert_ptr_nonnull(strstr(mcppeer_next(), version));
	mcppeer_line("{\"jsonrpc\":\"2.0\","
		     "\"method\":\"notifications/initialized\"}");
}

size_t
mcppeer_sent(void)
{
	return strv_len(sent) - looked_at;
}

const char *
mcppeer_next(void)
{
	ck_assert_msg(mcppeer_sent() > 0, "nothing was sent");
	return sent[looked_at++];
}

void
mcppeer_expect_nothing(void)
{
	ck_assert_msg(mcppeer_sent() == 0, "sent: %s", sent[looked_at]);
}

void
mcppeer_expect(const char *line)
{
	ck_assert_str_eq(mcppeer_next(), line);
	mcppeer_expect_nothing();
}

void
mcppeer_exchange(const char *line, const char *answer)
{
	mcppeer_line(line);
	mcppeer_expect(answer);
}

void
mcppeer_exchange_part(const char *line, const char *part)
{
	const char *answer;

	mcppeer_line(line);
	answer = mcppeer_next();
	ck_assert_msg(strstr(answer, part) != NULL, "'%s' not in '%s'", part,
	    answer);
	mcppeer_expect_nothing();
}

struct mcp_call *
mcppeer_open_call(void)
{
	return open_call;
}

void
mcppeer_answer(const char *text)
{
	ck_assert_ptr_nonnull(open_call);
	mcp_call_finish(open_call, mcp_reply_text(open_call, text));
	open_call = NULL;
}

int
mcppeer_cancelled(void)
{
	return cancelled;
}
