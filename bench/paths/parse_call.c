/* start_tasks of 50, decoded and refused for the last one. */
#include <stdio.h>
#include <string.h>

#include "bench/paths/path.h"

#define TASKS 50

static char line[8000];

void
path_setup(void)
{
	size_t i, len;

	path_tasks(0);
	path_connect();
	len = (size_t)snprintf(line, sizeof(line),
	    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\","
	    "\"params\":{\"name\":\"start_tasks\",\"arguments\":{\"tasks\":[");
	for (i = 0; i < TASKS; i++)
		len += (size_t)snprintf(line + len, sizeof(line) - len,
		    "{\"command\":[\"make\",\"-j4\",\"check\"],\"label\":"
		    "\"step-%zu\",\"timeout_s\":600},",
		    i);
	snprintf(line + len, sizeof(line) - len,
	    "{\"command\":\"true\",\"timeout_s\":\"soon\"}]}}}");
}

void
path_run(void)
{
	path_line(line);
}
