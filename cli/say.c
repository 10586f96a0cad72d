/*
 * Words for people.  See say.h.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/say.h"
#include "cli/status.h"
#include "cli/tasks.h"
#include "cli/text.h"
#include "common/error.h"

void
say(const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) != -1) {
		fputs("ccproc: ", stderr);
		text_print(stderr, text);
	}
	va_end(ap);
	free(text);
}

int
say_failed(const struct error *err)
{
	say("%s", err->text);
	return STATUS_OURS;
}

int
say_none(void)
{
	say("there are no such tasks");
	return 0;
}

int
say_usage(const char *verb, const struct error *err)
{
	say("%s: %s; see ccproc %s --help", verb, err->text, verb);
	return STATUS_USAGE;
}

int
say_tasks(struct rpc *rpc, const struct tasks *tasks, char *const *ids,
    bool json)
{
	struct error err;
	char *text;

	if (json) {
		tasks_print_json(tasks);
		return 0;
	}
	text = tasks_describe(rpc, ids, &err);
	if (text == NULL)
		return say_failed(&err);
	text_print(stdout, text);
	free(text);
	return 0;
}
