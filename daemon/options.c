/*
 * Options.  See options.h.
 */
#include <config.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/error.h"
#include "common/mem.h"
#include "common/paths.h"
#include "daemon/config.h"
#include "daemon/options.h"
#include "daemon/store/store.h"
#include "daemon/task/keeper.h"
#include "daemon/view/search.h"

static const char usage[] =
    "usage: ccprocd [--debug] [--ready-fd N] [--print-config]\n"
    "               [--config-schema] [--config-template] [--check] [--search]\n"
    "               [--help] [--version]\n"
    "\n"
    "The ccproc supervisor: holds tasks and serves MCP sessions on a Unix\n"
    "socket.  ccproc-bridge and ccproc start it when it does not run.\n"
    "\n"
    "  --debug         log more, as SIGUSR2 does while it runs\n"
    "  --ready-fd N    write \"ok\" to descriptor N when it listens, or why not\n"
    "  --print-config  print every key of the configuration with its value\n"
    "  --config-schema    print a JSON Schema of it, for editors\n"
    "  --config-template  print a file with every key in comments\n"
    "  --check         say on stderr why it could not serve; 0: it could\n"
    "  --search        for the daemon itself: search what stdin tells\n"
    "  --help          print this text\n"
    "  --version       print the version\n";

static int
print_config(void)
{
	char path[PATH_MAX];
	struct buf out = { 0 };
	struct error err;

	if (paths_config(path, sizeof(path), &err) != 0 ||
	    config_load(path, &err) != 0) {
		fprintf(stderr, "ccprocd: %s\n", err.text);
		return 1;
	}
	config_describe(&out);
	printf("# %s%s\n%s", path,
	    access(path, F_OK) == 0 ? "" :
				      " (not there: these are the defaults)",
	    out.data);
	buf_clear(&out);
	return 0;
}

static int
print(void (*add)(struct buf *out))
{
	struct buf out = { 0 };

	add(&out);
	fputs(out.data, stdout);
	buf_clear(&out);
	return fflush(stdout) == 0 ? 0 : 1;
}

/* How it ends where a later program has written: an older one is no mend. */
#define STATUS_NEWER 3

/* Says whether the daemon could serve, without touching anything. */
static int
check(void)
{
	char path[PATH_MAX];
	struct error err;

	if (paths_state(path, sizeof(path), &err) == 0 &&
	    store_check(path, &err) == 0 &&
	    paths_config(path, sizeof(path), &err) == 0 &&
	    config_load(path, &err) == 0 && keeper_init("", &err) == 0)
		return 0;
	fprintf(stderr, "ccprocd: %s\n", err.text);
	return err.code == ERR_NEWER ? STATUS_NEWER : 1;
}

static void
misused(void)
{
	fputs(usage, stderr);
	exit(2);
}

static int
descriptor(const char *text)
{
	char *end;
	long fd = strtol(text, &end, 10);

	if (end == text || *end != '\0' || fd < 3 || fd > INT_MAX ||
	    fcntl((int)fd, F_SETFD, FD_CLOEXEC) == -1) {
		fprintf(stderr,
		    "ccprocd: --ready-fd %s: expected the number "
		    "of an open descriptor, 3 or more\n",
		    text);
		misused();
	}
	return (int)fd;
}

void
options_parse(int argc, char **argv, struct options *options)
{
	static const struct option names[] = {
		{ "debug", no_argument, NULL, 'd' },
		{ "ready-fd", required_argument, NULL, 'r' },
		{ "print-config", no_argument, NULL, 'c' },
		{ "config-schema", no_argument, NULL, 'S' },
		{ "config-template", no_argument, NULL, 'T' },
		{ "check", no_argument, NULL, 'k' },
		{ "search", no_argument, NULL, 's' },
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
			options->ready_fd = descriptor(optarg);
			break;
		case 'c':
			exit(print_config());
		case 'S':
			exit(print(config_schema));
		case 'T':
			exit(print(config_template));
		case 'k':
			exit(check());
		case 's':
			_exit(search_serve()); /* its time is limited */
		case 'h':
			fputs(usage, stdout);
			exit(0);
		case 'V':
			puts("ccprocd " PACKAGE_VERSION);
			exit(0);
		default:
			misused();
		}
	if (optind < argc) {
		fprintf(stderr, "ccprocd: unexpected argument '%s'\n",
		    argv[optind]);
		misused();
	}
}
