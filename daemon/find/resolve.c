/*
 * Finding tasks.  See resolve.h.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/id.h"
#include "common/limits.h"
#include "common/log.h"
#include "common/mem.h"
#include "daemon/find/labels.h"
#include "daemon/find/resolve.h"
#include "daemon/record/record.h"
#include "daemon/store/index.h"
#include "daemon/store/name.h"
#include "daemon/store/number.h"
#include "daemon/task/lookup.h"
#include "daemon/task/task.h"

#define UUID_LEN 36
#define UUID_MIN_PREFIX 4
/* Ids suggested when one is not known. */
#define NEAR_MAX 5

static void
note_unread(struct task_walk *walk, const struct error *err)
{
	log_warnx("passed over: %s", err->text);
	if (walk->unread++ == 0)
		snprintf(walk->why, sizeof(walk->why), "%.399s", err->text);
}

static void
take(struct task_list *list, struct task_walk *walk, struct task *task)
{
	if (!walk->match(task, walk->arg))
		return;
	if (walk->live_first) /* it may have been, when the walk began */
		task_list_add(list, task);
	else
		task_list_append(list, task);
}

/* False: this was the last one that is looked at. */
static bool
look(struct task_list *list, struct task_walk *walk)
{
	struct error err;
	struct task *task = task_open(&walk->at, &err);

	if (task == NULL && err.code == ERR_NOT_FOUND)
		return true;
	if (task == NULL) {
		note_unread(walk, &err);
		walk->failed = error_passes(&err);
		return !walk->failed;
	}
	if (record_ended(task_record(task)))
		walk->scanned++;
	if (!(walk->live_first && task_is_live(task)))
		take(list, walk, task);
	task_unref(task);
	if (list->n < walk->max && walk->scanned < walk->scan)
		return true;
	walk->stopped = walk->at.number;
	return false;
}

/* False: the live ones are enough, or the others cannot be seen. */
static bool
begin(struct task_list *list, struct task_walk *walk)
{
	struct task *task = NULL;
	struct error err;

	walk->began = true;
	walk->at.number = walk->before;
	while (walk->live_first && list->n < walk->max &&
	    (task = task_next_live(task)) != NULL)
		take(list, walk, task);
	if (list->n >= walk->max)
		return false;
	walk->failed = index_know(&err) != 0;
	if (walk->failed)
		note_unread(walk, &err);
	return !walk->failed;
}

static int
newest_first(const void *a, const void *b)
{
	struct task *const *x = a, *const *y = b;
	uint64_t i = task_record(*x)->number, j = task_record(*y)->number;

	return i < j ? 1 : i > j ? -1 : 0;
}

bool
resolve_step(struct task_list *list, struct task_walk *walk)
{
	if (walk->began ? index_before(&walk->at) && look(list, walk) :
			  begin(list, walk))
		return true;
	if (walk->live_first && list->n > 0)
		qsort(list->tasks, list->n, sizeof(*list->tasks), newest_first);
	return false;
}

static void
resolve_matching(struct task_list *list, struct task_walk *walk)
{
	while (resolve_step(list, walk))
		continue;
}

/* "7", "t7", "t7-UUID", "t7.3-UUID": kind is 't'; "g7": 'g'; else 0. */
static char
parse_id(const char *id, uint64_t *number, const char **uuid)
{
	char kind = 't', *end;

	if (*id == 't' || *id == 'g')
		kind = *id++;
	if (*id < '0' || *id > '9')
		return 0;
	*number = strtoull(id, &end, 10);
	if (*end == '.' && kind == 't') { /* a turn of it, in a handle */
		end += 1 + strspn(end + 1, "0123456789");
		if (*end != '-')
			return 0;
	}
	*uuid = *end == '-' ? end + 1 : NULL;
	if ((*end != '\0' && *end != '-') ||
	    (*uuid != NULL && strlen(*uuid) != UUID_LEN))
		return 0;
	return kind;
}

static bool
is_exact(const char *id)
{
	const char *uuid;
	uint64_t number;

	return parse_id(id, &number, &uuid) != 0;
}

bool
resolve_are_exact(char *const *ids)
{
	while (*ids != NULL && is_exact(*ids))
		ids++;
	return *ids == NULL;
}

static void
add_number(struct task_list *list, uint64_t number, const char *uuid)
{
	struct error err;
	struct task *task = lookup_number(number, &err);

	if (task == NULL)
		return;
	if (uuid == NULL || strcmp(task_record(task)->from.uuid, uuid) == 0)
		task_list_add(list, task);
	task_unref(task);
}

/* Names of one call, and what they mean: found in one walk over all tasks. */
struct names {
	struct name {
		const char *text;
		uint64_t labelled, grouped; /* the task, or group; or 0 */
	} items[TASKS_MAX_PER_CALL];        /* sorted by text, each once */
	size_t n, labelled;
	struct error unseen; /* why not all were seen, if so */
};

static int
by_text(const void *a, const void *b)
{
	const struct name *x = a, *y = b;

	return strcmp(x->text, y->text);
}

/* The name, or NULL. */
static struct name *
find_name(struct names *names, const char *text)
{
	const struct name wanted = { .text = text };

	return text == NULL ?
	    NULL :
	    bsearch(&wanted, names->items, names->n, sizeof(wanted), by_text);
}

static void
add_name(struct names *names, const char *text)
{
	if (find_name(names, text) != NULL)
		return;
	names->items[names->n++] = (struct name){ .text = text };
	qsort(names->items, names->n, sizeof(*names->items), by_text);
}

