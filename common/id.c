/*
 * Names of tasks and groups.  See id.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/id.h"

#define DIGITS "0123456789"

uint64_t
id_number(const char *id)
{
	uint64_t number;
	char *end;

	if ((id[0] != 't' && id[0] != 'g') || strspn(id + 1, DIGITS) == 0)
		return 0;
	errno = 0;
	number = strtoull(id + 1, &end, 10);
	return errno == 0 && (*end == '\0' || *end == '-') ? number : 0;
}

bool
id_is_task_name(const char *id)
{
	const char *uuid = strchr(id, '-');

	return id[0] == 't' && id_number(id) != 0 && uuid != NULL &&
	    strlen(uuid + 1) == 36 && strspn(uuid + 1, DIGITS "abcdef-") == 36;
}
