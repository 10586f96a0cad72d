/*
 * Conversations of agents.  See conversation.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "common/id.h"
#include "common/mem.h"
#include "daemon/agent/result.h"
#include "daemon/record/load.h"
#include "daemon/record/record.h"
#include "daemon/store/task_dir.h"
#include "daemon/task/conversation.h"

/*
 * The conversation of the last of the n runs that has begun one; *unread: a
 * run that cannot be read might have.
 */
static char *
last_begun(const struct record *rec, int taskfd, unsigned n, bool *unread)
{
	struct agent_result *result;
	char *id = NULL;

	*unread = false;
	while (id == NULL && n > 0 && !*unread) {
		result = record_result_of(rec, taskfd, n--);
		*unread = result != NULL && result->unread;
		if (result != NULL && agent_result_begun(result))
			id = xstrdup(result->session_id);
		agent_result_free(result);
	}
	return id;
}

bool
conversation_can_go_on(const struct record *rec)
{
	struct error err;
	int taskfd = store_open_task(rec->path, &err);
	bool unread, can;
	char *id;

	if (taskfd == -1)
		return error_passes(&err);
	id = last_begun(rec, taskfd, rec->run.count, &unread);
	can = id != NULL || unread; /* its start tells */
	close(taskfd);
	free(id);
	return can;
}

int
conversation_of(const struct record *rec, struct conversation *conversation,
    struct error *err)
{
	const struct run *run = &rec->run;
	bool unread;
	int taskfd;

	memset(conversation, 0, sizeof(*conversation));
	if (run->number <= 1 || run->asked.fresh) {
		conversation->id = xstrdup(run->number <= 1 ? rec->from.uuid :
							      run->asked.uuid);
		return 0;
	}
	taskfd = store_open_task(rec->path, err);
	if (taskfd == -1)
		return -1;
	conversation->resume = last_begun(rec, taskfd, run->number - 1,
	    &unread);
	close(taskfd);
	if (unread) {
		errno = EMFILE;
		fail_errno(err,
		    "cannot read what the runs of " TASK_ID " have said",
		    rec->number);
		return -1;
	}
	if (conversation->resume == NULL) {
		fail(err, ERR_NOT_FOUND,
		    TASK_ID " has no conversation to go on with: its agent "
			    "never began one; start a new task",
		    rec->number);
		return -1;
	}
	if (run->asked.fork)
		conversation->id = xstrdup(run->asked.uuid);
	return 0;
}

void
conversation_clear(struct conversation *conversation)
{
	free(conversation->resume);
	free(conversation->id);
	memset(conversation, 0, sizeof(*conversation));
}
