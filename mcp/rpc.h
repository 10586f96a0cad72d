/*
 * JSON-RPC 2.0 lines, in and out.  An id stays the text that it was sent as, so
 * that 1, 1.0, "1" and 12345678901234567890 come back unchanged.
 */
#ifndef MCP_RPC_H
#define MCP_RPC_H

#include <stdbool.h>
#include <stddef.h>

struct error;
struct json_object;

/* JSON-RPC 2.0, and the codes of MCP 2026-07-28 (basic/index). */
enum rpc_code {
	RPC_PARSE_ERROR = -32700,
	RPC_INVALID_REQUEST = -32600,
	RPC_METHOD_NOT_FOUND = -32601,
	RPC_INVALID_PARAMS = -32602,
	RPC_INTERNAL_ERROR = -32603,
	RPC_NO_RESOURCE = -32002, /* before 2026-07-28 */
	RPC_MISSING_CAPABILITY = -32021,
	RPC_UNSUPPORTED_VERSION = -32022,
};

struct rpc_message {
	struct json_object *root;
	char *id;                   /* its JSON text; NULL: a notification */
	const char *method;         /* borrows from root; NULL: a response */
	struct json_object *params; /* borrows; NULL: none */
	bool numbered; /* has an id and a method, even if they are wrong */
};

/*
 * Takes a line apart; rpc_clear frees what msg has.  On failure *code is the
 * JSON-RPC code for err, and the id may be set.
 */
int rpc_parse(struct rpc_message *msg, const char *line, size_t len,
    enum rpc_code *code, struct error *err);
void rpc_clear(struct rpc_message *msg);

/* Whether two ids, as JSON texts, are the same: "\u00e9" is "é". */
bool rpc_same_id(const char *a, const char *b);

/*
 * Return lines with their newline; take result, data and params.  If the id is
 * NULL, the line has none.
 */
char *rpc_result(const char *id, struct json_object *result, size_t *len);
char *rpc_error(const char *id, enum rpc_code code, const char *message,
    struct json_object *data, size_t *len);
char *rpc_notification(const char *method, struct json_object *params,
    size_t *len);
char *rpc_request(const char *id, const char *method,
    struct json_object *params, size_t *len);

#endif
