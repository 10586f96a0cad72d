/*
 * An MCP client that costs next to nothing, so that what it measures is the
 * server: it starts one or many, says the same request to each again and
 * again, and prints as JSON how long they took.
 *
 *	client [-s SESSIONS] [-n CALLS] [-a] [-l] [-c SOCKET] [-f LINE] ...
 *	    REQUEST PROGRAM [ARG ...]
 *
 * REQUEST is the rest of a request behind its id, such as "method":"ping".
 * Sessions take turns, or all have a call open at once (-a).  -f lines are
 * said first, each to be answered, in place of a handshake.  -c connects to a
 * socket and starts nothing.  With -l it stays until its stdin ends.
 *
 * start_ms is from before the start until the first answer; stamp_us is from
 * before the request to the first "stamp NANOSECONDS" in its answer.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define MAX_SESSIONS 1000
#define MAX_FIRST 8
#define LINE_BYTES (1 << 20)

extern char **environ;

struct session {
	int in, out; /* what we write to, and read from */
	char *bytes; /* what came */
	size_t n_bytes;
	int id;
	double sent_us;
};

static struct session sessions[MAX_SESSIONS];
static int n_sessions = 1, n_calls;
static bool at_once, stays;
static const char *socket_path, *request;
static const char *first[MAX_FIRST] = {
	"\"method\":\"initialize\",\"params\":{\"protocolVersion\":"
	"\"2025-06-18\",\"capabilities\":{},\"clientInfo\":{\"name\":"
	"\"bench\",\"version\":\"1\"}}",
};
static int n_first = 1;

static double *took_us, *stamp_us;
static size_t n_took, n_stamps;

static void
need(bool ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(1);
}

static double
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void
connect_to(struct session *s)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	need(strlen(socket_path) < sizeof(address.sun_path), "socket path");
	strcpy(address.sun_path, socket_path);
	s->in = s->out = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	need(s->in != -1 &&
		connect(s->in, (struct sockaddr *)&address, sizeof(address)) ==
		    0,
	    socket_path);
}

static void
start(struct session *s, char **argv)
{
	posix_spawn_file_actions_t actions;
	int to[2], from[2];
	pid_t pid;

	need(pipe2(to, O_CLOEXEC) == 0 && pipe2(from, O_CLOEXEC) == 0, "pipe");
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, to[0], 0);
	posix_spawn_file_actions_adddup2(&actions, from[1], 1);
	need(posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ) == 0,
	    argv[0]);
	posix_spawn_file_actions_destroy(&actions);
	close(to[0]);
	close(from[1]);
	s->in = to[1];
	s->out = from[0];
}

static void
say(struct session *s, const char *rest)
{
	static char line[LINE_BYTES];
	int len = snprintf(line, sizeof(line),
	    "{\"jsonrpc\":\"2.0\",\"id\":%d,%s}\n", ++s->id, rest);

	need(len < (int)sizeof(line), "a shorter request");
	s->sent_us = now_us();
	need(write(s->in, line, (size_t)len) == len, "write");
}

/* Whether a whole line has come that answers the open request. */
static bool
take(struct session *s, double at_us)
{
	char id[32], *end;
	const char *stamp;
	bool answers;

	snprintf(id, sizeof(id), "\"id\":%d", s->id);
	while ((end = memchr(s->bytes, '\n', s->n_bytes)) != NULL) {
		*end = '\0';
		answers = strstr(s->bytes, id) != NULL;
		stamp = answers ? strstr(s->bytes, "stamp ") : NULL;
		if (stamp != NULL && stamp_us != NULL)
			stamp_us[n_stamps++] = strtod(stamp + 6, NULL) / 1e3 -
			    s->sent_us;
		if (answers && strstr(s->bytes, "\"error\":{") != NULL) {
			fprintf(stderr, "an error: %s\n", s->bytes);
			exit(1);
		}
		s->n_bytes -= (size_t)(end + 1 - s->bytes);
		memmove(s->bytes, end + 1, s->n_bytes);
		if (!answers)
			continue;
		if (took_us != NULL)
			took_us[n_took++] = at_us - s->sent_us;
		return true;
	}
	return false;
}

