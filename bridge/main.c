/*
 * ccproc-bridge: options, signals, start-up.
 */
#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bridge/bridge.h"
#include "common/id.h"
#include "common/log.h"

static const char usage[] =
    "usage: ccproc-bridge [--ask TASK | --help | --version]\n"
    "\n"
    "MCP server on stdin and stdout for the ccproc daemon, which it starts\n"
    "when it is not there.  An MCP client runs it, such as Claude Code after\n"
    "    claude mcp add ccproc -- ccproc-bridge\n"
    "With --ask it is the server that an agent of ours asks for permissions.\n";

static volatile sig_atomic_t stop;

static void
note_stop(int sig)
{
	(void)sig;
	stop = 1;
}

/*
 * Signals that end us arrive only while the loop waits; *wait_mask is the
 * mask for that.
 */
static void
catch_signals(sigset_t *wait_mask)
{
	static const int ends[] = { SIGHUP, SIGINT, SIGTERM };
	struct sigaction action = { .sa_handler = note_stop };
	sigset_t blocked;
	size_t i;

	sigemptyset(&blocked);
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		sigaddset(&blocked, ends[i]);
		sigaction(ends[i], &action, NULL);
	}
	sigprocmask(SIG_BLOCK, &blocked, wait_mask);
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		sigdelset(wait_mask, ends[i]);
	signal(SIGPIPE, SIG_IGN);
}

/* The task after --ask; NULL: there is no such option. */
static const char *
take_ask(int argc, char **argv)
{
	return argc == 3 && strcmp(argv[1], "--ask") == 0 &&
		id_is_task_name(argv[2]) ?
	    argv[2] :
	    NULL;
}

int
main(int argc, char **argv)
{
	const char *ask = take_ask(argc, argv);
	sigset_t wait_mask;

	log_init("ccproc-bridge", false, false);
	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return puts("ccproc-bridge " PACKAGE_VERSION) == EOF;
	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		return fputs(usage, stdout) == EOF;
	if (argc != 1 && ask == NULL) {
		log_warnx("unknown argument '%s', expected none, or --ask and "
			  "the id of a task; see ccproc-bridge --help",
		    argc > 1 ? argv[argc - 1] : "");
		return 2;
	}
	/* else the next descriptor that opens would take its place */
	if (fcntl(STDIN_FILENO, F_GETFD) == -1 ||
	    fcntl(STDOUT_FILENO, F_GETFD) == -1) {
		log_warnx("stdin or stdout is closed, expected both open");
		return 2;
	}
	catch_signals(&wait_mask);
	bridge_run(ask, &stop, &wait_mask);
	return 0;
}
