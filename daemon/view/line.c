/*
 * The first line of every text about a task.  See line.h.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/id.h"
#include "common/mem.h"
#include "common/timefmt.h"
#include "common/utf8.h"
#include "daemon/agent/result.h"
#include "daemon/record/age.h"
#include "daemon/record/record.h"
#include "daemon/store/unsynced.h"
#include "daemon/task/control.h"
#include "daemon/task/task.h"
#include "daemon/view/line.h"
#include "daemon/view/place.h"
#include "json/argument.h"

#define DOT " \xc2\xb7 "
/* Characters of a path. */
#define SHOWN_PATH_CHARS 200

long long
view_age_ms(const struct task *task)
{
	const struct record_origin *from = &task_record(task)->from;

	return age_of(from->boot, time_parse_iso(from->created_at),
	    from->boot_ms);
}

long long
view_elapsed_ms(const struct task *task)
{
	const struct exitrec *exit = &task_record(task)->exit;

	if (exit->started_at == 0)
		return -1;
	if (exit->complete)
		return exit->elapsed;
	return age_of(exit->machine.boot, exit->started_at,
	    exit->keeper_start * 1000 / sysconf(_SC_CLK_TCK));
}

char *
view_signal(int signo)
{
	const char *name = sigabbrev_np(signo);

	return name != NULL ? xasprintf("SIG%s", name) :
			      xasprintf("signal %d", signo);
}

static const char *
program_of(const struct task_spec *spec)
{
	if (spec->shell != NULL)
		return "/bin/sh";
	return spec->argv != NULL ? spec->argv[0] : "of the agent";
}

static void
add_path_error(const char *what, const char *path, const char *why,
    struct buf *out)
{
	buf_printf(out, "%s ", what);
	argument_seen(out, path,
	    utf8_first(path, strlen(path), SHOWN_PATH_CHARS));
	buf_printf(out, ": %s", why);
}

/* Adds why a program was not started: the keeper's note, or stage and errno. */
static void
add_spawn_error(const struct record *rec, struct buf *out)
{
	const struct exitrec *exit = &rec->exit;
	const struct task_spec *spec = &rec->spec;

	if (exit->note[0] != '\0')
		argument_seen(out, exit->note, strlen(exit->note));
	else if (strcmp(exit->spawn_stage, "cwd") == 0)
		add_path_error("cwd", spec->cwd,
		    exit->spawn_errno == ENOENT ?
			"has been removed" :
			strerror((int)exit->spawn_errno),
		    out);
	else
		add_path_error(exit->spawn_stage, program_of(spec),
		    strerror((int)exit->spawn_errno), out);
}

static void
add_denied(const struct record *rec, struct buf *out)
{
	char *const *name = rec->result->denied;

	buf_puts(out, "denied");
	for (; *name != NULL; name++) {
		buf_puts(out, name == rec->result->denied ? " " : ", ");
		argument_key(*name, out);
	}
}

static void
add_failure(const struct record *rec, struct buf *out)
{
	char *signal;

	switch (rec->reason) {
	case REASON_EXIT_CODE:
		buf_printf(out, "exit code %" PRId64, rec->exit.exit_code);
		break;
	case REASON_SIGNAL:
		signal = view_signal((int)rec->exit.exit_signal);
		buf_printf(out, "killed by %s", signal);
		free(signal);
		break;
	case REASON_OOM:
		buf_puts(out, "killed for want of memory");
		if (rec->exit.memory_peak_kb > 0)
			buf_printf(out, ", with %.1f MiB at most",
			    (double)rec->exit.memory_peak_kb / 1024);
		if (rec->spec.options.limits.memory_max > 0)
			buf_printf(out, " of its %.1f MiB",
			    (double)rec->spec.options.limits.memory_max /
				(1 << 20));
		break;
	case REASON_SPAWN_ERROR:
		buf_puts(out, "not started, ");
		add_spawn_error(rec, out);
		break;
	case REASON_DENIED:
		add_denied(rec, out);
		break;
	case REASON_UNASKED:
		buf_puts(out, "no model was asked");
		break;
	case REASON_BUDGET: /* of its group, or its own */
		buf_printf(out, "budget%s%s",
		    rec->exit.note[0] == '\0' ? "" : ", ", rec->exit.note);
		break;
	case REASON_UNKNOWN:
		buf_puts(out, "stopped, for a reason of a later version");
		break;
	default:
		buf_puts(out, reason_name(rec->reason));
		break;
	}
}

