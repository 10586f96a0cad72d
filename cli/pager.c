/*
 * The pager.  See pager.h.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/child.h"
#include "cli/pager.h"
#include "cli/path.h"
#include "cli/terminal.h"

static pid_t pager = -1;

/* A line for the shell; NULL: none is wanted, or there. */
static const char *
pager_line(void)
{
	const char *line = getenv("GIT_PAGER");
	char *less;

	if (line == NULL)
		line = getenv("PAGER");
	if (line != NULL)
		return *line == '\0' || strcmp(line, "cat") == 0 ? NULL : line;
	less = path_find("less");
	free(less);
	return less == NULL ? NULL : "less";
}

void
pager_begin(void)
{
	char sh[] = "/bin/sh", dash_c[] = "-c",
	     *argv[] = { sh, dash_c, NULL, NULL };
	const char *line = pager_line();
	int ends[2], fds[3] = { -1, -1, -1 };

	if (!isatty(STDOUT_FILENO) || terminal_is_dumb() || line == NULL ||
	    pipe2(ends, O_CLOEXEC) != 0)
		return;
	setenv("LESS", "FRX", 0); /* as git has it */
	setenv("LV", "-c", 0);
	argv[2] = strdup(line);
	fds[0] = ends[0];
	pager = child_start(argv, fds);
	if (pager != -1) {
		dup2(ends[1], STDOUT_FILENO);
		signal(SIGINT, SIG_IGN); /* means something to the pager */
	}
	close(ends[0]);
	close(ends[1]);
	free(argv[2]);
}

void
pager_end(void)
{
	if (pager == -1)
		return;
	fflush(stdout);
	close(STDOUT_FILENO);
	child_wait(pager);
	pager = -1;
}
