/*
 * ccproc daemon: start, stop, replace the daemon, and tell where it is.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/daemon.h"
#include "cli/options.h"
#include "cli/say.h"
#include "cli/text.h"
#include "cli/unit.h"
#include "cli/verbs/verbs.h"
#include "common/error.h"
#include "json/json.h"

/* As systemctl(1) has it. */
#define STATUS_NOT_RUNNING 3

struct daemon_options {
	bool json;
};

static const struct option_row rows[] = {
	OPTION_FLAG(struct daemon_options, json, .letter = 'j', .name = "json",
	    .help = "status: print it as JSON"),
	END_OF_OPTIONS,
};

static const struct daemon_options defaults = { .json = false };
static const char *const actions[] = { "status", "start", "stop", "restart",
	NULL };

static int run(struct rpc *rpc, const void *options, char *const *words);

const struct verb daemon_verb = {
	.name = "daemon",
	.synopsis = "[-j] [status | start | stop | restart]",
	.summary = "Tell about the daemon; start, stop or replace it",
	.details =
	    "\nTasks go on whatever happens to the daemon, and what needs "
	    "one starts it.\nStatus exits with 3 where none runs.",
	.options = rows,
	.defaults = &defaults,
	.size = sizeof(struct daemon_options),
	.words = "action",
	.max_words = 1,
	.actions = actions,
	.alone = true,
	.run = run,
};

static const char *
where(const struct daemon_state *state)
{
	if (state->managed)
		return "a service of systemd";
	return unit_is_enabled() ?
	    "outside of systemd, although its units are enabled" :
	    "by itself";
}

static void
print_json(const struct daemon_state *state)
{
	struct json_object *root = json_object_new_object();

	json_add_bool(root, "runs", state->runs);
	if (state->runs) {
		json_add_string(root, "version", state->daemon.version);
		json_add_int(root, "pid", state->daemon.pid);
		json_add_string(root, "program", state->program);
		json_add_bool(root, "systemd", state->managed);
		json_add_int(root, "running", state->daemon.running);
		json_add_int(root, "queued", state->daemon.queued);
		json_add_bool(root, "queue_paused", state->daemon.queue_paused);
		json_add_string(root, "config", state->daemon.config);
	}
	json_add_string(root, "next_program", state->next);
	json_add_string(root, "socket", state->socket);
	json_add_string(root, "state", state->dir);
	text_print_json(root);
	json_object_put(root);
}

static void
print(const char *name, const char *value)
{
	char line[PATH_MAX + 32];

	if (*value == '\0')
		return;
	snprintf(line, sizeof(line), "%-8s %s", name, value);
	text_print(stdout, line);
}

static void
print_text(const struct daemon_state *state)
{
	char line[100];

	if (state->runs) {
		printf("ccprocd %s runs as pid %" PRId64 ", %s\n",
		    state->daemon.version, state->daemon.pid, where(state));
		print("program", state->program);
	} else {
		puts("no daemon runs; the next command or session starts one");
		print("program", state->next);
	}
	print("socket", state->socket);
	print("state", state->dir);
	print("config", state->daemon.config);
	if (!state->runs || state->daemon.running < 0)
		return;
	snprintf(line, sizeof(line),
	    "%" PRId64 " running, %" PRId64 " queued%s", state->daemon.running,
	    state->daemon.queued,
	    state->daemon.queue_paused ? ", and the queue is paused" : "");
	print("tasks", line);
}

static int
status(bool json)
{
	struct daemon_state state;
	struct error err;

	if (daemon_look(&state, &err) != 0)
		return say_failed(&err);
	if (json)
		print_json(&state);
	else
		print_text(&state);
	return state.runs ? 0 : STATUS_NOT_RUNNING;
}

static int
run(struct rpc *rpc, const void *options, char *const *words)
{
	const struct daemon_options *o = options;
	const char *action = words[0] == NULL ? "status" : words[0];
	struct error err;
	int result;

	(void)rpc;
	if (strcmp(action, "status") == 0)
		return status(o->json);
	if (strcmp(action, "start") == 0)
		result = daemon_start(&err);
	else if (strcmp(action, "stop") == 0)
		result = daemon_stop(&err);
	else
		result = daemon_restart(&err);
	return result == 0 ? 0 : say_failed(&err);
}
