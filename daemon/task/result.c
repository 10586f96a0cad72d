/*
 * Results of runs.  See result.h.
 */
#include <unistd.h>

#include "common/error.h"
#include "common/id.h"
#include "common/log.h"
#include "daemon/agent/result.h"
#include "daemon/record/load.h"
#include "daemon/record/record.h"
#include "daemon/store/task_dir.h"
#include "daemon/task/cost.h"
#include "daemon/task/result.h"

int
result_take(struct record *rec)
{
	struct error err;
	int dirfd;

	if (!record_is_agent(rec))
		return 0;
	dirfd = store_open_task(rec->dir, &err);
	if (dirfd == -1)
		return error_passes(&err) ? -1 : 0;
	agent_result_free(rec->result);
	rec->result = record_read_output(rec, dirfd);
	close(dirfd);
	if (rec->result->unread)
		return -1;
	if (store_write_result(rec, &err) != 0)
		log_warnx(TASK_ID ": %s", rec->number, err.text);
	cost_note(rec);
	return 0;
}

void
result_inherit(struct record *rec)
{
	struct error err;
	int taskfd;

	if (rec->run.number == 1)
		return;
	taskfd = store_open_task(rec->path, &err);
	if (taskfd == -1)
		return;
	record_inherit_result(rec, taskfd);
	close(taskfd);
}
