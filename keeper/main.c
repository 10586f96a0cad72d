/*
 * ccproc-keeper: options.
 */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "common/keeperctl.h"
#include "common/machine.h"
#include "keeper/errand.h"
#include "keeper/hold.h"
#include "keeper/keeper.h"
#include "keeper/leave.h"
#include "keeper/numbers.h"
#include "keeper/orders.h"
#include "keeper/print.h"
#include "keeper/probe.h"

/* More than any file system holds. */
#define CAP_MAX ((int64_t)1 << 62)

static void usage(void) __attribute__((noreturn));

static void
usage(void)
{
	print_strings(STDERR_FILENO,
	    "usage: ccproc-keeper task\n"
	    "       ccproc-keeper [-ab] [-A attributes] [-C cwd] [-c bytes]\n"
	    "\t[-G cgroup] [-g grace] [-i idle] [-K cgroup] [-l linger]\n"
	    "\t[-m memory] [-n nofile] [-p processes] [-q cpu] [-R daemon]\n"
	    "\t[-S fd] [-s signal]\n"
	    "\t[-t timeout] [-u umask] -d directory -- program "
	    "[argument ...]\n"
	    "       ccproc-keeper --orphans [-K cgroup] [-R daemon] "
	    "-d directory\n"
	    "       ccproc-keeper --errand [-G cgroup] [-K cgroup] "
	    "[-t timeout]\n"
	    "\t-d directory -- program [argument ...]\n"
	    "       ccproc-keeper --hold\n"
	    "       ccproc-keeper --leave shutdown|logout\n"
	    "       ccproc-keeper --probe [index ...]\n"
	    "       ccproc-keeper --version\n",
	    NULL);
	exit(2);
}

static int64_t
number(const char *text, int base, int64_t min, int64_t max)
{
	int64_t value = number_parse(text, base, max);

	if (value < min) {
		print_strings(STDERR_FILENO, "ccproc-keeper: bad number '",
		    text, "'\n", NULL);
		usage();
	}
	return value;
}

/* Those that a program may be asked to end by. */
static int
signal_named(const char *name)
{
	static const struct {
		const char *name;
		int number;
	} signals[] = { { "HUP", SIGHUP }, { "INT", SIGINT },
		{ "QUIT", SIGQUIT }, { "TERM", SIGTERM }, { "USR1", SIGUSR1 },
		{ "USR2", SIGUSR2 } };
	size_t i;

	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (strcmp(name, signals[i].name) == 0)
			return signals[i].number;
	print_strings(STDERR_FILENO, "ccproc-keeper: bad signal '", name, "'\n",
	    NULL);
	usage();
}

static unsigned
seconds(const char *text, int64_t max)
{
	return (unsigned)number(text, 10, 0, max);
}

static void
parse_limit(struct limits *limits, int option)
{
	if (option == 'm')
		limits->memory_bytes = number(optarg, 10, 1, CAP_MAX);
	else if (option == 'p')
		limits->processes = number(optarg, 10, 1, 1 << 22);
	else
		limits->cpu_us = number(optarg, 10, 1000, CAP_MAX);
}

static void
parse(struct keeper_options *options, const char *dir, int argc, char *argv[])
{
	int c;

	*options = (struct keeper_options){ .dir = dir, .grace_s = 10 };
	options->umask = options->nofile = options->status_fd = -1;
	while ((c = getopt(argc, argv,
		    "+A:abC:c:d:G:g:i:K:l:m:n:p:q:R:S:s:t:u:")) != -1) {
		switch (c) {
		case 'A':
			options->inherits = attributes_parse(optarg,
			    &options->inherited);
			break;
		case 'a':
			options->agent = true;
			break;
		case 'b':
			options->best_effort = true;
			break;
		case 'C':
			options->cwd = optarg;
			break;
		case 'c':
			options->cap_bytes = number(optarg, 10, 0, CAP_MAX);
			break;
		case 'd':
			options->dir = optarg;
			break;
		case 'G':
			options->cgroup = optarg;
			break;
		case 'g':
			options->grace_s = seconds(optarg, 3600);
			break;
		case 'i':
			options->idle_s = seconds(optarg, 1 << 30);
			break;
		case 'K':
			options->keepers = optarg;
			break;
		case 'l':
			options->linger_s = seconds(optarg, 1 << 30);
			break;
		case 'm':
		case 'p':
		case 'q':
			parse_limit(&options->limits, c);
			break;
		case 'n':
			options->nofile = (int)number(optarg, 10, 3, 1 << 30);
			break;
		case 'R':
			options->daemon = optarg;
			break;
		case 'S':
			options->status_fd = (int)number(optarg, 10, 3,
			    1 << 20);
			break;
		case 's':
			options->stop_signal = signal_named(optarg);
			break;
		case 't':
			options->timeout_s = seconds(optarg, 1 << 30);
			break;
		case 'u':
			options->umask = (int)number(optarg, 8, 0, 0777);
			break;
		default:
			usage();
		}
	}
	options->argv = argv + optind;
	if (options->stop_signal == 0)
		options->stop_signal = options->agent ? SIGINT : SIGTERM;
	if (options->dir == NULL || options->dir[0] != '/')
		usage();
}

/* The task's name, which is all that the daemon puts on our command line. */
static bool
is_task(const char *word)
{
	return word[0] == 't' && number_parse(word + 1, 10, INT64_MAX) > 0;
}

/* Nothing to do is no error: another keeper has the task. */
static int
keep(void)
{
	const char *dir = getenv(KEEPER_VARIABLE);
	const char *machine = getenv(KEEPER_MACHINE);
	struct keeper_options options;
	struct error err;
	char **argv;
	int argc;

	if (dir == NULL)
		usage();
	if (machine != NULL)
		machine_take(machine);
	argv = orders_read(dir, &argc, &err);
	if (argv == NULL && err.errnum == ENOENT)
		return 0;
	if (argv == NULL) {
		print_strings(STDERR_FILENO, "ccproc-keeper: ", err.text, "\n",
		    NULL);
		return 1;
	}
	parse(&options, dir, argc, argv);
	if (options.argv[0] == NULL)
		usage();
	return keeper_run(&options);
}

#ifdef CCPROC_SANITIZERS
/*
 * The leak checker stops its own process by a signal, and waits for ever when
 * the SIGCONT of a daemon takes that back.
 */
int __lsan_is_turned_off(void);

int
__lsan_is_turned_off(void)
{
	return 1;
}
#endif

int
main(int argc, char *argv[])
{
	struct keeper_options options;

	if (argc == 2 && is_task(argv[1]))
		return keep();
	if (argc >= 2 && strcmp(argv[1], "--probe") == 0)
		return probe_run(argv + 2);
	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		print_strings(STDOUT_FILENO,
		    "ccproc-keeper " PACKAGE_VERSION "\n", NULL);
		return 0;
	}
	if (argc == 2 && strcmp(argv[1], "--hold") == 0)
		return hold_run();
	if (argc == 3 && strcmp(argv[1], "--leave") == 0)
		return leave_run(argv[2]);
	if (argc > 2 && strcmp(argv[1], "--orphans") == 0) {
		parse(&options, NULL, argc - 1, argv + 1);
		return keeper_end_orphans(&options);
	}
	if (argc > 2 && strcmp(argv[1], "--errand") == 0) {
		parse(&options, NULL, argc - 1, argv + 1);
		if (options.argv[0] == NULL)
			usage();
		return errand_run(&options);
	}
	parse(&options, NULL, argc, argv);
	if (options.argv[0] == NULL)
		usage();
	return keeper_run(&options);
}
