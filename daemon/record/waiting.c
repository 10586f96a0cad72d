/*
 * The mutable words of a task.  See waiting.h.
 */
#include <stdlib.h>

#include "common/error.h"
#include "common/mem.h"
#include "daemon/record/spec.h"
#include "daemon/record/waiting.h"
#include "json/json.h"
#include "json/schema.h"

static const struct field fields[] = {
	INTEGER(struct waiting_words, priority, .min = -WAITING_PRIORITY_MAX,
	    .max = WAITING_PRIORITY_MAX),
	STRING(struct waiting_words, held_by),
	END_OF_FIELDS,
};

void
waiting_fill(struct waiting_words *waiting, const struct task_spec *spec)
{
	waiting_clear(waiting);
	waiting->priority = spec->options.priority;
	if (spec->options.hold)
		waiting->held_by = xstrdup("who started it");
}

int
waiting_load(struct waiting_words *waiting, const struct task_spec *spec,
    int dirfd, struct error *err)
{
	struct json_object *object = json_read(dirfd, WAITING_FILE, err);
	int problems = 1;

	if (object == NULL && error_passes(err))
		return -1;
	waiting_fill(waiting, spec);
	if (object == NULL && err->code == ERR_NOT_FOUND)
		return 0;
	if (object != NULL && json_object_is_type(object, json_type_object)) {
		waiting_clear(waiting);
		problems = schema_load(fields, object, waiting, err);
	}
	json_object_put(object);
	if (problems == 0)
		return 0;
	waiting_fill(waiting, spec);
	free(waiting->held_by);
	waiting->held_by = xstrdup("damage to its " WAITING_FILE);
	return 0;
}

struct json_object *
waiting_encode(const struct waiting_words *waiting)
{
	struct json_object *object = json_object_new_object();

	schema_encode(fields, waiting, object);
	return object;
}

void
waiting_clear(struct waiting_words *waiting)
{
	schema_clear(fields, waiting);
}
