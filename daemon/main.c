/*
 * ccprocd: options and the order of starting and ending.
 */
#include <config.h>

#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/error.h"
#include "common/limits.h"
#include "common/log.h"
#include "common/paths.h"
#include "common/sock.h"
#include "daemon/client.h"
#include "daemon/config.h"
#include "daemon/loop.h"
#include "daemon/server.h"
#include "daemon/systemd.h"
#include "daemon/tasks/queue.h"
#include "daemon/tasks/spawn.h"
#include "daemon/tasks/store.h"
#include "daemon/tasks/task.h"
#include "daemon/tasks/trash.h"

static const char usage[] =
    "usage: ccprocd [--debug] [--ready-fd N] [--help] [--version]\n"
    "\n"
    "The ccproc supervisor: holds tasks and serves MCP sessions on a Unix\n"
    "socket.  ccproc-bridge and ccproc start it when it is not there.\n"
    "\n"
    "  --debug       log more\n"
    "  --ready-fd N  say \"ok\" on descriptor N when it listens, or why not\n"
    "  --help        this text\n"
    "  --version     the version\n";

struct options {
	bool debug;
	int ready_fd; /* -1: none */
};

static void
parse(int argc, char **argv, struct options *options)
{
	static const struct option names[] = {
		{ "debug", no_argument, NULL, 'd' },
		{ "ready-fd", required_argument, NULL, 'r' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1)
		switch (c) {
		case 'd':
			options->debug = true;
			break;
		case 'r':
			options->ready_fd = atoi(optarg);
			fcntl(options->ready_fd, F_SETFD, FD_CLOEXEC);
			break;
		case 'h':
			fputs(usage, stdout);
			exit(0);
		case 'V':
			puts("ccprocd " PACKAGE_VERSION);
			exit(0);
		default:
			fputs(usage, stderr);
			exit(2);
		}
	if (optind < argc) {
		fprintf(stderr, "ccprocd: unexpected argument '%s'\n%s",
		    argv[optind], usage);
		exit(2);
	}
}

/* Whoever started us waits for this line. */
static void
tell_starter(const struct options *options, const char *text)
{
	if (options->ready_fd == -1)
		return;
	if (write(options->ready_fd, text, strlen(text)) == -1 ||
	    write(options->ready_fd, "\n", 1) == -1)
		log_warn("cannot tell who started us");
	close(options->ready_fd);
}

/* Stderr has it too, so that the log says why. */
static void
give_up(const struct options *options, const struct error *err)
{
	tell_starter(options, err->text);
	fatalx("%s", err->text);
}

/* Two descriptors for each running task, one for each client. */
static void
raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
		log_warn("cannot raise the limit of descriptors");
}

/*
 * One daemon serves a state directory.  One that systemd started replaces
 * the one that was started on demand: nothing is in its memory only.
 */
static int
lock_state(const char *socket_path, bool replace, struct error *err)
{
	pid_t holder;

	if (store_lock(socket_path, &holder, err) == 0)
		return 0;
	if (err->code != ERR_BUSY || !replace || holder <= 0)
		return -1;
	log_info("replacing the daemon with pid %d", (int)holder);
	if (store_end_holder(holder, err) != 0)
		return -1;
	return store_lock(socket_path, &holder, err);
}

static int
open_state(char *socket_path, bool replace, struct error *err)
{
	char state[PATH_MAX], config[PATH_MAX];

	if (paths_state(state, sizeof(state), err) != 0 ||
	    paths_config(config, sizeof(config), err) != 0 ||
	    paths_socket(socket_path, SOCKET_PATH_SIZE, err) != 0 ||
	    config_load(config, err) != 0 || spawn_init(err) != 0 ||
	    store_open(state, err) != 0)
		return -1;
	return lock_state(socket_path, replace, err);
}

static int
listen_on(const char *path, struct error *err)
{
	char dir[SOCKET_PATH_SIZE], *slash;

	snprintf(dir, sizeof(dir), "%s", path);
	slash = strrchr(dir, '/');
	if (slash != NULL && slash != dir) {
		*slash = '\0';
		if (paths_make_private(dir, err) != 0)
			return -1;
	}
	return sock_listen(path, err);
}

static void
adopt(const struct store_name *name, void *arg)
{
	(void)arg;
	task_adopt(name);
}

static void
on_end(int signo, short what, void *arg)
{
	(void)what;
	(void)arg;
	log_info("ending on signal %d; tasks go on", signo);
	event_base_loopbreak(loop_base());
}

/* Until a signal ends it. */
static void
serve(void)
{
	struct event *term, *interrupt;

	term = evsignal_new(loop_base(), SIGTERM, on_end, NULL);
	interrupt = evsignal_new(loop_base(), SIGINT, on_end, NULL);
	event_add(term, NULL);
	event_add(interrupt, NULL);
	event_base_dispatch(loop_base());
	event_free(term);
	event_free(interrupt);
}

static void
start(const struct options *options, const char *socket_path, int fd)
{
	struct error err;

	loop_init();
	queue_init();
	trash_init();
	if (store_each_live(adopt, NULL, &err) != 0)
		give_up(options, &err);
	if (fd == SYSTEMD_NO_SOCKET)
		fd = listen_on(socket_path, &err);
	if (fd == -1)
		give_up(options, &err);
	server_start(fd);
	queue_kick();
	trash_kick();
	log_info("version %s, state %s, socket %s", PACKAGE_VERSION,
	    store_root(), socket_path);
	tell_starter(options, "ok");
	systemd_notify("READY=1");
	systemd_watchdog_start();
}

/* The socket stays: whoever connects next starts a daemon or waits. */
static void
end(void)
{
	systemd_notify("STOPPING=1");
	systemd_watchdog_stop();
	server_stop();
	client_close_all();
	task_forget_all();
	trash_free();
	queue_free();
	loop_free();
	store_close();
}

int
main(int argc, char **argv)
{
	struct options options = { .ready_fd = -1 };
	char socket_path[SOCKET_PATH_SIZE];
	struct error err;
	int fd;

	parse(argc, argv, &options);
	log_init("ccprocd", options.debug, getenv("JOURNAL_STREAM") == NULL);
	signal(SIGPIPE, SIG_IGN);
	umask(077);
	raise_descriptor_limit();
	fd = systemd_socket(&err);
	if (fd < SYSTEMD_NO_SOCKET)
		give_up(&options, &err);
	if (open_state(socket_path, fd != SYSTEMD_NO_SOCKET, &err) != 0) {
		if (err.code == ERR_BUSY && options.ready_fd != -1)
			return 0; /* another start was faster */
		give_up(&options, &err);
	}
	start(&options, socket_path, fd);
	serve();
	end();
	return 0;
}
