/* The answer to list_tasks of 20, while 200 wait. */
#include "bench/paths/path.h"

void
path_setup(void)
{
	path_tasks(200);
	path_connect();
}

void
path_run(void)
{
	path_line("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\","
		  "\"params\":{\"name\":\"list_tasks\",\"arguments\":"
		  "{\"scope\":\"all\",\"limit\":20}}}");
}
