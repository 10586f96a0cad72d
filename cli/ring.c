/*
 * Bells.  See ring.h.  No word of a task goes into them: its id, its label,
 * its state.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/ring.h"
#include "cli/tasks.h"
#include "cli/terminal.h"
#include "common/mem.h"
#include "common/monotime.h"
#include "json/duration.h"

/* Who waits for less still looks. */
#define LOOKS_MS 10000

static bool titled;

/* The terminal; NULL: there is none, or it is to be left alone. */
static FILE *
bell(void)
{
	const char *wanted = getenv(RING_VARIABLE);

	if ((wanted != NULL && strcmp(wanted, "off") == 0) ||
	    terminal_is_dumb())
		return NULL;
	return isatty(STDERR_FILENO) ? stderr :
	    isatty(STDOUT_FILENO)    ? stdout :
				       NULL;
}

static int64_t
patience_ms(void)
{
	const char *wanted = getenv(RING_VARIABLE);
	int64_t ms;

	return wanted != NULL && duration_parse(wanted, &ms) ? ms : LOOKS_MS;
}

/* The console of Linux shows what others take for a command. */
static bool
takes_commands(void)
{
	const char *term = getenv("TERM");

	return term != NULL && strcmp(term, "linux") != 0;
}

/* Those that know this one, of which some know the other one, too. */
static bool
takes_777(void)
{
	const char *term = getenv("TERM");

	return getenv("VTE_VERSION") != NULL ||
	    (term != NULL &&
		(strncmp(term, "foot", 4) == 0 ||
		    strncmp(term, "rxvt", 4) == 0));
}

static void
ring(FILE *out, const char *text)
{
	if (takes_commands() && takes_777())
		fprintf(out, "\033]777;notify;ccproc;%s\a", text);
	else if (takes_commands())
		fprintf(out, "\033]9;%s\a", text);
	fputs("\a", out);
	fflush(out);
}

/* "t7 fix-login needs input"; the caller frees. */
static char *
words_of(const struct task_info *task, const char *what)
{
	return xasprintf("%s%s%s %s", task->id, task->label == NULL ? "" : " ",
	    task->label == NULL ? "" : task->label, what);
}

void
ring_asks(const struct task_info *task)
{
	FILE *out = bell();
	char *text = words_of(task, "needs input");

	if (out != NULL && takes_commands()) {
		/* what it was comes back: a title on the stack of xterm */
		fprintf(out, "%s\033]2;! %s\a", titled ? "" : "\033[22;2t",
		    text);
		titled = true;
	}
	if (out != NULL)
		ring(out, text);
	free(text);
}

void
ring_answered(void)
{
	FILE *out = titled ? bell() : NULL;

	titled = false;
	if (out == NULL)
		return;
	fputs("\033]2;\a\033[23;2t", out);
	fflush(out);
}

void
ring_ended(int64_t since, const struct task_info *task)
{
	FILE *out = bell();
	char *text;

	if (out == NULL || monotime_ms() - since < patience_ms())
		return;
	text = task == NULL ? xstrdup("all have ended") :
			      words_of(task, task->state);
	ring(out, text);
	free(text);
}