/* Reads once; whether the answer is whole. */
static bool
hear(struct session *s)
{
	ssize_t n = read(s->out, s->bytes + s->n_bytes,
	    LINE_BYTES - s->n_bytes);
	double at_us = now_us();

	need(n > 0, "the answer");
	s->n_bytes += (size_t)n;
	return take(s, at_us);
}

static void
exchange(struct session *s, const char *rest)
{
	say(s, rest);
	while (!hear(s))
		continue;
}

static void
open_session(struct session *s, char **argv)
{
	static const char done[] =
	    "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}\n";
	double began = now_us();
	int i;

	s->bytes = malloc(LINE_BYTES);
	need(s->bytes != NULL, "malloc");
	if (socket_path != NULL)
		connect_to(s);
	else
		start(s, argv);
	for (i = 0; i < n_first; i++) {
		exchange(s, first[i]);
		if (i == 0)
			printf("%s%.4f",
			    s == sessions ? "{\"start_ms\":[" : ",",
			    (now_us() - began) / 1e3);
	}
	need(write(s->in, done, sizeof(done) - 1) == sizeof(done) - 1, "write");
}

static void
in_turn(void)
{
	int i, call;

	for (call = 0; call < n_calls; call++)
		for (i = 0; i < n_sessions; i++)
			exchange(&sessions[i], request);
}

static void
all_at_once(void)
{
	static struct pollfd polls[MAX_SESSIONS];
	static int left[MAX_SESSIONS];
	int i, open = n_sessions;

	for (i = 0; i < n_sessions; i++) {
		polls[i] = (struct pollfd){ .fd = sessions[i].out,
			.events = POLLIN };
		left[i] = n_calls;
		say(&sessions[i], request);
	}
	while (open > 0) {
		need(poll(polls, (nfds_t)n_sessions, -1) > 0, "poll");
		for (i = 0; i < n_sessions; i++) {
			if (polls[i].revents == 0 || !hear(&sessions[i]))
				continue;
			if (--left[i] > 0) {
				say(&sessions[i], request);
			} else {
				polls[i].fd = -1;
				open--;
			}
		}
	}
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void
print_sorted(const char *name, double *values, size_t n)
{
	if (n == 0)
		return;
	qsort(values, n, sizeof(*values), by_size);
	printf(",\"%s_p50\":%.3f,\"%s_p99\":%.3f", name, values[n / 2], name,
	    values[n * 99 / 100]);
}

static void
measure(void)
{
	int warmups = n_calls / 10, calls = n_calls;
	size_t n = (size_t)n_calls * (size_t)n_sessions;
	double began;

	n_calls = warmups;
	in_turn();
	n_calls = calls;
	took_us = calloc(n, sizeof(*took_us));
	stamp_us = calloc(n, sizeof(*stamp_us));
	need(took_us != NULL && stamp_us != NULL, "calloc");
	began = now_us();
	if (at_once)
		all_at_once();
	else
		in_turn();
	printf(",\"calls_s\":%.0f", (double)n_took / (now_us() - began) * 1e6);
	print_sorted("us", took_us, n_took);
	print_sorted("stamp_us", stamp_us, n_stamps);
}

int
main(int argc, char **argv)
{
	int option, i, said = 0;
	char byte;

	while ((option = getopt(argc, argv, "+s:n:alc:f:")) != -1) {
		switch (option) {
		case 's':
			n_sessions = atoi(optarg);
			break;
		case 'n':
			n_calls = atoi(optarg);
			break;
		case 'a':
			at_once = true;
			break;
		case 'l':
			stays = true;
			break;
		case 'c':
			socket_path = optarg;
			break;
		case 'f':
			need(said < MAX_FIRST, "fewer -f");
			first[said++] = optarg;
			n_first = said;
			break;
		default:
			return 2;
		}
	}
	need(argc > optind && n_sessions > 0 && n_sessions <= MAX_SESSIONS,
	    "usage: see the head of client.c");
	request = argv[optind++];
	for (i = 0; i < n_sessions; i++)
		open_session(&sessions[i], argv + optind);
	printf("]");
	if (n_calls > 0)
		measure();
	printf("}\n");
	fflush(stdout);
	return stays && read(0, &byte, 1) == -1;
}
