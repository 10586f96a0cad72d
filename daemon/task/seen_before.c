/*
 * Tasks that were asked for before.  See seen_before.h.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uuid/uuid.h>

#include "common/error.h"
#include "common/id.h"
#include "common/limits.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/timefmt.h"
#include "daemon/record/age.h"
#include "daemon/record/record.h"
#include "daemon/session.h"
#include "daemon/store/index.h"
#include "daemon/store/keys.h"
#include "daemon/store/name.h"
#include "daemon/store/task_dir.h"
#include "daemon/task/seen_before.h"
#include "daemon/task/task.h"
#include "json/json.h"

#define KEY_VALID_MS (INT64_C(24) * 3600 * 1000)

static void
make_uuid(const struct session *session, uint64_t ordinal, size_t index,
    uuid_t uuid)
{
	uuid_t of_session;
	char name[64];
	int len;

	if (uuid_parse(session->uuid, of_session) != 0)
		fatalx("session %s is no UUID", session->uuid);
	len = snprintf(name, sizeof(name), "%" PRIu64 "/%zu", ordinal, index);
	uuid_generate_sha1(uuid, of_session, name, (size_t)len);
}

void
seen_before_uuid(const struct session *session, uint64_t ordinal, size_t index,
    char text[37])
{
	uuid_t uuid;

	make_uuid(session, ordinal, index, uuid);
	uuid_unparse_lower(uuid, text);
}

struct hunt {
	struct task **tasks;
	size_t left;
	struct error *err;
	bool failed;
};

static bool
found(const struct store_name *name, size_t i, void *arg)
{
	struct hunt *hunt = arg;
	struct error err;

	if (hunt->tasks[i] != NULL || !index_look(name))
		return true;
	if (store_is_tombstone(name))
		fail(&err, ERR_NOT_FOUND, "it was cleaned up since");
	else
		hunt->tasks[i] = task_open(name, &err);
	if (hunt->tasks[i] == NULL) {
		fail_add(hunt->err, err.code,
		    TASK_ID " was started by this call: %s", name->number,
		    err.text);
		hunt->failed = true;
	}
	return --hunt->left > 0;
}

int
seen_before_request(const struct session *session, uint64_t ordinal,
    struct task **tasks, size_t n, struct error *err)
{
	struct hunt hunt = { .tasks = tasks, .left = n, .err = err };
	uuid_t uuids[TASKS_MAX_PER_CALL];
	struct error unseen;
	size_t i;

	error_clear(err);
	for (i = 0; i < n; i++) {
		make_uuid(session, ordinal, i, uuids[i]);
		tasks[i] = NULL;
	}
	if (index_know(&unseen) != 0) {
		fail_add(err, unseen.code,
		    "what this call has started before cannot be seen, so "
		    "nothing was started; try again: %s",
		    unseen.text);
		hunt.failed = true;
	} else
		index_each_uuid(uuids, n, found, &hunt);
	if (!hunt.failed)
		return 0;
	for (i = 0; i < n; i++) {
		task_unref(tasks[i]);
		tasks[i] = NULL;
	}
	return -1;
}

int
seen_before_key(const char *key, struct task **task, struct error *err)
{
	struct store_name name;
	const struct record_origin *from;
	int found = store_find_key(key, &name, err);

	*task = found == 1 ? task_open(&name, err) : NULL;
	if (found == -1 || (found == 1 && *task == NULL)) {
		fail_prefix(err,
		    "key \"%.60s\" may have its task already, which cannot "
		    "be read, so nothing was started; try again, or give "
		    "another key",
		    key);
		return -1;
	}
	if (*task == NULL)
		return 0;
	from = &task_record(*task)->from;
	if (age_of(from->boot, time_parse_iso(from->created_at),
		from->boot_ms) >= KEY_VALID_MS) {
		task_unref(*task);
		*task = NULL;
	}
	return 0;
}

static char *
spec_text(const struct task_spec *spec)
{
	struct json_object *object = json_object_new_object();
	char *text;

	schema_encode(task_spec_fields, spec, object);
	text = xstrdup(json_text(object, NULL));
	json_object_put(object);
	return text;
}

/* Whether the file `prompt` has this text. */
static bool
same_prompt(const struct record *rec, const char *prompt)
{
	struct error err;
	char *text = store_read_prompt(rec->path, &err);
	bool same = text != NULL && strcmp(text, prompt) == 0;

	free(text);
	return same;
}

static bool
same_stdin(const struct record *rec, const char *base64)
{
	const char *one = rec->from.stdin_sum;
	char *other = base64 == NULL ? NULL : task_stdin_sum(base64);
	bool same = one == NULL || other == NULL ? one == other :
						   strcmp(one, other) == 0;

	free(other);
	return same;
}

bool
seen_before_same(const struct record *rec, const struct task_spec *spec)
{
	char *one = spec_text(&rec->spec), *other = spec_text(spec);
	bool same = strcmp(one, other) == 0;

	free(one);
	free(other);
	return same && same_stdin(rec, spec->stdin_base64) &&
	    (spec->prompt == NULL || same_prompt(rec, spec->prompt));
}
