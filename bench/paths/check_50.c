/* The answer to check_tasks of 50. */
#include <stdio.h>
#include <string.h>

#include "bench/paths/path.h"

#define TASKS 50

static char line[1000];

void
path_setup(void)
{
	size_t i, len;

	path_tasks(TASKS);
	path_connect();
	len = (size_t)snprintf(line, sizeof(line),
	    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\","
	    "\"params\":{\"name\":\"check_tasks\",\"arguments\":{\"ids\":[");
	for (i = 0; i < TASKS; i++)
		len += (size_t)snprintf(line + len, sizeof(line) - len,
		    "%s\"t%zu\"", i == 0 ? "" : ",", i + 1);
	snprintf(line + len, sizeof(line) - len, "]}}}");
}

void
path_run(void)
{
	path_line(line);
}
