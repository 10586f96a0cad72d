/*
 * Accepting tasks: numbers, names, environments; all of a call or none.
 *
 * Long because that all or none are accepted is one promise.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/id.h"
#include "common/limits.h"
#include "common/log.h"
#include "common/machine.h"
#include "common/mem.h"
#include "common/step.h"
#include "common/timefmt.h"
#include "daemon/config.h"
#include "daemon/record/record.h"
#include "daemon/session.h"
#include "daemon/store/accept.h"
#include "daemon/store/delete.h"
#include "daemon/store/index.h"
#include "daemon/store/live.h"
#include "daemon/store/number.h"
#include "daemon/store/version.h"
#include "daemon/task/account.h"
#include "daemon/task/cost.h"
#include "daemon/task/environment.h"
#include "daemon/task/inside.h"
#include "daemon/task/keeper.h"
#include "daemon/task/life.h"
#include "daemon/task/limits.h"
#include "daemon/task/lineage.h"
#include "daemon/task/replace.h"
#include "daemon/task/seen_before.h"
#include "daemon/task/task.h"

/* What the tasks of one call have in common. */
struct batch {
	const struct session *session;
	const struct task_group *group;
	struct lineage lineage;
	uint64_t ordinal;
	uint64_t first; /* the group's number; 0: not known yet */
	int64_t now;
};

struct creation {
	struct batch batch;
	const struct task_spec *const *specs;
	struct task **tasks;
	size_t n;
	uint64_t numbers[TASKS_MAX_PER_CALL];
	bool fresh[TASKS_MAX_PER_CALL]; /* made here */
};

static void
fill_origin(struct record *rec, const struct batch *batch, size_t index)
{
	struct record_origin *from = &rec->from;
	char created[TIMEFMT_SIZE], uuid[37];
	struct machine here;

	from->version = RECORD_VERSION;
	seen_before_uuid(batch->session, batch->ordinal, index, uuid);
	from->uuid = xstrdup(uuid);
	if (batch->group->grouped) {
		from->group = xasprintf(GROUP_ID, batch->first);
		from->group_name = xstrdup(batch->group->name);
		from->max_parallel = batch->group->max_parallel;
		from->max_budget_usd = batch->group->max_budget_usd;
		from->notify = batch->group->notify;
	}
	from->result_chars = batch->group->result_chars;
	if (rec->spec.stdin_base64 != NULL)
		from->stdin_sum = task_stdin_sum(rec->spec.stdin_base64);
	from->owner = xstrdup(batch->session->owner);
	from->created_at = xstrdup(timefmt_iso(batch->now, created));
	from->origin = xstrdup(batch->session->client);
	from->umask = batch->session->umask;
	from->attributes = xstrdup(batch->session->attributes);
	machine_read(&here);
	from->boot = here.boot[0] == '\0' ? NULL : xstrdup(here.boot);
	from->boot_ms = time_up_ms();
	from->parent = xstrdup(batch->lineage.parent);
	from->ancestors = strv_dup(batch->lineage.ancestors);
	from->depth = batch->lineage.depth;
	from->unknown_origin = batch->lineage.unknown;
}

/* Fills in what the caller left to the session and the configuration. */
static void
fill_spec(struct task_spec *spec, const struct task_spec *asked,
    const struct session *session)
{
	const struct config_claude *claude = &config_get()->agents.claude;

	schema_copy(task_spec_fields, asked, spec);
	limits_fill(spec);
	if (spec->cwd == NULL)
		spec->cwd = xstrdup(session->cwd);
	if (!task_spec_is_agent(spec))
		return;
	if (spec->permission_mode == PERMISSION_ABSENT &&
	    task_spec_is_claude(spec))
		spec->permission_mode = claude->permission_mode;
	if (spec->timeout_s == 0)
		spec->timeout_s = claude->timeout_s;
}

bool
task_fits(const struct task *task, const struct task_spec *asked,
    const struct session *session)
{
	struct task_spec spec = { 0 };
	bool same;

	fill_spec(&spec, asked, session);
	same = seen_before_same(task_record(task), &spec);
	schema_clear(task_spec_fields, &spec);
	return same;
}

static int
accept(struct task *task, const struct batch *batch, struct error *err)
{
	struct record *rec = &task->rec;
	char *name = xasprintf(TASK_NAME, rec->number, rec->from.uuid);
	struct environment_task self = {
		.name = name,
		.parent = rec->from.parent,
		.depth = rec->from.depth,
		.bridge = record_is_agent(rec) ? keeper_bridge() : NULL,
	};
	struct buf env = { 0 }, given = { 0 };
	int result;

	if (rec->spec.options.replaces == NULL)
		environment_build(batch->session->env, batch->session->env_len,
		    rec->spec.options.env, &self, &env);
	else if (replace_environment(rec, &given, err) == 0)
		environment_build(given.data, given.len, rec->spec.options.env,
		    &self, &env);
	else {
		free(name);
		return -1;
	}
	buf_clear(&given);
	if (record_is_agent(rec))
		rec->from.homes = environment_homes(&env);
	if (task_spec_is_claude(&rec->spec))
		rec->from.account = account_of(&env);
	result = store_create(rec, env.data, env.len, err);
	free(rec->spec.stdin_base64); /* it is on disk */
	rec->spec.stdin_base64 = NULL;
	buf_clear(&env);
	free(name);
	return result;
}

