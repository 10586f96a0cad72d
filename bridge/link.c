/*
 * Connecting to the daemon.  See link.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bridge/link.h"
#include "common/error.h"
#include "common/launch.h"

/* The helper's word when somebody listens; no error is as short. */
#define REACHED "."

void
link_init(struct link *link)
{
	memset(link, 0, sizeof(*link));
	link->fd = -1;
}

static void
send_text(int to, const char *text)
{
	/* when nobody reads, nobody wants to know */
	if (send(to, text, strlen(text), MSG_NOSIGNAL) == -1)
		return;
}

/* Lets go of the client's pipes, so that they close when the bridge goes. */
static void
let_go_of_stdio(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
}

/*
 * The helper: starts the daemon and says how that went; with a delay it only
 * lets that pass.  The
 * connection it keeps for itself: who connects is looked at by his process,
 * and this one ends.
 */
static void
run_helper(int to, pid_t bridge, int delay_ms)
{
	struct error err;
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != bridge)
		_exit(1); /* it went before that took effect */
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	let_go_of_stdio();
	poll(NULL, 0, delay_ms);
	if (delay_ms == 0 && launch_connect(&err) == -1)
		send_text(to, err.text);
	else
		send_text(to, REACHED);
	_exit(0);
}

static int
start_helper(struct link *link, int delay_ms, struct error *err)
{
	pid_t bridge = getpid();
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
		fail_errno(err, "cannot make a socket pair");
		return -1;
	}
	link->helper = fork();
	if (link->helper == 0) {
		close(pair[0]);
		run_helper(pair[1], bridge, delay_ms);
	}
	close(pair[1]);
	if (link->helper == -1) {
		fail_errno(err, "cannot start a process");
		link->helper = 0;
		close(pair[0]);
		return -1;
	}
	link->fd = pair[0];
	link->paused = delay_ms > 0;
	link->state = LINK_STARTING;
	return 0;
}

int
link_open(struct link *link, int delay_ms, struct error *err)
{
	if (delay_ms == 0)
		link->fd = launch_try(err);
	if (link->fd == -1)
		return start_helper(link, delay_ms, err);
	link->state = LINK_GREETING;
	return 0;
}

int
link_started(struct link *link, struct error *err)
{
	char text[ERROR_TEXT_SIZE];
	ssize_t n = recv(link->fd, text, sizeof(text) - 1, 0);

	link_close(link);
	text[n > 0 ? n : 0] = '\0';
	if (strcmp(text, REACHED) != 0) {
		fail(err, ERR_SYSTEM, "%s",
		    n > 0 ? text :
			    "the process that was to start it has ended");
		return -1;
	}
	link->fd = launch_try(err);
	if (link->fd != -1)
		link->state = LINK_GREETING;
	else if (link->paused)
		return start_helper(link, 0, err);
	return 0;
}

int
link_greeted(struct link *link, struct jsonspan line, struct error *err)
{
	static const char *const names[] = { "result", "error" };
	static const char *const message = "message";
	struct jsonspan found[2], text;
	struct error why;
	char sentence[1024];

	if (jsonscan_check(line.at, line.len, &why) != 0) {
		fail(err, ERR_INVALID, "its answer to hello is no JSON: %s",
		    why.text);
		return -1;
	}
	jsonscan_members(line, names, found, 2);
	if (jsonscan_type(found[0]) == '{') {
		link->state = LINK_UP;
		return 0;
	}
	memset(&text, 0, sizeof(text));
	if (jsonscan_type(found[1]) == '{')
		jsonscan_members(found[1], &message, &text, 1);
	fail(err, ERR_INVALID, "%s",
	    jsonscan_string(text, sentence, sizeof(sentence)) ?
		sentence :
		"it refused hello and did not say why");
	return -1;
}

bool
link_wants_write(const struct link *link, const struct queue *queue)
{
	if (link->state < LINK_GREETING || link->deaf)
		return false;
	return queue_left(&link->first) > 0 ||
	    (link->state == LINK_UP && queue_left(queue) > 0);
}

void
link_flush(struct link *link, struct queue *queue)
{
	if (!link_wants_write(link, queue))
		return;
	if (queue_flush(&link->first, link->fd, true) != 0)
		link->deaf = true;
	else if (queue_left(&link->first) == 0 && link->state == LINK_UP &&
	    queue_flush(queue, link->fd, true) != 0)
		link->deaf = true;
}

void
link_close(struct link *link)
{
	if (link->helper > 0) {
		/* what it started goes on; itself it has nothing to save */
		kill(link->helper, SIGKILL);
		while (waitpid(link->helper, NULL, 0) == -1 && errno == EINTR)
			continue;
	}
	if (link->fd != -1)
		close(link->fd);
	queue_clear(&link->first);
	link->fd = -1;
	link->helper = 0;
	link->deaf = false;
	link->state = LINK_DOWN;
}
