/*
 * Three resources and a template.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "common/mem.h"
#include "json/json.h"
#include "mcp/prompts.h"
#include "mcp/resources.h"
#include "tests/conformance/fixtures.h"

#define TEMPLATE "test://template/{id}/data"
#define WATCHED "test://watched-resource"

static const struct mcp_resource resources[] = {
	{ .uri = "test://static-text",
	    .name = "static-text",
	    .description = "A text.",
	    .mime = "text/plain" },
	{ .uri = "test://static-binary",
	    .name = "static-binary",
	    .description = "An image.",
	    .mime = "image/png" },
	{ .uri = WATCHED,
	    .name = "watched-resource",
	    .description = "A text to subscribe to.",
	    .mime = "text/plain" },
	{ .uri = NULL },
};

static bool
list(void *user, const char *cursor, struct mcp_page *page)
{
	const struct mcp_resource *resource;

	(void)user;
	if (cursor != NULL)
		return false;
	for (resource = resources; resource->uri != NULL; resource++)
		mcp_page_add(page, resource);
	return true;
}

static struct mcp_reply
read_template(struct mcp_call *call, const char *uri, const char *id)
{
	struct json_object *object = json_object_new_object();
	struct mcp_reply reply;
	char *data = xasprintf("Data for ID: %s", id);
	struct mcp_content content = { .type = MCP_EMBEDDED,
		.uri = uri,
		.mime = "application/json" };

	json_add_string(object, "id", id);
	json_add_bool(object, "templateTest", true);
	json_add_string(object, "data", data);
	content.text = json_text(object, NULL);
	reply = mcp_reply_contents(call, &content, 1);
	json_object_put(object);
	free(data);
	return reply;
}

static struct mcp_reply
read_resource(struct mcp_call *call, const char *uri)
{
	struct mcp_content content = { .type = MCP_EMBEDDED, .uri = uri };
	char id[64];
	int end = 0;

	if (sscanf(uri, "test://template/%63[^/]/data%n", id, &end) == 1 &&
	    end > 0 && uri[end] == '\0')
		return read_template(call, uri, id);
	content.mime = "text/plain";
	if (strcmp(uri, "test://static-text") == 0)
		content.text = "This is the content of the static text "
			       "resource.";
	else if (strcmp(uri, WATCHED) == 0)
		content.text = "watched";
	else if (strcmp(uri, "test://static-binary") == 0) {
		content.mime = "image/png";
		content.data = fixture_png;
		content.len = fixture_png_len;
	} else
		return mcp_reply_no_resource(call);
	return mcp_reply_contents(call, &content, 1);
}

struct watch {
	LIST_ENTRY(watch) entry;
	bool changes;
	void (*changed)(void *arg);
	void *arg;
};

static LIST_HEAD(, watch) watches = LIST_HEAD_INITIALIZER(watches);

static void *
watch_resource(void *user, const char *uri, void (*changed)(void *), void *arg)
{
	const struct mcp_resource *resource = resources;
	struct watch *watch;

	(void)user;
	while (resource->uri != NULL && strcmp(resource->uri, uri) != 0)
		resource++;
	if (resource->uri == NULL)
		return NULL;
	watch = xcalloc(1, sizeof(*watch));
	watch->changes = strcmp(uri, WATCHED) == 0;
	watch->changed = changed;
	watch->arg = arg;
	LIST_INSERT_HEAD(&watches, watch, entry);
	return watch;
}

static void
unwatch(void *arg)
{
	struct watch *watch = arg;

	LIST_REMOVE(watch, entry);
	free(watch);
}

void
fixture_resource_changed(void)
{
	struct watch *watch;

	LIST_FOREACH(watch, &watches, entry)
		if (watch->changes)
			watch->changed(watch->arg);
}

static void
complete(void *user, const struct mcp_completion *completion,
    struct mcp_values *values)
{
	static const char *const ids[] = { "123", "124", "999", NULL };
	size_t i;

	(void)user;
	for (i = 0; ids[i] != NULL; i++)
		if (strncmp(ids[i], completion->typed,
			strlen(completion->typed)) == 0)
			mcp_values_add(values, ids[i]);
}

static const struct mcp_template templates[] = {
	{ .uri = TEMPLATE,
	    .name = "template",
	    .description = "Data by id.",
	    .mime = "application/json",
	    .complete = complete },
	{ .uri = NULL },
};

const struct mcp_resources fixture_resources = {
	.list = list,
	.templates = templates,
	.read = read_resource,
	.watch = watch_resource,
	.unwatch = unwatch,
};
