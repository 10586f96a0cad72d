/*
 * What is in the way of all tasks.  See stall.h.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/queue/stall.h"

static char reason[200];

bool
stall_note(const char *why)
{
	char before[sizeof(reason)];

	memcpy(before, reason, sizeof(before));
	snprintf(reason, sizeof(reason), "%s", why);
	return strcmp(before, reason) != 0;
}

void
stall_end(void)
{
	reason[0] = '\0';
}

const char *
stall_reason(void)
{
	return reason[0] == '\0' ? NULL : reason;
}
