/*
 * Fuzzing the field tables: the arguments of run_task and start_tasks from
 * any JSON.  What was decoded can be checked, copied, encoded and decoded
 * again to the same; what was not has a problem that says so.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/mem.h"
#include "daemon/tools/tools.h"
#include "json/json.h"
#include "json/schema.h"
#include "mcp/mcp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
	if (!holds)
		abort();
}

/* Returns the text of what the struct encodes to. */
static char *
encode(const struct mcp_tool *tool, const void *args)
{
	struct json_object *object = json_object_new_object();
	char *text;

	schema_encode(tool->fields, args, object);
	text = xstrdup(json_text(object, NULL));
	json_object_put(object);
	return text;
}

static void
copy(const struct mcp_tool *tool, const void *args)
{
	char *twin = xcalloc(1, tool->size), *text, *again;

	schema_copy(tool->fields, args, twin);
	text = encode(tool, args);
	again = encode(tool, twin);
	require(strcmp(text, again) == 0);
	schema_clear(tool->fields, twin);
	free(again);
	free(twin);
	free(text);
}

/* What schema_encode wrote, schema_load reads. */
static void
reload(const struct mcp_tool *tool, const void *args)
{
	char *text = encode(tool, args), *again, *twin;
	struct json_object *object;
	struct error err;

	twin = xcalloc(1, tool->size);
	object = json_parse(text, strlen(text), &err);
	require(object != NULL);
	/* a prompt is not stored, so that one problem is none here */
	if (schema_load(tool->fields, object, twin, &err) == 0) {
		again = encode(tool, twin);
		require(strlen(again) <= strlen(text));
		free(again);
	}
	json_object_put(object);
	schema_clear(tool->fields, twin);
	free(twin);
	free(text);
}

static void
decode(const struct mcp_tool *tool, struct json_object *object)
{
	char *args = xcalloc(1, tool->size);
	struct error err;
	int problems;

	error_clear(&err);
	problems = schema_decode(tool->fields, object, "", args, &err);
	require((problems == 0) == (err.code == ERR_NONE));
	require((problems == 0) == (err.text[0] == '\0'));
	if (problems == 0 && tool->check != NULL)
		tool->check(args, &err);
	if (problems == 0) {
		copy(tool, args);
		reload(tool, args);
	}
	schema_clear(tool->fields, args);
	free(args);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct mcp_tool *const tools[] = { &run_task_tool,
		&start_tasks_tool, &check_tasks_tool, &cleanup_tasks_tool };
	struct json_object *object;
	struct error err;
	size_t i;

	object = json_parse((const char *)data, size, &err);
	if (object == NULL)
		return 0;
	for (i = 0; i < sizeof(tools) / sizeof(tools[0]); i++)
		decode(tools[i], object);
	json_object_put(object);
	return 0;
}
