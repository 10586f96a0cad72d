/*
 * The first line of a client.  See hello.h.
 */
#include <config.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "common/utf8.h"
#include "daemon/config.h"
#include "daemon/hello.h"
#include "daemon/provide/provide.h"
#include "daemon/queue/drain.h"
#include "daemon/record/record.h"
#include "daemon/session.h"
#include "daemon/state.h"
#include "daemon/task/peer.h"
#include "daemon/task/task.h"
#include "daemon/tools/permission.h"
#include "json/json.h"
#include "mcp/rpc.h"

/* Protocols that hello may name; version 1 knows no replays. */
#define PROTOCOL_MIN 1
#define PROTOCOL 2

/*
 * What clients may send beyond it: "select", the states and group of lists;
 * "glance", a check that counts for nothing.
 */
static const char *const can[] = { "select", "glance", NULL };

static int (*not_yet_ready)(struct error *err); /* NULL: we are ready */

void
hello_refuse_until(int (*ready)(struct error *err))
{
	not_yet_ready = ready;
}

static int
read_message(const struct rpc_message *msg, struct session *session,
    struct error *err)
{
	int64_t protocol;

	if (msg->id == NULL || msg->method == NULL ||
	    strcmp(msg->method, "ccproc/hello") != 0) {
		fail(err, ERR_INVALID,
		    "expected ccproc/hello as the first "
		    "line; MCP clients connect through ccproc-bridge");
		return -1;
	}
	if (!json_int_at(msg->params, "protocol", &protocol) ||
	    protocol < PROTOCOL_MIN || protocol > PROTOCOL) {
		fail(err, ERR_INVALID,
		    "this daemon is version %s and speaks "
		    "protocol %d, the client another; install the same "
		    "version of both, then run `ccproc restart`",
		    PACKAGE_VERSION, PROTOCOL);
		return -1;
	}
	return session_init(session, msg->params, err);
}

static int
get_ready(struct error *err)
{
	if (not_yet_ready != NULL && not_yet_ready(err) != 0)
		return -1;
	not_yet_ready = NULL;
	return 0;
}

/* A client that asks for a task is refused when there is no such task. */
static const struct mcp_info *
choose_info(const struct session *session, struct error *err)
{
	if (session->ask == NULL)
		return provide_info();
	return permission_admit(session, err) == 0 ? provide_ask_info() : NULL;
}

const struct mcp_info *
hello_take(const struct rpc_message *msg, int fd, struct peer *who,
    struct session *session, struct error *err)
{
	if (read_message(msg, session, err) != 0 || get_ready(err) != 0 ||
	    state_check(session, err) != 0)
		return NULL;
	peer_tell(who, fd, session);
	return choose_info(session, err);
}

static struct json_object *
words_of(const char *const *words)
{
	struct json_object *array = json_object_new_array();

	for (; *words != NULL; words++)
		json_object_array_add(array, json_object_new_string(*words));
	return array;
}

/* Those that run and wait for an answer. */
static int64_t
count_asking(void)
{
	const struct task *task = NULL;
	int64_t n = 0;

	while ((task = task_next_live(task)) != NULL)
		n += task_record(task)->state == STATE_NEEDS_INPUT;
	return n;
}

char *
hello_answer(const char *id, size_t *len)
{
	struct json_object *result = json_object_new_object();

	json_add_int(result, "protocol", PROTOCOL);
	json_add_string(result, "version", PACKAGE_VERSION);
	json_add(result, "can", words_of(can));
	json_add_int(result, "pid", getpid());
	json_add_int(result, "running",
	    (int64_t)(task_count_running(false) + task_count_running(true)));
	json_add_int(result, "queued", (int64_t)task_count_queued());
	json_add_int(result, "needs_input", count_asking());
	if (drain_is_on())
		json_add_bool(result, "queue_paused", true);
	if (utf8_valid(config_path(), strlen(config_path())))
		json_add_string(result, "config", config_path());
	return rpc_result(id, result, len);
}
