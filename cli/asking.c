/*
 * What agents ask.  See asking.h.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/asking.h"
#include "cli/ring.h"
#include "cli/say.h"
#include "cli/tasks.h"
#include "common/error.h"
#include "common/id.h"
#include "common/mem.h"
#include "json/choices.h"
#include "json/json.h"
#include "json/wording.h"

/* The input of one that is too long for an answer, from its file. */
static struct json_object *
input_in(const char *dir, const char *request_id)
{
	char *name = xasprintf("ask-%s.json", request_id + 1);
	int dirfd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct json_object *file = NULL, *input;
	struct error err;

	if (dirfd != -1) {
		file = json_read(dirfd, name, &err);
		close(dirfd);
	}
	input = json_object_get(json_object_at(file, "input"));
	json_object_put(file);
	free(name);
	return input;
}

/* The caller puts it; NULL: it cannot be read. */
static struct json_object *
input_of(const struct task_info *task, const struct ask_info *ask)
{
	struct error err;

	return ask->input != NULL ?
	    json_parse(ask->input, strlen(ask->input), &err) :
	    input_in(task->output.dir, ask->request_id);
}

void
asking_whole(const struct task_info *task, const struct ask_info *ask,
    struct buf *out)
{
	struct wording w = { .task = id_number(task->id),
		.tool = ask->tool,
		.input = input_of(task, ask) };

	buf_printf(out, "%s %s: ", task->id, ask->request_id);
	if (w.input != NULL)
		wording_whole(&w, out);
	else
		buf_printf(out, "%s/ask-%s.json cannot be read",
		    task->output.dir, ask->request_id + 1);
	json_object_put(w.input);
}

void
asking_how(const struct task_info *task, const struct ask_info *ask,
    struct buf *out)
{
	struct json_object *input = input_of(task, ask);

	buf_printf(out, "ccproc answer -q %s %s %s", ask->request_id, task->id,
	    input != NULL && choices_are(ask->tool, input) ? "TEXT|deny" :
							     "allow|deny");
	json_object_put(input);
}

static bool
was_said(const struct asking *asking, const char *name)
{
	char *const *said = asking->said;

	for (; said != NULL && *said != NULL; said++)
		if (strcmp(*said, name) == 0)
			return true;
	return false;
}

static void
answered(struct asking *asking)
{
	ring_answered();
	free(asking->last);
	asking->last = NULL;
}

void
asking_say(struct asking *asking, const struct task_info *task)
{
	const struct ask_info *asks = task->asks.items;
	struct buf how = { 0 };
	char *name;
	size_t i;

	for (i = 0; i < task->asks.n; i++) {
		name = xasprintf("%s %s", task->id, asks[i].request_id);
		if (!was_said(asking, name)) {
			asking->said = strv_add(asking->said, name);
			free(asking->last);
			asking->last = xstrdup(task->id);
			how.len = 0;
			asking_how(task, &asks[i], &how);
			say("%s %s%s; %s", task->id,
			    strncmp(asks[i].question, "asks: ", 6) == 0 ?
				"" :
				"asks to be allowed ",
			    asks[i].question, how.data);
			ring_asks(task);
		}
		free(name);
	}
	if (task->asks.n == 0 && asking->last != NULL &&
	    strcmp(asking->last, task->id) == 0)
		answered(asking);
	buf_clear(&how);
}

void
asking_clear(struct asking *asking)
{
	answered(asking);
	strv_free(asking->said);
	asking->said = NULL;
}
