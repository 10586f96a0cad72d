/*
 * The tasks that a call means.  See targets.h.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/log.h"
#include "common/mem.h"
#include "daemon/record/record.h"
#include "daemon/reply/namesakes.h"
#include "daemon/reply/sliced.h"
#include "daemon/reply/targets.h"
#include "daemon/reply/tool.h"
#include "daemon/session.h"
#include "daemon/store/index.h"
#include "daemon/store/name.h"
#include "daemon/store/notes.h"
#include "daemon/store/survey.h"
#include "daemon/task/lookup.h"
#include "daemon/task/task.h"

/* Returns the note of a call that comes again; the caller frees. */
static char *
read_note(const struct mcp_call *call)
{
	return mcp_call_replayed(call) ?
	    store_read_note(tool_session(call)->uuid, mcp_call_ordinal(call)) :
	    NULL;
}

/* The next line of a note: number and bytes of a task; false: at the end. */
static bool
next_noted(char **text, uint64_t *number, int64_t *bytes)
{
	char *end;

	if (**text == '\0')
		return false;
	*number = strtoull(*text, &end, 10);
	*bytes = strtoll(end, &end, 10);
	*text = end + strspn(end, "\n");
	return true;
}

void
targets_gone(const struct mcp_call *call, size_t *n, int64_t *bytes)
{
	char *text = read_note(call), *at = text;
	struct store_name name;
	struct error err;
	uint64_t number;
	int64_t of_one;

	*n = 0;
	*bytes = 0;
	while (text != NULL && index_know(&err) == 0 &&
	    next_noted(&at, &number, &of_one))
		if (task_find_live(number) == NULL &&
		    index_range(number, number, &name, 1) == 0) {
			(*n)++;
			*bytes += of_one;
		}
	free(text);
}

/*
 * The search for the tasks of a call: they are found, or read from the note,
 * and then noted.
 */
struct search {
	struct mcp_call *call;
	struct targets_wish wish;
	char *text, *at; /* a note that is there: what is left of it */
	bool found;
	struct task_list list;
	size_t noted;
	struct buf note;
	struct error err; /* why there are none */
};

static void
search_free(void *arg)
{
	struct search *search = arg;

	free(search->text);
	task_list_clear(&search->list);
	buf_clear(&search->note);
	free(search);
}

/* False: the note is at its end. */
static bool
read_step(struct search *search)
{
	struct task *task;
	struct error err;
	uint64_t number;
	int64_t bytes;

	if (!next_noted(&search->at, &number, &bytes))
		return false;
	task = lookup_number(number, &err);
	if (task != NULL)
		task_list_append(&search->list, task);
	else if (err.code != ERR_NOT_FOUND)
		log_warnx("passed over: %s", err.text);
	task_unref(task);
	return true;
}

/* False: all are found. */
static bool
find_step(struct search *search)
{
	struct task_walk *walk = &search->wish.walk;

	if (search->wish.choose != NULL) {
		(void)search->wish.choose(search->call, search->wish.args,
		    &search->list, &search->err);
		return false;
	}
	if (resolve_step(&search->list, walk))
		return true;
	if (walk->failed)
		search->err = walk->err;
	return false;
}

static int
write_note(const struct search *search, struct error *err)
{
	struct session *session = mcp_call_user(search->call);

	session->noted = true;
	return store_write_note(session->uuid, mcp_call_ordinal(search->call),
	    search->note.data, err);
}

/*
 * A call that names ids can do without a note, and must work on a full disk: it
 * may be the way to make room.
 */
static void
end_note(struct search *search)
{
	char *const *ids = search->wish.walk.ids;
	struct error why;

	if (write_note(search, &why) == 0)
		return;
	if (ids != NULL && resolve_are_exact(ids))
		log_warnx("%s", why.text);
	else
		fail(&search->err, why.code,
		    "nothing was done: %s; name the tasks by their ids (t7), "
		    "which needs no note on disk",
		    why.text);
}

/* False: the note is written. */
static bool
note_step(struct search *search)
{
	const struct record *rec;

	if (search->noted == search->list.n) {
		if (search->list.n > 0)
			end_note(search);
		return false;
	}
	rec = task_record(search->list.tasks[search->noted++]);
	buf_printf(&search->note, "%" PRIu64 " %" PRId64 "\n", rec->number,
	    store_task_bytes(rec->path));
	return true;
}

static bool
step(void *arg)
{
	struct search *search = arg;

	if (search->err.code != ERR_NONE)
		return false;
	if (search->text != NULL)
		return read_step(search);
	if (search->found)
		return note_step(search);
	search->found = !find_step(search);
	return search->err.code == ERR_NONE;
}

static struct mcp_reply
act(struct mcp_call *call, void *arg)
{
	struct search *search = arg;
	struct mcp_reply reply;

	reply = search->err.code != ERR_NONE ?
	    tool_failure(call, &search->err) :
	    search->wish.act(call, search->wish.args, &search->list);
	search_free(search);
	return reply;
}

struct mcp_reply
targets_reply(struct mcp_call *call, const struct targets_wish *wish)
{
	static const struct sliced sliced = { step, act, search_free };
	struct session *session = mcp_call_user(call);
	struct search *search = xcalloc(1, sizeof(*search));

	search->call = call;
	search->wish = *wish;
	error_clear(&search->err);
	search->text = search->at = read_note(call);
	session->noted |= search->text != NULL;
	if (search->text == NULL)
		(void)namesakes_check(wish->walk.ids, wish->ended,
		    &search->err);
	return sliced_reply(call, &sliced, search);
}
