/*
 * Makes the past: N tasks that have ended, spread over DAYS days until today,
 * in a state directory that no daemon has open.
 *
 *	history STATE TEMPLATE N DAYS
 *
 * TEMPLATE is the folder of a task that has ended, with the label "l0000000".
 * Task I has the label of its number; its other files are links to the
 * template's.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SPEC_BYTES 65536

static const char *const links[] = { "exit.json", "stdout", "stderr", "seen" };

static char spec[SPEC_BYTES];
static size_t spec_len;
static char *uuid, *created, *label;
static int template;

static void
need(bool ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(1);
}

static char *
value_of(const char *key)
{
	char *at = strstr(spec, key);

	need(at != NULL, key);
	return at + strlen(key);
}

static void
read_template(const char *path)
{
	int fd;
	ssize_t n;

	template = open(path, O_RDONLY | O_DIRECTORY);
	fd = openat(template, "spec.json", O_RDONLY);
	n = read(fd, spec, sizeof(spec) - 1);
	need(n > 0, path);
	close(fd);
	spec_len = (size_t)n;
	uuid = value_of("\"uuid\":\"");
	created = value_of("\"created_at\":\"");
	label = value_of("\"label\":\"");
}

static int
open_folder(int parent, const char *name)
{
	int fd;

	need(mkdirat(parent, name, 0700) == 0, name);
	fd = openat(parent, name, O_RDONLY | O_DIRECTORY);
	need(fd != -1, name);
	return fd;
}

static void
make_task(int day, int number)
{
	char name[80], digits[40];
	int dir, fd;
	size_t i;

	snprintf(digits, sizeof(digits), "%08x-0000-5000-8000-%012x", number,
	    number);
	memcpy(uuid, digits, 36);
	snprintf(digits, sizeof(digits), "l%07d", number);
	memcpy(label, digits, 8);
	snprintf(name, sizeof(name), "%d-%.36s", number, uuid);
	dir = open_folder(day, name);
	fd = openat(dir, "spec.json", O_WRONLY | O_CREAT | O_EXCL, 0600);
	need(write(fd, spec, spec_len) == (ssize_t)spec_len, name);
	close(fd);
	for (i = 0; i < sizeof(links) / sizeof(*links); i++)
		need(linkat(template, links[i], dir, links[i], 0) == 0,
		    links[i]);
	close(dir);
}

int
main(int argc, char **argv)
{
	int i, n, days, at = -1, day = -1, tasks;
	char date[11];
	struct tm tm;
	time_t t;
	FILE *seq;

	need(argc == 5, "usage: history STATE TEMPLATE N DAYS");
	read_template(argv[2]);
	n = atoi(argv[3]);
	days = atoi(argv[4]);
	need(n > 0 && n < 10000000 && days > 0 && chdir(argv[1]) == 0, argv[1]);
	tasks = open("tasks", O_RDONLY | O_DIRECTORY);
	for (i = 0; i < n; i++) {
		if ((int)((long long)i * days / n) > at) {
			at++;
			t = time(NULL) - (days - 1 - at) * 86400L;
			gmtime_r(&t, &tm);
			strftime(date, sizeof(date), "%F", &tm);
			memcpy(created, date, 10);
			close(day);
			day = open_folder(tasks, date);
		}
		make_task(day, i + 1);
	}
	seq = fopen("seq", "w");
	need(seq != NULL && fprintf(seq, "%020d\n", n) == 21 &&
		fclose(seq) == 0,
	    "seq");
	return 0;
}
