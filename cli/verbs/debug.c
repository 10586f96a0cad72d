/*
 * ccproc debug: the living daemon, as it is in memory.
 */
#include <stdio.h>
#include <stdlib.h>

#include "cli/options.h"
#include "cli/say.h"
#include "cli/tasks.h"
#include "cli/text.h"
#include "cli/verbs/verbs.h"
#include "common/error.h"

static int run(struct rpc *rpc, const void *options, char *const *words);

struct debug_options {
	bool none;
};

static const struct option_row rows[] = {
	END_OF_OPTIONS,
};

static const struct debug_options defaults = { .none = false };

const struct verb debug_verb = {
	.name = "debug",
	.synopsis = "",
	.summary = "Show the daemon itself, as JSON",
	.details = "Its live tasks with their phases and who watches them, the "
		   "queue, clients,\ntimers and limits.  SIGUSR2 makes it log "
		   "more; see ccprocd(8).",
	.options = rows,
	.defaults = &defaults,
	.size = sizeof(struct debug_options),
	.run = run,
};

static int
run(struct rpc *rpc, const void *options, char *const *words)
{
	struct error err;
	char *text;

	(void)options;
	(void)words;
	text = tasks_debug(rpc, &err);
	if (text == NULL)
		return say_failed(&err);
	text_print(stdout, text);
	free(text);
	return 0;
}