static struct task *
create_one(const struct task_spec *spec, struct batch *batch, size_t index,
    uint64_t number, struct error *err)
{
	struct task *task = task_new();
	struct record *rec = &task->rec;

	rec->number = number;
	fill_spec(&rec->spec, spec, batch->session);
	waiting_fill(&rec->waiting, &rec->spec);
	fill_origin(rec, batch, index);
	replace_inherit(rec);
	if (replace_check(spec, batch->session, err) != 0 ||
	    accept(task, batch, err) != 0) {
		task_unref(task);
		return NULL;
	}
	return task;
}

/*
 * Takes back what was accepted: none of it has started, and nobody has heard
 * of it.  The same request may then be made again.
 */
static void
take_back(struct task **tasks, const bool *fresh, size_t n)
{
	const struct record *rec;
	struct error err;

	while (n-- > 0) {
		if (!fresh[n])
			continue;
		rec = task_record(tasks[n]);
		if (store_discard(rec, &err) != 0)
			log_warnx(TASK_ID ": %s", rec->number, err.text);
		store_settle(rec); /* after it: what has no link never starts */
		task_unref(tasks[n]);
		tasks[n] = NULL;
	}
}

/* Whether the request made its index-th task itself, and no key named it. */
static bool
is_own(const struct task *task, const struct session *session, uint64_t ordinal,
    size_t index)
{
	char uuid[37];

	seen_before_uuid(session, ordinal, index, uuid);
	return strcmp(task->rec.from.uuid, uuid) == 0;
}

/* A request that comes again has its group already. */
static uint64_t
known_group(const struct session *session, uint64_t ordinal,
    struct task *const *tasks, size_t n)
{
	const char *group;
	size_t i;

	for (i = 0; i < n; i++) {
		if (tasks[i] == NULL || !is_own(tasks[i], session, ordinal, i))
			continue;
		group = tasks[i]->rec.from.group;
		if (group != NULL)
			return id_number(group);
	}
	return 0;
}

/*
 * Tasks that were not accepted when their daemon died get the numbers that it
 * had taken for them: those of a group are consecutive, and found by that.
 */
void
task_number(const struct session *session, uint64_t ordinal,
    struct task *const *tasks, size_t n, uint64_t *numbers)
{
	uint64_t next = known_group(session, ordinal, tasks, n);
	size_t i;

	if (next == 0)
		next = store_last_number() + 1;
	for (i = 0; i < n; i++) {
		numbers[i] = tasks[i] == NULL ? next : tasks[i]->rec.number;
		if (tasks[i] == NULL || is_own(tasks[i], session, ordinal, i))
			next++;
	}
}

/* Numbers are on disk before the first of them is used. */
static int
take_numbers(struct task *const *tasks, size_t n, const uint64_t *numbers,
    struct error *err)
{
	while (n-- > 0)
		if (tasks[n] == NULL)
			return store_take_numbers(numbers[n], err);
	return 0;
}

/* Whether a task waits for another of its call that is still to be made. */
static bool
is_early(const struct task_spec *spec, struct task *const *tasks, size_t n,
    const uint64_t *numbers)
{
	char *const *id;
	size_t i;

	for (id = spec->after; id != NULL && *id != NULL; id++)
		for (i = 0; i < n; i++)
			if (tasks[i] == NULL && id_number(*id) == numbers[i])
				return true;
	return false;
}

/*
 * The next task to make, or n.  A task comes after those that it waits for:
 * should the daemon be killed in between, it must not wait for what never was.
 */
static size_t
next_to_make(const struct task_spec *const *specs, struct task *const *tasks,
    size_t n, const uint64_t *numbers)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (tasks[i] == NULL && !is_early(specs[i], tasks, n, numbers))
			break;
	return i;
}

/* The number of tasks that are still to be made. */
static size_t
missing(struct task *const *tasks, size_t n)
{
	size_t i, count = 0;

	for (i = 0; i < n; i++)
		count += tasks[i] == NULL;
	return count;
}

static int
check_room(size_t n, struct error *err)
{
	if (task_count_live() + n <= TASKS_MAX_LIVE)
		return 0;
	fail(err, ERR_LIMIT,
	    "%d tasks are queued or running, the most allowed; wait for some "
	    "or stop some",
	    TASKS_MAX_LIVE);
	return -1;
}

