/*
 * The features of a server, which decide what it publishes and which methods it
 * knows; and the abilities that clients declare.
 */
#include <string.h>

#include "json/json.h"
#include "mcp/features.h"
#include "mcp/peer.h"
#include "mcp/prompts.h"
#include "mcp/resources.h"
#include "mcp/tasks.h"

#define TASKS MCP_PREFIX "tasks"

static bool
completes(const struct mcp_info *info)
{
	const struct mcp_prompt *const *prompt = info->prompts;
	const struct mcp_template *template;

	for (; prompt != NULL && *prompt != NULL; prompt++)
		if ((*prompt)->complete != NULL)
			return true;
	template = info->resources == NULL ? NULL : info->resources->templates;
	for (; template != NULL && template->uri != NULL; template ++)
		if (template->complete != NULL)
			return true;
	return false;
}

unsigned
features(const struct mcp_info *info)
{
	unsigned have = 0;

	if (info->tools != NULL)
		have |= FEATURE_TOOLS;
	if (info->prompts != NULL)
		have |= FEATURE_PROMPTS;
	if (info->resources != NULL)
		have |= FEATURE_RESOURCES;
	if (info->resources != NULL && info->resources->watch != NULL)
		have |= FEATURE_SUBSCRIBE;
	if (completes(info))
		have |= FEATURE_COMPLETE;
	if (info->logs)
		have |= FEATURE_LOGS;
	if (info->tasks != NULL)
		have |= FEATURE_TASKS;
	if (info->tasks != NULL && info->tasks->watch != NULL)
		have |= FEATURE_PUSH_TASKS;
	return have;
}

/* Returns the capability, {"listChanged":true} or {}. */
static struct json_object *
list_capability(const struct mcp_info *info, unsigned list)
{
	struct json_object *capability = json_object_new_object();

	if ((info->changing & list) != 0)
		json_add_bool(capability, "listChanged", true);
	return capability;
}

static void
add_resources(struct json_object *out, const struct mcp_info *info,
    unsigned have)
{
	struct json_object *resources = list_capability(info,
	    MCP_LIST_RESOURCES);

	if ((have & FEATURE_SUBSCRIBE) != 0)
		json_add_bool(resources, "subscribe", true);
	json_add(out, "resources", resources);
}

struct json_object *
features_published(const struct mcp_info *info, bool modern)
{
	struct json_object *out = json_object_new_object(), *extensions;
	unsigned have = features(info);

	if ((have & FEATURE_TOOLS) != 0)
		json_add(out, "tools", list_capability(info, MCP_LIST_TOOLS));
	if ((have & FEATURE_RESOURCES) != 0)
		add_resources(out, info, have);
	if ((have & FEATURE_PROMPTS) != 0)
		json_add(out, "prompts",
		    list_capability(info, MCP_LIST_PROMPTS));
	if ((have & FEATURE_COMPLETE) != 0)
		json_add(out, "completions", json_object_new_object());
	if ((have & FEATURE_LOGS) != 0)
		json_add(out, "logging", json_object_new_object());
	if (modern && (have & FEATURE_TASKS) != 0) {
		extensions = json_object_new_object();
		json_add(extensions, TASKS, json_object_new_object());
		json_add(out, "extensions", extensions);
	}
	return out;
}

/* An elicitation without members means forms. */
static unsigned
elicitation(struct json_object *capability)
{
	unsigned can = 0;

	if (capability == NULL)
		return 0;
	if (json_object_at(capability, "url") != NULL)
		can |= MCP_CAN_URL;
	if (can == 0 || json_object_at(capability, "form") != NULL)
		can |= MCP_CAN_FORM;
	return can;
}

unsigned
abilities(struct json_object *capabilities)
{
	unsigned can = elicitation(json_object_at(capabilities, "elicitation"));

	if (json_object_at(capabilities, "sampling") != NULL)
		can |= MCP_CAN_SAMPLE;
	if (json_object_at(capabilities, "roots") != NULL)
		can |= MCP_CAN_ROOTS;
	if (json_object_at(json_object_at(capabilities, "extensions"), TASKS) !=
	    NULL)
		can |= MCP_CAN_TASKS;
	return can;
}

static void
add_empty(struct json_object *out, const char *key, bool wanted)
{
	if (wanted)
		json_add(out, key, json_object_new_object());
}

struct json_object *
abilities_published(unsigned can)
{
	struct json_object *out = json_object_new_object(), *inner;

	if ((can & MCP_CAN_URL) != 0) {
		inner = json_object_new_object();
		add_empty(inner, "form", (can & MCP_CAN_FORM) != 0);
		add_empty(inner, "url", true);
		json_add(out, "elicitation", inner);
	} else
		add_empty(out, "elicitation", (can & MCP_CAN_FORM) != 0);
	add_empty(out, "sampling", (can & MCP_CAN_SAMPLE) != 0);
	add_empty(out, "roots", (can & MCP_CAN_ROOTS) != 0);
	if ((can & MCP_CAN_TASKS) != 0) {
		inner = json_object_new_object();
		add_empty(inner, TASKS, true);
		json_add(out, "extensions", inner);
	}
	return out;
}

void
abilities_lacking(const struct mcp_request *req, unsigned wanted)
{
	struct json_object *data = json_object_new_object();

	json_add(data, "requiredCapabilities",
	    abilities_published(wanted & ~req->abilities));
	peer_error(req,
	    req->modern ? RPC_MISSING_CAPABILITY : RPC_INVALID_PARAMS, data,
	    "Missing required client capability");
}
