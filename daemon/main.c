/*
 * ccprocd: options and the order of starting and ending.
 */
#include <config.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/attributes.h"
#include "common/error.h"
#include "common/limits.h"
#include "common/log.h"
#include "common/paths.h"
#include "common/step.h"
#include "daemon/address.h"
#include "daemon/client.h"
#include "daemon/config.h"
#include "daemon/crash.h"
#include "daemon/hello.h"
#include "daemon/hook/hook.h"
#include "daemon/names.h"
#include "daemon/options.h"
#include "daemon/os/cgroup.h"
#include "daemon/os/heap.h"
#include "daemon/os/loop.h"
#include "daemon/os/mounts.h"
#include "daemon/os/syncer.h"
#include "daemon/os/systemd.h"
#include "daemon/os/watchdog.h"
#include "daemon/provide/provide.h"
#include "daemon/question/question.h"
#include "daemon/queue/drain.h"
#include "daemon/queue/queue.h"
#include "daemon/retention/retention.h"
#include "daemon/server.h"
#include "daemon/state.h"
#include "daemon/store/files.h"
#include "daemon/store/live.h"
#include "daemon/store/lock.h"
#include "daemon/store/refusals.h"
#include "daemon/store/store.h"
#include "daemon/store/trash.h"
#include "daemon/store/unsynced.h"
#include "daemon/store/version.h"
#include "daemon/task/keeper.h"
#include "daemon/task/limits.h"
#include "daemon/task/replace.h"
#include "daemon/task/task.h"
#include "daemon/tools/debug_daemon.h"
#include "daemon/tools/tools.h"

/* Attempts to take over the lock: another daemon may grab it first. */
#define TAKEOVER_TRIES 5

static char socket_path[SOCKET_PATH_SIZE];
static bool activated; /* systemd passed us its socket */

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

/* The reason goes to stderr, too, so that the log has it. */
static void
give_up(const struct options *options, const struct error *err)
{
	tell_starter(options, err->text);
	fatalx("%s", err->text);
}

/*
 * One daemon serves a state directory.  A daemon that systemd started
 * replaces one that was started on demand, which has nothing in its memory
 * only.
 */
static int
lock_state(struct error *err)
{
	int tries = activated ? TAKEOVER_TRIES : 1;
	pid_t holder;

	while (store_lock(socket_path, &holder, err) != 0) {
		if (err->code != ERR_BUSY || --tries == 0)
			return -1;
		if (holder <= 0)
			continue; /* the holder has gone, or cannot be seen */
		log_info("replacing the daemon with pid %d", (int)holder);
		if (store_end_holder(holder, err) != 0)
			return -1;
	}
	return 0;
}

/* It is known which cgroups tasks get. */
static void
on_cgroups(void)
{
	limits_of_all();
	queue_recall();
}

static int
open_state(struct error *err)
{
	char state[PATH_MAX], config[PATH_MAX];

	if (paths_state(state, sizeof(state), err) != 0 ||
	    paths_config(config, sizeof(config), err) != 0)
		return -1;
	if (config_load(config, err) != 0)
		log_warnx("%s; nothing is started, allowed or deleted by age "
			  "until that is mended",
		    err->text);
	if (keeper_init(socket_path, err) != 0 || store_open(state, err) != 0)
		return -1;
	cgroup_init(keeper_path(), on_cgroups);
	STEP("begin-opened");
	if (lock_state(err) != 0)
		return -1;
	refusals_recall();
	drain_load();
	return 0;
}

static int
adopt(const struct store_name *name, void *arg, struct error *err)
{
	int result = task_adopt(name, err);

	(void)arg;
	STEP("begin-adopted-one");
	return result;
}

/* Takes over the state and its tasks; may be called again if it fails. */
static int
take_over(struct error *err)
{
	if (open_state(err) == 0 && store_each_live(adopt, NULL, err) == 0) {
		STEP("begin-adopted");
		replace_adopt();
		return 0;
	}
	task_forget_all();
	store_close();
	return -1;
}

static void
mended(void)
{
	systemd_notify("STATUS=");
	queue_recall();
	if (names_are_read())
		retention_start();
}

/* The names of all tasks are known. */
static void
named(void)
{
	retention_start();
	hook_begin();
	client_take_all();
}