/* Agents in the queue wait for tomorrow; more of them are refused. */
static int
check_day(const struct task_spec *const *specs, struct task *const *tasks,
    size_t n, struct error *err)
{
	double most = config_get()->agents.max_budget_usd_per_day;
	bool agents = false;
	size_t i;

	for (i = 0; i < n; i++)
		agents |= tasks[i] == NULL && task_spec_is_agent(specs[i]);
	if (!agents || most <= 0 || cost_of_today() < most)
		return 0;
	fail(err, ERR_LIMIT,
	    "agents have cost $%.2f today (UTC), and $%.2f a day is what the "
	    "configuration allows (agents.max_budget_usd_per_day); ask the "
	    "user, or start it tomorrow",
	    cost_of_today(), most);
	return -1;
}

/* An earlier program would pass limits over, and holds. */
static int
check_limits(const struct task_spec *const *specs, struct task *const *tasks,
    size_t n, struct error *err)
{
	struct task_spec spec;
	char why[300];
	int version;
	size_t i;

	for (i = 0; i < n; i++) {
		if (tasks[i] != NULL)
			continue;
		spec = *specs[i]; /* borrows: filled in are numbers */
		limits_fill(&spec);
		if (limits_lack(&spec, why, sizeof(why)) != 0) {
			fail(err, ERR_INVALID, "%s", why);
			return -1;
		}
		version = spec.options.hold ? STORE_VERSION_HOLD :
		    limits_any(&spec)       ? STORE_VERSION_LIMITS :
					      0;
		if (version > 0 && store_raise_version(version, err) != 0)
			return -1;
	}
	return 0;
}

/* Between two of a call others could start what one replaces. */
static int
check_replaces(const struct task_spec *const *specs, size_t n,
    struct error *err)
{
	size_t i;

	for (i = 0; n > 1 && i < n; i++)
		if (specs[i]->options.replaces != NULL) {
			fail(err, ERR_INVALID,
			    "options.replaces: goes with one task only");
			return -1;
		}
	return 0;
}

/* All are accepted: now there are tasks. */
static void
begin_all(struct task **tasks, const bool *fresh, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (!fresh[i])
			continue;
		index_add(tasks[i]->rec.path);
		life_begin(tasks[i]);
		replace_end(&tasks[i]->rec);
	}
	STEP("accepted-all");
}

int
task_create_step(struct creation *c, struct error *err)
{
	size_t i = next_to_make(c->specs, c->tasks, c->n, c->numbers);

	if (i < c->n) {
		c->tasks[i] = create_one(c->specs[i], &c->batch, i,
		    c->numbers[i], err);
		if (c->tasks[i] == NULL) {
			take_back(c->tasks, c->fresh, c->n);
			return -1;
		}
		c->fresh[i] = true;
		STEP("accepted-one");
		i = next_to_make(c->specs, c->tasks, c->n, c->numbers);
	}
	if (i < c->n)
		return 1;
	begin_all(c->tasks, c->fresh, c->n);
	return 0;
}

static int
begin(struct creation *c, struct error *err)
{
	struct batch *batch = &c->batch;
	bool begun = batch->first != 0; /* an earlier daemon allowed it */
	size_t i, more = missing(c->tasks, c->n);

	if (check_replaces(c->specs, c->n, err) != 0 ||
	    check_room(more, err) != 0 ||
	    (!begun && check_limits(c->specs, c->tasks, c->n, err) != 0) ||
	    (!begun && lineage_check(&batch->lineage, more, err) != 0) ||
	    (!begun && check_day(c->specs, c->tasks, c->n, err) != 0))
		return -1;
	task_number(batch->session, batch->ordinal, c->tasks, c->n, c->numbers);
	for (i = 0; batch->first == 0 && i < c->n; i++)
		if (c->tasks[i] == NULL)
			batch->first = c->numbers[i];
	return take_numbers(c->tasks, c->n, c->numbers, err);
}

struct creation *
task_create_begin(const struct task_spec *const *specs, size_t n,
    const struct task_group *group, const struct session *session,
    uint64_t ordinal, struct task **tasks, struct error *err)
{
	struct creation *c = xcalloc(1, sizeof(*c));

	c->specs = specs;
	c->tasks = tasks;
	c->n = n;
	c->batch = (struct batch){ .session = session,
		.group = group,
		.ordinal = ordinal,
		.first = known_group(session, ordinal, tasks, n),
		.now = time_wall_ms() };
	lineage_of(session, &c->batch.lineage);
	if (begin(c, err) == 0)
		return c;
	task_create_end(c);
	return NULL;
}

void
task_create_end(struct creation *c)
{
	if (c == NULL)
		return;
	lineage_clear(&c->batch.lineage);
	free(c);
}

int
task_create(const struct task_spec *const *specs, size_t n,
    const struct task_group *group, const struct session *session,
    uint64_t ordinal, struct task **tasks, struct error *err)
{
	struct creation *c = task_create_begin(specs, n, group, session,
	    ordinal, tasks, err);
	int result = c == NULL ? -1 : 1;

	while (result == 1)
		result = task_create_step(c, err);
	task_create_end(c);
	return result;
}
