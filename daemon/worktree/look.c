/*
 * What a task has done in its worktree.  See worktree.h.
 */
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/id.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/step.h"
#include "daemon/os/helper.h"
#include "daemon/record/record.h"
#include "daemon/worktree/errand.h"
#include "daemon/worktree/worktree.h"
#include "json/json.h"

/* After this time the end of the task is told without the summary. */
#define LIMIT_S 10

struct worktree_look {
	uint64_t number;
	const struct record *rec; /* borrowed: the task is live */
	struct helper *helper;
	void (*done)(void *arg);
	void *arg;
};

static void
looked(const char *output, bool ended, void *arg)
{
	struct worktree_look *look = arg;
	struct worktree_summary summary;
	struct error err;
	struct json_object *object = json_parse(output, strlen(output), &err);

	(void)ended; /* half an object cannot be parsed */
	STEP("summary-unwritten");
	if (!worktree_take_summary(object, &summary))
		log_warnx(TASK_ID ": its worktree could not be examined",
		    look->number);
	json_object_put(object);
	if (worktree_write_summary(look->rec, &summary, &err) != 0)
		log_warnx(TASK_ID ": %s", look->number, err.text);
	STEP("summary-written");
	look->helper = NULL; /* frees itself after this */
	look->done(look->arg);
	worktree_look_free(look);
}

struct worktree_look *
worktree_look_new(const struct record *rec, void (*done)(void *arg), void *arg)
{
	static const char *const nothing[] = { NULL };
	struct worktree_look *look = xcalloc(1, sizeof(*look));
	struct error err;

	look->number = rec->number;
	look->rec = rec;
	look->done = done;
	look->arg = arg;
	look->helper = errand_start(rec, "look", nothing, LIMIT_S, looked, look,
	    &err);
	if (look->helper != NULL)
		return look;
	log_warnx(TASK_ID ": its worktree is not examined: %s", rec->number,
	    err.text);
	worktree_look_free(look);
	return NULL;
}

void
worktree_look_free(struct worktree_look *look)
{
	if (look == NULL)
		return;
	helper_free(look->helper);
	free(look);
}