static void
work(void)
{
	struct error unsound;

	log_info("version %s, state %s, socket %s", PACKAGE_VERSION,
	    store_root(), socket_path);
	store_note_program();
	hook_adopt();
	names_read(named);
	provide_start();
	queue_kick();
	trash_take_over();
	state_keep(socket_path);
	config_on_mended(mended);
	if (config_check(&unsound) != 0)
		systemd_notify("STATUS=The configuration is not sound, so "
			       "nothing is started; the log says why.");
}

/* Starts on demand or by hand: who did that is told what is wrong. */
static int
start(struct error *err)
{
	int fd;

	if (paths_socket(socket_path, sizeof(socket_path), err) != 0 ||
	    take_over(err) != 0)
		return -1;
	fd = address_listen(socket_path, err);
	if (fd == -1)
		return -1;
	STEP("begin-listening");
	server_start(fd);
	address_keep(socket_path, server_move);
	work();
	return 0;
}

static int
get_ready(struct error *err)
{
	if (take_over(err) != 0) {
		log_warnx("cannot serve: %s", err->text);
		systemd_notify("STATUS=Cannot serve; the log says why, "
			       "and each new client makes it try again.");
		return -1;
	}
	systemd_notify("STATUS=");
	work();
	return 0;
}

/*
 * Starts for a client of systemd's socket.  If we exited because something is
 * wrong, that client would get no answer and, after some more tries, systemd
 * would give up the socket; so each client is told what is wrong.
 */
static void
start_activated(int fd)
{
	struct error err;

	activated = true;
	if (get_ready(&err) != 0)
		hello_refuse_until(get_ready);
	server_start(fd);
	address_keep_passed(socket_path, server_move);
}

/* What is on the disk now may be told. */
static void
synced(void)
{
	trash_go_on();
	client_go_on();
	hook_go_on();
}

static void
on_end(int signo, short what, void *arg)
{
	(void)what;
	(void)arg;
	log_info("ending on signal %d; tasks go on", signo);
	event_base_loopbreak(loop_base());
}

static void
on_debug(int signo, short what, void *arg)
{
	(void)signo;
	(void)what;
	(void)arg;
	log_set_debug(!log_debugging());
	log_info("debug lines are %s", log_debugging() ? "on" : "off");
}

/* Serves until a signal ends the daemon. */
static void
serve(void)
{
	struct event *term, *interrupt, *debug;

	term = evsignal_new(loop_base(), SIGTERM, on_end, NULL);
	interrupt = evsignal_new(loop_base(), SIGINT, on_end, NULL);
	debug = evsignal_new(loop_base(), SIGUSR2, on_debug, NULL);
	event_add(term, NULL);
	event_add(interrupt, NULL);
	event_add(debug, NULL);
	systemd_notify("READY=1");
	systemd_watchdog_start();
	watchdog_start();
	event_base_dispatch(loop_base());
	event_free(term);
	event_free(interrupt);
	event_free(debug);
}

/* The socket stays: the next client starts a daemon, or waits for one. */
static void
end(void)
{
	systemd_notify("STOPPING=1");
	systemd_watchdog_stop();
	address_free();
	state_free();
	server_stop();
	STEP("leave-deaf");
	client_close_all();
	STEP("leave-alone");
	watch_tasks_stop();
	provide_stop();
	names_stop();
	retention_stop();
	hook_stop();
	task_forget_all();
	unsynced_stop();
	trash_free();
	queue_free();
	question_stop();
	cgroup_free();
	loop_free();
	store_close();
	STEP("leave-closed");
}

int
main(int argc, char **argv)
{
	struct options options = { .ready_fd = -1 };
	struct error err;
	int fd;

	if (argc == 2 && strcmp(argv[1], SYNCER_OPTION) == 0)
		return syncer_serve();
	options_parse(argc, argv, &options);
	log_init("ccprocd", options.debug, getenv("JOURNAL_STREAM") == NULL);
	signal(SIGPIPE, SIG_IGN);
	crash_init();
	umask(077);
	attributes_raise();
	heap_init();
	if (systemd_socket(&fd, socket_path, &err) != 0)
		give_up(&options, &err);
	loop_init();
	mounts_init();
	queue_init();
	debug_daemon_clients(client_describe_all);
	question_start();
	trash_init();
	retention_watch();
	hook_watch();
	unsynced_start("/proc/self/exe", synced);
	if (fd != -1)
		start_activated(fd);
	else if (start(&err) != 0) {
		if (err.code == ERR_BUSY && options.ready_fd != -1)
			return 0; /* another one serves */
		give_up(&options, &err);
	}
	STEP("begin-untold");
	tell_starter(&options, "ok");
	serve();
	end();
	return 0;
}
