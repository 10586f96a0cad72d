/*
 * Staying with a task.  See attend.h.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

#include "cli/asking.h"
#include "cli/attend.h"
#include "cli/follow.h"
#include "cli/reader.h"
#include "cli/ring.h"
#include "cli/rpc.h"
#include "cli/say.h"
#include "cli/signals.h"
#include "cli/status.h"
#include "cli/tasks.h"
#include "common/error.h"
#include "common/monotime.h"

enum stop { STOP_NOT, STOP_GRACEFUL, STOP_NOW };

/* The descriptors that are waited for. */
enum {
	RPC_FD,
	SIGNALS_FD,
	READER_FD,
	FOLLOW_FD,
	NFDS = FOLLOW_FD + FOLLOW_FDS
};

struct attend {
	const struct attend_spec *spec;
	struct rpc *rpc;
	struct tasks *tasks;
	int64_t check_id; /* of the call that waits for the end */
	int64_t stop_id;  /* of the last one that asks for it */
	enum stop stop;   /* what is wanted, */
	enum stop told;   /* and what the daemon was told */
	bool ended;
	struct asking asking;
	int left_by; /* the signal */
};

/* Tells the daemon what is wanted, unless it knows. */
static int
send_stop(struct attend *a, struct error *err)
{
	if (a->told == a->stop)
		return 0;
	a->told = a->stop;
	a->stop_id = tasks_send_stop(a->rpc, a->spec->id, a->stop == STOP_NOW,
	    err);
	return a->stop_id == -1 ? -1 : 0;
}

static int
send_check(struct attend *a, int wait_s, struct error *err)
{
	const struct tasks_query query = { .wait_s = wait_s,
		.result_chars = a->spec->result_chars };

	a->check_id = tasks_send_check(a->rpc, a->spec->id, &query, err);
	return a->check_id == -1 ? -1 : 0;
}

/* What is known of the task now. */
static int
take_task(struct attend *a, struct error *err)
{
	a->ended = a->tasks->n == 1 && status_ended(&a->tasks->info[0]);
	if (a->tasks->n == 1)
		asking_say(&a->asking, &a->tasks->info[0]);
	if (!a->ended)
		return send_check(a, TASKS_WAIT_S, err);
	if (a->spec->follow != NULL)
		follow_look(a->spec->follow);
	return 0;
}

static int
take_check(struct attend *a, const struct rpc_reply *reply, struct error *err)
{
	if (reply->failed) {
		fail(err, ERR_NOT_FOUND, "%s", reply->text);
		return -1;
	}
	tasks_clear(a->tasks);
	return tasks_read(reply->text, a->tasks, err) == 0 ? take_task(a, err) :
							     -1;
}

static int
take_reply(struct attend *a, const struct rpc_reply *reply, struct error *err)
{
	if (reply->id == a->check_id)
		return take_check(a, reply, err);
	if (reply->id == a->stop_id && reply->failed)
		say("%s was not stopped: %s", a->spec->id, reply->text);
	return 0;
}

static void
interrupted(struct attend *a)
{
	if (a->stop == STOP_NOT) {
		a->stop = STOP_GRACEFUL;
		say("stopping %s; Ctrl-C again kills it", a->spec->id);
	} else {
		a->stop = STOP_NOW;
		say("killing %s; Ctrl-C again leaves it to the daemon",
		    a->spec->id);
	}
}

/* All that came, before anybody is told: the last one counts. */
static void
take_signals(struct attend *a)
{
	int signal;

	while (a->left_by == 0 && (signal = signals_take()) != 0)
		if (signal != SIGINT || a->ended)
			a->left_by = signal;
		else
			interrupted(a);
}

static int
hear(struct attend *a, struct error *err)
{
	struct rpc_reply reply;
	int got, result = 0;

	while (result == 0 && !a->ended &&
	    (got = rpc_receive(a->rpc, &reply, err)) != 0) {
		if (got == -1)
			return -1;
		result = take_reply(a, &reply, err);
		free(reply.text);
	}
	return result;
}

static int
step(struct attend *a, struct error *err)
{
	struct pollfd fds[NFDS];
	int i, timeout = -1;

	for (i = 0; i < NFDS; i++)
		fds[i] = (struct pollfd){ .fd = -1, .events = POLLIN };
	if (!a->ended)
		fds[RPC_FD].fd = rpc_fd(a->rpc);
	fds[SIGNALS_FD].fd = a->spec->signals;
	fds[READER_FD] = reader_poll();
	if (a->spec->follow != NULL)
		timeout = follow_poll(a->spec->follow, &fds[FOLLOW_FD]);
	if (poll(fds, NFDS, timeout) == -1) {
		if (errno == EINTR)
			return 0;
		fail_errno(err, "cannot wait");
		return -1;
	}
	if (fds[SIGNALS_FD].revents != 0) {
		take_signals(a);
		if (send_stop(a, err) != 0)
			return -1;
	}
	if (reader_is_gone(&fds[READER_FD]))
		return reader_miss(err);
	if (fds[RPC_FD].revents != 0 && hear(a, err) != 0)
		return -1;
	return a->spec->follow == NULL ?
	    0 :
	    follow_step(a->spec->follow, &fds[FOLLOW_FD], err);
}

static bool
done(const struct attend *a)
{
	return a->left_by != 0 ||
	    (a->ended &&
		(a->spec->follow == NULL || follow_idle(a->spec->follow)));
}

int
attend(struct rpc *rpc, const struct attend_spec *spec, struct tasks *tasks,
    struct error *err)
{
	struct attend a = { .spec = spec, .rpc = rpc, .tasks = tasks };
	int64_t began = monotime_ms();
	int result = tasks->n > 0 ? take_task(&a, err) : send_check(&a, 0, err);

	while (result == 0 && !done(&a))
		result = step(&a, err);
	asking_clear(&a.asking);
	if (result == 0 && a.left_by == 0 && a.stop == STOP_NOT)
		ring_ended(began, &tasks->info[0]);
	return result != 0 ? -1 : a.left_by;
}
