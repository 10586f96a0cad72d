/*
 * The arguments of all tools as clients send them, row by row: what is
 * encoded twice means the same, and an empty one is not given, or a mistake.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/mem.h"
#include "daemon/tools/tools.h"
#include "json/json.h"
#include "json/schema.h"
#include "mcp/mcp.h"
#include "tests/unit/unit.h"

/* Of these rows nothing would be more than was meant. */
static const char *const careful[] = { "cleanup_task.kill_running",
	"cleanup_tasks.dry_run", "cleanup_tasks.ids",
	"cleanup_tasks.kill_running", "cleanup_tasks.older_than_s",
	"cleanup_tasks.states", "prune_tasks.dry_run",
	"run_task.permission_mode", "stop_tasks.ids", "stop_tasks.scope",
	"tasks.permission_mode" };

static bool
is_careful(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(careful) / sizeof(careful[0]); i++)
		if (strcmp(careful[i], name) == 0)
			return true;
	return false;
}

/* Returns what a table makes of an object with that member, as text. */
static char *
decoded(const struct field *fields, size_t size, const char *name,
    struct json_object *value, struct error *err)
{
	struct json_object *object = json_object_new_object(), *again;
	void *out = xcalloc(1, size);
	char *text;

	if (name != NULL)
		json_add(object, name, json_object_get(value));
	error_clear(err);
	schema_decode_call(fields, object, out, err);
	again = json_object_new_object();
	schema_encode(fields, out, again);
	text = xstrdup(json_text(again, NULL));
	json_object_put(again);
	json_object_put(object);
	schema_clear(fields, out);
	free(out);
	return text;
}

/* Returns a value that the row takes. */
static struct json_object *
example(const struct field *field)
{
	static const char *const texts[] = {
		[FIELD_STRINGS] = "[\"a\",\"b\"]",
		[FIELD_NUMBER] = "1.5",
		[FIELD_OBJECT] = "{}",
		[FIELD_OBJECTS] = "[{\"command\":\"true\"}]",
		[FIELD_COMMAND] = "[\"echo\",\"hi\"]",
		[FIELD_ENV] = "{\"A\":\"1\"}",
		[FIELD_JSON] = "{\"type\":\"object\"}",
	};
	struct error err;

	if (field->type == FIELD_STRING)
		return json_object_new_string("a");
	if (field->type == FIELD_CHOICE)
		return json_object_new_string(field->choices[1].name == NULL ?
			field->choices[0].name :
			field->choices[1].name);
	if (field->type == FIELD_INTEGER)
		return json_object_new_int64(field->max == 0 ? 7 : field->max);
	if (field->type == FIELD_BOOLEAN)
		return json_object_new_boolean(field->absent <= 0);
	return json_parse(texts[field->type], strlen(texts[field->type]), &err);
}

static void
encoded_twice(const struct field *fields, size_t size, const struct field *f,
    const char *name)
{
	struct json_object *value = example(f), *string;
	struct error once, twice;
	char *a, *b;

	string = json_object_new_string(json_text(value, NULL));
	a = decoded(fields, size, f->name, value, &once);
	b = decoded(fields, size, f->name,
	    f->type == FIELD_STRING || f->type == FIELD_CHOICE ? value : string,
	    &twice);
	ck_assert_msg(strcmp(a, b) == 0, "%s: %s, %s", name, a, b);
	ck_assert_msg(strcmp(once.text, twice.text) == 0, "%s: %s", name,
	    twice.text);
	json_object_put(string);
	json_object_put(value);
	free(b);
	free(a);
}

static void
left_empty(const struct field *fields, size_t size, const struct field *f,
    const char *name)
{
	struct json_object *empty = json_object_new_string("");
	struct error without, with;
	char *a, *b, *problem;

	a = decoded(fields, size, NULL, NULL, &without);
	b = decoded(fields, size, f->name, empty, &with);
	problem = xasprintf("%s: is empty; say what is meant, or leave it out",
	    f->name);
	ck_assert_msg(strcmp(a, b) == 0, "%s: %s, %s", name, a, b);
	if (is_careful(name))
		ck_assert_msg(strstr(with.text, problem) != NULL, "%s: %s",
		    name, with.text);
	else
		ck_assert_msg(strcmp(without.text, with.text) == 0, "%s: %s",
		    name, with.text);
	json_object_put(empty);
	free(problem);
	free(b);
	free(a);
}

/* Tries each row of a table, and of those inside. */
static void
each_row(const struct field *fields, size_t size, const char *where,
    const struct field *rows)
{
	const struct field *f;
	char *name;

	for (f = rows; f->type != FIELD_END; f++) {
		name = xasprintf("%s.%s", where, f->name);
		if (f->type == FIELD_EMBED)
			each_row(fields, size, where, f->fields);
		else {
			encoded_twice(fields, size, f, name);
			if (!f->required)
				left_empty(fields, size, f, name);
		}
		if (f->type == FIELD_OBJECT || f->type == FIELD_OBJECTS)
			each_row(f->fields, f->size, f->name, f->fields);
		free(name);
	}
}

START_TEST(every_row)
{
	const struct mcp_tool *const *tool;

	for (tool = tools_all; *tool != NULL; tool++)
		if ((*tool)->fields != NULL)
			each_row((*tool)->fields, (*tool)->size, (*tool)->name,
			    (*tool)->fields);
}
END_TEST

/* Whether the text has the word; "id" is not in "ids". */
static bool
has_word(const char *text, const char *word)
{
	const char *at = text;
	size_t len = strlen(word);

	while ((at = strstr(at, word)) != NULL) {
		if (at[-1] == ' ' && (at[len] == ' ' || at[len] == '\n'))
			return true;
		at += len;
	}
	return false;
}

static void
each_is_told(const struct field *fields, const char *section, const char *tool)
{
	const struct field *f;

	for (f = fields; f->type != FIELD_END; f++) {
		ck_assert_msg(f->type == FIELD_EMBED ||
			has_word(section, f->name),
		    "ccproc-bridge.1 does not tell %s.%s", tool, f->name);
		if (f->type == FIELD_EMBED || f->type == FIELD_OBJECT)
			each_is_told(f->fields, section, tool);
	}
}

static void
read_page(const char *path, struct buf *page)
{
	FILE *file = fopen(path, "re");
	char data[4096];
	size_t n;

	ck_assert_msg(file != NULL, "cannot open %s", path);
	while ((n = fread(data, 1, sizeof(data), file)) > 0)
		buf_add(page, data, n);
	fclose(file);
}

/* Most of them are not published, so this is where they are found. */
START_TEST(the_manual)
{
	const char *srcdir = getenv("srcdir"), *begin, *end;
	const struct mcp_tool *const *tool;
	struct buf page = { 0 };
	char *title, *section;

	title = xasprintf("%s/bridge/ccproc-bridge.1",
	    srcdir == NULL ? "." : srcdir);
	read_page(title, &page);
	free(title);
	for (tool = tools_all; *tool != NULL; tool++) {
		if (((*tool)->flags & MCP_UNLISTED) != 0)
			continue;
		title = xasprintf("\n.Ss %s\n", (*tool)->name);
		begin = strstr(page.data, title);
		ck_assert_msg(begin != NULL, "no section%s", title);
		end = strstr(begin + 1, "\n.El\n.S");
		section = xstrndup(begin, (size_t)(end - begin));
		each_is_told((*tool)->fields, section, (*tool)->name);
		free(section);
		free(title);
	}
	buf_clear(&page);
}
END_TEST

UNIT_SUITE
{
	unit_suite("arguments", NULL, NULL, every_row, the_manual, NULL);
}
