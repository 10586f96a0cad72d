/*
 * What an agent run came to, as it is kept in result.json.  See result.h.
 */
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/mem.h"
#include "daemon/agent/result.h"
#include "json/json.h"

static char *
string_at(struct json_object *object, const char *key)
{
	return xstrdup(json_string_at(object, key));
}

static char *
text_at(struct json_object *object, const char *key)
{
	struct json_object *value = json_member(object, key);

	return value == NULL ? NULL : xstrdup(json_text(value, NULL));
}

struct json_object *
agent_result_encode(const struct agent_result *result)
{
	struct json_object *object = json_object_new_object();

	json_add_int(object, "version", RESULT_VERSION);
	json_add_bool(object, "found", result->found);
	json_add_bool(object, "is_error", result->is_error);
	json_add_string(object, "subtype", result->subtype);
	json_add_string(object, "terminal_reason", result->terminal_reason);
	json_add_string(object, "text", result->text);
	json_add_string(object, "partial", result->partial);
	json_add_string(object, "session_id", result->session_id);
	json_add_string(object, "model", result->model);
	json_add_known(object, "turns", result->turns);
	json_add_number(object, "cost_usd", result->cost_usd);
	json_add_known(object, "api_status", result->api_status);
	json_add_string(object, "api_error", result->api_error);
	json_add_int(object, "retries", result->retries);
	json_add_bool(object, "cut", result->cut);
	json_add_strv(object, "denied", result->denied);
	json_add_text(object, "usage", result->usage);
	json_add_text(object, "structured_output", result->structured_output);
	return object;
}

struct agent_result *
agent_result_decode(struct json_object *object, struct error *err)
{
	struct agent_result *result = agent_result_new();
	struct json_object *denied = json_array_at(object, "denied"), *tool;
	int64_t version = 1; /* of the first ones, which did not say it */
	size_t i;

	json_int_at(object, "version", &version);
	if (version > RESULT_VERSION) {
		fail(err, ERR_NEWER,
		    "version %lld is newer than this program's %d",
		    (long long)version, RESULT_VERSION);
		agent_result_free(result);
		return NULL;
	}
	if (!json_bool_at(object, "found", &result->found)) {
		fail(err, ERR_INVALID,
		    "expected an agent's result, with \"found\", got %s",
		    json_type_word(object));
		agent_result_free(result);
		return NULL;
	}
	json_bool_at(object, "is_error", &result->is_error);
	result->subtype = string_at(object, "subtype");
	result->terminal_reason = string_at(object, "terminal_reason");
	result->text = string_at(object, "text");
	result->partial = string_at(object, "partial");
	result->session_id = string_at(object, "session_id");
	result->model = string_at(object, "model");
	result->api_error = string_at(object, "api_error");
	json_int_at(object, "retries", &result->retries);
	json_bool_at(object, "cut", &result->cut);
	json_int_at(object, "turns", &result->turns);
	json_number_at(object, "cost_usd", &result->cost_usd);
	json_int_at(object, "api_status", &result->api_status);
	for (i = 0; denied != NULL && i < json_object_array_length(denied);
	     i++) {
		tool = json_object_array_get_idx(denied, i);
		if (json_object_is_type(tool, json_type_string))
			agent_result_deny(result, json_object_get_string(tool));
	}
	result->usage = text_at(object, "usage");
	result->structured_output = text_at(object, "structured_output");
	return result;
}
