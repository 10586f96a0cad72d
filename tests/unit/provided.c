/*
 * A peer of the daemon's providers.  See provided.h.
 */
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/mem.h"
#include "daemon/provide/provide.h"
#include "daemon/session.h"
#include "json/json.h"
#include "mcp/mcp.h"
#include "tests/unit/provided.h"
#include "tests/unit/taskbox.h"
#include "tests/unit/unit.h"

#define META \
	"\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":" \
	"\"2026-07-28\"," \
	"\"io.modelcontextprotocol/clientCapabilities\":{\"extensions\":{" \
	"\"io.modelcontextprotocol/tasks\":{}}}}"

static struct mcp_peer *peer;
static struct json_object *answer;
static char **notices; /* their methods */
static int next_id;

static void
on_send(void *user, char *line, size_t len)
{
	struct error err;
	struct json_object *object = json_parse(line, len, &err);
	const char *method = json_string_at(object, "method");

	ck_assert_ptr_eq(user, taskbox_session());
	ck_assert_msg(object != NULL, "%s", line);
	free(line);
	if (method != NULL) {
		notices = strv_add(notices, method);
		json_object_put(object);
		return;
	}
	json_object_put(answer);
	answer = object;
}

void
provided_open(void)
{
	taskbox_open();
	provide_start();
	peer = mcp_peer_new(provide_info(), on_send, taskbox_session());
	next_id = 0;
}

void
provided_close(void)
{
	mcp_peer_free(peer);
	provide_stop();
	json_object_put(answer);
	answer = NULL;
	strv_free(notices);
	notices = NULL;
	taskbox_close();
}

void
provided_send(const char *method, const char *members)
{
	char *line = xasprintf("{\"jsonrpc\":\"2.0\",\"id\":%d,"
			       "\"method\":\"%s\",\"params\":{" META "%s%s}}",
	    ++next_id, method, members[0] == '\0' ? "" : ",", members);

	json_object_put(answer);
	answer = NULL;
	mcp_peer_line(peer, line, strlen(line));
	free(line);
}

static bool
answered(void *arg)
{
	(void)arg;
	return answer != NULL;
}

struct json_object *
provided_ask(const char *method, const char *members)
{
	struct json_object *result;

	provided_send(method, members);
	taskbox_until(answered, NULL);
	result = json_object_at(answer, "result");
	ck_assert_msg(result != NULL, "%s", json_text(answer, NULL));
	return result;
}

int
provided_error(const char *method, const char *members)
{
	int64_t code;

	provided_send(method, members);
	taskbox_until(answered, NULL);
	ck_assert_msg(json_int_at(json_object_at(answer, "error"), "code",
			  &code),
	    "%s", json_text(answer, NULL));
	return (int)code;
}

size_t
provided_notices(const char *method)
{
	size_t i, n = 0;

	for (i = 0; i < strv_len(notices); i++)
		n += strcmp(notices[i], method) == 0;
	return n;
}

struct wish {
	const char *method;
	size_t n;
};

static bool
have(void *arg)
{
	const struct wish *wish = arg;

	return provided_notices(wish->method) >= wish->n;
}

void
provided_until(const char *method, size_t n)
{
	struct wish wish = { method, n };

	taskbox_until(have, &wish);
}
