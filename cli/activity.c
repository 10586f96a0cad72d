/*
 * What an agent does.  See activity.h.  The daemon reads the agent's events
 * and waits for more of them; we go on from its cursor.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/activity.h"
#include "cli/asking.h"
#include "cli/rpc.h"
#include "cli/status.h"
#include "cli/tasks.h"
#include "cli/text.h"
#include "common/error.h"
#include "common/mem.h"
#include "json/json.h"

/* The longest wait that is not cut without progress notices. */
#define WAIT_S 50
#define MAX_CHARS 45000

/* Of a task that is followed. */
struct asks {
	struct asking asking;
	bool looked;
	int64_t check_id; /* of the call that waits for one; -1: none does */
};

static struct json_object *
look_args(const struct activity_spec *spec, int64_t cursor, bool wait)
{
	struct json_object *args = json_object_new_object();

	json_add_string(args, "id", spec->id);
	if (spec->run > 0)
		json_add_int(args, "run", spec->run);
	json_add_string(args, "stream", "activity");
	json_add_string(args, "grep", "."); /* every line, and no summary */
	json_add_int(args, "max_chars", MAX_CHARS);
	json_add_int(args, "cursor", cursor);
	json_add_int(args, "wait_s", wait ? WAIT_S : 0);
	return args;
}

int64_t
activity_send(struct rpc *rpc, const char *id, int64_t cursor, bool wait,
    struct error *err)
{
	const struct activity_spec spec = { .id = id };
	struct json_object *args = look_args(&spec, cursor, wait);
	int64_t call_id = rpc_send(rpc, "read_output", args, err);

	json_object_put(args);
	return call_id;
}

/* "t7 activity 0-20 of 20 · running · next cursor 20", then lines. */
int
activity_parse(struct activity_look *look, struct error *err)
{
	char *end = strchr(look->text, '\n'), *cursor;

	look->lines = "";
	if (end != NULL) {
		*end = '\0';
		look->lines = end + 1;
	}
	if (strcmp(look->lines, "no line matches") == 0)
		look->lines = "";
	cursor = strstr(look->text, "next cursor ");
	if (cursor == NULL) {
		fail(err, ERR_INVALID, "expected \"next cursor\", got %.80s",
		    look->text);
		return -1;
	}
	look->cursor = strtoll(cursor + strlen("next cursor "), NULL, 10);
	look->ended = strstr(look->text, " running ") == NULL &&
	    strstr(look->text, " queued ") == NULL &&
	    strstr(look->text, " needs_input ") == NULL;
	return 0;
}

/*
 * Asks for news of the task, which come when it asks something; at first for
 * how it is, as attend.c does.
 */
static int
send_check(struct asks *asks, struct rpc *rpc, const char *id,
    struct error *err)
{
	const struct tasks_query query = {
		.wait_s = asks->looked ? TASKS_WAIT_S : 0,
	};

	asks->looked = true;
	asks->check_id = tasks_send_check(rpc, id, &query, err);
	return asks->check_id == -1 ? -1 : 0;
}

/* Says what it asks; of one that has ended nothing more is to come. */
static int
take_check(struct asks *asks, struct rpc *rpc, const char *id,
    const struct rpc_reply *reply, struct error *err)
{
	struct tasks tasks = { 0 };
	bool goes_on;

	asks->check_id = -1;
	if (reply->failed || tasks_read(reply->text, &tasks, err) != 0) {
		tasks_clear(&tasks);
		return 0; /* reading its output tells what is wrong */
	}
	goes_on = tasks.n == 1 && !status_ended(&tasks.info[0]);
	if (goes_on)
		asking_say(&asks->asking, &tasks.info[0]);
	tasks_clear(&tasks);
	return goes_on ? send_check(asks, rpc, id, err) : 0;
}

/* Calls read_output; meanwhile it is said what the task asks.  Takes args. */
static int
call(struct rpc *rpc, struct asks *asks, const char *id,
    struct json_object *args, struct rpc_reply *reply, struct error *err)
{
	int64_t call_id = rpc_send(rpc, "read_output", args, err);
	int result = call_id == -1 ? -1 : 0;

	json_object_put(args);
	while (result == 0) {
		result = rpc_next(rpc, reply, err);
		if (result != 0 || reply->id == call_id)
			break;
		if (reply->id == asks->check_id)
			result = take_check(asks, rpc, id, reply, err);
		free(reply->text);
	}
	return result;
}

/* The caller frees look->text, whatever comes of it. */
static int
look_from(struct rpc *rpc, const struct activity_spec *spec, struct asks *asks,
    int64_t cursor, bool wait, struct activity_look *look, struct error *err)
{
	struct rpc_reply reply;

	memset(look, 0, sizeof(*look));
	if (call(rpc, asks, spec->id, look_args(spec, cursor, wait), &reply,
		err) != 0)
		return -1;
	look->text = reply.text;
	if (!reply.failed)
		return activity_parse(look, err);
	/* it has begun anew, with a file of its own */
	if (cursor > 0 && strstr(reply.text, "is beyond the end") != NULL)
		return 0;
	fail(err, ERR_NOT_FOUND, "%s", reply.text);
	return -1;
}

/* The last lines of text; -1: all of it. */
static const char *
last_of(const char *text, int64_t lines)
{
	const char *at = text + strlen(text);

	if (lines < 0)
		return text;
	if (lines == 0)
		return at;
	while (at > text && (at[-1] != '\n' || --lines > 0))
		at--;
	return at;
}

int
activity_print(struct rpc *rpc, const struct activity_spec *spec,
    struct error *err)
{
	int64_t cursor = -1, lines = spec->lines;
	bool more = true, any = false;
	struct asks asks = { .check_id = -1 };
	const char *text;
	struct activity_look look;
	int result = 0;

	if (spec->follow)
		result = send_check(&asks, rpc, spec->id, err);
	while (more && result == 0) {
		result = look_from(rpc, spec, &asks, cursor,
		    spec->follow && cursor >= 0, &look, err);
		if (result == 0 && look.lines != NULL) {
			text = last_of(look.lines, lines);
			if (*text != '\0')
				text_print(spec->out, text);
			fflush(spec->out);
			any = any || *look.lines != '\0';
			lines = -1;
			more = spec->follow && !look.ended;
		}
		cursor = look.cursor;
		free(look.text);
	}
	asking_clear(&asks.asking);
	return result != 0 ? -1 : any;
}
