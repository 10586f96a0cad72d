/*
 * Starting keepers.  See keeper.h, and keeper/orders.c, which reads what is
 * written here.
 *
 * Long because every kind of program has its line in the one command line.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/error.h"
#include "common/id.h"
#include "common/keeperctl.h"
#include "common/limits.h"
#include "common/log.h"
#include "common/machine.h"
#include "common/mem.h"
#include "common/paths.h"
#include "common/scope.h"
#include "daemon/agent/argv.h"
#include "daemon/agent/profile.h"
#include "daemon/config.h"
#include "daemon/os/cgroup.h"
#include "daemon/os/process.h"
#include "daemon/os/systemd.h"
#include "daemon/record/record.h"
#include "daemon/store/files.h"
#include "daemon/store/task_dir.h"
#include "daemon/task/conversation.h"
#include "daemon/task/keeper.h"
#include "daemon/task/limits.h"
#include "daemon/worktree/worktree.h"

/* A file in the directory of a task. */
#define SYSTEM_PROMPT "system-prompt"

/* A keeper has seen by then that its time is over, and begun to end it. */
#define LATE_MS 5000
/* What a program gets to end by itself; a keeper that has begun gives less. */
#define GRACE_S 10
/* The same of a hook, and what it may write to each stream. */
#define HOOK_GRACE_S 2
#define HOOK_OUTPUT_BYTES (1 << 20)

static char keeper[PATH_MAX];
/* The program that keepers start when there is no daemon; "": systemd does. */
static char reviver[PATH_MAX];
/* The bridge that agents ask through; "": their questions are denied. */
static char bridge[PATH_MAX];
static char socket_path[SOCKET_PATH_SIZE];

int
keeper_init(const char *socket, struct error *err)
{
	struct error ignored;

	snprintf(socket_path, sizeof(socket_path), "%s", socket);
	if (paths_program("ccproc-bridge", bridge, sizeof(bridge), &ignored) !=
	    0) {
		log_warnx("%s; agents cannot ask for permissions",
		    ignored.text);
		bridge[0] = '\0';
	}
	if (systemd_manages() ||
	    paths_program("ccprocd", reviver, sizeof(reviver), &ignored) != 0)
		reviver[0] = '\0';
	return paths_libexec("ccproc-keeper", keeper, sizeof(keeper), err);
}

const char *
keeper_path(void)
{
	return keeper;
}

const char *
keeper_bridge(void)
{
	return bridge;
}

static char **
add_option(char **argv, const char *option, const char *value)
{
	argv = strv_add(argv, option);
	return strv_add(argv, value);
}

static char **
add_number(char **argv, const char *option, char base, long long n)
{
	char *text = base == 'o' ? xasprintf("%llo", n) : xasprintf("%lld", n);

	argv = add_option(argv, option, text);
	free(text);
	return argv;
}

/* For a session that does not say what it has: ours was raised. */
static long long
descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur > 1024)
		return 1024;
	return (long long)limit.rlim_cur;
}

/* The profile of an agent that is not claude; NULL: it is. */
static const struct agent_profile *
profile_of(const struct task_spec *spec)
{
	return task_spec_is_agent(spec) && !task_spec_is_claude(spec) ?
	    config_profile(spec->options.profile) :
	    NULL;
}

static const char *
model_of(const struct record *rec)
{
	return rec->run.asked.model != NULL ? rec->run.asked.model :
					      rec->spec.model;
}

/*
 * Puts what goes after the system prompt into a file, since all users see the
 * arguments of a process; returns its path, which the caller frees.  NULL:
 * there is nothing, or with err.
 */
static char *
system_prompt_file(const struct record *rec, struct error *err)
{
	const char *text = rec->spec.options.append_system_prompt;

	error_clear(err);
	if (text == NULL ||
	    (store_file_bytes(rec->path, SYSTEM_PROMPT) == 0 &&
		store_write_small(rec->path, SYSTEM_PROMPT, text, strlen(text),
		    err) != 0))
		return NULL;
	return xasprintf("%s/" SYSTEM_PROMPT, store_full_path(rec->path));
}

static char **
claude_program(const struct record *rec,
    const struct conversation *conversation, struct error *err)
{
	const struct task_spec *spec = &rec->spec;
	const struct task_options *options = &spec->options;
	char *added = system_prompt_file(rec, err);
	char *task = xasprintf(TASK_NAME, rec->number, rec->from.uuid);
	const struct agent_run run = {
		.id = conversation->id,
		.resume = conversation->resume,
		.model = model_of(rec),
		.permission_mode = (enum permission_mode)spec->permission_mode,
		.allowed_tools = spec->allowed_tools,
		.disallowed_tools = options->disallowed_tools,
		.add_dirs = options->add_dirs,
		.effort = options->effort,
		.max_turns = options->max_turns,
		.max_budget_usd = options->max_budget_usd,
		.json_schema = options->json_schema,
		.append_system_prompt_file = added,
		.agent = options->agent,
	};
	const struct agent_asker asker = {
		.bridge = bridge,
		.task = task,
		.socket = socket_path,
		.state = store_root(),
	};
	char **argv;

	argv = err->code != ERR_NONE ? NULL :
				       agent_argv(config_claude_command(), &run,
					   bridge[0] == '\0' ? NULL : &asker);
	free(added);
	free(task);
	return argv;
}

