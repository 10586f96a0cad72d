/*
 * hook.json.  See file.h.
 */
#include "common/error.h"
#include "common/mem.h"
#include "daemon/hook/file.h"
#include "json/json.h"
#include "json/schema.h"

static const struct field fields[] = {
	INTEGER(struct hook_file, version, .required = true),
	STRING(struct hook_file, uuid, .required = true),
	STRING(struct hook_file, command, .required = true),
	STRING(struct hook_file, cwd, .required = true),
	INTEGER(struct hook_file, timeout_s, .required = true),
	INTEGER(struct hook_file, run, .required = true),
	BOOLEAN(struct hook_file, own),
	END_OF_FIELDS,
};

char *
hook_file_text(const struct hook_file *file)
{
	struct json_object *object = json_object_new_object();
	char *text;

	schema_encode(fields, file, object);
	text = xstrdup(json_text(object, NULL));
	json_object_put(object);
	return text;
}

int
hook_file_read(int dirfd, struct hook_file *file, struct error *err)
{
	struct json_object *object = json_read(dirfd, "hook.json", err);
	int problems;

	if (object == NULL)
		return -1;
	problems = schema_load(fields, object, file, err);
	json_object_put(object);
	if (problems == 0 && file->version <= HOOK_FILE_VERSION)
		return 0;
	if (problems == 0)
		fail(err, ERR_NEWER, "is of a later version");
	fail_prefix(err, "hook.json");
	return -1;
}

void
hook_file_clear(struct hook_file *file)
{
	schema_clear(fields, file);
}
