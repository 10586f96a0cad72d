/*
 * The URIs of resources.  See resource_uri.h.
 */
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/mem.h"
#include "daemon/find/resolve.h"
#include "daemon/provide/resource_uri.h"

static const struct {
	const char *suffix, *file;
} parts[] = {
	[PART_RECORD] = { "", NULL },
	[PART_RESULT] = { "/result", NULL },
	[PART_STDOUT] = { "/stdout", "stdout" },
	[PART_STDERR] = { "/stderr", "stderr" },
};

#define NPARTS (sizeof(parts) / sizeof(parts[0]))

const char *
resource_suffix(enum resource_part part)
{
	return parts[part].suffix;
}

const char *
resource_file(enum resource_part part)
{
	return parts[part].file;
}

/* Returns the id in a URI, which the caller frees; NULL: it is none of ours. */
static char *
parse(const char *uri, enum resource_part *part)
{
	const char *id, *rest;
	size_t i;

	if (strncmp(uri, RESOURCE_PREFIX, strlen(RESOURCE_PREFIX)) != 0)
		return NULL;
	id = uri + strlen(RESOURCE_PREFIX);
	rest = id + strcspn(id, "/");
	for (i = 0; i < NPARTS; i++)
		if (strcmp(rest, parts[i].suffix) == 0) {
			*part = (enum resource_part)i;
			return xstrndup(id, (size_t)(rest - id));
		}
	return NULL;
}

bool
resource_find(const char *uri, struct task_list *list, enum resource_part *part)
{
	char *id = parse(uri, part);
	char *ids[] = { id, NULL };
	struct error err;

	if (id != NULL && id[0] != '\0')
		resolve_ids(ids, list, &err);
	free(id);
	if (list->n > 1 && resource_file(*part) != NULL)
		task_list_clear(list);
	return list->n > 0;
}
