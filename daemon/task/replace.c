/*
 * Replacing queued tasks.  See replace.h.  The acceptance of the new task is
 * what counts: a daemon that dies after it leaves the end of the old one to the
 * next, which starts nothing before.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/error.h"
#include "common/id.h"
#include "common/io.h"
#include "common/limits.h"
#include "common/mem.h"
#include "daemon/store/files.h"
#include "daemon/task/inside.h"
#include "daemon/task/life.h"
#include "daemon/task/lineage.h"
#include "daemon/task/replace.h"

/* The live task that is replaced, or NULL. */
static struct task *
replaced_live(const struct record *rec)
{
	const char *id = rec->spec.options.replaces;

	return id == NULL ? NULL : task_find_live(id_number(id));
}

/* The same, while it is queued. */
static struct task *
replaced(const struct record *rec)
{
	struct task *task = replaced_live(rec);

	return task == NULL || task->phase != TASK_QUEUED ? NULL : task;
}

int
replace_check(const struct task_spec *spec, const struct session *session,
    struct error *err)
{
	const char *id = spec->options.replaces;
	struct task *task;

	if (id == NULL)
		return 0;
	task = task_find_live(id_number(id));
	if (task != NULL && task->phase == TASK_QUEUED &&
	    task->rec.run.number == 1)
		return lineage_check_change(session, &task->rec, err);
	fail(err, ERR_BUSY,
	    "replaces: %.40s is not queued any more, so nothing was changed; "
	    "ccproc restart --edit starts one that has ended again",
	    id);
	return -1;
}

static void
inherit_text(char **to, const char *from)
{
	free(*to);
	*to = xstrdup(from);
}

/* Whose it is does not change with who has edited it. */
static void
inherit_lineage(struct record_origin *from, const struct record_origin *old)
{
	inherit_text(&from->owner, old->owner);
	inherit_text(&from->parent, old->parent);
	strv_free(from->ancestors);
	from->ancestors = strv_dup(old->ancestors);
	from->depth = old->depth;
	from->unknown_origin = old->unknown_origin;
}

void
replace_inherit(struct record *rec)
{
	const struct task *task = replaced(rec);
	const struct record_origin *old;
	struct record_origin *from = &rec->from;
	char id[32];

	if (task == NULL)
		return;
	old = &task->rec.from;
	snprintf(id, sizeof(id), TASK_ID, task->rec.number);
	from->stands_for = strv_add(strv_dup(old->stands_for), id);
	from->place = old->place != 0 ? old->place : (int64_t)task->rec.number;
	inherit_lineage(from, old);
	inherit_text(&from->group, old->group);
	inherit_text(&from->group_name, old->group_name);
	from->max_parallel = old->max_parallel;
	from->max_budget_usd = old->max_budget_usd;
	from->notify = old->notify;
}

int
replace_environment(const struct record *rec, struct buf *env,
    struct error *err)
{
	const struct task *task = replaced(rec);
	char *path;
	off_t size;
	int fd, result = -1;

	if (task == NULL) {
		fail(err, ERR_BUSY, "replaces: it is not queued any more");
		return -1;
	}
	path = xasprintf("%s/env", task->rec.dir);
	fd = io_open_regular(store_rootfd(), path, &size);
	if (fd != -1 && size < LINE_MAX_BYTES) {
		buf_reserve(env, (size_t)size + 1);
		if (io_read(fd, env->data, (size_t)size) == size) {
			env->len = (size_t)size;
			result = 0;
		}
	}
	if (result != 0)
		fail_errno(err, "the environment of " TASK_ID ": %s",
		    task->rec.number, path);
	if (fd != -1)
		close(fd);
	free(path);
	return result;
}

void
replace_end(const struct record *rec)
{
	struct task *task = replaced_live(rec);

	if (task != NULL &&
	    (task->phase == TASK_QUEUED || task->phase == TASK_UNSEEN))
		life_give_way(task, rec->number);
}

bool
replace_is_over(const struct record *rec)
{
	return replaced_live(rec) == NULL;
}

void
replace_adopt(void)
{
	struct task *task, *older;

	/* the replaced are older, so that those that follow stay */
	for (task = task_live_before(NULL); task != NULL; task = older) {
		replace_end(&task->rec);
		older = task_live_before(task);
	}
}