/* Returns the timeout that it ran into. */
static int64_t
limit_s(const struct record *rec)
{
	const struct task_spec *spec = &rec->spec;

	return rec->reason == REASON_IDLE ? spec->options.idle_timeout_s :
					    spec->timeout_s;
}

static void
add_state(const struct record *rec, struct buf *out)
{
	char span[TIMEFMT_SIZE];

	buf_puts(out,
	    rec->state == STATE_NEEDS_INPUT ? "needs input" :
					      state_name(rec->state));
	switch (rec->state) {
	case STATE_FAILED:
		buf_puts(out, ": ");
		add_failure(rec, out);
		break;
	case STATE_TIMEOUT:
		timefmt_span(limit_s(rec) * 1000, span);
		buf_printf(out, ": %s %s", span, reason_name(rec->reason));
		break;
	case STATE_CANCELLED:
		if (rec->reason == REASON_DEPENDENCY ||
		    record_replaced_by(rec) != 0)
			buf_printf(out, ": %s", rec->exit.note);
		else
			buf_puts(out, ": by user");
		break;
	case STATE_LOST:
		buf_puts(out,
		    rec->reason == REASON_REBOOT ? ": machine restarted" :
						   ": keeper killed");
		break;
	case STATE_QUEUED:
	case STATE_RUNNING:
	case STATE_NEEDS_INPUT:
	case STATE_COMPLETED:
		break;
	}
}

static void
add_agent_figures(const struct record *rec, struct buf *out)
{
	if (rec->result == NULL)
		return;
	if (rec->result->turns >= 0)
		buf_printf(out, DOT "%" PRId64 " turn%s", rec->result->turns,
		    rec->result->turns == 1 ? "" : "s");
	if (rec->result->cost_usd >= 0)
		buf_printf(out, DOT "$%.2f", rec->result->cost_usd);
}

void
view_paused(const struct task *task, struct buf *out)
{
	int64_t at = task_paused_at(task), age = age_of(NULL, at, 0);
	char span[TIMEFMT_SIZE];

	if (at != 0)
		buf_printf(out, ", paused %s",
		    timefmt_span(age > 0 ? age : 0, span));
}

void
view_unkept(const struct task *task, struct buf *out)
{
	if (unsynced_task(task_record(task)->number) != NULL)
		buf_puts(out, DOT "the disk refused to keep it");
}

char *
view_first_line(const struct task *task)
{
	const struct record *rec = task_record(task);
	const struct task_spec *spec = &rec->spec;
	struct buf out = { 0 };
	char span[TIMEFMT_SIZE];
	long long elapsed = view_elapsed_ms(task);

	buf_printf(&out, TASK_ID " ", rec->number);
	if (spec->label != NULL)
		buf_printf(&out, "%s ", spec->label);
	add_state(rec, &out);
	view_paused(task, &out);
	if (rec->state == STATE_QUEUED)
		view_queued(task, &out);
	if (elapsed >= 0)
		buf_printf(&out, DOT "%s", timefmt_span(elapsed, span));
	if (!record_ended(rec) && spec->timeout_s > 0)
		buf_printf(&out, DOT "timeout %s",
		    timefmt_span(spec->timeout_s * 1000, span));
	add_agent_figures(rec, &out);
	view_run(task, &out);
	view_unkept(task, &out);
	return buf_steal(&out);
}
