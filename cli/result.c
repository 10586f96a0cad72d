/*
 * The result of an agent.  See result.h.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli/result.h"
#include "cli/status.h"
#include "cli/tasks.h"
#include "common/error.h"
#include "common/mem.h"
#include "json/json.h"

char *
result_in(const char *dir)
{
	struct json_object *object = NULL;
	struct error err;
	char *text;
	int dirfd;

	dirfd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dirfd != -1) {
		object = json_read(dirfd, "result.json", &err);
		close(dirfd);
	}
	text = xstrdup(json_string_at(object, "text"));
	json_object_put(object);
	return text;
}

char *
result_text(const struct task_info *task, struct error *err)
{
	char *text;

	if (task->result == NULL) {
		fail(err, ERR_NOT_FOUND,
		    "%s has no result%s; ccproc logs "
		    "--raw or --stderr shows what it wrote",
		    task->id, status_ended(task) ? "" : " yet");
		return NULL;
	}
	/* an answer of the daemon is bounded, the file is not */
	text = task->result_truncated ? result_in(task->output.dir) : NULL;
	return text != NULL ? text : xstrdup(task->result);
}
