/*
 * ccproc prune: delete now what is over the limits of retention.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/options.h"
#include "cli/progress.h"
#include "cli/rpc.h"
#include "cli/say.h"
#include "cli/tasks.h"
#include "cli/text.h"
#include "cli/verbs/verbs.h"
#include "common/error.h"
#include "common/mem.h"

struct prune_options {
	bool dry_run;
	bool json;
};

static const struct option_row rows[] = {
	OPTION_FLAG(struct prune_options, dry_run, .letter = 'n',
	    .name = "dry-run", .help = "only say what would go"),
	OPTION_FLAG(struct prune_options, json, .letter = 'j', .name = "json",
	    .help = "print what went as JSON"),
	END_OF_OPTIONS,
};

static const struct prune_options defaults = { .dry_run = false };

static int run(struct rpc *rpc, const void *options, char *const *words);

const struct verb prune_verb = {
	.name = "prune",
	.synopsis = "[--dry-run] [--json]",
	.summary = "Delete old tasks as the configuration says",
	.details = "The daemon does the same by itself from time to time.  "
		   "See retention in\nccproc-config(5).",
	.harmful = true,
	.options = rows,
	.defaults = &defaults,
	.size = sizeof(struct prune_options),
	.run = run,
};

/* Returns the text with 45.1 kB for "45056 bytes", which the caller frees. */
static char *
with_sizes(const char *text)
{
	char size[SIZE_TEXT], *end;
	struct buf out = { 0 };
	long long bytes;
	size_t n;

	buf_puts(&out, "");
	while (*text != '\0') {
		n = strcspn(text, "0123456789");
		buf_add(&out, text, n);
		text += n;
		bytes = strtoll(text, &end, 10);
		if (strncmp(end, " bytes", 6) == 0) {
			buf_puts(&out, text_size(bytes, size));
			end += 6;
		} else
			buf_add(&out, text, (size_t)(end - text));
		text = end;
	}
	return buf_steal(&out);
}

static void
far(int64_t so_far, int64_t all, void *arg)
{
	progress_tell(arg, (size_t)so_far, (size_t)all);
}

static int
run(struct rpc *rpc, const void *options, char *const *words)
{
	const struct prune_options *o = options;
	struct progress progress;
	struct error err;
	char *text, *shown;

	(void)words;
	progress_begin(&progress);
	rpc_on_progress(rpc, far, &progress);
	text = tasks_prune(rpc, o->dry_run, o->json, &err);
	progress_end(&progress);
	if (text == NULL)
		return say_failed(&err);
	shown = o->json ? xstrdup(text) : with_sizes(text);
	text_print(stdout, shown);
	free(shown);
	free(text);
	return 0;
}