static char **
other_program(const struct record *rec, const struct conversation *conversation,
    struct error *err)
{
	const struct task_spec *spec = &rec->spec;
	const struct agent_profile *profile = profile_of(spec);
	bool resume = conversation->resume != NULL;
	const struct agent_values values = {
		.model = model_of(rec),
		.session = resume ? conversation->resume : conversation->id,
		/* one with a worktree is started there, wherever that is */
		.cwd = spec->worktree ? "." : spec->cwd,
	};

	if (profile != NULL)
		return agent_profile_argv(profile, &values, resume, err);
	fail(err, ERR_INVALID, "agents.%.60s is no longer in the configuration",
	    spec->options.profile);
	return NULL;
}

static char **
agent_program(const struct record *rec, struct error *err)
{
	struct conversation conversation;
	char **program;

	if (conversation_of(rec, &conversation, err) != 0)
		return NULL;
	program = task_spec_is_claude(&rec->spec) ?
	    claude_program(rec, &conversation, err) :
	    other_program(rec, &conversation, err);
	conversation_clear(&conversation);
	return program;
}

static char **
program_of(const struct record *rec, struct error *err)
{
	const struct task_spec *spec = &rec->spec;
	char **program;

	if (spec->shell != NULL) {
		program = strv_add(NULL, "/bin/sh");
		program = strv_add(program, "-c");
		return strv_add(program, spec->shell);
	}
	return spec->argv != NULL ? strv_dup(spec->argv) :
				    agent_program(rec, err);
}

/* Returns what is started: the program, or what makes its worktree first. */
static char **
command_of(const struct record *rec, struct error *err)
{
	char **program = program_of(rec, err), **wrapped;

	if (program == NULL || !rec->spec.worktree)
		return program;
	wrapped = worktree_argv(rec, program, err);
	strv_free(program);
	return wrapped;
}

/* Takes program. */
static char **
add_program(char **argv, char **program)
{
	size_t i;

	for (i = 0; program[i] != NULL; i++)
		argv = strv_add(argv, program[i]);
	strv_free(program);
	return argv;
}

/* The options that tell how it is stopped, and what is special of agents. */
static char **
add_kind(char **argv, const struct task_spec *spec)
{
	const struct agent_profile *profile = profile_of(spec);

	if (task_spec_is_claude(spec)) {
		argv = strv_add(argv, "-a");
		return add_number(argv, "-l", 'd',
		    config_get()->agents.linger_s);
	}
	if (profile != NULL && profile->stop_signal == PROFILE_INT)
		argv = add_option(argv, "-s", "INT");
	return argv;
}

/* What the keeper of a task is to do: its options, then the program. */
static char **
keeper_orders(const struct record *rec, struct error *err)
{
	const struct task_spec *spec = &rec->spec;
	char **argv, **program = command_of(rec, err);

	if (program == NULL)
		return NULL;
	argv = add_kind(strv_dup((char *[]){ NULL }), spec);
	if (spec->options.idle_timeout_s > 0)
		argv = add_number(argv, "-i", 'd',
		    spec->options.idle_timeout_s);
	if (spec->timeout_s > 0)
		argv = add_number(argv, "-t", 'd', spec->timeout_s);
	if (config_get()->output.max_bytes > 0)
		argv = add_number(argv, "-c", 'd',
		    config_get()->output.max_bytes);
	argv = add_number(argv, "-u", 'o', rec->from.umask);
	if (rec->from.attributes != NULL)
		argv = add_option(argv, "-A", rec->from.attributes);
	else
		argv = add_number(argv, "-n", 'd', descriptor_limit());
	argv = add_number(argv, "-S", 'd', KEEPER_STATUS_FD);
	if (reviver[0] != '\0')
		argv = add_option(argv, "-R", reviver);
	argv = limits_options(cgroup_options(argv), spec);
	argv = add_option(argv, "-C", spec->cwd);
	argv = strv_add(argv, "--");
	return add_program(argv, program);
}

static void
log_spawn(const struct record *rec, const char *what,
    const struct process *process, const struct error *err)
{
	if (process == NULL)
		log_debug(TASK_ID ": keeper: %s: %s", rec->number, what,
		    err->text);
	else
		log_debug(TASK_ID ": keeper %d: %s: started", rec->number,
		    (int)process_pid(process), what);
}

/*
 * Returns the file with the orders, which are taken: what is on the command
 * line of a keeper could be taken for the task itself.  -1 with err.
 */
static int
write_orders(char **orders, struct error *err)
{
	struct buf text = { 0 };
	size_t i;
	int fd;

	for (i = 0; orders[i] != NULL; i++)
		buf_add(&text, orders[i], strlen(orders[i]) + 1);
	strv_free(orders);
	fd = process_memory(text.data, text.len, err);
	if (fd == -1)
		err->code = ERR_OURS; /* whatever it is, it passes */
	buf_clear(&text);
	return fd;
}

