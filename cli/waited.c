/*
 * How long a task has waited for a person.  See waited.h.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/input.h"
#include "cli/runs.h"
#include "cli/tasks.h"
#include "cli/waited.h"
#include "common/error.h"
#include "common/limits.h"
#include "common/mem.h"
#include "common/timefmt.h"
#include "json/json.h"

struct span {
	int64_t from, to;
};

struct spans {
	struct span *items;
	size_t n;
};

/* The moment that a member of a file tells; 0: none. */
static int64_t
moment(const char *dir, const char *kind, const char *number, const char *key)
{
	char *path = xasprintf("%s/%s-%s", dir, kind, number);
	struct json_object *object = NULL;
	struct buf text = { 0 };
	const char *iso = NULL;
	struct error ignored;
	int64_t ms;

	if (input_regular(path, false, LINE_MAX_BYTES, &text, &ignored) == 0)
		object = json_parse(text.data, text.len, &ignored);
	if (json_object_is_type(object, json_type_object))
		iso = json_string_at(object, key);
	ms = iso == NULL ? 0 : time_parse_iso(iso);
	json_object_put(object);
	buf_clear(&text);
	free(path);
	return ms;
}

/* One that nobody has answered waits, or has waited until the run ended. */
static void
add_run(struct spans *spans, const char *dir, int64_t end)
{
	DIR *stream = opendir(dir);
	const struct dirent *entry;
	const char *number;
	struct span span;

	while (stream != NULL && (entry = readdir(stream)) != NULL) {
		if (strncmp(entry->d_name, "ask-", 4) != 0)
			continue;
		number = entry->d_name + 4;
		span.from = moment(dir, "ask", number, "asked_at");
		span.to = moment(dir, "answer", number, "at");
		if (span.to == 0)
			span.to = end;
		if (span.from == 0 || span.to <= span.from)
			continue;
		spans->items = xreallocarray(spans->items, spans->n + 1,
		    sizeof(*spans->items));
		spans->items[spans->n++] = span;
	}
	if (stream != NULL)
		closedir(stream);
}

static int
by_begin(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	return (x->from > y->from) - (x->from < y->from);
}

static int64_t
sum(struct spans *spans)
{
	int64_t total = 0, until = 0, from;
	size_t i;

	if (spans->n > 0)
		qsort(spans->items, spans->n, sizeof(*spans->items), by_begin);
	for (i = 0; i < spans->n; i++) {
		from = spans->items[i].from > until ? spans->items[i].from :
						      until;
		if (spans->items[i].to <= from)
			continue;
		total += spans->items[i].to - from;
		until = spans->items[i].to;
	}
	return total;
}

int64_t
waited_ms(const struct task_info *task)
{
	int64_t end = task->ended_at != NULL ? time_parse_iso(task->ended_at) :
					       time_wall_ms();
	struct spans spans = { 0 };
	struct error ignored;
	int64_t run, total;
	char *dir;

	if (strcmp(task->kind, "agent") != 0)
		return 0; /* nothing else asks */
	for (run = 1; run <= task->runs; run++) {
		dir = runs_dir(task, run, &ignored);
		if (dir != NULL)
			add_run(&spans, dir, end);
		free(dir);
	}
	total = sum(&spans);
	free(spans.items);
	return total;
}
