/*
 * JSON-RPC lines.  See rpc.h.
 */
#include <stdlib.h>
#include <string.h>

#include "common/envelope.h"
#include "common/error.h"
#include "common/jsonscan.h"
#include "common/limits.h"
#include "common/mem.h"
#include "common/utf8.h"
#include "json/json.h"
#include "mcp/rpc.h"

bool
rpc_same_id(const char *a, const char *b)
{
	struct jsonspan x = { a, strlen(a) }, y = { b, strlen(b) };
	char one[ID_MAX_BYTES + 1], other[ID_MAX_BYTES + 1];

	if (strcmp(a, b) == 0)
		return true;
	return jsonscan_string(x, one, sizeof(one)) &&
	    jsonscan_string(y, other, sizeof(other)) && strcmp(one, other) == 0;
}

static int
take_id(struct rpc_message *msg, struct jsonspan id, struct error *err)
{
	char type = jsonscan_type(id);

	if ((type != '"' && type != '0') || id.len > ID_MAX_BYTES) {
		fail(err, ERR_INVALID,
		    "id must be a string or a number of at most %d bytes",
		    ID_MAX_BYTES);
		return -1;
	}
	msg->id = xstrndup(id.at, id.len);
	return 0;
}

/*
 * The id is cut from the line, because json-c forgets how a number was written.
 */
static int
take_envelope(struct rpc_message *msg, const char *line, size_t len,
    struct error *err)
{
	static const char *const names[] = { "jsonrpc", "id", "method" };
	struct jsonspan found[3], whole = { line, len };

	jsonscan_members(whole, names, found, 3);
	msg->numbered = found[1].at != NULL && found[2].at != NULL;
	if (found[1].at != NULL && take_id(msg, found[1], err) != 0)
		return -1;
	if (found[0].at == NULL || !jsonscan_is(found[0], "2.0")) {
		fail(err, ERR_INVALID, "jsonrpc must be \"2.0\"");
		return -1;
	}
	return 0;
}

static int
take_members(struct rpc_message *msg, struct error *err)
{
	struct json_object *method = json_member(msg->root, "method");

	if (method != NULL && !json_object_is_type(method, json_type_string)) {
		fail(err, ERR_INVALID, "method must be a string, got %s",
		    json_type_word(method));
		return -1;
	}
	msg->method = json_string_at(msg->root, "method");
	msg->params = json_object_at(msg->root, "params");
	return 0;
}

/* Its sender waits, whatever is wrong with the request. */
static void
find_id(struct rpc_message *msg, const char *line, size_t len)
{
	struct envelope envelope = { 0 };
	struct jsonspan id;

	envelope_feed(&envelope, line, len);
	id = envelope_id(&envelope);
	if (id.at != NULL)
		msg->id = xstrndup(id.at, id.len);
}

int
rpc_parse(struct rpc_message *msg, const char *line, size_t len,
    enum rpc_code *code, struct error *err)
{
	memset(msg, 0, sizeof(*msg));
	*code = RPC_PARSE_ERROR;
	msg->root = json_parse(line, len, err);
	if (msg->root != NULL || (len == 4 && memcmp(line, "null", 4) == 0))
		*code = RPC_INVALID_REQUEST;
	if (msg->root == NULL) {
		find_id(msg, line, len);
		return -1;
	}
	if (!json_object_is_type(msg->root, json_type_object)) {
		fail(err, ERR_INVALID, "expected one JSON-RPC object, got %s",
		    json_type_word(msg->root));
		return -1;
	}
	if (take_envelope(msg, line, len, err) != 0)
		return -1;
	return take_members(msg, err);
}

void
rpc_clear(struct rpc_message *msg)
{
	json_object_put(msg->root);
	free(msg->id);
	memset(msg, 0, sizeof(*msg));
}

static void
start_line(struct buf *line, const char *id)
{
	buf_puts(line, "{\"jsonrpc\":\"2.0\"");
	if (id != NULL) {
		buf_puts(line, ",\"id\":");
		buf_puts(line, id);
	}
}

/* Takes value. */
static void
add_member(struct buf *line, const char *name, struct json_object *value)
{
	const char *text;
	size_t len;

	text = json_text(value, &len);
	buf_puts(line, ",\"");
	buf_puts(line, name);
	buf_puts(line, "\":");
	buf_add(line, text, len);
	json_object_put(value);
}

static char *
end_line(struct buf *line, size_t *len)
{
	utf8_escape_separators(line);
	buf_puts(line, "}\n");
	*len = line->len;
	return buf_steal(line);
}

char *
rpc_result(const char *id, struct json_object *result, size_t *len)
{
	struct buf line = { 0 };

	start_line(&line, id);
	add_member(&line, "result", result);
	return end_line(&line, len);
}

char *
rpc_error(const char *id, enum rpc_code code, const char *message,
    struct json_object *data, size_t *len)
{
	struct buf line = { 0 };
	struct json_object *error = json_object_new_object();

	json_add_int(error, "code", code);
	json_add_string(error, "message", message);
	if (data != NULL)
		json_add(error, "data", data);
	start_line(&line, id);
	add_member(&line, "error", error);
	return end_line(&line, len);
}

char *
rpc_request(const char *id, const char *method, struct json_object *params,
    size_t *len)
{
	struct buf line = { 0 };

	start_line(&line, id);
	buf_printf(&line, ",\"method\":\"%s\"", method);
	if (params != NULL)
		add_member(&line, "params", params);
	return end_line(&line, len);
}

char *
rpc_notification(const char *method, struct json_object *params, size_t *len)
{
	return rpc_request(NULL, method, params, len);
}