/* Tasks come newest first.  False: more need not be seen. */
static bool
match_names(const struct labels *of_task, void *arg)
{
	struct names *names = arg;
	struct name *name = find_name(names, of_task->label);

	if (name != NULL && name->labelled == 0) {
		name->labelled = of_task->number;
		names->labelled++;
	}
	name = find_name(names, of_task->group_name);
	if (name != NULL && name->grouped == 0)
		name->grouped = of_task->group;
	return names->labelled < names->n; /* a label goes before a group */
}

static bool
match_live(const struct task *task, struct names *names)
{
	const struct record *rec = task_record(task);
	const struct labels of_task = { .number = rec->number,
		.label = rec->spec.label,
		.group_name = rec->from.group_name,
		.group = rec->from.group == NULL ? 0 :
						   id_number(rec->from.group) };

	return match_names(&of_task, names);
}

/* Live ones first, however old. */
static void
find_names(struct names *names)
{
	struct task *task = NULL;

	error_clear(&names->unseen);
	while ((task = task_live_before(task)) != NULL)
		if (!match_live(task, names))
			return;
	if (labels_know(&names->unseen) == 0)
		labels_each(match_names, names);
}

static void
add_prefix(struct task_list *list, const char *prefix)
{
	struct task *task = NULL;

	if (strlen(prefix) >= UUID_MIN_PREFIX &&
	    strspn(prefix, "0123456789abcdef-") == strlen(prefix))
		task = lookup_uuid(prefix);
	if (task != NULL)
		task_list_add(list, task);
	task_unref(task);
}

/* A label goes before a group, so nothing is known before all are seen. */
static void
add_named(struct task_list *list, const struct name *name,
    const struct error *why, struct error *unseen)
{
	if (name->labelled != 0)
		add_number(list, name->labelled, NULL);
	else if (why->code != ERR_NONE)
		fail(unseen, ERR_SYSTEM, "cannot be looked up now: %s",
		    why->text);
	else if (name->grouped != 0)
		lookup_group(name->grouped, list, unseen);
	else
		add_prefix(list, name->text);
}

/* False: it means nothing, or it is unseen what it means. */
static bool
add_id(struct task_list *list, const char *id, struct names *names,
    struct error *unseen)
{
	struct task_list found = { 0 };
	const char *uuid = NULL;
	uint64_t number;
	bool any;
	size_t i;

	error_clear(unseen);
	switch (parse_id(id, &number, &uuid)) {
	case 't':
		add_number(&found, number, uuid);
		break;
	case 'g':
		lookup_group(number, &found, unseen);
		break;
	default:
		add_named(&found, find_name(names, id), &names->unseen, unseen);
		break;
	}
	any = found.n > 0 && unseen->code == ERR_NONE;
	for (i = 0; any && i < found.n; i++)
		task_list_add(list, found.tasks[i]);
	task_list_clear(&found);
	return any;
}

static bool
any_task(const struct task *task, void *arg)
{
	(void)task;
	(void)arg;
	return true;
}

/* "; the newest are t9 docs, t8, t7" */
static void
suggest(struct error *err)
{
	struct task_walk walk = { .max = NEAR_MAX,
		.scan = NEAR_MAX,
		.match = any_task };
	struct task_list near = { 0 };
	const struct record *rec;
	struct buf text = { 0 };
	size_t i;

	resolve_matching(&near, &walk);
	for (i = 0; i < near.n; i++) {
		rec = task_record(near.tasks[i]);
		buf_printf(&text, "%st%" PRIu64 "%s%s", i == 0 ? "" : ", ",
		    rec->number, rec->spec.label == NULL ? "" : " ",
		    rec->spec.label == NULL ? "" : rec->spec.label);
	}
	if (near.n == 0 && !walk.failed)
		fail_add(err, ERR_NOT_FOUND, "there are no tasks at all");
	else if (near.n > 0)
		fail_add(err, ERR_NOT_FOUND,
		    "the newest are %s; list_tasks shows more", text.data);
	buf_clear(&text);
	task_list_clear(&near);
}

static void
explain(const char *id, struct error *err)
{
	const char *why = "no such task", *uuid;
	struct error found = { 0 };
	struct task *task;
	uint64_t number;

	if (parse_id(id, &number, &uuid) == 't' && number > 0 &&
	    number <= store_last_number()) {
		task = lookup_number(number, &found);
		if (task == NULL)
			why = found.code == ERR_NOT_FOUND ? "was cleaned up" :
							    found.text;
		task_unref(task);
	}
	fail_add(err, ERR_NOT_FOUND, "%.60s: %s", *id == '\0' ? "\"\"" : id,
	    why);
}

/* At most TASKS_MAX_PER_CALL of them. */
static void
add_ids(char *const *ids, size_t n, struct task_list *list, struct error *err)
{
	struct names names = { .n = 0 };
	struct error unseen;
	size_t i;

	for (i = 0; i < n; i++)
		if (!is_exact(ids[i]))
			add_name(&names, ids[i]);
	if (names.n > 0)
		find_names(&names);
	for (i = 0; i < n; i++)
		if (add_id(list, ids[i], &names, &unseen))
			continue;
		else if (unseen.code == ERR_NONE)
			explain(ids[i], err);
		else
			fail_add(err, ERR_SYSTEM, "%.60s: %s", ids[i],
			    unseen.text);
}

int
resolve_ids(char *const *ids, struct task_list *list, struct error *err)
{
	size_t i, n = strv_len(ids);

	if (index_know(err) != 0)
		return -1;
	error_clear(err);
	for (i = 0; i < n; i += TASKS_MAX_PER_CALL)
		add_ids(ids + i,
		    n - i < TASKS_MAX_PER_CALL ? n - i : TASKS_MAX_PER_CALL,
		    list, err);
	if (err->code == ERR_NONE)
		return 0;
	suggest(err);
	task_list_clear(list);
	return -1;
}
