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
#include "daemon/find/resolve.h"
#include "daemon/record/record.h"
#include "daemon/store/name.h"
#include "daemon/store/number.h"
#include "daemon/store/walk.h"
#include "daemon/task/lookup.h"
#include "daemon/task/task.h"

#define UUID_LEN 36
#define UUID_MIN_PREFIX 4
/* Ids suggested when one is not known. */
#define NEAR_MAX 5

struct matching {
	struct task_list *list;
	struct task_walk *walk;
	size_t scanned;
};

static void
note_unread(struct task_walk *walk, const struct error *err)
{
	log_warnx("passed over: %s", err->text);
	if (walk->unread++ == 0)
		snprintf(walk->why, sizeof(walk->why), "%.399s", err->text);
}

static bool
look_matching(const struct store_name *name, void *arg)
{
	struct matching *m = arg;
	struct task_walk *walk = m->walk;
	struct error err;
	struct task *task;

	if (walk->before != 0 && name->number >= walk->before)
		return true;
	task = task_open(name, &err);
	if (task == NULL) {
		note_unread(walk, &err);
		return true;
	}
	if (record_ended(task_record(task)))
		m->scanned++;
	if (walk->match(task, walk->arg))
		task_list_add(m->list, task);
	task_unref(task);
	if (m->list->n < walk->max && m->scanned < walk->scan)
		return true;
	walk->stopped = name->number;
	return false;
}

void
resolve_matching(struct task_list *list, struct task_walk *walk)
{
	struct matching m = { list, walk, 0 };

	walk->stopped = 0;
	walk->unread = 0;
	store_each(look_matching, &m);
}

static int
newest_first(const void *a, const void *b)
{
	struct task *const *x = a, *const *y = b;
	uint64_t i = task_record(*x)->number, j = task_record(*y)->number;

	return i < j ? 1 : i > j ? -1 : 0;
}

void
resolve_open(struct task_list *list, struct task_walk *walk)
{
	struct task *task = NULL;

	while (list->n < walk->max && (task = task_next_live(task)) != NULL)
		if (walk->match(task, walk->arg))
			task_list_add(list, task);
	if (list->n < walk->max)
		resolve_matching(list, walk);
	if (list->n > 0)
		qsort(list->tasks, list->n, sizeof(*list->tasks), newest_first);
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

bool
resolve_are_exact(char *const *ids)
{
	const char *uuid;
	uint64_t number;

	for (; *ids != NULL; ids++)
		if (parse_id(*ids, &number, &uuid) == 0)
			return false;
	return true;
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

static bool
has_label(const struct task *task, void *arg)
{
	const struct record *rec = task_record(task);

	return rec->spec.label != NULL && strcmp(rec->spec.label, arg) == 0;
}

static bool
has_group_name(const struct task *task, void *arg)
{
	const struct record *rec = task_record(task);

	return rec->from.group_name != NULL &&
	    strcmp(rec->from.group_name, arg) == 0;
}

/* Returns a reference to the newest live task, else to the newest. */
static struct task *
find_named(bool (*match)(const struct task *, void *), const char *name)
{
	struct task_list found = { 0 };
	struct task *task = NULL, *newest = NULL;
	char *arg = xstrdup(name);
	struct task_walk walk = { .max = 1,
		.scan = HISTORY_MAX_SCAN,
		.match = match,
		.arg = arg };

	while ((task = task_next_live(task)) != NULL)
		if (match(task, arg))
			newest = task;
	if (newest != NULL)
		task_ref(newest);
	else {
		resolve_matching(&found, &walk);
		if (found.n > 0)
			newest = task_ref(found.tasks[0]);
		task_list_clear(&found);
	}
	free(arg);
	return newest;
}

static bool
add_named(struct task_list *list, const char *name)
{
	struct task *task;

	if ((task = find_named(has_label, name)) != NULL)
		task_list_add(list, task);
	else if ((task = find_named(has_group_name, name)) != NULL)
		lookup_group(id_number(task_record(task)->from.group), list);
	task_unref(task);
	return task != NULL;
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

static bool
add_id(struct task_list *list, const char *id)
{
	struct task_list found = { 0 };
	const char *uuid = NULL;
	uint64_t number;
	bool any;
	size_t i;

	switch (parse_id(id, &number, &uuid)) {
	case 't':
		add_number(&found, number, uuid);
		break;
	case 'g':
		lookup_group(number, &found);
		break;
	default:
		if (!add_named(&found, id))
			add_prefix(&found, id);
		break;
	}
	any = found.n > 0;
	for (i = 0; i < found.n; i++)
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
	if (near.n == 0)
		fail_add(err, ERR_NOT_FOUND, "there are no tasks at all");
	else
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
	fail_add(err, ERR_NOT_FOUND, "%.60s: %s", id, why);
}

int
resolve_ids(char *const *ids, struct task_list *list, struct error *err)
{
	error_clear(err);
	for (; *ids != NULL; ids++)
		if (!add_id(list, *ids))
			explain(*ids, err);
	if (err->code == ERR_NONE)
		return 0;
	suggest(err);
	task_list_clear(list);
	return -1;
}
