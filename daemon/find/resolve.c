/*
 * Finding tasks.  See resolve.h.  Long because whatever a name may mean is
 * weighed in one place.
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
note_unread(struct task_walk *walk, const struct error *err, bool failed)
{
	log_warnx("passed over: %s", err->text);
	if (walk->unread++ == 0)
		snprintf(walk->why, sizeof(walk->why), "%.399s", err->text);
	walk->failed = failed;
	if (failed)
		fail(&walk->err, ERR_SYSTEM, "%s", walk->why);
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
		note_unread(walk, &err, error_passes(&err));
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
	if (index_know(&err) == 0)
		return true;
	note_unread(walk, &err, true);
	return false;
}

static int
newest_first(const void *a, const void *b)
{
	struct task *const *x = a, *const *y = b;
	uint64_t i = task_record(*x)->number, j = task_record(*y)->number;

	return i < j ? 1 : i > j ? -1 : 0;
}

/* False: that was the last. */
static bool
step(struct task_list *list, struct task_walk *walk)
{
	if (walk->began ? index_before(&walk->at) && look(list, walk) :
			  begin(list, walk))
		return true;
	if (walk->live_first && list->n > 0)
		qsort(list->tasks, list->n, sizeof(*list->tasks), newest_first);
	return false;
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

/* Another live one with that label; NULL: there is none. */
static const struct task *
namesake(const char *label, const struct task *task)
{
	struct task *other = NULL;
	const char *name;

	while ((other = task_next_live(other)) != NULL) {
		name = task_record(other)->spec.label;
		if (other != task && name != NULL && strcmp(name, label) == 0)
			return other;
	}
	return NULL;
}

bool
resolve_is_sure(const char *name, const struct task *task, struct error *err)
{
	const struct record *rec = task_record(task);
	const struct task *other;

	if (is_exact(name))
		return true;
	if (rec->from.parent != NULL || rec->from.unknown_origin)
		fail(err, ERR_INVALID,
		    "%.60s is " TASK_ID " now, which %.*s has started and "
		    "called so",
		    name, rec->number,
		    rec->from.parent == NULL ?
			20 :
			(int)strcspn(rec->from.parent, "-"),
		    rec->from.parent == NULL ? "an unknown client" :
					       rec->from.parent);
	else if ((other = namesake(name, task)) != NULL)
		fail(err, ERR_INVALID,
		    "%.60s is " TASK_ID ", but " TASK_ID " is called so, too",
		    name, rec->number, task_record(other)->number);
	else
		return true;
	return false;
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

/* What a name means: the newest task with that label, and group; or 0. */
struct meaning {
	const char *name;
	uint64_t labelled, grouped;
};

/* Tasks come newest first. */
static bool
match_group(const struct labels *of_task, void *arg)
{
	struct meaning *meaning = arg;

	if (strcmp(of_task->group_name, meaning->name) == 0)
		meaning->grouped = of_task->group;
	return meaning->grouped == 0;
}

/* False: a label goes before a group. */
static bool
match_name(const struct labels *of_task, void *arg)
{
	struct meaning *meaning = arg;

	if (meaning->grouped == 0 &&
	    strcmp(of_task->group_name, meaning->name) == 0)
		meaning->grouped = of_task->group;
	if (strcmp(of_task->label, meaning->name) == 0)
		meaning->labelled = of_task->number;
	return meaning->labelled == 0;
}

static void
find_live_group(struct meaning *meaning)
{
	const struct task *task = task_find_grouped(meaning->name);

	if (task != NULL)
		meaning->grouped = id_number(task_record(task)->from.group);
}

/* Live ones first, however old.  -1: not all can be seen now. */
static int
find_meaning(struct meaning *meaning, struct error *err)
{
	const struct task *task = task_find_labelled(meaning->name);

	if (task != NULL) {
		meaning->labelled = task_record(task)->number;
		return 0;
	}
	find_live_group(meaning);
	if (labels_know(err) != 0)
		return -1;
	labels_each(match_name, meaning);
	return 0;
}

int
resolve_group(const char *name, uint64_t *group, struct error *err)
{
	struct meaning meaning = { .name = name };
	const char *uuid;

	if (parse_id(name, group, &uuid) == 'g')
		return 0;
	find_live_group(&meaning);
	if (meaning.grouped == 0 && labels_know(err) != 0)
		return -1;
	if (meaning.grouped == 0)
		labels_each(match_group, &meaning);
	*group = meaning.grouped;
	return 0;
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
add_named(struct task_list *list, const char *name, struct error *unseen)
{
	struct meaning meaning = { .name = name };
	struct error why;

	if (*name == '\0') /* a variable of somebody's that was not set */
		return;
	if (find_meaning(&meaning, &why) != 0)
		fail(unseen, ERR_SYSTEM, "cannot be looked up now: %s",
		    why.text);
	else if (meaning.labelled != 0)
		add_number(list, meaning.labelled, NULL);
	else if (meaning.grouped != 0)
		lookup_group(meaning.grouped, list, unseen);
	else
		add_prefix(list, name);
}

/* False: it means nothing, or it is unseen what it means. */
static bool
add_id(struct task_list *list, const char *id, struct error *unseen)
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
		add_named(&found, id, unseen);
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

	while (step(&near, &walk))
		continue;
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
	const char *why = *id == '\0' ? "expected an id, got no character" :
					"no such task",
		   *uuid;
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

/* What means nothing fails the call, which is told of all of it. */
static void
end_ids(struct task_list *list, struct task_walk *walk)
{
	walk->failed = walk->err.code != ERR_NONE;
	if (!walk->failed)
		return;
	if (!walk->bare)
		suggest(&walk->err);
	task_list_clear(list);
}

static void
take_id(struct task_list *list, const char *id, struct error *err)
{
	struct error unseen;

	if (add_id(list, id, &unseen))
		return;
	if (unseen.code == ERR_NONE)
		explain(id, err);
	else
		fail_add(err, ERR_SYSTEM, "%.60s: %s", id, unseen.text);
}

static bool
ids_step(struct task_list *list, struct task_walk *walk)
{
	if (!walk->began) {
		walk->began = true;
		walk->failed = index_know(&walk->err) != 0;
		if (walk->failed)
			return false;
		error_clear(&walk->err);
	}
	if (walk->ids[walk->named] != NULL) {
		take_id(list, walk->ids[walk->named++], &walk->err);
		return true;
	}
	end_ids(list, walk);
	return false;
}

bool
resolve_step(struct task_list *list, struct task_walk *walk)
{
	return walk->ids != NULL ? ids_step(list, walk) : step(list, walk);
}

int
resolve_ids(char *const *ids, struct task_list *list, struct error *err)
{
	struct task_walk walk = { .ids = ids };

	while (resolve_step(list, &walk))
		continue;
	*err = walk.err;
	return walk.failed ? -1 : 0;
}
