/*
 * Reading spec.json.  See spec.h.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/spec.h"
#include "cli/text.h"
#include "common/error.h"
#include "common/mem.h"
#include "json/json.h"
#include "json/schema.h"

static const struct field limits_fields[] = {
	INTEGER(struct spec_limits, memory_max),
	NUMBER(struct spec_limits, cpu_max),
	INTEGER(struct spec_limits, tasks_max),
	END_OF_FIELDS,
};

static const struct field options_fields[] = {
	STRINGS(struct spec_options, env),
	INTEGER(struct spec_options, idle_timeout_s),
	OBJECT(struct spec_options, limits, struct spec_limits,
	    .fields = limits_fields),
	END_OF_FIELDS,
};

static const struct field fields[] = {
	COMMAND(struct spec, "command", shell, argv),
	STRING(struct spec, permission_mode),
	STRINGS(struct spec, allowed_tools),
	STRINGS(struct spec, after),
	INTEGER(struct spec, timeout_s),
	STRING(struct spec, origin),
	STRING(struct spec, parent),
	BOOLEAN(struct spec, unknown_origin),
	OBJECT(struct spec, options, struct spec_options,
	    .fields = options_fields),
	END_OF_FIELDS,
};

int
spec_read(const char *dir, struct spec *spec, struct error *err)
{
	struct json_object *object;
	int dirfd, problems;

	dirfd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dirfd == -1) {
		fail_errno(err, "cannot open %s", dir);
		return -1;
	}
	object = json_read(dirfd, "spec.json", err);
	if (object == NULL && err->code == ERR_NOT_FOUND) /* a later run's */
		object = json_read(dirfd, "../spec.json", err);
	close(dirfd);
	if (object == NULL)
		return -1;
	problems = schema_load(fields, object, spec, err);
	json_object_put(object);
	return problems == 0 ? 0 : -1;
}

void
spec_clear(struct spec *spec)
{
	schema_clear(fields, spec);
}

char *
spec_command(const struct spec *spec)
{
	struct buf line = { 0 };
	char *word;
	size_t i;

	if (spec->shell != NULL)
		return xstrdup(spec->shell);
	if (spec->argv == NULL)
		return NULL;
	for (i = 0; spec->argv[i] != NULL; i++) {
		word = text_quoted(spec->argv[i]);
		buf_printf(&line, "%s%s", i == 0 ? "" : " ", word);
		free(word);
	}
	return buf_steal(&line);
}
