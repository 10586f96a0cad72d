/*
 * What tests of tasks need.  See taskbox.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/error.h"
#include "common/launch.h"
#include "common/log.h"
#include "common/mem.h"
#include "daemon/config.h"
#include "daemon/os/loop.h"
#include "daemon/question/question.h"
#include "daemon/queue/queue.h"
#include "daemon/record/record.h"
#include "daemon/session.h"
#include "daemon/store/live.h"
#include "daemon/store/name.h"
#include "daemon/store/store.h"
#include "daemon/store/task_dir.h"
#include "daemon/store/trash.h"
#include "daemon/task/inside.h"
#include "daemon/task/keeper.h"
#include "daemon/task/life.h"
#include "daemon/task/peer.h"
#include "daemon/task/task.h"
#include "json/json.h"
#include "json/schema.h"
#include "tests/unit/taskbox.h"
#include "tests/unit/unit.h"

#define DEADLINE_MS 10000

static struct session session;
static struct peer peer;
static uint64_t ordinal;

static void
open_session(void)
{
	static const char env[] = "PATH=/usr/bin:/bin\0HOME=/nowhere";

	/* no two tests may have tasks of one name: one sweeps the other's */
	launch_session(session.uuid);
	session.client = xstrdup("bridge");
	session.owner = xstrdup("me");
	session.cwd = xstrdup("/");
	session.env = xcalloc(1, sizeof(env));
	memcpy(session.env, env, sizeof(env));
	session.env_len = sizeof(env);
	session.umask = 022;
	session.pid = getpid();
	peer = (struct peer){ .pid = getpid(),
		.pidfd = -1,
		.where = WHERE_OUTSIDE };
	session.peer = &peer;
}

void
taskbox_open(void)
{
	const char *build = getenv("CCPROC_BUILD");
	struct error err;

	setenv("CCPROC_LIBEXEC", build == NULL ? "." : build, 0);
	ck_assert_msg(keeper_init(unit_path("sock"), &err) == 0, "%s",
	    err.text);
	ck_assert_msg(config_load(unit_path("config"), &err) == 0, "%s",
	    err.text);
	ck_assert_msg(store_open(unit_path("state"), &err) == 0, "%s",
	    err.text);
	loop_init();
	queue_init();
	question_start();
	trash_init();
	open_session();
}

void
taskbox_close(void)
{
	struct error err;

	task_forget_all();
	trash_free();
	queue_free();
	question_stop();
	loop_free();
	store_close();
	session_clear(&session);
	unit_cleanup();
	config_load("/nowhere/at/all", &err); /* frees what was loaded */
}

struct session *
taskbox_session(void)
{
	return &session;
}

struct peer *
taskbox_peer(void)
{
	return &peer;
}

void
taskbox_spec(const char *json, struct task_spec *spec)
{
	struct json_object *object;
	struct error err;

	schema_clear(task_spec_fields, spec);
	object = json_parse(json, strlen(json), &err);
	ck_assert_msg(object != NULL, "%s", json);
	error_clear(&err);
	ck_assert_msg(schema_decode(task_spec_fields, object, "", spec, &err) ==
		    0 &&
		task_spec_check(spec, "", &err) == 0,
	    "%s", err.text);
	json_object_put(object);
}

struct task *
taskbox_task(const char *json)
{
	const struct task_group alone = { .grouped = false };
	struct task_spec *spec = xcalloc(1, sizeof(*spec));
	const struct task_spec *specs[] = { spec };
	struct task *task = NULL;
	struct error err;

	taskbox_spec(json, spec);
	ck_assert_msg(task_create(specs, 1, &alone, &session, ++ordinal, &task,
			  &err) == 0,
	    "%s", err.text);
	task_spec_free(spec);
	return task;
}

void
taskbox_phase(struct task *task, enum task_phase phase)
{
	task->phase = phase;
	task_set_open_questions(task, 0);
	task_tell(task,
	    TASK_ENTERED(phase) |
		(phase == TASK_RUNNING ? TASK_TAKEN_OVER : 0));
}

struct task *
taskbox_held(const char *spec)
{
	struct task *task = taskbox_task(spec);

	life_take_over(task, true);
	return task;
}

struct exitrec
taskbox_exit(int code)
{
	return (struct exitrec){
		.version = EXITREC_VERSION,
		.machine = { "m", "b", "p" },
		.started_at = 1795335858118,
		.main_exited = true,
		.main_pid = 99,
		.exit_code = code,
		.main_ended_at = 1795335859318,
		.complete = true,
		.ended_at = 1795335859318,
		.elapsed = 1200,
	};
}

static void
find(const struct task *task, struct store_name *name)
{
	const struct record *rec = task_record(task);

	name->number = rec->number;
	snprintf(name->uuid, sizeof(name->uuid), "%s", rec->from.uuid);
	snprintf(name->path, sizeof(name->path), "%s", rec->path);
}

struct task *
taskbox_reopen(struct task *task)
{
	struct store_name name;
	struct error err;

	find(task, &name);
	task_unref(task);
	task_forget_all();
	task = task_open(&name, &err);
	ck_assert_msg(task != NULL, "%s", err.text);
	return task;
}

struct task *
taskbox_ended_with(const char *spec, const struct exitrec *exit,
    const char *out, const char *errors)
{
	struct task *task = taskbox_task(spec);
	struct record rec = *task_record(task);
	struct error err;

	rec.exit = *exit;
	ck_assert_msg(store_finish(&rec, &err) == 0, "%s", err.text);
	store_settle(&rec);
	taskbox_write(task, "stdout", out);
	taskbox_write(task, "stderr", errors);
	return taskbox_reopen(task);
}

struct task *
taskbox_ended(const char *spec, const struct exitrec *exit)
{
	return taskbox_ended_with(spec, exit, NULL, NULL);
}

static const char *
path_in(const struct task *task, const char *name)
{
	static char path[200];

	snprintf(path, sizeof(path), "state/%s/%s", task_record(task)->path,
	    name);
	return path;
}

void
taskbox_write(const struct task *task, const char *name, const char *text)
{
	if (text != NULL)
		unit_write(path_in(task, name), text);
}

bool
taskbox_has(const struct task *task, const char *name)
{
	return access(unit_path(path_in(task, name)), F_OK) == 0;
}

char *
taskbox_read(const struct task *task, const char *name)
{
	return unit_read(path_in(task, name));
}

static void
on_deadline(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	*(bool *)arg = true;
}

void
taskbox_until(bool (*holds)(void *), void *arg)
{
	bool late = false;
	struct event *deadline = loop_timer_new(on_deadline, &late);

	loop_timer_start(deadline, DEADLINE_MS * unit_patience());
	while (!holds(arg) && !late)
		event_base_loop(loop_base(), EVLOOP_ONCE);
	event_free(deadline);
	/* after a pause of the machine both may come in one turn */
	ck_assert_msg(holds(arg), "it did not come about in time");
}

static bool
has_ended(void *arg)
{
	return record_ended(task_record(arg));
}

void
taskbox_until_ended(struct task *task)
{
	taskbox_until(has_ended, task);
}

static bool
is_running(void *arg)
{
	return task_record(arg)->state == STATE_RUNNING && !task_starting(arg);
}

void
taskbox_until_running(struct task *task)
{
	taskbox_until(is_running, task);
}
