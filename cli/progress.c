/*
 * How far something is.  See progress.h.
 */
#include <stdio.h>
#include <unistd.h>

#include "cli/progress.h"
#include "cli/terminal.h"
#include "common/monotime.h"

/* Who waits for longer is told. */
#define SILENT_MS 1000

void
progress_begin(struct progress *progress)
{
	progress->since = monotime_ms();
	progress->shown = false;
}

void
progress_tell(struct progress *progress, size_t done, size_t all)
{
	if (monotime_ms() - progress->since < SILENT_MS ||
	    !isatty(STDERR_FILENO) || terminal_is_dumb())
		return;
	fprintf(stderr, "\r%zu of %zu tasks\033[K", done < all ? done : all,
	    all);
	progress->shown = true;
}

void
progress_end(struct progress *progress)
{
	if (progress->shown)
		fputs("\r\033[K", stderr);
	progress->shown = false;
}