/* Its command line has the task and nothing else. */
static struct process *
spawn(const struct record *rec, int status, int orders, void (*gone)(void *arg),
    void *arg, struct error *err)
{
	char name[] = "ccproc-keeper", id[32], machine[MACHINE_SIZE];
	char *argv[] = { name, id, NULL };
	struct process_gift gift = {
		.program = keeper,
		.in = -1,
		.out = -1,
		.extra = status,
		.more = orders,
	};
	struct process *process;

	machine_print(machine);
	gift.variables[0] = xasprintf(KEEPER_VARIABLE "=%s",
	    store_full_path(rec->dir));
	gift.variables[1] = xasprintf(KEEPER_MACHINE "=%s", machine);
	snprintf(id, sizeof(id), TASK_ID, rec->number);
	process = process_start(argv, &gift, gone, arg, err);
	free(gift.variables[0]);
	free(gift.variables[1]);
	log_spawn(rec, "start", process, err);
	return process;
}

struct process *
keeper_spawn(const struct record *rec, int *status_fd, void (*gone)(void *arg),
    void *arg, struct error *err)
{
	struct process *process = NULL;
	char **words;
	int orders, fds[2];

	if (!cgroup_settled()) {
		fail(err, ERR_OURS, "systemd is making " SCOPE_UNIT);
		return NULL;
	}
	words = keeper_orders(rec, err);
	orders = words == NULL ? -1 : write_orders(words, err);
	if (orders == -1)
		return NULL;
	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) == -1) {
		fail_errno(err, "cannot make a pipe");
		close(orders);
		return NULL;
	}
	if (store_mark_start(rec, err) == 0)
		process = spawn(rec, fds[1], orders, gone, arg, err);
	if (process == NULL)
		store_unmark_start(rec);
	close(orders);
	close(fds[1]);
	if (process == NULL)
		close(fds[0]);
	else
		*status_fd = fds[0];
	return process;
}

/* A hook that cannot be limited runs all the same: its task has been. */
static char **
hook_orders(const struct keeper_hook *hook)
{
	char **argv = add_number(NULL, "-t", 'd', hook->timeout_s);

	argv = add_number(argv, "-g", 'd', HOOK_GRACE_S);
	argv = add_number(argv, "-c", 'd', HOOK_OUTPUT_BYTES);
	argv = add_number(argv, "-u", 'o', 077);
	argv = add_number(argv, "-n", 'd', descriptor_limit());
	if (reviver[0] != '\0')
		argv = add_option(argv, "-R", reviver);
	argv = cgroup_options(argv);
	if (hook->inside != NULL)
		argv = strv_add(limits_options(argv, hook->inside), "-b");
	argv = add_option(argv, "-C", hook->cwd);
	argv = add_option(argv, "--", "/bin/sh");
	return add_option(argv, "-c", hook->command);
}

/* Nobody waits until it runs: where a pipe would be are the orders again. */
struct process *
keeper_spawn_hook(const struct record *rec, const struct keeper_hook *hook,
    void (*gone)(void *arg), void *arg, struct error *err)
{
	struct process *process;
	int orders;

	if (!cgroup_settled()) {
		fail(err, ERR_OURS, "systemd is making " SCOPE_UNIT);
		return NULL;
	}
	orders = write_orders(hook_orders(hook), err);
	if (orders == -1)
		return NULL;
	process = spawn(rec, orders, orders, gone, arg, err);
	close(orders);
	return process;
}

struct process *
keeper_spawn_orphans(const struct record *rec, void (*gone)(void *arg),
    void *arg, struct error *err)
{
	char **argv = strv_add(NULL, keeper);
	struct process *process;

	argv = cgroup_options(strv_add(argv, "--orphans"));
	if (reviver[0] != '\0')
		argv = add_option(argv, "-R", reviver);
	argv = add_option(argv, "-d", store_full_path(rec->dir));
	process = process_start(argv,
	    &(struct process_gift){ .in = -1, .out = -1, .extra = -1 }, gone,
	    arg, err);
	log_spawn(rec, "end orphans", process, err);
	strv_free(argv);
	return process;
}

/* While it is paused its time stands still. */
static bool
is_paused(const void *arg)
{
	const struct record *rec = arg;

	return store_file_time(rec->dir, KEEPER_PAUSED) != 0;
}

void
keeper_hold_to_time(struct process *process, const struct record *rec,
    bool ours)
{
	struct error err;

	if (process == NULL || rec->spec.timeout_s == 0 ||
	    (!ours && keeperctl_check(&rec->exit, "leave", &err) != 0))
		return;
	process_insist_later(process, rec->spec.timeout_s * 1000 + LATE_MS,
	    KEEPER_SIGNAL, keeperctl_value(KEEPER_GRACEFUL, STOP_WALL, GRACE_S),
	    is_paused, rec);
}
