/*
 * Accepting a hook.  See accept.h.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uuid/uuid.h>

#include "common/error.h"
#include "common/id.h"
#include "common/log.h"
#include "common/mem.h"
#include "daemon/config.h"
#include "daemon/hook/accept.h"
#include "daemon/hook/file.h"
#include "daemon/hook/launcher.h"
#include "daemon/hook/notice.h"
#include "daemon/record/record.h"
#include "daemon/store/hooks.h"
#include "daemon/task/task.h"

/*
 * An event has the same UUID whenever it is accepted, so that whoever gets it
 * twice can tell: by the group, or by the task, and what it is called.
 */
static void
uuid_of(const struct notice *notice, char text[37])
{
	const struct record *rec = task_record(notice->task);
	const char *owner = rec->from.owner == NULL ? "" : rec->from.owner;
	uuid_t of_whom, of_event;

	uuid_clear(of_whom);
	if (notice->group != NULL)
		uuid_generate_sha1(of_whom, of_whom, owner, strlen(owner));
	else if (uuid_parse(rec->from.uuid, of_whom) != 0)
		uuid_clear(of_whom);
	uuid_generate_sha1(of_event, of_whom, notice->hook,
	    strlen(notice->hook));
	uuid_unparse_lower(of_event, text);
}

static int
store(const struct notice *notice, const struct store_hook *at,
    const struct hook_file *file, struct error *err)
{
	char *json = hook_file_text(file), *told = notice_json(notice);
	struct buf env = { 0 };
	int result;

	notice_environment(notice, &env);
	result = store_create_hook(task_record(notice->task), at, json, told,
	    env.data, env.len, err);
	buf_clear(&env);
	free(told);
	free(json);
	return result;
}

/* One of the user is at home, where no task chooses what is found. */
static const char *
cwd_of(const struct record *rec, bool own)
{
	const char *home = getenv("HOME");

	if (own)
		return rec->spec.cwd;
	return home != NULL && home[0] == '/' ? home : "/";
}

int
accept_hook(const struct notice *event, const char *command, bool own)
{
	const struct record *rec = task_record(event->task);
	struct notice notice = *event;
	char name[STORE_HOOK_NAME], uuid[37], *line = xstrdup(command);
	char *cwd = xstrdup(cwd_of(rec, own));
	struct hook_file file = {
		.version = HOOK_FILE_VERSION,
		.uuid = uuid,
		.command = line,
		.cwd = cwd,
		.timeout_s = config_get()->hooks.timeout_s,
		.run = rec->run.number,
		.own = own,
	};
	struct store_hook at = { .task.number = rec->number };
	struct error err;
	int result = 0;

	snprintf(name, sizeof(name), "%s%s", event->hook,
	    own ? STORE_HOOK_OWN : "");
	notice.hook = name;
	notice.uuid = uuid;
	uuid_of(&notice, uuid);
	snprintf(at.task.uuid, sizeof(at.task.uuid), "%s", rec->from.uuid);
	snprintf(at.task.path, sizeof(at.task.path), "%s", rec->path);
	snprintf(at.name, sizeof(at.name), "%s", name);
	if (!store_has_hook(rec->path, name)) {
		result = store(&notice, &at, &file, &err);
		if (result == 0)
			launcher_add(&at);
		else
			log_warnx(TASK_ID ": %s is not accepted: %s",
			    rec->number, name, err.text);
		if (result != 0 && err.errnum == ENOENT)
			result = 0; /* its folder is gone */
	}
	free(line);
	free(cwd);
	return result;
}
