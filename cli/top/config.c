/*
 * What the configuration says.  See config.h.
 */
#include <stdlib.h>
#include <unistd.h>

#include "cli/child.h"
#include "cli/top/config.h"
#include "cli/top/model.h"
#include "common/mem.h"

static double
get(const char *ccproc, const char *key)
{
	char *argv[] = { xstrdup(ccproc), xstrdup("config"), xstrdup("get"),
		xstrdup(key), NULL };
	struct buf out = { 0 };
	double value = 0;
	size_t i;

	if (child_run(argv, STDOUT_FILENO, &out) == 0 && out.len > 0)
		value = strtod(out.data, NULL);
	buf_clear(&out);
	for (i = 0; argv[i] != NULL; i++)
		free(argv[i]);
	return value;
}

void
top_config_read(const char *ccproc, struct top_limits *limits)
{
	limits->commands = (int64_t)get(ccproc, "commands.max_running");
	limits->agents = (int64_t)get(ccproc, "agents.max_running");
	limits->budget_usd = get(ccproc, "agents.max_budget_usd_per_day");
}
