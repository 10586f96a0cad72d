/*
 * completion/complete: values that an argument of a prompt, or a variable of a
 * resource template, may have.
 */
#include <stdlib.h>
#include <string.h>

#include "common/utf8.h"
#include "json/json.h"
#include "json/schema.h"
#include "mcp/methods.h"
#include "mcp/peer.h"
#include "mcp/prompts.h"
#include "mcp/resources.h"

/* server/utilities/completion: "Maximum 100 items per response" */
#define VALUES_MAX 100
/* Each value may repeat what was typed, and nobody types more than this. */
#define TYPED_MAX_BYTES 1024

struct mcp_values {
	struct json_object *list;
	int64_t total;
};

/* An argument or variable, and what completes it, or NULL. */
struct target {
	bool found;
	void (*complete)(void *user, const struct mcp_completion *completion,
	    struct mcp_values *values);
};

void
mcp_values_add(struct mcp_values *values, const char *value)
{
	char *clean;

	if (++values->total > VALUES_MAX)
		return;
	clean = utf8_clean(value, strlen(value));
	json_object_array_add(values->list, json_object_new_string(clean));
	free(clean);
}

static struct target
find_prompt(const struct mcp_info *info, const char *name, const char *argument)
{
	const struct mcp_prompt *prompt = prompts_find(info, name);
	const struct field *field;
	struct target target = { 0 };

	field = prompt == NULL ? NULL : prompt->fields;
	for (; field != NULL && field->type != FIELD_END; field++)
		if (strcmp(field->name, argument) == 0) {
			target.found = true;
			target.complete = prompt->complete;
		}
	return target;
}

/* Whether an expression of the template, such as "{name}", has the variable. */
static bool
has_variable(const char *template, const char *name)
{
	size_t len = strlen(name);
	const char *p = template;

	if (len == 0)
		return false;
	while ((p = strstr(p, name)) != NULL) {
		if (p > template && strchr("{,+#./;?&", p[-1]) != NULL &&
		    p[len] != '\0' && strchr("},*:", p[len]) != NULL)
			return true;
		p++;
	}
	return false;
}

static struct target
find_template(const struct mcp_info *info, const char *uri,
    const char *variable)
{
	const struct mcp_template *t;
	struct target target = { 0 };

	t = info->resources == NULL ? NULL : info->resources->templates;
	for (; t != NULL && uri != NULL && t->uri != NULL; t++)
		if (strcmp(t->uri, uri) == 0) {
			target.found = has_variable(uri, variable);
			target.complete = t->complete;
		}
	return target;
}

static struct target
find(const struct mcp_info *info, struct json_object *ref, const char *argument)
{
	const char *type = json_string_at(ref, "type");
	struct target none = { 0 };

	if (type != NULL && strcmp(type, "ref/prompt") == 0)
		return find_prompt(info, json_string_at(ref, "name"), argument);
	if (type != NULL && strcmp(type, "ref/resource") == 0)
		return find_template(info, json_string_at(ref, "uri"),
		    argument);
	return none;
}

static void
answer(const struct mcp_request *req, struct target target,
    const struct mcp_completion *completion)
{
	struct json_object *result = json_object_new_object();
	struct json_object *inner = json_object_new_object();
	struct mcp_values values = { json_object_new_array(), 0 };

	if (target.complete != NULL &&
	    strlen(completion->typed) <= TYPED_MAX_BYTES)
		target.complete(req->peer->user, completion, &values);
	json_add(inner, "values", values.list);
	json_add_int(inner, "total", values.total);
	json_add_bool(inner, "hasMore", values.total > VALUES_MAX);
	json_add(result, "completion", inner);
	peer_result(req, result);
}

void
complete(const struct mcp_request *req)
{
	struct json_object *argument = json_object_at(req->params, "argument");
	struct json_object *context = json_object_at(req->params, "context");
	const struct mcp_completion completion = {
		.argument = json_string_at(argument, "name"),
		.typed = json_string_at(argument, "value"),
		.known = json_object_at(context, "arguments"),
	};
	struct target target;

	if (completion.argument == NULL || completion.typed == NULL) {
		peer_error(req, RPC_INVALID_PARAMS, NULL,
		    "argument: expected an object with the strings name and "
		    "value");
		return;
	}
	target = find(req->peer->info, json_object_at(req->params, "ref"),
	    completion.argument);
	if (target.found)
		answer(req, target, &completion);
	else
		peer_error(req, RPC_INVALID_PARAMS, NULL,
		    "ref: expected a ref/prompt with a known name or a "
		    "ref/resource with the uri of a template, that has an "
		    "argument '%.100s'",
		    completion.argument);
}
